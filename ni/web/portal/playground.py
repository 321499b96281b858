"""Playground: one prompt through the gateway, and beside the answer what the provider was sent.

The form works without JavaScript and then shows the whole answer; with it, the same form is sent to `stream`, whose
answer is one JSON value a line: `sent`, then `text` as it comes, then `end` or `error`.
"""

import json
from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length

from ni.domain.errors import ClientGone, Problem
from ni.web.client import client_of
from ni.web.portal.context import person, portal, services
from ni.web.portal.diff_highlight import TextRun, highlighted
from ni.web.portal.forms import PageForm, entered, problem_text
from ni.web.portal.keys import live_keys
from ni.web.portal.labels import key_choice
from ni.web.portal.models import callable_routes, example_of
from ni.web.portal.playground_call import PlaygroundReply, Prompt, send_prompt
from ni.web.security import AccessRule, authorised

bp = Blueprint("playground", __name__, url_prefix="/portal/playground")

MOST_CHARACTERS = 20_000
SHOWN_HEADERS = (
    "X-NI-Request-ID",
    "X-NI-Custody-Path",
    "X-NI-Resolved-Jurisdiction",
    "X-NI-Resolved-Region",
    "X-NI-Residency-Evidence",
    "X-NI-PII",
)


class PromptForm(PageForm):
    """What to ask, of whom, under which key."""

    key = SelectField()
    model = StringField(validators=[InputRequired(), Length(max=256)])
    prompt = TextAreaField(validators=[InputRequired(), Length(max=MOST_CHARACTERS)])


def _form() -> PromptForm:
    form = PromptForm(request.form if request.method == "POST" else None)
    form.key.choices = [SelectChoice(key.id, key_choice(key)) for key in live_keys()]
    return form


def _page(form: PromptForm, **shown: object) -> str:
    available = callable_routes(person().account_id)
    for route in example_of(available.routes):
        form.model.data = form.model.data or route.id
    return render_template(
        "portal/playground.html", form=form, available=available, longest=MOST_CHARACTERS, **shown
    )


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The form, with a route for a first try filled in."""
    return _page(_form())


@bp.post("")
@authorised(AccessRule.SESSION)
def ask() -> ResponseReturnValue:
    """The whole answer, in the page."""
    form = _form()
    if not form.validate():
        return _page(form), 400
    try:
        reply = _reply(form, stream=False)
        answer = "".join(reply.pieces)
    except Problem as problem:
        return _page(form, problem=problem_text(problem)), problem.status
    except ClientGone:
        return Response(status=499)
    runs = _runs(entered(form.prompt), reply)
    sent = reply.sent_text is not None
    return _page(form, answer=answer, sent=sent, runs=runs, headers=_headers(reply))


@bp.post("/stream")
@authorised(AccessRule.SESSION)
def stream() -> ResponseReturnValue:
    """The same answer as it comes, for the page's own script."""
    form = _form()
    if not form.validate():
        abort(400)
    try:
        reply = _reply(form, stream=True)
    except Problem as problem:
        return Response(_line("error", problem_text(problem)), mimetype="application/x-ndjson")
    except ClientGone:
        return Response(status=499)
    lines = _lines(reply, entered(form.prompt))
    response = Response(stream_with_context(lines), mimetype="application/x-ndjson")
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _reply(form: PromptForm, *, stream: bool) -> PlaygroundReply:
    client = client_of(request.environ, portal().sentinel)
    prompt = Prompt(entered(form.key), entered(form.model).strip(), entered(form.prompt))
    return send_prompt(services(), person().account_id, prompt, client, stream=stream) or abort(404)


def _lines(reply: PlaygroundReply, typed: str) -> Iterator[str]:
    runs = [[run.text, run.replaced] for run in _runs(typed, reply)]
    yield _line("sent", {"runs": runs, "left": reply.sent_text is not None, "headers": _headers(reply)})
    try:
        for piece in reply.pieces:
            yield _line("text", piece)
        yield _line("end", "")
    except Problem as problem:
        yield _line("error", problem_text(problem))


def _runs(typed: str, reply: PlaygroundReply) -> list[TextRun]:
    return list(highlighted(typed, reply.sent_text or ""))


def _headers(reply: PlaygroundReply) -> dict[str, str]:
    return {name: reply.headers[name] for name in SHOWN_HEADERS if name in reply.headers}


def _line(kind: str, value: object) -> str:
    return json.dumps([kind, value], ensure_ascii=False) + "\n"

"""Playground: one prompt through the gateway, and beside the answer what the provider was sent.

The form works without JavaScript and then shows the whole answer; with it, the same form is sent to `stream`, whose
answer is one JSON value a line: `sent`, then `text` as it comes, then `end` or `error`.
"""

import json
from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length

from ni.domain.errors import ClientGone, Problem
from ni.web.client import client_of
from ni.web.portal.context import person, portal, services
from ni.web.portal.forms import PageForm, entered
from ni.web.portal.marking import Run, marked
from ni.web.portal.models import example_of
from ni.web.portal.names import key_choice
from ni.web.portal.services_instance import Prompt, Sent, Talk
from ni.web.security import AccessRule, authorised

bp = Blueprint("playground", __name__, url_prefix="/portal/playground")

LONGEST = 20_000
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
    prompt = TextAreaField(validators=[InputRequired(), Length(max=LONGEST)])


def _form() -> PromptForm:
    keys = [key for key in services().keys.list(person().account_id) if key.active]
    form = PromptForm(request.form if request.method == "POST" else None)
    form.key.choices = [SelectChoice(key.id, key_choice(key)) for key in keys]
    return form


def _page(form: PromptForm, **shown: object) -> str:
    listed = services().routes.listed(person().account_id)
    for route in example_of(listed.routes):
        form.model.data = form.model.data or route.id
    return render_template("portal/playground.html", form=form, listed=listed, longest=LONGEST, **shown)


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The form."""
    return _page(_form())


@bp.post("")
@authorised(AccessRule.SESSION)
def ask() -> ResponseReturnValue:
    """The whole answer, in the page."""
    form = _form()
    if not form.validate():
        return _page(form), 400
    try:
        talk = _talk(form, stream=False)
        answer = "".join(talk.pieces)
    except Problem as problem:
        return _page(form, problem=told(problem)), problem.status
    except ClientGone:
        return Response(status=499)
    prompt = entered(form.prompt)
    return _page(
        form, answer=answer, sent=talk.sent, marks=_marks(prompt, talk.sent), headers=_headers(talk.sent)
    )


@bp.post("/stream")
@authorised(AccessRule.SESSION)
def stream() -> ResponseReturnValue:
    """The same answer as it comes, for the page's own script."""
    form = _form()
    if not form.validate():
        abort(400)
    try:
        talk = _talk(form, stream=True)
    except Problem as problem:
        return Response(_line("error", told(problem)), mimetype="application/x-ndjson")
    except ClientGone:
        return Response(status=499)
    lines = _lines(talk, entered(form.prompt))
    response = Response(stream_with_context(lines), mimetype="application/x-ndjson")
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _talk(form: PromptForm, *, stream: bool) -> Talk:
    client = client_of(request.environ, portal().sentinel)
    prompt = Prompt(entered(form.key), entered(form.model).strip(), entered(form.prompt))
    talk = services().playground.ask(person().account_id, prompt, client, stream=stream)
    if talk is None:
        abort(404)
    return talk


def _lines(talk: Talk, typed: str) -> Iterator[str]:
    sent = talk.sent
    runs = [[run.text, run.replaced] for run in _marks(typed, sent)]
    yield _line("sent", {"runs": runs, "left": sent.text is not None, "headers": _headers(sent)})
    try:
        for piece in talk.pieces:
            yield _line("text", piece)
        yield _line("end", "")
    except Problem as problem:
        yield _line("error", told(problem))


def _marks(typed: str, sent: Sent) -> list[Run]:
    return list(marked(typed, sent.text or ""))


def _headers(sent: Sent) -> dict[str, str]:
    return {name: sent.headers[name] for name in SHOWN_HEADERS if name in sent.headers}


def told(problem: Problem) -> str:
    """The problem's sentence in the page's language."""
    return str(gettext(problem.template, **problem.fields))


def _line(kind: str, value: object) -> str:
    return json.dumps([kind, value], ensure_ascii=False) + "\n"

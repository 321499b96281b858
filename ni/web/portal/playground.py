"""Playground: a conversation through the gateway, and beside each answer what the provider was sent.

The form works without JavaScript and then shows the whole answer; with it, the same form is sent to `stream`, whose
answer is one JSON value a line: `sent`, then `text` as it comes, then `end` or `error`. Nothing is stored: the turns
before travel in the form.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import DecimalField, Field, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from ni.domain.call import Json
from ni.domain.errors import ClientGone, Problem
from ni.web import i18n
from ni.web.client import client_of
from ni.web.docs import rendered_answer
from ni.web.i18n import translated_message
from ni.web.portal.context import person, portal, services
from ni.web.portal.forms import PageForm, entered
from ni.web.portal.keys import live_keys
from ni.web.portal.labels import key_choice
from ni.web.portal.models import callable_routes, example_of
from ni.web.portal.playground_reply import PlaygroundReply, Prompt, TextRun, highlighted, send_prompt
from ni.web.portal.snippets import snippets
from ni.web.portal.usage_views import usage_row
from ni.web.security import AccessRule, authorised

bp = Blueprint("playground", __name__, url_prefix="/portal/playground")

MOST_CHARACTERS = 20_000
MOST_TURNS = 40
MOST_TOKENS = 1_000_000
SHOWN_HEADERS = (
    "X-NI-Request-ID",
    "X-NI-Custody-Path",
    "X-NI-Resolved-Jurisdiction",
    "X-NI-Resolved-Region",
    "X-NI-Residency-Evidence",
    "X-NI-PII",
    "X-NI-Warning",
)


def _turns(form: PageForm, field: Field) -> None:
    """Refuse a history that is not a list of turns of this page."""
    try:
        turns = orjson.loads(field.data or "[]")
    except ValueError:
        turns = None
    fits = isinstance(turns, list) and len(turns) <= MOST_TURNS and all(map(_is_turn, turns))
    if not fits:
        raise ValidationError(gettext("The conversation is too long or was damaged: start a new one."))


def _is_turn(turn: Any) -> bool:
    return (
        isinstance(turn, dict)
        and turn.keys() == {"role", "content"}
        and turn["role"] in ("user", "assistant")
        and isinstance(turn["content"], str)
    )


class PromptForm(PageForm):
    """What to ask, of whom, under which key, and how."""

    key = SelectField()
    model = StringField(validators=[InputRequired(), Length(max=256)])
    system = TextAreaField(lazy_gettext("System prompt"), [Optional(), Length(max=MOST_CHARACTERS)])
    temperature = DecimalField(lazy_gettext("Temperature"), [Optional(), NumberRange(0, 2)], places=None)
    max_tokens = IntegerField(lazy_gettext("Max tokens"), [Optional(), NumberRange(1, MOST_TOKENS)])
    history = HiddenField(validators=[Length(max=MOST_TURNS * MOST_CHARACTERS), _turns])
    prompt = TextAreaField(validators=[InputRequired(), Length(max=MOST_CHARACTERS)])


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a call, in the page's language; empty where its row of usage is not there."""

    tokens: str = ""
    latency: str = ""
    charge: str = ""


def _form() -> PromptForm:
    form = PromptForm(request.form if request.method == "POST" else None)
    form.key.choices = [SelectChoice(key.id, key_choice(key)) for key in live_keys()]
    return form


def _page(form: PromptForm, **shown: object) -> str:
    available = callable_routes(person().account_id)
    form.model.data = form.model.data or request.args.get("model", "")[:256]
    for route in example_of(available.routes):
        form.model.data = form.model.data or route.id
    history: Sequence[Json] = [] if form.history.errors else orjson.loads(form.history.data or "[]")
    return render_template(
        "portal/playground.html",
        form=form,
        available=available,
        longest=MOST_CHARACTERS,
        turns=history,
        **shown,
    )


@bp.get("")
@authorised(AccessRule.MEMBER)
def show() -> ResponseReturnValue:
    """The form, with the model of the address or a route for a first try filled in."""
    return _page(_form())


@bp.post("")
@authorised(AccessRule.MEMBER)
def ask() -> ResponseReturnValue:
    """The whole answer, in the page; the turns before and this one go on in the form."""
    form = _form()
    if not form.validate():
        return _page(form), 400
    prompt = _prompt(form)
    try:
        reply = _reply(prompt, stream=False)
        answer = "".join(reply.pieces)
    except Problem as problem:
        return _page(form, problem=translated_message(problem)), problem.status
    except ClientGone:
        return Response(status=499)
    typed, headers = entered(form.prompt), _headers(reply)
    form.history.data = _continued(form, typed, answer)
    form.prompt.data = ""
    return _page(
        form,
        typed=typed,
        answer=answer,
        rendered=rendered_answer(answer),
        sent=reply.sent_text is not None,
        runs=list(highlighted(typed, reply.sent_text or "")),
        headers=headers,
        result=_result(headers),
        code=snippets(portal().options.public_url, prompt.body()),
    )


def _continued(form: PromptForm, typed: str, answer: str) -> str:
    turns = orjson.loads(form.history.data or "[]")
    turns += [{"role": "user", "content": typed}, {"role": "assistant", "content": answer}]
    return orjson.dumps(turns[-MOST_TURNS:]).decode()


@bp.post("/stream")
@authorised(AccessRule.MEMBER)
def stream() -> ResponseReturnValue:
    """The same answer as it comes, for the page's own script."""
    form = _form()
    if not form.validate():
        abort(400)
    prompt = _prompt(form)
    try:
        reply = _reply(prompt, stream=True)
    except Problem as problem:
        return Response(_line("error", translated_message(problem)), mimetype="application/x-ndjson")
    except ClientGone:
        return Response(status=499)
    response = Response(
        stream_with_context(_lines(reply, entered(form.prompt), prompt)), mimetype="application/x-ndjson"
    )
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _prompt(form: PromptForm) -> Prompt:
    system = [{"role": "system", "content": form.system.data}] if form.system.data else []
    messages = [
        *system,
        *orjson.loads(form.history.data or "[]"),
        {"role": "user", "content": entered(form.prompt)},
    ]
    chosen = {
        "temperature": None if form.temperature.data is None else float(form.temperature.data),
        "max_tokens": form.max_tokens.data,
    }
    parameters = {name: value for name, value in chosen.items() if value is not None}
    address = request.remote_addr or ""
    return Prompt(entered(form.key), entered(form.model).strip(), messages, parameters, address)


def _reply(prompt: Prompt, *, stream: bool) -> PlaygroundReply:
    client = client_of(request.environ, portal().sentinel)
    return send_prompt(services(), person().account_id, prompt, client, stream=stream) or abort(404)


def _lines(reply: PlaygroundReply, typed: str, prompt: Prompt) -> Iterator[str]:
    headers, said = _headers(reply), ""
    runs: Sequence[TextRun] = highlighted(typed, reply.sent_text or "")
    sent = {
        "runs": [[run.text, run.replaced] for run in runs],
        "left": reply.sent_text is not None,
        "headers": headers,
        "code": snippets(portal().options.public_url, prompt.body()),
    }
    yield _line("sent", sent)
    try:
        for piece in reply.pieces:
            said += piece
            yield _line("text", piece)
    except Problem as problem:
        yield _line("error", translated_message(problem))
        return
    result = _result(headers)
    shown = {"tokens": result.tokens, "latency": result.latency, "charge": result.charge}
    yield _line("end", {"html": rendered_answer(said), "result": shown})


def _result(headers: dict[str, str]) -> Result:
    """Tokens, time and charge of the call, from its row of usage."""
    row = usage_row(person().account_id, headers.get("X-NI-Request-ID", ""))
    if row is None:
        return Result()
    tokens = gettext(
        "%(prompt)s in, %(output)s out",
        prompt=i18n.number(row.prompt_tokens),
        output=i18n.number(row.completion_tokens),
    )
    charge = i18n.rounded(row.ni_charge_nanos, portal().options.currency)
    return Result(tokens, i18n.duration(row.latency_ms), charge)


def _headers(reply: PlaygroundReply) -> dict[str, str]:
    return {name: reply.headers[name] for name in SHOWN_HEADERS if name in reply.headers}


def _line(kind: str, value: object) -> str:
    return json.dumps([kind, value], ensure_ascii=False) + "\n"

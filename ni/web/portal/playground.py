"""Playground: one prompt through the gateway, and beside the answer what the provider was sent.

The form works without JavaScript and then shows the whole answer; with it, the same form is sent to `stream`, whose
answer is one JSON value a line: `sent`, then `text` as it comes, then `end` or `error`.

Sends a prompt of the playground through the pipeline, as one of the account's keys.

Nothing is bypassed: masking, residency, the cap, custody and usage are those of the key. The text that was sent is read
from the request context.

Marks the words of a prompt that were replaced before it was sent: a diff, word by word, of typed and sent text.

For display only. What was replaced is counted by the gateway itself, in `X-NI-PII`.
"""

import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import SequenceMatcher

import orjson
from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length

from ni.domain.caller import Caller
from ni.domain.errors import ClientGone, Problem, UpstreamError
from ni.domain.ids import request_id
from ni.gateway.context import CallResponse, Client, RequestContext
from ni.metering.days import day_of
from ni.web.client import client_of
from ni.web.i18n import translated_message
from ni.web.portal.context import PortalServices, person, portal, services
from ni.web.portal.forms import PageForm, entered
from ni.web.portal.keys import live_keys
from ni.web.portal.labels import key_choice
from ni.web.portal.models import callable_routes, example_of
from ni.web.security import AccessRule, authorised


@dataclass(frozen=True, slots=True)
class Prompt:
    """What was typed into the playground: a model name and one message, sent under one of the account's keys."""

    key_id: str
    model: str
    text: str


@dataclass(frozen=True, slots=True)
class PlaygroundReply:
    """A reply on its way.

    `sent_text` is the message as the provider saw it, None if nothing was sent; `headers` are those of the reply, and
    `pieces` its text. Reading the pieces may raise `Problem`.
    """

    sent_text: str | None
    headers: Mapping[str, str]
    pieces: Iterator[str]


def send_prompt(
    services: PortalServices, account_id: str, prompt: Prompt, client: Client, *, stream: bool
) -> PlaygroundReply | None:
    """The reply, or None if the account has no such live key. Raises `Problem`, `ClientGone`."""
    caller = services.access.keys_of(account_id).caller(prompt.key_id)
    if caller is None:
        return None
    context = _request_context(services, caller, prompt, client, stream)
    answer = services.pipeline.run(context)
    return PlaygroundReply(_sent_text(context), dict(answer.headers), _pieces(answer))


def _request_context(
    services: PortalServices, caller: Caller, prompt: Prompt, client: Client, stream: bool
) -> RequestContext:
    messages = [{"role": "user", "content": prompt.text}]
    body = {"model": prompt.model, "stream": stream, "messages": messages}
    now, call = services.clock.now(), services.chat.parse(body, {})
    return RequestContext(
        request_id(services.random), caller, call, orjson.dumps(body), client, now,
        services.clock.monotonic(), day_of(now, caller.time_zone),
    )  # fmt: skip


def _sent_text(context: RequestContext) -> str | None:
    if context.masked is None or context.admitted is None:
        return None
    content = context.masked.body["messages"][-1].get("content")
    return content if isinstance(content, str) else ""


def _pieces(answer: CallResponse) -> Iterator[str]:
    """The text of a whole answer, or of each event of a stream; closing it closes the stream."""
    if answer.pieces is None:
        yield orjson.loads(answer.body)["choices"][0]["message"].get("content") or ""
        return
    with closing(_events(answer.pieces)) as events:
        yield from filter(None, (_text(event, answer) for event in events))


def _events(pieces: Iterator[bytes]) -> Generator[bytes, None, None]:
    """The events of a chat stream; closing this closes the stream, which settles the call."""
    try:
        for piece in pieces:
            yield from piece.split(b"\n\n")
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _text(event: bytes, answer: CallResponse) -> str:
    """The text that one event of a chat stream adds. Raises `UpstreamError` for an error event."""
    if not event.startswith(b"data: {"):
        return ""  # a ping, the end
    chunk = orjson.loads(event.removeprefix(b"data: "))
    if "error" in chunk:
        raise UpstreamError(provider=dict(answer.headers).get("X-NI-Resolved-Provider", ""))
    deltas = [choice.get("delta") or {} for choice in chunk.get("choices", ())]
    return "".join(delta.get("content") or "" for delta in deltas)


WORD = re.compile(r"\s+|\w+|[^\w\s]")
MOST_COMPARED = 20_000
"""A longer text is shown without marks."""


@dataclass(frozen=True, slots=True)
class TextRun:
    """A stretch of the sent text; `replaced` if something else was typed in its place."""

    text: str
    replaced: bool = False


def highlighted(typed: str, sent: str) -> Sequence[TextRun]:
    """The sent text in runs, in order; joined they are the text."""
    if typed == sent or len(typed) + len(sent) > MOST_COMPARED:
        return [TextRun(sent)] if sent else []
    before, after = WORD.findall(typed), WORD.findall(sent)
    operations = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    runs = (
        TextRun("".join(after[start:end]), verb != "equal")
        for verb, _, _, start, end in operations
        if end > start
    )
    return list(runs)


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
        return _page(form, problem=translated_message(problem)), problem.status
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
        return Response(_line("error", translated_message(problem)), mimetype="application/x-ndjson")
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
        yield _line("error", translated_message(problem))


def _runs(typed: str, reply: PlaygroundReply) -> list[TextRun]:
    return list(highlighted(typed, reply.sent_text or ""))


def _headers(reply: PlaygroundReply) -> dict[str, str]:
    return {name: reply.headers[name] for name in SHOWN_HEADERS if name in reply.headers}


def _line(kind: str, value: object) -> str:
    return json.dumps([kind, value], ensure_ascii=False) + "\n"

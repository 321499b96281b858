"""Sends a prompt of the playground through the pipeline, as one of the account's keys.

Nothing is bypassed: masking, residency, the cap, custody and usage are those of the key. The text that was sent is read
from the request context.
"""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

import orjson

from ni.domain.caller import Caller
from ni.domain.errors import UpstreamError
from ni.domain.ids import request_id
from ni.gateway.context import CallResponse, Client, RequestContext
from ni.metering.days import day_of
from ni.web.portal.context import PortalServices


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

"""Sends a conversation of the playground through the pipeline, as one of the account's keys, and compares texts.

Nothing is bypassed: masking, residency, the cap, custody and usage are those of the key. The text that was sent is read
from the request context. `highlighted` is for display: what was replaced is counted by the gateway, in `X-NI-PII`.
"""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import orjson

from ni.domain.call import Json
from ni.domain.caller import Caller
from ni.domain.clock import give_way
from ni.domain.errors import AddressNotAllowed, UpstreamError
from ni.domain.ids import request_id
from ni.gateway.context import CallResponse, Client, RequestContext
from ni.metering.days import day_of
from ni.web.portal.context import PortalServices


@dataclass(frozen=True, slots=True)
class Prompt:
    """What was typed into the playground, sent under one of the account's keys.

    `messages` are those of the conversation in chat form; `parameters` are members of the body beside them. `address`
    is the browser's.
    """

    key_id: str
    model: str
    messages: Sequence[Json]
    parameters: Json
    address: str = ""

    def body(self, *, stream: bool = False) -> Json:
        """The body of the chat request."""
        return {"model": self.model, "stream": stream, "messages": list(self.messages), **self.parameters}


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
    """The reply, or None if the account has no such live key. Raises `Problem`, `ClientGone`.

    A key that is good from some addresses alone is so here too, by the browser's.
    """
    caller = services.access.keys_of(account_id).caller(prompt.key_id)
    if caller is None:
        return None
    if not caller.admits(prompt.address):
        raise AddressNotAllowed()
    context = _request_context(services, caller, prompt, client, stream)
    answer = services.pipeline.run(context)
    return PlaygroundReply(_sent_text(context), dict(answer.headers), _pieces(answer))


def _request_context(
    services: PortalServices, caller: Caller, prompt: Prompt, client: Client, stream: bool
) -> RequestContext:
    body = prompt.body(stream=stream)
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
REACH, SURE = 24, 3
"""How many words a stand-in and what it replaces have at most, and how many alike show where it ends."""


@dataclass(frozen=True, slots=True)
class TextRun:
    """A stretch of the sent text; `replaced` if something else was typed in its place."""

    text: str
    replaced: bool = False


def highlighted(typed: str, sent: str) -> Sequence[TextRun]:
    """The sent text in runs, in order; joined they are the text."""
    if typed == sent or len(typed) + len(sent) > MOST_COMPARED:
        return [TextRun(sent)] if sent else []
    return list(_runs(WORD.findall(typed), WORD.findall(sent)))


def _runs(typed: Sequence[str], sent: Sequence[str]) -> Iterator[TextRun]:
    """Both are gone through once: what was replaced is a few words long, and the words behind it are the same."""
    at = here = 0
    while here < len(sent):
        begin = here
        while here < len(sent) and at < len(typed) and typed[at] == sent[here]:
            at, here = at + 1, here + 1
        if here > begin:
            yield TextRun("".join(sent[begin:here]))
        give_way()
        skipped, replaced = _until_agreed(typed[at : at + REACH + SURE], sent[here : here + REACH + SURE])
        if replaced:
            yield TextRun("".join(sent[here : here + replaced]), replaced=True)
        at, here = at + skipped, here + replaced


def _until_agreed(typed: Sequence[str], sent: Sequence[str]) -> tuple[int, int]:
    """How many words differ on either side, the fewest in all, until `SURE` words, or all the rest, are the same."""
    for both in range(len(typed) + len(sent)):
        for skipped in range(max(0, both - len(sent)), min(both, len(typed)) + 1):
            replaced = both - skipped
            if typed[skipped : skipped + SURE] == sent[replaced : replaced + SURE]:
                return skipped, replaced
    return len(typed), len(sent)

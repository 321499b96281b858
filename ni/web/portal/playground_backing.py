"""The playground's way into the line: a caller for one of the account's keys, and the same pipeline as everyone else.

Nothing is bypassed: masking, residency, the cap, custody and usage are those of the key. The text that left is read
from the context, where the line itself keeps it.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import orjson

from ni.access.account_keys import AccountKeys, Key
from ni.access.accounts import Account, Accounts
from ni.access.keys import stricter
from ni.dialects.base import Dialect
from ni.domain.caller import Caller
from ni.domain.clock import Clock
from ni.domain.errors import UpstreamError
from ni.domain.ids import Random, request_id
from ni.gateway.context import CallResponse, Client, RequestContext
from ni.gateway.pipeline import Pipeline
from ni.metering.days import day_of
from ni.web.portal.services_instance import Prompt, Sent, Talk


@dataclass(frozen=True, slots=True)
class Line:
    """What a call needs: the pipeline, the dialect it is asked in, time and randomness."""

    pipeline: Pipeline
    dialect: Dialect
    clock: Clock
    random: Random


class PlaygroundBacking:
    """Asks as one of the account's keys."""

    def __init__(self, line: Line, accounts: Accounts, keys_of: Callable[[str], AccountKeys]) -> None:
        self._line = line
        self._accounts = accounts
        self._keys_of = keys_of

    def ask(self, account_id: str, prompt: Prompt, client: Client, *, stream: bool) -> Talk | None:
        """The answer, or None if the account has no such live key. Raises `Problem`, `ClientGone`."""
        key, account = self._keys_of(account_id).get(prompt.key_id), self._accounts.get(account_id)
        now = self._line.clock.now()
        if key is None or account is None or key.revoked_at is not None:
            return None
        if key.spec.expires_at is not None and key.spec.expires_at <= now:
            return None
        context = self._context(caller_of(account, key), prompt, client, stream)
        answer = self._line.pipeline.run(context)
        return Talk(_sent(context, answer), _pieces(answer))

    def _context(self, caller: Caller, prompt: Prompt, client: Client, stream: bool) -> RequestContext:
        line = self._line
        messages = [{"role": "user", "content": prompt.text}]
        body = {"model": prompt.model, "stream": stream, "messages": messages}
        now = line.clock.now()
        return RequestContext(
            request_id(line.random), caller, line.dialect.parse(body, {}), orjson.dumps(body), client, now,
            line.clock.monotonic(), day_of(now, caller.time_zone),
        )  # fmt: skip


def caller_of(account: Account, key: Key) -> Caller:
    """The caller that the key's text would authenticate as."""
    spec = key.spec
    return Caller(
        account_id=account.id, key_id=key.id, key_name=spec.name, tiers=spec.tiers, cap_nanos=spec.cap_nanos,
        rpm=spec.rpm, byok=spec.byok, pii=spec.pii, pii_may_disable=spec.pii_may_disable,
        time_zone=account.time_zone, commands=account.commands,
        shares_mappings=account.shares_mappings, block_labels=spec.block_labels | account.block_labels,
        strict=spec.strict, min_evidence=stricter(spec.min_evidence, account.min_evidence),
    )  # fmt: skip


def _sent(context: RequestContext, answer: CallResponse) -> Sent:
    headers = dict(answer.headers)
    if context.masked is None or context.admitted is None:
        return Sent(None, headers)
    content = context.masked.body["messages"][-1].get("content")
    return Sent(content if isinstance(content, str) else "", headers)


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

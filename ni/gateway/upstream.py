"""Passes a streamed answer on to the client.

A `Stream` ends in exactly one of three ways: its proper end, one error event, or the client leaving. It is settled
before its last byte in the first two, and right after in the third. The upstream is closed in all of them. A key is
checked when a call arrives, and a stream may go on for a quarter of an hour: every process checks the keys of its
`RunningStreams` every few seconds, whichever process revoked them.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Set
from functools import partial
from typing import Protocol

from ni.dialects.base import StreamRenderer
from ni.domain.call import Json
from ni.domain.errors import ClientGone, InvalidKey, Problem, forget_frames
from ni.domain.languages import Translate, in_english
from ni.domain.reply import Outcome
from ni.domain.timeline import Phase
from ni.gateway.accounting import Accounting, text_bytes
from ni.gateway.context import Answered, RequestContext, SentRequest
from ni.gateway.told_usage import holds_usage

log = logging.getLogger(__name__)

EVERY_S = 2.0


class Stream:
    """One streamed answer; the server writes each of its `pieces` at once."""

    def __init__(
        self,
        context: RequestContext,
        sent: SentRequest,
        renderer: StreamRenderer,
        accounting: Accounting,
        translate: Translate = in_english,
    ) -> None:
        self._context = context
        self._admitted = sent.admitted
        self._exchange = sent.exchange
        self._delivered = sent.delivered
        self._renderer = renderer
        self._accounting = accounting
        self._translate = translate
        self._text_bytes = 0
        self._finish = ""
        self._first_chunk_ms: int | None = None
        self._silent_s: float | None = None  # from sending to the first word
        self._settled = False
        self._step: Callable[[], Json | None] = partial(next, sent.chunks, None)
        self._first = sent.first
        self._revoked = False

    def end(self) -> None:
        """The key is not valid any more: close the upstream, which wakes the greenlet that waits for it."""
        self._revoked = True
        self._exchange.close()

    def pieces(self) -> Iterator[bytes]:
        """The bytes for the client, after an empty piece; closing this closes the upstream and settles the call.

        A generator that is closed before its first piece was taken runs none of its code: the empty one is for whoever
        hands the pieces on.
        """
        try:
            yield b""
            for piece in self._restored():
                self._delivered.add(piece)
                yield piece
            self._settle(Outcome.COMPLETED)
            yield self._renderer.end()
        except Problem as problem:
            forget_frames(problem)
            yield self._failed(InvalidKey() if self._revoked else problem)
        except ClientGone:
            pass  # no client to answer; the upstream is closed and the call settled below
        except Exception:  # a fault of ours: the client is told, the call is settled
            log.exception("the stream broke", extra=self._context.log_ids)
            yield self._failed(Problem())
        finally:
            self._exchange.close()
            if not self._settled:
                self._settle(Outcome.CLIENT_GONE)

    def _restored(self) -> Iterator[bytes]:
        restorer = self._admitted.masked.restorer
        for chunk in self._chunks():
            if chunk:
                self._meter(chunk)
                yield from self._rendered(restorer.chunk(self._with_told_usage(chunk)))
            else:
                yield self._renderer.ping()
        yield from self._rendered(restorer.end())

    def _chunks(self) -> Iterator[Json]:
        """The upstream's chunks; empty ones mark its silence. Only the wait for the next one is watched."""
        chunk = self._first
        while chunk is not None:
            if self._revoked:
                raise InvalidKey
            yield chunk
            chunk = self._context.client.watch(self._step)

    def _rendered(self, chunks: Iterable[Json]) -> Iterator[bytes]:
        for chunk in chunks:
            piece = self._renderer.chunk(chunk)
            if piece:
                yield piece

    def _with_told_usage(self, chunk: Json) -> Json:
        if not holds_usage(chunk):
            return chunk
        return self._accounting.told(self._admitted, self._exchange, self._text_bytes, chunk)

    def _meter(self, chunk: Json) -> None:
        if self._first_chunk_ms is None:
            self._first_chunk_ms = self._accounting.elapsed_ms(self._context)
        for choice in chunk.get("choices", ()):
            delta = choice.get("delta") or {}
            self._text_bytes += text_bytes(delta)
            self._finish = choice.get("finish_reason") or self._finish
        if self._text_bytes and self._silent_s is None:
            self._silent_s = self._accounting.since_sent_s(self._admitted)
            self._accounting.passed(self._context, Phase.FIRST_TOKEN)

    def _settle(self, outcome: Outcome) -> None:
        self._settled = True
        self._accounting.passed(self._context, Phase.STREAM)
        unseen_s = self._unseen_s() if outcome is Outcome.CLIENT_GONE else 0.0
        usage = self._accounting.count(self._admitted, self._exchange, self._text_bytes, unseen_s)
        peer, delivered = self._exchange.peer, self._delivered
        self._context.answered = Answered(peer, usage, self._finish, self._first_chunk_ms, delivered)
        self._accounting.settle(self._context, self._admitted, outcome)

    def _unseen_s(self) -> float:
        """Seconds from sending to the first word of a reasoning model, 0 for other models."""
        if not self._admitted.resolved.route.capabilities.reasoning:
            return 0.0
        return self._accounting.since_sent_s(self._admitted) if self._silent_s is None else self._silent_s

    def _failed(self, problem: Problem) -> bytes:
        """Settle the call and return the error event; what was delivered is charged, as far as it can be counted."""
        if not self._settled:
            self._context.problem = problem
            self._settle(Outcome.CLIENT_GONE if self._revoked else Outcome.UPSTREAM_CUT)
        translate = partial(self._translate, self._context.caller.language)
        return self._renderer.error(problem, problem.message_in(translate))


class Endable(Protocol):
    """A stream that can be ended from outside."""

    def pieces(self) -> Iterator[bytes]:
        """The bytes for the client, piece by piece."""

    def end(self) -> None:
        """End it soon, with an error event; from any greenlet, any number of times."""


class RunningStreams:
    """The streams of this process, by key: those of a key that was revoked, or has expired, are ended."""

    def __init__(self) -> None:
        self._streams: dict[str, set[Endable]] = {}

    def pieces(self, key_id: str, stream: Endable) -> Iterator[bytes]:
        """The stream's pieces; while they are read, it is one of its key's."""
        self._streams.setdefault(key_id, set()).add(stream)
        try:
            yield from stream.pieces()
        finally:
            self._streams[key_id].discard(stream)
            if not self._streams[key_id]:
                del self._streams[key_id]

    def end_revoked(self, invalid: Callable[[Set[str]], Set[str]]) -> int:
        """End the streams of keys that are no longer valid; returns how many.

        `invalid` gets the ids of all keys with streams and returns those that are not valid.
        """
        if not self._streams:
            return 0
        ended = [
            stream for key_id in invalid(self._streams.keys()) for stream in self._streams.get(key_id, ())
        ]
        for stream in ended:
            stream.end()
        return len(ended)

"""The same line for streams: drive the upstream, restore, meter, watch the client, settle, close.

A stream ends in exactly one of three ways: its proper end, one error event, or the client's own leaving. It is settled
before its last byte in the first two, and right after in the third. The upstream is closed in all of them.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from ni.dialects.dialect import StreamRenderer
from ni.domain.call import Json
from ni.domain.clock import Clock
from ni.domain.errors import ClientGone, InvalidKey, Problem
from ni.domain.reply import Outcome
from ni.gateway.accounting import Accounting
from ni.gateway.context import RequestContext
from ni.providers.provider import Exchange

log = logging.getLogger(__name__)


class Stream:
    """One answer on its way. `pieces` is what the server writes, each piece as soon as it is there."""

    def __init__(
        self,
        context: RequestContext,
        exchange: Exchange,
        renderer: StreamRenderer,
        accounting: Accounting,
        clock: Clock,
    ) -> None:
        self._context = context
        self._exchange = exchange
        self._renderer = renderer
        self._accounting = accounting
        self._clock = clock
        self._text_bytes = 0
        self._silent_s: float | None = None  # from sending to the first word
        self._settled = False
        self._step: Callable[[], Json | None] = partial(next, exchange.chunks(), None)
        self._first: Json | None = None
        self._ended = False

    def end(self) -> None:
        """The key is not valid any more: close the upstream, which wakes whoever waits for it."""
        self._ended = True
        self._exchange.close()

    def begin(self) -> None:
        """Wait for the first chunk. Raises `Problem` if the upstream fails before it, `ClientGone`; closes it then."""
        try:
            self._first = self._context.client.watch(self._step)
        except BaseException:
            self._exchange.close()
            raise

    def pieces(self) -> Iterator[bytes]:
        """The bytes for the client; closing this iterator closes the upstream and settles the call."""
        try:
            for piece in self._restored():
                yield self._delivered(piece)
            self._settle(Outcome.COMPLETED)
            yield self._renderer.end()
        except Problem as problem:
            yield self._failed(InvalidKey() if self._ended else problem)
        except ClientGone:
            pass  # nobody is left to answer; the upstream is closed and the call settled below
        except Exception:  # a fault of ours: the client is told, the call is settled
            log.exception("the stream broke", extra={"request_id": self._context.request_id})
            yield self._failed(Problem())
        finally:
            self._exchange.close()
            if not self._settled:
                self._settle(Outcome.CLIENT_GONE)

    def _restored(self) -> Iterator[bytes]:
        masked = self._context.masked
        assert masked is not None  # nothing is sent before it went through the shield
        for chunk in self._chunks():
            if chunk:
                self._meter(chunk)
                yield from self._rendered(masked.restorer.chunk(chunk))
            else:
                yield self._renderer.ping()
        yield from self._rendered(masked.restorer.end())

    def _chunks(self) -> Iterator[Json]:
        """The upstream's chunks; empty ones mark its silence. Only the wait for the next one is watched."""
        chunk = self._first
        while chunk is not None:
            if self._ended:
                raise InvalidKey
            yield chunk
            chunk = self._context.client.watch(self._step)

    def _rendered(self, chunks: Iterable[Json]) -> Iterator[bytes]:
        for chunk in chunks:
            piece = self._renderer.chunk(chunk)
            if piece:
                yield piece

    def _delivered(self, piece: bytes) -> bytes:
        if self._context.delivered is not None:
            self._context.delivered.add(piece)
        return piece

    def _meter(self, chunk: Json) -> None:
        context = self._context
        if context.first_chunk_ms is None:
            context.first_chunk_ms = round((self._clock.monotonic() - context.started_s) * 1000)
        for choice in chunk.get("choices", ()):
            delta = choice.get("delta") or {}
            texts = [delta.get(name) for name in ("content", "reasoning_content", "refusal")]
            texts += [(call.get("function") or {}).get("arguments") for call in delta.get("tool_calls") or ()]
            self._text_bytes += sum(
                len(text.encode(errors="replace")) for text in texts if isinstance(text, str)
            )
            context.finish = choice.get("finish_reason") or context.finish
        if self._text_bytes and self._silent_s is None:
            self._silent_s = self._clock.monotonic() - context.sent_s

    def _settle(self, outcome: Outcome) -> None:
        self._settled = True
        unseen_s = self._unseen_s() if outcome is Outcome.CLIENT_GONE else 0.0
        self._accounting.count(self._context, self._exchange, self._text_bytes, unseen_s)
        self._accounting.settle(self._context, outcome)

    def _unseen_s(self) -> float:
        """How long a model that reasons did so before its first word."""
        route = self._context.route
        if route is None or not route.capabilities.reasoning:
            return 0.0
        return self._clock.monotonic() - self._context.sent_s if self._silent_s is None else self._silent_s

    def _failed(self, problem: Problem) -> bytes:
        """Settle, then the one error event; what was delivered is charged, as far as it can be counted."""
        if not self._settled:
            self._context.problem = problem
            self._settle(Outcome.CLIENT_GONE if self._ended else Outcome.UPSTREAM_CUT)
        return self._renderer.error(problem, problem.message)

"""A stream is metered by what it holds: bytes of its texts, and nothing of what is no text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from ni.dialects.chat import ChatStream
from ni.domain.call import Json
from ni.domain.clock import SystemClock
from ni.domain.errors import UpstreamError
from ni.domain.reply import Outcome, Usage
from ni.gateway.stream import Stream
from ni.privacy.shield import Unrestored
from ni.web.client import AnyClient


@dataclass
class Kept:
    """A ledger that notes what it is told."""

    counted: list[tuple[int, Usage | None]] = field(default_factory=list)
    settled: list[Outcome] = field(default_factory=list)

    def count(self, _: Any, exchange: Any, text_bytes: int, unseen_s: float) -> None:
        assert not unseen_s  # a provider that cuts is not paid for what was not seen
        self.counted.append((text_bytes, exchange.told))

    def settle(self, _: Any, outcome: Outcome) -> None:
        self.settled.append(outcome)


class Cut:
    """An upstream that says something and is cut."""

    usage = None
    told = Usage(uncached=7, cached=5)

    def __init__(self, delta: Json) -> None:
        self._delta = delta

    def chunks(self) -> Iterator[Json]:
        yield {"choices": [{"index": 0, "delta": self._delta, "finish_reason": None}]}
        raise UpstreamError(provider="Somewhere")

    def close(self) -> None:
        """Nothing is open."""


def begun() -> Any:
    """A call that was sent."""
    return SimpleNamespace(
        client=AnyClient(), masked=SimpleNamespace(restorer=Unrestored()), delivered=None, request_id="r",
        route=None, first_chunk_ms=None, started_s=0.0, sent_s=0.0, finish="", problem=None, usage=Usage(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("delta", "octets"),
    [
        ({"content": "été"}, 5),
        ({"reasoning_content": "hm", "content": "a"}, 3),
        ({"tool_calls": [{"function": {"arguments": '{"a":1}'}}]}, 7),
        ({"content": [{"type": "text", "text": "a part"}]}, 0),
        ({"content": None, "tool_calls": None}, 0),
    ],
)
def test_a_cut_stream_counts_the_bytes_of_its_texts_and_keeps_what_was_told(delta: Json, octets: int) -> None:
    ledger = Kept()
    stream = Stream(begun(), Cut(delta), ChatStream("m", include_usage=False), ledger, SystemClock())  # type: ignore[arg-type]
    stream.begin()
    said = b"".join(stream.pieces())
    assert b"choices" in said
    assert b"Somewhere" in said
    assert ledger.counted == [(octets, Cut.told)]
    assert ledger.settled == [Outcome.UPSTREAM_CUT]


class Whole:
    """An upstream that says one thing and ends well."""

    usage = told = Usage(uncached=1, output=1)

    def chunks(self) -> Iterator[Json]:
        yield {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}]}
        yield {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}

    def close(self) -> None:
        """Nothing is open."""


def test_a_stream_is_settled_after_its_words_and_before_its_end() -> None:
    """Whoever has the end of an answer has what is on record and charged, if the process dies right after."""
    ledger = Kept()
    stream = Stream(begun(), Whole(), ChatStream("m", include_usage=False), ledger, SystemClock())  # type: ignore[arg-type]
    stream.begin()
    settled = [(piece.endswith(b"[DONE]\n\n"), list(ledger.settled)) for piece in stream.pieces()]
    assert settled == [(False, []), (False, []), (True, [Outcome.COMPLETED])]
    assert ledger.settled == [Outcome.COMPLETED]

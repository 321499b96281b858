"""A stream is metered by what it holds: bytes of its texts, and nothing of what is no text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from ni.custody.record import Commitment
from ni.dialects.chat import ChatStream
from ni.domain.call import Json
from ni.domain.errors import UpstreamError
from ni.domain.reply import Outcome, Peer, Usage
from ni.factory.translations import translate
from ni.gateway.context import SentRequest
from ni.gateway.upstream import Stream
from ni.privacy.masking import IdentityRestorer
from ni.web.client import UnwatchedClient


@dataclass
class Kept:
    """A accounting that notes what it is told."""

    counted: list[tuple[int, Usage | None]] = field(default_factory=list)
    settled: list[Outcome] = field(default_factory=list)

    def count(self, _: Any, exchange: Any, text_bytes: int, unseen_s: float) -> Usage:
        assert not unseen_s  # a provider that cuts is not paid for what was not seen
        self.counted.append((text_bytes, exchange.partial_usage))
        return Usage()

    def settle(self, _: Any, __: Any, outcome: Outcome) -> None:
        self.settled.append(outcome)

    def elapsed_ms(self, _: Any) -> int:
        return 0

    def since_sent_s(self, _: Any) -> float:
        return 0.0

    def passed(self, _: Any, __: Any) -> None:
        """Nothing is timed here."""


class Cut:
    """An upstream that says something and is cut."""

    peer, usage = Peer(), None
    partial_usage = Usage(uncached=7, cached=5)

    def __init__(self, delta: Json) -> None:
        self._delta = delta

    def chunks(self) -> Iterator[Json]:
        yield {"choices": [{"index": 0, "delta": self._delta, "finish_reason": None}]}
        raise UpstreamError(provider="Somewhere")

    def close(self) -> None:
        """Nothing is open."""


def streamed(upstream: Any, accounting: Kept, language: str = "") -> Stream:
    """A stream of an upstream's answer to a call that needs nothing restored."""
    capabilities = SimpleNamespace(reasoning=False)
    resolved = SimpleNamespace(route=SimpleNamespace(capabilities=capabilities))
    admitted: Any = SimpleNamespace(masked=SimpleNamespace(restorer=IdentityRestorer()), resolved=resolved)
    caller = SimpleNamespace(language=language)
    context: Any = SimpleNamespace(client=UnwatchedClient(), request_id="r", problem=None, caller=caller)
    chunks = upstream.chunks()
    sent = SentRequest(admitted, upstream, Commitment(bytes), chunks, next(chunks))
    return Stream(context, sent, ChatStream("m", include_usage=False), accounting, translate)  # type: ignore[arg-type]


def test_an_error_inside_a_stream_is_in_the_language_of_the_account() -> None:
    said = {}
    for language in ("", "en", "fr"):
        stream = streamed(Cut({"content": "a"}), Kept(), language)
        said[language] = b"".join(stream.pieces())
    assert said[""] == said["en"] != said["fr"]
    assert all(b"Somewhere" in text for text in said.values())


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
    accounting = Kept()
    stream = streamed(Cut(delta), accounting)
    said = b"".join(stream.pieces())
    assert b"choices" in said
    assert b"Somewhere" in said
    assert accounting.counted == [(octets, Cut.partial_usage)]
    assert accounting.settled == [Outcome.UPSTREAM_CUT]


class Whole:
    """An upstream that says one thing and ends well."""

    peer = Peer()
    usage = partial_usage = Usage(uncached=1, output=1)

    def chunks(self) -> Iterator[Json]:
        yield {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}]}
        yield {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}

    def close(self) -> None:
        """Nothing is open."""


def test_a_stream_is_settled_after_its_words_and_before_its_end() -> None:
    """Whoever has the end of an answer has what is on record and charged, if the process dies right after."""
    accounting = Kept()
    stream = streamed(Whole(), accounting)
    settled = [(piece.endswith(b"[DONE]\n\n"), list(accounting.settled)) for piece in stream.pieces()]
    assert settled == [(False, []), (False, []), (False, []), (True, [Outcome.COMPLETED])]
    assert accounting.settled == [Outcome.COMPLETED]


def test_a_stream_that_nobody_reads_is_settled_when_it_is_closed() -> None:
    accounting = Kept()
    stream = streamed(Whole(), accounting)
    pieces = stream.pieces()
    assert next(pieces) == b""
    pieces.close()  # type: ignore[attr-defined]
    assert accounting.settled == [Outcome.CLIENT_GONE]

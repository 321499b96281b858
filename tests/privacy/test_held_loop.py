"""No step of masking holds the event loop for long, however a text of a million characters is repeated.

Measured is the processor time between two moments at which others may run, with the names worker left out, so that
what other programs do on the machine is not in it.
"""

import gc
import time
from collections.abc import Iterator, Sequence

import pytest

from ni.domain import clock
from ni.factory.serving import COLLECT_AFTER
from ni.privacy.masking import Substitution, derived
from ni.privacy.spans import Span
from tests.faults.watchdog import have_memory_supplied
from tests.privacy.cast import call, caller, says

SIZE = 1_000_000
LONGEST_S = 3 * clock.LONGEST_S
"""What the loop is promised is `LONGEST_S`; a machine that others use as well is slower by a factor of two or three."""
TRIES = 6
PIECES = (
    *"<&@\"\\-[{=|", "\u200b", "\u00a0", "\u2014", "\u0661", "\u0301\u0323", "e\u0301", "\\u", "\\n", "\\\"", "\\x41",
    "\\303\\251", "A:\\a", "\x1b[", "&amp;", "%C3%A9", "<b>", "a: ", "http://",
)  # fmt: skip


class NoNames:
    """Finds no names."""

    version = ""

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        return [[] for _ in texts]


@pytest.fixture(autouse=True, scope="module")
def calm_collector() -> Iterator[None]:
    """The garbage collector as in a server."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def held_s(text: str, patch: pytest.MonkeyPatch) -> float:
    """The most processor time for which masking the text lets nobody else run."""
    have_memory_supplied()
    rested_s = time.thread_time()
    longest_s = 0.0

    def rest(_: float = 0.0) -> None:
        nonlocal rested_s, longest_s
        longest_s = max(longest_s, time.thread_time() - rested_s)
        rested_s = time.thread_time()

    with patch.context() as patched:
        patched.setattr("time.sleep", rest)
        Substitution(NoNames(), derived(b"secret"), pause=rest).substitute(caller(), call(says(text)))
        rest()
    return longest_s


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_no_repeated_text_holds_the_loop(monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    text = piece * (SIZE // len(piece))
    least_s = held_s(text, monkeypatch)
    for _ in range(TRIES - 1):
        if least_s > LONGEST_S:
            least_s = min(least_s, held_s(text, monkeypatch))
    assert least_s <= LONGEST_S

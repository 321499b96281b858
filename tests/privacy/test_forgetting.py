"""What a call was masked with goes with the call: nothing of it waits for the garbage collector, which comes rarely."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ni.privacy.masking import Masked
from tests.privacy.cast import answered, call, caller, says, sent, shield

ADDRESSES, CALLS = 200, 6
BYTES_PER_ADDRESS = 1_000
"""What was found in a text, as offsets, may stay in the cache; forms of a surrogate that stayed would take 19,000."""


def text(number: int) -> str:
    """A name, a number, and addresses that no other call has."""
    mails = " ".join(f"x{at}@y{at}-{number}.example.ca" for at in range(ADDRESSES))
    return f"Jean Tremblay and J. Tremblay, 514-555-0142, {mails}"


def whole(result: Masked) -> None:
    answered(result, sent(result))


def streamed(result: Masked) -> None:
    delta = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": sent(result)}}]}
    list(result.restorer.chunk(delta))
    list(result.restorer.end())


def native(result: Masked) -> None:
    result.restorer.reply(
        {"native": {"type": "message", "content": [{"type": "text", "text": sent(result)}]}}
    )


ANSWERS = {"whole": whole, "streamed": streamed, "in Anthropic's form": native, "none": lambda _: None}


@contextmanager
def no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("answer", ANSWERS)
def test_nothing_of_a_call_refers_to_itself(answer: str) -> None:
    protect = shield()
    finish: Callable[[Masked], None] = ANSWERS[answer]
    finish(protect.substitute(caller(), call(says(text(0)))))
    with no_collection():
        finish(protect.substitute(caller(), call(says(text(1)))))
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        kinds = {type(left) for left in gc.garbage}
        assert [kind.__name__ for kind in kinds if kind.__module__.startswith("ni.")] == []


def test_calls_with_ever_new_values_do_not_fill_the_memory() -> None:
    protect = shield()
    whole(protect.substitute(caller(), call(says(text(0)))))
    with no_collection():
        tracemalloc.start()
        try:
            for number in range(1, CALLS + 1):
                whole(protect.substitute(caller(), call(says(text(number)))))
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert held < CALLS * ADDRESSES * BYTES_PER_ADDRESS

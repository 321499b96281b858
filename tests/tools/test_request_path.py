"""What a warm call enters is what `docs/architecture.md` says, and the counter counts what it promises."""

import pytest
from gevent import sleep, spawn

from tools.request_path.__main__ import PAGE, count
from tools.request_path.counter import Counter
from tools.request_path.table import documented, rows, to_read, with_table

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])

ROOM = 3
"""Files by which a call may come to differ from the page before the page has to be written anew."""
PARSED = ("ni/dialects/chat.py", "parse", 10)
PRICED = ("ni/metering/cost.py", "price", 3)
FOUND = ("ni/privacy/recognisers/email.py", "find", 7)


def test_a_call_enters_as_many_files_as_the_page_on_architecture_says() -> None:
    entered = [len(to_read(functions)) for functions in count().values()]
    said = documented(PAGE.read_text())
    close = [abs(here - there) <= ROOM for here, there in zip(entered, said, strict=True)]
    assert all(close), f"{entered} files are entered and the page says {said}: make request-path ARGS=--write"


def entered_between() -> list[int]:
    return [number for number in range(2)]  # noqa: C416 - a comprehension, which is no function


def waits() -> None:
    sleep(0)
    entered_between()


def names(counter: Counter) -> set[str]:
    return {name for _, name, _ in counter.stop()}


def test_a_function_is_counted_in_whichever_greenlet_it_is_entered() -> None:
    counter = Counter((__file__,))
    waiting = spawn(waits)
    sleep(0)
    counter.start()
    waiting.join()
    assert {"entered_between"} == names(counter) - {"names"}


def test_what_is_entered_before_and_after_is_not_counted() -> None:
    counter = Counter((__file__,))
    counter.start()
    counter.stop()
    entered_between()
    counter.start()
    assert names(counter) <= {"names"}


def test_metering_and_single_recognisers_are_not_counted() -> None:
    assert to_read(frozenset({PARSED, PRICED, FOUND})) == {PARSED[0]}


def test_the_table_says_files_and_functions_and_finds_its_place_in_the_page() -> None:
    found = {"chat to OpenAI": frozenset({PARSED, PRICED}), "Messages to Bedrock": frozenset({PARSED})}
    page = with_table(f"before\n\n{'| package | chat to OpenAI | old |'}\n\nafter\n", rows(found))
    assert page.startswith("before\n\n| package | chat to OpenAI: files")
    assert page.endswith("|\n\nafter\n")
    assert "| `ni.metering` | 1 | 1 | – | – |" in page
    assert documented(page) == [1, 1]


def test_a_page_without_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no table"):
        documented("nothing")

"""The page of queues: what waits in every process that is alive."""

import re

import pytest

from ni.domain.clock import to_ms
from ni.domain.queues import QueueState, queues_text
from ni.factory.gateway import Gateway
from ni.metering.processes import STALE_MS, Process, Processes
from tests.portal.conftest import Browser
from tests.portal.test_operator import row_of

PAGE = "/portal/queues"


def beat(gateway: Gateway, name: str, *states: QueueState) -> None:
    """Another process says what waits in it."""
    other = Processes(gateway.database, gateway.journal, Process(name, f"host-{name}", 7, ""))
    now_ms = to_ms(gateway.clock.now())
    other.register(now_ms)
    other.beat(now_ms, queues_text(states))


def test_the_page_says_what_waits_here(alice: Browser, gateway: Gateway) -> None:
    slot = gateway.queues.deployment("azure-ca").take("key_1")
    text = alice.get(PAGE).text
    slot.close()
    assert re.search(
        r'data-label="Waiting">0<.*data-label="Running">1<.*data-label="Slots">1,000<',
        row_of(text, "azure-ca"),
    )
    assert row_of(text, "Every call")
    assert "Process</th>" not in text


@pytest.mark.parametrize(
    ("drain", "english", "french"),
    [(766.329, "766", "766"), (1500.4, "1,500", "1 500"), (3.456, "3.46", "3,46")],
)
def test_slots_per_second_read_as_what_they_are_in_both_languages(
    alice: Browser, gateway: Gateway, drain: float, english: str, french: str
) -> None:
    beat(gateway, "lively", QueueState("calls", 0, 1, 2000, drain, 0, 0))
    for language, wanted in (("en", english), ("fr", french)):
        row = row_of(alice.get(PAGE, Accept_Language=language).text, "host-lively 7")
        assert f">{wanted}</td>" in row.replace("\u00a0", " ")


def test_other_processes_are_shown_while_they_are_alive(alice: Browser, gateway: Gateway) -> None:
    beat(gateway, "lively", QueueState("calls", 17, 2000, 2000, 3.5, 4200, 23))
    text = alice.get(PAGE).text
    row = row_of(text, "host-lively 7")
    assert all(f">{shown}</td>" in row for shown in ("17", "2,000", "3.5", "4.20\u00a0s", "23"))
    gateway.clock.move(seconds=STALE_MS / 1000 + 1)  # type: ignore[attr-defined]
    assert "host-lively" not in alice.get(PAGE).text

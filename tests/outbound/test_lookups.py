"""Names that never answer hold up neither each other for long, nor the calls to providers."""

import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event, Lock
from types import SimpleNamespace
from typing import Any

import pytest

from ni.alerts.book import RaisedAlert, SendFault
from ni.alerts.receivers import OPERATOR, Channel, Receiver
from ni.domain.alerts import Alert, AlertKind
from ni.domain.secret import Secret
from ni.factory.alerts import AlertServices
from ni.outbound.connection import Connector
from ni.outbound.errors import TooSlow
from ni.outbound.lookups import MOST, PatientLookups
from tests.fakes.doors import HandClock


class Hanging:
    """A resolver whose answers wait for `released`; counts how many wait."""

    def __init__(self) -> None:
        self.released = Event()
        self.asked, self.waiting, self.most = 0, 0, 0
        self._lock = Lock()

    def __call__(self, host: str, port: int) -> Sequence[str]:
        with self._lock:
            self.asked, self.waiting = self.asked + 1, self.waiting + 1
            self.most = max(self.most, self.waiting)
        self.released.wait(30)
        with self._lock:
            self.waiting -= 1
        return ("127.0.0.1",)


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    resolver = Hanging()
    yield resolver
    resolver.released.set()


def outcome(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except TooSlow as fault:
        return str(fault)


def test_forty_names_that_hang_take_a_few_turns_and_all_fail_in_words(hanging: Hanging) -> None:
    lookups = PatientLookups(hanging, patience_s=0.05)
    with ThreadPoolExecutor(40) as all_at_once:
        asked = [all_at_once.submit(outcome, partial(lookups, f"n{at}.test", 443)) for at in range(40)]
        told = {each.result() for each in asked}
    assert told == {"looking up the name took longer than 0.05 s"}
    assert hanging.most == hanging.asked == MOST
    hanging.released.set()
    found = (outcome(lambda: lookups("later.test", 443)) for _ in range(200))
    assert any(each == ("127.0.0.1",) for each in found)


def test_what_the_resolver_raises_reaches_who_asked_and_gives_the_turn_back() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "unknown")

    lookups = PatientLookups(unknown, most=1, patience_s=5)
    for _ in range(3):
        with pytest.raises(socket.gaierror):
            lookups("nowhere.test", 443)


RAISED = RaisedAlert("alert_1", HandClock().now(), Alert(AlertKind.TEST, "acc", "x", "x", {"sent_by": "u"}))


@pytest.mark.parametrize(("channel", "address"), [("webhook", "https://hung.test/"), ("mail", "a@hung.test")])
def test_a_receiver_whose_name_hangs_fails_in_words_and_holds_few_turns(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch, channel: str, address: str
) -> None:
    monkeypatch.setattr("ni.factory.alerts.PatientLookups", partial(PatientLookups, patience_s=0.05))
    settings: Any = SimpleNamespace(
        public_url="", mail_from="ni@example.ca", smtp_url=Secret("smtp://m.test")
    )
    tools: Any = SimpleNamespace(clock=HandClock(), database=None)
    secrets: Any = SimpleNamespace(derive=lambda name: b"s")
    services = AlertServices(settings, secrets, tools, Connector((), hanging, HandClock(), 2.0))
    send = services.senders[Channel(channel)]
    receiver = Receiver("receiver_1", "acc", Channel(channel), address)
    for _ in range(5):
        with pytest.raises(SendFault, match=r"looking up the name took longer|mail server could not be used"):
            send(RAISED, receiver)
    assert hanging.asked == MOST


def test_an_account_is_not_told_where_the_mail_server_is_and_an_operator_is() -> None:
    settings: Any = SimpleNamespace(
        public_url="", mail_from="ni@example.ca", smtp_url=Secret("smtp://m.test")
    )
    tools: Any = SimpleNamespace(clock=HandClock(), database=None)
    inside = Connector((), lambda host, port: ("10.0.0.1",), HandClock(), 2.0)
    services, told = AlertServices(settings, tools, tools, inside), []
    for account_id in ("acc", OPERATOR):
        with pytest.raises(SendFault) as fault:
            services.senders[Channel.MAIL](RAISED, Receiver("r", account_id, Channel.MAIL, "a@example.ca"))
        told.append(str(fault.value))
    assert told == ["the mail server could not be used", "m.test leads to 10.0.0.1: not a public address"]

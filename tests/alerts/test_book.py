"""Alerts are told once per window, to each receiver, with patience; and by one process of several."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from ni.alerts.book import WAITS_S, AlertBook, Deliveries, RaisedAlert, SendFault
from ni.alerts.conditions import anchors_behind, drifted, failing, prices_old, slow, throttled
from ni.alerts.receivers import OPERATOR, AlertReceivers, AlertTools, Channel, Receiver, ReceiverRefused
from ni.catalog.health import HealthSum
from ni.domain.alerts import SENTENCES, Alert, AlertKind, sentence
from ni.domain.route import Drift
from ni.factory.alerts import alert_object
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.web.i18n import rounded_in
from tests.cast import StandingClock, tell

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BUDGET = Alert(
    AlertKind.BUDGET, "acc", "budget_1/80", "2026-11",
    {
        "scope": "key", "window": "month", "name": "robot", "percent": 80, "spent": "8.00", "limit": "10.00",
        "currency": "CAD", "reset_at": "2026-12-01 00:00 EST",
    },
)  # fmt: skip
DRIFT = Drift(
    "bedrock", "bedrock-ca", "bedrock/x-ca", "address", "ca-central-1", "9.9.9.9 in eu-west-1", refused=True
)


class Outbox:
    """Takes what is sent, or is away."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.away = ""

    def __call__(self, raised: RaisedAlert, receiver: Receiver, /) -> None:
        if self.away:
            raise SendFault(self.away)
        self.sent.append((raised.alert.kind.value, receiver.address))


class House:
    """The services of one process."""

    def __init__(self, database: Database, journal: DirectJournal) -> None:
        drawn = iter(range(10_000))
        self.clock, self.outbox = StandingClock(NOW), Outbox()
        self.tools = AlertTools(database, journal, self.clock, lambda size: next(drawn).to_bytes(size), tell)
        self.book = AlertBook(self.tools)
        self.deliveries = Deliveries(self.tools, self.book, {Channel.WEBHOOK: self.outbox})

    def receivers(self, account_id: str = "acc") -> AlertReceivers:
        return AlertReceivers(self.tools, account_id, "test")


@pytest.fixture
def house(database: Database, journal: DirectJournal) -> House:
    return House(database, journal)


HOOK = "https://hooks.example.ca/ni"


def test_an_alert_is_told_to_each_receiver_once_per_window(house: House) -> None:
    for address in (HOOK, f"{HOOK}/2"):
        house.receivers().add(Channel.WEBHOOK, address)
    house.receivers("other").add(Channel.WEBHOOK, f"{HOOK}/other")
    assert house.book.raise_all([BUDGET, BUDGET]) == 1
    assert AlertBook(house.tools).raise_all([BUDGET]) == 0
    assert house.deliveries.send_due() == 2
    assert house.deliveries.send_due() == 0
    assert sorted(house.outbox.sent) == [("budget", HOOK), ("budget", f"{HOOK}/2")]
    again = Alert(BUDGET.kind, "acc", BUDGET.subject, "2026-12", BUDGET.details)
    assert house.book.raise_all([again]) == 1


def test_a_receiver_that_is_away_is_tried_again_ever_later_and_then_given_up(house: House) -> None:
    house.receivers().add(Channel.WEBHOOK, HOOK)
    house.book.raise_all([BUDGET])
    house.outbox.away = "the receiver answered 500"
    for tries, wait_s in enumerate(WAITS_S):
        assert house.deliveries.send_due() == 0
        (delivery,) = house.book.deliveries([house.book.recent("acc")[0].id])[house.book.recent("acc")[0].id]
        assert (delivery.tries, delivery.fault) == (tries + 1, house.outbox.away)
        assert delivery.next_at == house.clock.now() + timedelta(seconds=wait_s)
        house.clock.move(seconds=wait_s - 1)
        assert house.deliveries.send_due() == 0
        house.clock.move(seconds=1)
    house.deliveries.send_due()
    house.outbox.away = ""
    house.clock.move(days=30)
    assert house.deliveries.send_due() == 0
    (delivery,) = next(iter(house.book.deliveries([house.book.recent("acc")[0].id]).values()))
    assert (delivery.next_at, delivery.delivered_at, delivery.tries) == (None, None, len(WAITS_S) + 1)


def test_one_that_comes_back_is_told_and_no_more(house: House) -> None:
    house.receivers().add(Channel.WEBHOOK, HOOK)
    house.book.raise_all([BUDGET])
    house.outbox.away = "away"
    house.deliveries.send_due()
    house.outbox.away = ""
    house.clock.move(seconds=WAITS_S[0])
    assert house.deliveries.send_due() == 1
    house.clock.move(days=2)
    assert house.deliveries.send_due() == 0


def test_of_two_processes_one_sends(house: House) -> None:
    house.receivers().add(Channel.WEBHOOK, HOOK)
    house.book.raise_all([BUDGET])
    alert = house.book.recent("acc")[0]
    (receiver,) = house.receivers().list()
    seen = int(alert.at.timestamp() * 1000)
    assert house.deliveries._claim(alert.id, receiver.id, seen)
    assert not house.deliveries._claim(alert.id, receiver.id, seen)
    assert house.deliveries.send_due() == 0
    house.clock.move(seconds=61)  # the one that claimed it has died
    assert house.deliveries.send_due() == 1


def test_a_receiver_that_is_removed_is_told_nothing(house: House) -> None:
    receiver = house.receivers().add(Channel.WEBHOOK, HOOK)
    house.book.raise_all([BUDGET])
    assert not house.receivers("other").remove(receiver.id)
    assert house.receivers().remove(receiver.id)
    assert not house.receivers().remove(receiver.id)
    assert house.deliveries.send_due() == 0
    assert house.outbox.sent == []


def test_a_test_is_sent_at_once_to_one_receiver(house: House) -> None:
    first, _ = (house.receivers().add(Channel.WEBHOOK, f"{HOOK}/{name}") for name in "ab")
    assert house.deliveries.send_test(first, "Alice") == ""
    assert house.deliveries.send_test(first, "Alice") == ""
    house.outbox.away = "the receiver answered 404"
    assert house.deliveries.send_test(first, "Alice") == house.outbox.away
    house.clock.move(days=3)
    assert house.deliveries.send_due() == 0
    assert house.outbox.sent == [("test", f"{HOOK}/a")] * 2


def test_a_channel_that_the_instance_does_not_have_says_so(house: House) -> None:
    receiver = house.receivers().add(Channel.MAIL, "ops@example.ca")
    assert "nothing over this channel" in house.deliveries.send_test(receiver, "Alice")


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("webhook", "hooks.example.ca"), ("webhook", "ftp://example.ca/x"), ("webhook", "https://"),
        ("webhook", "https://me:secret@example.ca/"), ("webhook", "https://example.ca/\n"), ("webhook", "https://[::1"),
        ("webhook", "https://example.ca/" + "x" * 500), ("mail", "ops"), ("mail", "a@b@c"), ("mail", "a b@example.ca"),
        ("mail", "a@example.ca\nBcc: b@example.ca"), ("mail", "a@example.ca,b@example.ca"), ("mail", "<a@example.ca>"),
        ("mail", "é@example.ca"), ("mail", "a@exämple.ca"),
        ("webhook", "http://127.0.0.1:99999/"), ("webhook", "https://example.ca:0/"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(house: House, channel: str, address: str) -> None:
    with pytest.raises(ReceiverRefused):
        house.receivers().add(Channel(channel), address)
    assert house.receivers().list() == []


def test_adding_an_address_again_changes_nothing_and_their_number_is_bounded(house: House) -> None:
    assert house.receivers().add(Channel.MAIL, "a@example.ca") == house.receivers().add(
        Channel.MAIL, "a@example.ca"
    )
    for number in range(19):
        house.receivers().add(Channel.MAIL, f"a{number}@example.ca")
    with pytest.raises(ReceiverRefused):
        house.receivers().add(Channel.MAIL, "one@example.ca")


def test_what_is_old_is_forgotten(house: House) -> None:
    house.receivers().add(Channel.WEBHOOK, HOOK)
    house.book.raise_all([BUDGET])
    house.clock.move(days=399)
    house.book.forget()
    assert len(house.book.recent("acc")) == 1
    house.clock.move(days=2)
    house.book.forget()
    assert house.book.recent("acc") == []
    assert house.deliveries.send_due() == 0


def sums(*, answered: int = 0, throttled: int = 0, each_ms: int = 0) -> HealthSum:
    return HealthSum("x", 0, answered, throttled, 0, answered * each_ms, answered, each_ms)


def test_a_deployment_whose_breaker_opened_is_told_once_a_day() -> None:
    (alert,) = failing({"azure-ca": 5}, NOW)
    assert (alert.account_id, alert.subject, alert.window) == (OPERATOR, "azure-ca", "2026-11-23")


@pytest.mark.parametrize(
    ("answered", "refused", "told"), [(5, 5, 1), (6, 5, 0), (0, 9, 0), (0, 10, 1), (90, 10, 0)]
)
def test_a_deployment_that_refuses_half_of_enough_attempts_is_told(
    answered: int, refused: int, told: int
) -> None:
    assert len(throttled({"gpu": sums(answered=answered, throttled=refused)}, NOW)) == told


@pytest.mark.parametrize(
    ("recent_ms", "usual_ms", "told"), [(6000, 1000, 1), (4999, 100, 0), (6000, 2500, 0), (9000, 3000, 1)]
)
def test_a_deployment_is_slow_in_itself_and_beside_its_day(recent_ms: int, usual_ms: int, told: int) -> None:
    recent, usual = (
        {"gpu": sums(answered=10, each_ms=recent_ms)},
        {"gpu": sums(answered=99, each_ms=usual_ms)},
    )
    assert len(slow(recent, usual, NOW)) == told
    assert slow({"gpu": sums(answered=9, each_ms=recent_ms)}, usual, NOW) == []
    assert slow(recent, {}, NOW) == []


def test_an_anchor_is_behind_after_an_hour() -> None:
    (alert,) = anchors_behind([("s3", 7300.0), ("folder", 3599.0)], NOW)
    assert (alert.subject, alert.details["hours"]) == ("s3", 2)


@pytest.mark.parametrize(
    ("newest", "told"), [(None, 0), (date(2026, 11, 1), 0), (date(2026, 5, 27), 0), (date(2026, 5, 26), 1)]
)
def test_prices_are_old_after_half_a_year(newest: date | None, told: int) -> None:
    assert len(prices_old(newest, NOW)) == told


def test_drift_is_told_as_the_page_shows_it() -> None:
    (alert,) = drifted([(DRIFT, 3)], NOW)
    assert alert.kind.value == "residency_drift"
    assert alert.details["events"] == [
        {
            "provider": "bedrock", "deployment": "bedrock-ca", "route": "bedrock/x-ca", "rule": "address",
            "expected": "ca-central-1", "found": "9.9.9.9 in eu-west-1", "refused": True, "count": 3,
        }
    ]  # fmt: skip
    assert drifted([(DRIFT, 9)], NOW)[0].subject == alert.subject


@pytest.mark.parametrize(
    ("spent", "limit", "reached", "amounts"),
    [
        ("0.0069412", "0.01", "69%", "($0.0069 of $0.01)"),
        ("8.00", "10.00", "80%", "($8.00 of $10.00)"),
        ("12.3456", "10.00", "123%", "($12.35 of $10.00)"),
        ("0.10", "0.00", "100%", "($0.10 of $0.00)"),
    ],
)
def test_what_is_spent_is_told_rounded_and_the_fields_of_programs_stay_exact(
    spent: str, limit: str, reached: str, amounts: str
) -> None:
    alert = replace(BUDGET, details={**BUDGET.details, "spent": spent, "limit": limit, "percent": 50})
    told = alert_object(RaisedAlert("alert_1", NOW, alert))
    assert f"{reached} is spent {amounts}. The alert is set at 50%;" in str(told["text"])
    assert {name: told[name] for name in alert.details} == alert.details


def test_amounts_are_written_as_the_language_does() -> None:
    said = sentence(BUDGET, money=partial(rounded_in, "fr_CA")).replace("\u00a0", " ")
    assert "(8,00 $ of 10,00 $)" in said


def _expiring() -> Alert:
    details = {"name": "Laptop", "last4": "abcd", "expires": "2026-12-01 23:59 EST"}
    return Alert(AlertKind.KEY, "acc", "key_1", "2026-12-02", details)


MAKERS: dict[AlertKind, Callable[[], Alert]] = {
    AlertKind.BUDGET: lambda: BUDGET,
    AlertKind.KEY: _expiring,
    AlertKind.DRIFT: lambda: drifted([(DRIFT, 3)], NOW)[0],
    AlertKind.DEPLOYMENT: lambda: failing({"azure-ca": 5}, NOW)[0],
    AlertKind.THROTTLED: lambda: throttled({"gpu": sums(throttled=10)}, NOW)[0],
    AlertKind.SLOW: lambda: slow(
        {"gpu": sums(answered=10, each_ms=9000)}, {"gpu": sums(answered=10, each_ms=1000)}, NOW
    )[0],
    AlertKind.ANCHOR: lambda: anchors_behind([("s3", 7300.0)], NOW)[0],
    AlertKind.PRICES: lambda: prices_old(date(2025, 1, 1), NOW)[0],
    AlertKind.TEST: lambda: Alert(AlertKind.TEST, "acc", "t", "t", {"sent_by": "Alice"}),
}


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_has_a_sentence_with_its_values(kind: AlertKind) -> None:
    said = sentence(MAKERS[kind]())
    assert "%(" not in said
    assert SENTENCES.keys() == MAKERS.keys() == set(AlertKind)

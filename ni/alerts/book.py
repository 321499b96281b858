"""The book of alerts: each is raised once per window, listed for people, and delivered to receivers with patience.

`raise_all` writes an alert and a delivery for each receiver in one unit; an alert that was raised before in its window
writes nothing. `Deliveries` sends what is due. A delivery is claimed by moving its next attempt ahead, so that of
several processes one sends it, and a process that dies delays it by a minute. What fails is tried again after ever
longer waits, for a day.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
import sqlalchemy as sa

from ni.alerts.receivers import AlertReceivers, AlertTools, Channel, Receiver, receiver_of
from ni.domain.alerts import Alert, AlertKind
from ni.domain.clock import from_ms, to_ms
from ni.domain.ids import object_id
from ni.store.database import upsert
from ni.store.tables.alerts import alert_deliveries, alert_receivers, alerts
from ni.store.unit import Change, Conflict, Unit

CLAIM_MS = 60_000
WAITS_S = (10, 60, 300, 1800, 7200, 21_600, 43_200)
"""Seconds before each further attempt; after the last of them a delivery is given up."""
KEPT_MS = 400 * 24 * 3_600_000
AT_ONCE = 50
_D = alert_deliveries.c


class SendFault(Exception):
    """Why a receiver could not be told, in a few words."""


class AlertSender(Protocol):
    """Sends alerts over one channel."""

    def __call__(self, raised: "RaisedAlert", receiver: Receiver, /) -> None:
        """Send. Raises `SendFault`."""


@dataclass(frozen=True, slots=True)
class RaisedAlert:
    """An alert as the book has it."""

    id: str
    at: datetime
    alert: Alert


@dataclass(frozen=True, slots=True)
class AlertDelivery:
    """How far an alert is on its way to a receiver; due no more where `next_at` is None."""

    receiver_id: str
    tries: int
    next_at: datetime | None
    delivered_at: datetime | None
    fault: str


class AlertBook:
    """Raises alerts and lists them. `fixed` are receivers that the settings name."""

    def __init__(self, tools: AlertTools, fixed: Sequence[Receiver] = ()) -> None:
        self._tools = tools
        self._fixed = fixed
        self._raised: set[tuple[str, str, str, str]] = set()

    def raise_all(self, raised: Iterable[Alert]) -> int:
        """Raise those that were not raised in their window yet; how many. Raises `StoreUnavailable`."""
        count = 0
        for alert in raised:
            name = (alert.account_id, alert.kind.value, alert.subject, alert.window)
            if name not in self._raised:
                count += self._write(alert, self._receivers(alert)) is not None
                self._remember(name)
        return count

    def raise_for(self, alert: Alert, receiver: Receiver) -> RaisedAlert | None:
        """Raise an alert for one receiver alone; None if it was raised before."""
        return self._write(alert, [receiver])

    def recent(self, account_id: str, most: int = 50) -> Sequence[RaisedAlert]:
        """The newest alerts of an account, or of the operator. Raises `StoreUnavailable`."""
        query = sa.select(alerts).where(alerts.c.account_id == account_id)
        with self._tools.database.read() as connection:
            rows = connection.execute(query.order_by(alerts.c.at.desc(), alerts.c.id).limit(most)).all()
        return [_raised(row) for row in rows]

    def deliveries(self, alert_ids: Sequence[str]) -> Mapping[str, Sequence[AlertDelivery]]:
        """The deliveries of these alerts, by alert."""
        query = sa.select(alert_deliveries).where(_D.alert_id.in_(alert_ids)).order_by(_D.receiver_id)
        found: dict[str, list[AlertDelivery]] = {}
        with self._tools.database.read() as connection:
            for row in connection.execute(query):
                found.setdefault(row.alert_id, []).append(_delivery(row))
        return found

    def forget(self) -> None:
        """Delete what is older than thirteen months."""
        old = {"before": to_ms(self._tools.clock.now()) - KEPT_MS}
        aged = sa.select(alerts.c.id).where(alerts.c.at < sa.bindparam("before"))
        parts = (
            Change(alert_deliveries.delete().where(_D.alert_id.in_(aged)), old),
            Change(alerts.delete().where(alerts.c.at < sa.bindparam("before")), old),
        )
        self._tools.journal.write(Unit(parts))

    def fixed(self, receiver_id: str) -> Receiver | None:
        """A receiver that the settings name."""
        return next((each for each in self._fixed if each.id == receiver_id), None)

    def _receivers(self, alert: Alert) -> Sequence[Receiver]:
        fixed = [
            each
            for each in self._fixed
            if each.account_id == alert.account_id and each.only in (None, alert.kind)
        ]
        return [*AlertReceivers(self._tools, alert.account_id).list(), *fixed]

    def _write(self, alert: Alert, receivers: Sequence[Receiver]) -> RaisedAlert | None:
        now = self._tools.clock.now()
        row = {
            "id": object_id("alert", self._tools.random),
            "account_id": alert.account_id,
            "kind": alert.kind.value,
            "subject": alert.subject,
            "period": alert.window,
            "at": to_ms(now),
            "details": orjson.dumps(alert.details).decode(),
        }
        fresh = upsert(self._tools.database)(alerts).values({name: sa.bindparam(name) for name in row})
        due = alert_deliveries.insert().values(
            {name: sa.bindparam(name) for name in ("alert_id", "receiver_id", "next_at")}
        )
        sent = [
            Change(due, {"alert_id": row["id"], "receiver_id": each.id, "next_at": to_ms(now)})
            for each in receivers
        ]
        try:
            self._tools.journal.write(Unit((Change(fresh.on_conflict_do_nothing(), row, expect=1), *sent)))
        except Conflict:
            return None
        return RaisedAlert(str(row["id"]), now, alert)

    def _remember(self, name: tuple[str, str, str, str]) -> None:
        """Spare the database an attempt that it would refuse."""
        if len(self._raised) >= 10_000:
            self._raised.clear()
        self._raised.add(name)


class Deliveries:
    """Sends what is due, by the channels of `senders`; a channel that is not there is given up at once."""

    def __init__(self, tools: AlertTools, book: AlertBook, senders: Mapping[Channel, AlertSender]) -> None:
        self._tools = tools
        self._book = book
        self._senders = senders

    def send_due(self) -> int:
        """Send what is due now; how many arrived. Raises `StoreUnavailable`."""
        now_ms = to_ms(self._tools.clock.now())
        query = (
            sa.select(alert_deliveries, alerts.c.account_id, alerts.c.kind, alerts.c.subject, alerts.c.period)
            .add_columns(alerts.c.at, alerts.c.details)
            .join(alerts, alerts.c.id == _D.alert_id)
            .where(_D.next_at <= now_ms)
            .order_by(_D.next_at)
            .limit(AT_ONCE)
        )
        with self._tools.database.read() as connection:
            due = connection.execute(query).all()
        return sum(self._deliver(row) for row in due)

    def send_test(self, receiver: Receiver, sent_by: str) -> str:
        """Send a test to one receiver at once; why it did not arrive, or nothing."""
        name = object_id("test", self._tools.random)
        alert = Alert(AlertKind.TEST, receiver.account_id, name, name, {"sent_by": sent_by})
        raised = self._book.raise_for(alert, receiver)
        if raised is None or not self._claim(raised.id, receiver.id, to_ms(raised.at)):
            return "it is being sent"
        fault = self._fault(raised, receiver)
        self._note(raised.id, receiver.id, len(WAITS_S) if fault else 0, fault)
        return fault

    def _deliver(self, row: sa.Row[Any]) -> bool:
        if not self._claim(row.alert_id, row.receiver_id, row.next_at):
            return False
        receiver = self._receiver(row.receiver_id)
        raised = _raised(row, row.alert_id)
        fault = self._fault(raised, receiver) if receiver else "the receiver was removed"
        self._note(row.alert_id, row.receiver_id, row.tries if receiver else len(WAITS_S), fault)
        return not fault

    def _fault(self, raised: RaisedAlert, receiver: Receiver) -> str:
        sender = self._senders.get(receiver.channel)
        if sender is None:
            return "this instance sends nothing over this channel"
        try:
            sender(raised, receiver)
        except SendFault as fault:
            return str(fault)[:200]
        return ""

    def _receiver(self, receiver_id: str) -> Receiver | None:
        fixed = self._book.fixed(receiver_id)
        if fixed is not None:
            return fixed
        query = sa.select(alert_receivers).where(alert_receivers.c.id == receiver_id)
        with self._tools.database.read() as connection:
            row = connection.execute(query).first()
        return receiver_of(row) if row else None

    def _claim(self, alert_id: str, receiver_id: str, seen_ms: int) -> bool:
        """Move the next attempt ahead; False if another process was faster."""
        claimed = self._changed({"next_at": to_ms(self._tools.clock.now()) + CLAIM_MS}, _D.next_at == seen_ms)
        try:
            self._tools.journal.write(Unit((claimed(alert_id, receiver_id),)))
        except Conflict:
            return False
        return True

    def _note(self, alert_id: str, receiver_id: str, tries: int, fault: str) -> None:
        now_ms = to_ms(self._tools.clock.now())
        values: dict[str, Any] = {"tries": tries + 1, "fault": fault, "next_at": None}
        if not fault:
            values["delivered_at"] = now_ms
        elif tries < len(WAITS_S):
            values["next_at"] = now_ms + WAITS_S[tries] * 1000
        try:
            self._tools.journal.write(Unit((self._changed(values)(alert_id, receiver_id),)))
        except Conflict:  # the receiver was removed meanwhile
            return

    def _changed(
        self, values: Mapping[str, Any], *conditions: sa.ColumnElement[bool]
    ) -> Callable[[str, str], Change]:
        statement = (
            alert_deliveries.update()
            .where(_D.alert_id == sa.bindparam("of"), _D.receiver_id == sa.bindparam("to"), *conditions)
            .values({name: sa.bindparam(f"new_{name}", type_=_D[name].type) for name in values})
        )
        fresh = {f"new_{name}": value for name, value in values.items()}
        return lambda alert_id, receiver_id: Change(
            statement, {**fresh, "of": alert_id, "to": receiver_id}, expect=1
        )


def _raised(row: sa.Row[Any], alert_id: str = "") -> RaisedAlert:
    alert = Alert(AlertKind(row.kind), row.account_id, row.subject, row.period, orjson.loads(row.details))
    return RaisedAlert(alert_id or row.id, from_ms(row.at), alert)


def _delivery(row: sa.Row[Any]) -> AlertDelivery:
    next_at, delivered_at = (None if ms is None else from_ms(ms) for ms in (row.next_at, row.delivered_at))
    return AlertDelivery(row.receiver_id, row.tries, next_at, delivered_at, row.fault)

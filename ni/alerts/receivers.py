"""Who is told of an account's alerts: webhooks and mail addresses, set by its owners.

The operator's receivers, for alerts of the instance, have an empty account id. A webhook that the settings name for
drift is a receiver too, which no table holds.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from ni.domain import activity
from ni.domain.activity import Activity, ActivityKind, Difference, Subject, Tell
from ni.domain.alerts import AlertKind
from ni.domain.clock import Clock, to_ms
from ni.domain.ids import Random, object_id
from ni.store.database import Database, upsert
from ni.store.journal import Journal
from ni.store.tables.alerts import alert_deliveries, alert_receivers
from ni.store.unit import Change, Conflict, Unit

MOST = 20
"""Receivers of one account."""
LONGEST = 500
OPERATOR = ""
"""The account id of the operator's alerts and receivers."""
_MAIL = re.compile(r"[^@\s<>\",;:\\()\[\]]{1,64}@[^@\s<>\",;:\\()\[\]]{1,185}")


class Channel(StrEnum):
    """How an alert is sent."""

    WEBHOOK = "webhook"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where alerts go. `only` is the one kind that it takes, None for all of its account.

    A webhook that is `inside` may lead into the operator's own networks; only operators may add one.
    """

    id: str
    account_id: str
    channel: Channel
    address: str
    inside: bool = False
    only: AlertKind | None = None


def _(sentence: str) -> str:
    """Mark a sentence to be collected for translation."""
    return sentence


class ReceiverRefused(Exception):
    """An address that cannot be told."""


@dataclass(frozen=True, slots=True)
class AlertTools:
    """Database, journal, clock and randomness, as the services of this package take them.

    `tell` makes the records of changes.
    """

    database: Database
    journal: Journal
    clock: Clock
    random: Random
    tell: Tell


class AlertReceivers:
    """The receivers of one account, as `actor` (a user's id, or the name of a program) reads and changes them."""

    def __init__(self, tools: AlertTools, account_id: str, actor: str = "") -> None:
        self._tools = tools
        self._account_id = account_id
        self._actor = actor

    def list(self) -> Sequence[Receiver]:
        """All of them, by channel and address."""
        query = (
            sa.select(alert_receivers)
            .where(alert_receivers.c.account_id == self._account_id)
            .order_by(alert_receivers.c.channel, alert_receivers.c.address)
        )
        with self._tools.database.read() as connection:
            return [receiver_of(row) for row in connection.execute(query)]

    def get(self, receiver_id: str) -> Receiver | None:
        """One receiver of the account, None if it has none with this id."""
        return next((each for each in self.list() if each.id == receiver_id), None)

    def add(self, channel: Channel, address: str, inside: bool = False) -> Receiver:
        """Add a receiver; the one that there is for an address that was added before. Raises `ReceiverRefused`."""
        _check(channel, address)
        known = self.list()
        if len(known) >= MOST:
            raise ReceiverRefused(_("An account has at most 20 receivers. Remove one first."))
        row = {
            "id": object_id("receiver", self._tools.random),
            "account_id": self._account_id,
            "channel": channel.value,
            "address": address,
            "inside": int(inside),
            "created_at": to_ms(self._tools.clock.now()),
            "created_by": self._actor,
        }
        fresh = upsert(self._tools.database)(alert_receivers).values(
            {name: sa.bindparam(name) for name in row}
        )
        told = self._told(ActivityKind.RECEIVER_ADDED, str(row["id"]), ("address", None, address))
        there = [each for each in known if (each.channel, each.address) == (channel, address)]
        if not there:
            self._tools.journal.write(Unit((Change(fresh.on_conflict_do_nothing(), row), told)))
        return next(each for each in self.list() if (each.channel, each.address) == (channel, address))

    def _told(self, kind: ActivityKind, receiver_id: str, change: Difference) -> Activity:
        account_id = self._account_id or activity.OPERATOR
        return self._tools.tell(kind, account_id, Subject(receiver_id), (change,))

    def remove(self, receiver_id: str) -> bool:
        """Remove a receiver with what waits for it; False if the account has none with this id."""
        gone = Change(
            alert_receivers.delete().where(
                alert_receivers.c.id == sa.bindparam("wanted"),
                alert_receivers.c.account_id == sa.bindparam("mine"),
            ),
            {"wanted": receiver_id, "mine": self._account_id},
            expect=1,
        )
        waiting = alert_deliveries.delete().where(alert_deliveries.c.receiver_id == sa.bindparam("wanted"))
        known = self.get(receiver_id)
        change = ("address", known.address if known else None, None)
        told = self._told(ActivityKind.RECEIVER_REMOVED, receiver_id, change)
        try:
            self._tools.journal.write(Unit((gone, Change(waiting, {"wanted": receiver_id}), told)))
        except Conflict:
            return False
        return True


def receiver_of(row: sa.Row[Any]) -> Receiver:
    """The receiver in a row of its table."""
    return Receiver(row.id, row.account_id, Channel(row.channel), row.address, bool(row.inside))


def _check(channel: Channel, address: str) -> None:
    if channel is Channel.MAIL:
        # Most servers take no other addresses (RFC 6531 is an extension), and the mail would fail later.
        if not _MAIL.fullmatch(address) or not address.isascii() or not address.isprintable():
            raise ReceiverRefused(_("Write a mail address such as ops@example.ca."))
        return
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
        usable = usable and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(address) > LONGEST or not address.isascii() or not address.isprintable():
        raise ReceiverRefused(_("Write an address such as https://hooks.example.ca/ni."))

"""Custody records and what the operator asks, answered by the packages: thin adapters."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from ni.access.accounts import Accounts
from ni.access.base import Base
from ni.access.links import Link, Links, Purpose
from ni.access.roles import Role
from ni.catalog import changes
from ni.catalog.check import jurisdiction_of
from ni.catalog.routes import Catalog
from ni.custody.log_service import LogService
from ni.custody.record_reader import RecordReader, view
from ni.domain.errors import StoreUnavailable
from ni.domain.route import Deployment, Route, Tier
from ni.domain.secret import Secret
from ni.metering.balance import Balances
from ni.metering.budget import Balance
from ni.web.portal.mending import mended
from ni.web.portal.services_instance import (
    AccountView,
    DeploymentView,
    Erasing,
    LogState,
    PricedRoute,
    Verdict,
)


class Log(Protocol):
    """The custody log as the page needs it."""

    def state(self) -> LogState | None:
        """Its head and newest checkpoint; None before it has begun."""

    def verdict(self, account_id: str, request_id: str) -> Verdict | None:
        """What the verifier finds of a request's receipt."""

    def receipt(self, account_id: str, request_id: str) -> bytes | None:
        """The receipt of a request of the account."""

    def erase(self, row_of: tuple[str, str], wish: Erasing) -> int:
        """Erase fields of a request, `(account id, request id)`; how many went."""


class CustodyBacking:
    """Records of accounts; `log` is None where records are kept without one."""

    def __init__(self, register: RecordReader, home: str, log: Log | None = None) -> None:
        self._records = register
        self._home = home
        self._log = log

    @property
    def receipts(self) -> bool:
        """Whether there is a log to prove against."""
        return self._log is not None

    def log(self) -> LogState | None:
        """The state of the log."""
        return self._log.state() if self._log else None

    def record(self, account_id: str, request_id: str) -> Mapping[str, Any] | None:
        """The record of a request in the shape of the API."""
        entries = self._records.entries(account_id, request_id)
        return view(entries, self._home) if entries else None

    def verdict(self, account_id: str, request_id: str) -> Verdict | None:
        """Whether the record is in the log and unchanged."""
        return self._log.verdict(account_id, request_id) if self._log else None

    def receipt(self, account_id: str, request_id: str) -> bytes | None:
        """The verifiable receipt of a request."""
        return self._log.receipt(account_id, request_id) if self._log else None

    def fields(self, account_id: str, request_id: str) -> Mapping[str, str]:
        """What the records of a request still disclose, as text by name."""
        entries = self._records.entries(account_id, request_id)
        values = {name: value for entry in entries for name, value in entry.fields.items()}
        return {
            name: value if isinstance(value, str) else orjson.dumps(value).decode()
            for name, value in sorted(values.items())
        }

    def erase(self, account_id: str, request_id: str, wish: Erasing) -> int:
        """Erase fields; how many went."""
        return self._log.erase((account_id, request_id), wish) if self._log else 0

    def account_key(self, account_id: str) -> Secret | None:
        """The key that links the account's records."""
        return self._records.account_key(account_id)


class PublicLog:
    """The log that a log_service looks after, as the page needs it."""

    def __init__(self, log_service: LogService) -> None:
        self._log_service = log_service

    def state(self) -> LogState | None:
        """Its head as a checkpoint; None before the log has begun."""
        try:
            signed = self._log_service.signer.newest()
        except StoreUnavailable:
            return None
        keys = [row.vkey for row in self._log_service.signer.logs.keys(signed.head.log_id)]
        return LogState(signed.head.origin, signed.head.size, signed.note, keys)

    def verdict(self, account_id: str, request_id: str) -> Verdict | None:
        """What the verifier finds of a request's receipt."""
        octets = self.receipt(account_id, request_id)
        if octets is None:
            return None
        found = self._log_service.checker.check(octets)
        return Verdict(found.intact, found.said, found.size, datetime.now(UTC))

    def receipt(self, account_id: str, request_id: str) -> bytes | None:
        """The receipt of a request of the account."""
        return self._log_service.receipts.receipt(account_id, request_id)

    def erase(self, row_of: tuple[str, str], wish: Erasing) -> int:
        """Erase fields of a request; how many went."""
        erasure = self._log_service.erasure
        if wish.names is None:
            return erasure.request(row_of, wish.reason, wish.user_id)
        return erasure.fields(row_of, wish.names, wish.reason, wish.user_id)


@dataclass(frozen=True, slots=True)
class Lookouts:
    """What the operator's pages ask of other packages: what a deployment lacks, whether a route may be called."""

    home: str
    missing: Callable[[Deployment], str | None]
    permitted: Callable[[Route], bool]


class OperatorBacking:
    """The instance, for the person who runs it."""

    def __init__(
        self, base: Base, accounts: Accounts, balances: Balances, catalog: Catalog, lookouts: Lookouts
    ) -> None:
        self._base = base
        self._balances = balances
        self._accounts = accounts
        self._catalog = catalog
        self._lookouts = lookouts

    def deployments(self) -> Sequence[DeploymentView]:
        """All deployments of the catalog, by id."""
        counts = Counter(route.deployment.id for route in self._catalog.routes())
        rows = sorted(changes.read(self._base.database).deployments, key=lambda row: row.id)
        placed = [replace(row, jurisdiction=jurisdiction_of(row, self._lookouts.home)) for row in rows]
        return [
            DeploymentView(one, counts[one.id], mended(self._lookouts.missing(one) or "")) for one in placed
        ]

    def accounts(self) -> Sequence[AccountView]:
        """All accounts by name."""
        people, balances = self._accounts.people(), self._balances.all()
        return [
            AccountView(
                one.id,
                one.name,
                one.time_zone,
                people.get(one.id, 0),
                one.created_at,
                balances.get(one.id, Balance()).nanos,
                one.min_evidence,
            )
            for one in self._accounts.list()
        ]

    def account(self, account_id: str) -> AccountView | None:
        """One account, or None if there is none of that id."""
        return next((one for one in self.accounts() if one.id == account_id), None)

    def create_account(self, name: str) -> Secret:
        """Make an account; the token of an invitation for its first owner. Raises `Refused`."""
        made = self._accounts.create(name)
        return Links(self._base).issue(Link(Purpose.INVITE, account_id=made.id, role=Role.OWNER))

    def prices(self) -> Sequence[PricedRoute]:
        """Every route the gateway knows, callable or not."""
        usable = {route.id for route in self._catalog.callable_by(frozenset(Tier))}
        return [
            PricedRoute(route, route.price, "" if route.id in usable else self._reason(route))
            for route in self._catalog.routes()
        ]

    def _reason(self, route: Route) -> str:
        if not route.enabled:
            return "disabled"
        if route.price is None:
            return "unpriced"
        if route.lifecycle == "retired":
            return "retired"
        if self._lookouts.missing(route.deployment):
            return "unconfigured"
        return "refused" if not self._lookouts.permitted(route) else "unknown"

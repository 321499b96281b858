"""What the pages ask, answered by the packages: thin adapters, no rule of their own.

Each class satisfies one protocol of `services`; ids of the account come first everywhere and go on to the package,
which finds nothing that belongs to another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ni.access.account_keys import AccountKeys, Key, KeySpec
from ni.catalog.routes import Catalog
from ni.domain.clock import Clock, from_ms, to_ms
from ni.domain.reply import Outcome
from ni.domain.route import Tier
from ni.inchat.mappings import Mappings
from ni.metering.budget import Spending
from ni.metering.days import day_ends_at, day_of, day_starts_at
from ni.metering.usage_queries import Days, Filter, Reports
from ni.web.exports import usage_object
from ni.web.portal.figures import (
    Charge,
    Dimension,
    Share,
    Summary,
    Today,
    UsageFilter,
    UsagePage,
    UsageRow,
    UsageTotals,
)
from ni.web.portal.services import CreatedKey, KeyView, Listed, MappingView, NewKey

Row = Mapping[str, Any]
Zone = Callable[[str], str]
"""The time zone of an account by its id."""
Names = Callable[[str], Mapping[str, str]]
"""The names of an account's keys by their ids."""
EXPORT_ROWS = 1000
MOST_BARS = 100
"""Days in a chart; a longer time is shown by month."""

_SUMS = (
    "requests",
    "prompt_tokens",
    "output_tokens",
    "values_protected",
    "provider_cost_nanos",
    "ni_charge_nanos",
)
_COLUMNS = {
    Dimension.DAY: "day",
    Dimension.ROUTE: "route",
    Dimension.KEY: "key_id",
    Dimension.JURISDICTION: "jurisdiction",
}


class KeysBacking:
    """The keys of accounts."""

    def __init__(self, of: Callable[[str], AccountKeys], reports: Reports, clock: Clock, zone: Zone) -> None:
        self._of = of
        self._reports = reports
        self._clock = clock
        self._zone = zone

    def list(self, account_id: str) -> Sequence[KeyView]:
        """All keys, newest first, revoked ones last."""
        found = self._views(account_id, self._of(account_id).list())
        return sorted(found, key=lambda key: not key.active)

    def find(self, account_id: str, key_id: str) -> KeyView | None:
        """One key, or None if the account has none of that id."""
        key = self._of(account_id).get(key_id)
        return self._views(account_id, [key])[0] if key else None

    def create(self, account_id: str, user_id: str, terms: NewKey, once: str) -> CreatedKey:
        """Make a key; its text is in the answer and nowhere else. Raises `MadeAlready` for a form sent again."""
        made = self._of(account_id).create(self._spec(account_id, terms), user_id, once)
        return CreatedKey(made.id, made.text)

    def change(self, account_id: str, key_id: str, terms: NewKey) -> None:
        """Replace what was decided about a key."""
        self._of(account_id).edit(key_id, self._spec(account_id, terms))

    def revoke(self, account_id: str, key_id: str) -> None:
        """Refuse the key from now on."""
        self._of(account_id).revoke(key_id)

    def _spec(self, account_id: str, terms: NewKey) -> KeySpec:
        """A key that expires on a day is good until that day of the account ends."""
        expires_at = None
        if terms.expires_on is not None:
            expires_at = day_starts_at(terms.expires_on + timedelta(days=1), self._zone(account_id))
        return KeySpec(
            name=terms.name, tiers=terms.tiers, cap_nanos=terms.cap_nanos, rpm=terms.rpm, byok=terms.byok,
            pii=terms.pii, pii_may_disable=terms.pii_may_disable, expires_at=expires_at,
            min_evidence=terms.min_evidence, strict=terms.strict, block_labels=terms.block_labels,
        )  # fmt: skip

    def _views(self, account_id: str, keys: Sequence[Key]) -> Sequence[KeyView]:
        zone = self._zone(account_id)
        spent = self._reports.spending([key.id for key in keys], day_of(self._clock.now(), zone))
        return [self._view(zone, key, spent.get(key.id, Spending())) for key in keys]

    def _view(self, zone: str, key: Key, spending: Spending) -> KeyView:
        now, spec = self._clock.now(), key.spec
        expires_on = None
        if spec.expires_at is not None:
            expires_on = date.fromisoformat(day_of(spec.expires_at - timedelta(milliseconds=1), zone))
        terms = NewKey(
            spec.name,
            spec.tiers,
            spec.cap_nanos,
            spec.rpm,
            spec.byok,
            spec.pii,
            spec.pii_may_disable,
            expires_on,
            spec.min_evidence,
            spec.strict,
            spec.block_labels,
        )
        return KeyView(
            key.id, terms, key.last4, key.created_at, key.last_used_at, key.revoked_at,
            expired=spec.expires_at is not None and spec.expires_at <= now, spent_today_nanos=spending.spent_nanos,
        )  # fmt: skip


class UsageBacking:
    """What accounts used."""

    def __init__(self, reports: Reports, key_names: Names, clock: Clock, zone: Zone, currency: str) -> None:
        self._currency = currency
        self._reports = reports
        self._key_names = key_names
        self._clock = clock
        self._zone = zone

    def rows(self, account_id: str, wanted: UsageFilter, limit: int, cursor: str = "") -> UsagePage:
        """One page of rows; a cursor that does not parse gives the first page."""
        asked = self._filter(account_id, wanted)
        try:
            page = self._reports.rows(account_id, asked, limit, cursor)
        except ValueError:
            page = self._reports.rows(account_id, asked, limit)
        names = self._key_names(account_id)
        return UsagePage([usage_row(row, names) for row in page.rows], page.next_cursor or "")

    def summary(self, account_id: str, wanted: UsageFilter, by: Dimension) -> Summary:
        """Sums over all rows that the filter lets through, in all and by one dimension."""
        rows = self._sums(account_id, wanted, (_COLUMNS[by],))
        return Summary(_totals(rows), self._shares(account_id, rows, by))

    def _shares(self, account_id: str, rows: Sequence[Row], by: Dimension) -> Sequence[Share]:
        column = _COLUMNS[by]
        names = self._key_names(account_id) if by is Dimension.KEY else {}
        shares = [
            Share(names.get(row[column], row[column]), row["requests"], row["ni_charge_nanos"])
            for row in rows
        ]
        if by is Dimension.DAY:
            days = _without_gaps(shares)
            return days if len(days) <= MOST_BARS else _by_month(days)
        return sorted(shares, key=lambda share: (-share.charge_nanos, -share.requests, share.label))

    def today(self, account_id: str) -> Today:
        """The day so far."""
        now, zone = self._clock.now(), self._zone(account_id)
        day = date.fromisoformat(day_of(now, zone))
        wanted = UsageFilter(since=day, until=day)
        summary = self.summary(account_id, wanted, Dimension.JURISDICTION)
        return Today(
            summary.totals,
            {share.label: share.requests for share in summary.shares if share.label},
            day_ends_at(now, zone),
        )

    def charge(self, account_id: str, request_id: str) -> Charge | None:
        """What a request cost."""
        row = self._reports.row(account_id, request_id)
        return Charge(row["provider_cost_nanos"], row["ni_charge_nanos"], row["working"]) if row else None

    def objects(self, account_id: str, wanted: UsageFilter) -> Iterator[Mapping[str, object]]:
        """All rows that the filter lets through, a page at a time."""
        asked, cursor = self._filter(account_id, wanted), ""
        while True:
            page = self._reports.rows(account_id, asked, EXPORT_ROWS, cursor)
            yield from (usage_object(row, self._currency) for row in page.rows)
            cursor = page.next_cursor or ""
            if not cursor:
                return

    def _sums(self, account_id: str, wanted: UsageFilter, by: Sequence[str]) -> list[Row]:
        days = Days(*(day.isoformat() if day else "" for day in (wanted.since, wanted.until)))
        return self._reports.totals(account_id, self._filter(account_id, wanted), days, by)

    def _filter(self, account_id: str, wanted: UsageFilter) -> Filter:
        zone = self._zone(account_id) if wanted.since or wanted.until else ""
        since = to_ms(day_starts_at(wanted.since, zone)) if wanted.since else None
        until = to_ms(day_starts_at(wanted.until + timedelta(days=1), zone)) if wanted.until else None
        return Filter(wanted.key_id, wanted.route, wanted.outcome, wanted.jurisdiction, since, until)


class RoutesBacking:
    """What can be called, for people; `own` knows the providers that an account brings a credential for."""

    def __init__(self, catalog: Catalog, own: Callable[[str], frozenset[str]]) -> None:
        self._catalog = catalog
        self._own = own

    def listed(self, account_id: str = "") -> Listed:
        """What everybody can call and, for an account, what its own credentials make callable too."""
        tiers = frozenset(Tier)
        everybody = self._catalog.callable_by(tiers)
        own = self._own(account_id) if account_id else frozenset()
        if not own:
            return Listed(everybody)
        routes = self._catalog.callable_by(tiers, own)
        return Listed(routes, frozenset(route.id for route in routes) - {route.id for route in everybody})

    def exists(self, text: str) -> bool:
        """Whether this is the id of a route, callable or not."""
        return self._catalog.resolve(text) is not None


class MappingsBacking:
    """Pinned model names."""

    def __init__(self, mappings: Mappings, key_names: Names) -> None:
        self._mappings = mappings
        self._key_names = key_names

    def list(self, account_id: str) -> Sequence[MappingView]:
        """All of them, by name."""
        names = self._key_names(account_id)
        return [
            MappingView(pinned.model, pinned.route_id, pinned.created_at, names.get(pinned.key_id, ""))
            for pinned in self._mappings.of(account_id)
        ]

    def undo(self, account_id: str, name: str) -> bool:
        """Forget one; False if there was none."""
        return self._mappings.unpin_all(account_id, name)


def usage_row(row: Row, key_names: Mapping[str, str]) -> UsageRow:
    """A row of the table as pages show it."""
    return UsageRow(
        request_id=row["request_id"], created_at=from_ms(row["at"]), key_id=row["key_id"],
        key_name=key_names.get(row["key_id"], ""), model=row["model"], route=row["route"],
        route_tier=Tier(row["tier"]) if row["tier"] else None, jurisdiction=row["jurisdiction"],
        outcome=Outcome(row["outcome"]),
        prompt_tokens=row["uncached_tokens"] + row["cached_tokens"] + row["cache_write_tokens"],
        cached_tokens=row["cached_tokens"], completion_tokens=row["output_tokens"],
        reasoning_tokens=row["reasoning_tokens"], latency_ms=row["latency_ms"],
        first_chunk_ms=row["first_chunk_ms"], pii=_counts(row["pii"]),
        provider_cost_nanos=row["provider_cost_nanos"], ni_charge_nanos=row["ni_charge_nanos"],
        status=row["status"], error=row["error"],
    )  # fmt: skip


def _counts(summary: str) -> dict[str, int]:
    """`on; email=1, person=2` as a mapping."""
    _, _, listed = summary.partition("; ")
    pairs = (pair.partition("=") for pair in listed.split(", ") if pair)
    return {kind: int(count) for kind, _, count in pairs}


def _totals(rows: Sequence[Row]) -> UsageTotals:
    return UsageTotals(*(sum(row[name] for row in rows) for name in _SUMS))


def _by_month(days: Sequence[Share]) -> list[Share]:
    """The months that the days lie in: more bars than these would be no chart."""
    months: dict[str, Share] = {}
    for day in days:
        held = months.get(day.label[:7], Share(day.label[:7], 0, 0))
        months[held.label] = Share(
            held.label, held.requests + day.requests, held.charge_nanos + day.charge_nanos
        )
    return list(months.values())


def _without_gaps(shares: Sequence[Share]) -> list[Share]:
    if not shares:
        return []
    known = {share.label: share for share in shares}
    first, last = (datetime.combine(date.fromisoformat(shares[at].label), time(), UTC) for at in (0, -1))
    days = [(first + timedelta(days=at)).date().isoformat() for at in range((last - first).days + 1)]
    return [known.get(day, Share(day, 0, 0)) for day in days]

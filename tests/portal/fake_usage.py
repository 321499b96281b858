"""Usage kept in memory: the filters, sums and pages of the real reports over rows that a test made up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from ni.domain.clock import rfc3339
from ni.domain.money import format_amount
from ni.web.exports import COLUMNS
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
from tests.portal.cast import NOW


@dataclass
class FakeUsage:
    """Rows by account, newest first."""

    kept: dict[str, list[UsageRow]] = field(default_factory=dict)

    def _wanted(self, account_id: str, wanted: UsageFilter) -> list[UsageRow]:
        def fits(row: UsageRow) -> bool:
            return all(
                (
                    wanted.key_id in ("", row.key_id),
                    wanted.route in ("", row.route),
                    wanted.jurisdiction in ("", row.jurisdiction),
                    wanted.outcome in ("", row.outcome),
                    wanted.since is None or row.created_at.date() >= wanted.since,
                    wanted.until is None or row.created_at.date() <= wanted.until,
                )
            )

        return [row for row in self.kept.get(account_id, []) if fits(row)]

    def rows(self, account_id: str, wanted: UsageFilter, limit: int, cursor: str = "") -> UsagePage:
        start = int(cursor) if cursor.isdigit() else 0
        found = self._wanted(account_id, wanted)
        more = str(start + limit) if len(found) > start + limit else ""
        return UsagePage(found[start : start + limit], more)

    def charge(self, account_id: str, request_id: str) -> Charge | None:
        rows = [row for row in self.kept.get(account_id, []) if row.request_id == request_id]
        working = "(1,204 × 3.00 + 88 × 15.00) / 1,000,000 = 0.004932 USD × 1.40 = 0.0069048 CAD"
        return Charge(rows[0].provider_cost_nanos, rows[0].ni_charge_nanos, working) if rows else None

    def summary(self, account_id: str, wanted: UsageFilter, by: Dimension) -> Summary:
        return Summary(_sum(self._wanted(account_id, wanted)), self._shares(account_id, wanted, by))

    def _shares(self, account_id: str, wanted: UsageFilter, by: Dimension) -> Sequence[Share]:
        labels = {
            Dimension.DAY: lambda row: row.created_at.date().isoformat(),
            Dimension.ROUTE: lambda row: row.route,
            Dimension.KEY: lambda row: row.key_name,
            Dimension.JURISDICTION: lambda row: row.jurisdiction,
        }
        groups: dict[str, list[UsageRow]] = {}
        for row in self._wanted(account_id, wanted):
            groups.setdefault(labels[by](row), []).append(row)
        made = [Share(label, len(rows), _sum(rows).ni_charge_nanos) for label, rows in groups.items()]
        return sorted(made, key=lambda share: share.label if by is Dimension.DAY else -share.requests)

    def today(self, account_id: str) -> Today:
        rows = [row for row in self.kept.get(account_id, []) if row.created_at.date() == NOW.date()]
        where: dict[str, int] = {}
        for row in rows:
            if row.jurisdiction:
                where[row.jurisdiction] = where.get(row.jurisdiction, 0) + 1
        return Today(_sum(rows), where, NOW + timedelta(hours=13))

    def objects(self, account_id: str, wanted: UsageFilter) -> Iterator[Mapping[str, object]]:
        for row in self._wanted(account_id, wanted):
            known = {name: getattr(row, name, "") for name in COLUMNS}
            pii = "on" + "".join(f"; {kind}={count}" for kind, count in row.pii.items())
            amount = format_amount(row.ni_charge_nanos)
            yield known | {
                "created_at": rfc3339(row.created_at), "pii": pii, "provider_cost": amount,
                "ni_charge": amount, "currency": "CAD",
            }  # fmt: skip


def _sum(rows: Sequence[UsageRow]) -> UsageTotals:
    return UsageTotals(
        len(rows),
        sum(r.prompt_tokens for r in rows),
        sum(r.completion_tokens for r in rows),
        sum(r.protected for r in rows),
        sum(r.provider_cost_nanos for r in rows),
        sum(r.ni_charge_nanos for r in rows),
    )

"""Reports of an account, to print or to file: a month's usage, and what a privacy impact assessment asks.

The second is for the officer who assesses a transfer of personal information (Quebec, Act respecting the protection of
personal information in the private sector, section 17): which models, where they run and how well that is supported,
what is masked and what by design is not, how long anything is kept, who processes it, and the state of the log.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

import ni
from ni.custody.log_service import KEPT
from ni.domain.clock import rfc3339
from ni.domain.money import format_amount
from ni.domain.pii_labels import Label
from ni.domain.providers import PROVIDERS
from ni.metering.usage_queries import UNSENT, Days, Filter
from ni.privacy.detect import DEFAULT_LABELS
from ni.residency.rules import Permit
from ni.web.exports import csv_line, defused
from ni.web.portal.context import own_account, person, portal, services
from ni.web.portal.models import callable_routes
from ni.web.portal.usage_names import key_names
from ni.web.portal.usage_views import account_day
from ni.web.security import AccessRule, authorised

bp = Blueprint("reports", __name__, url_prefix="/portal/reports")

COLUMNS = (
    *("month", "by", "name", "requests", "failed", "prompt_tokens", "output_tokens", "values_protected"),
    *("charge", "currency"),
)
BY = ("key_id", "route", "jurisdiction", "outcome")


@dataclass(slots=True)
class ReportLine:
    """Sums of one key, route, place or outcome; amounts in nanos of the instance's currency."""

    name: str
    requests: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    values_protected: int = 0
    charge_nanos: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a row of the totals."""
        self.requests += row["requests"]
        self.failed += row["failed"]
        self.prompt_tokens += row["prompt_tokens"]
        self.output_tokens += row["output_tokens"]
        self.values_protected += row["values_protected"]
        self.charge_nanos += row["ni_charge_nanos"]


@dataclass(slots=True)
class MonthReport:
    """The usage of an account in one month: the sum, and the same by each of `BY`, the dearest line first."""

    month: str
    whole: ReportLine
    parts: dict[str, list[ReportLine]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Processor:
    """A provider that the account's requests can reach, with the laws under which its routes run and their grades."""

    name: str
    own: bool
    places: Mapping[str, str]
    routes: int
    used: int


def _month() -> tuple[str, Days]:
    """The month that the address asks for, else the account's present one, and its days."""
    asked, today = request.args.get("month", ""), account_day(person().account_id)
    first = today.replace(day=1)
    if re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", asked):
        first = date.fromisoformat(f"{asked}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.isoformat()[:7], Days(first.isoformat(), last.isoformat())


def _report() -> MonthReport:
    account_id, (month, days) = person().account_id, _month()
    rows = services().reports.totals(account_id, Filter(), days, BY)
    report, names = MonthReport(month, ReportLine(month)), key_names(account_id)
    for row in rows:
        report.whole.add(row)
    for column in BY:
        lines: dict[str, ReportLine] = {}
        for row in rows:
            name = names.get(row[column], row[column]) if column == "key_id" else row[column]
            lines.setdefault(row[column], ReportLine(name)).add(row)
        report.parts[column] = sorted(lines.values(), key=lambda line: (-line.charge_nanos, line.name))
    return report


@bp.get("")
@authorised(AccessRule.AUDIT)
def show() -> ResponseReturnValue:
    """The usage of a month, on a page that prints well."""
    first = services().reports.first_day(person().account_id)[:7]
    report = _report()
    return render_template("portal/report.html", report=report, months=_months(first), account=own_account())


def _months(first: str) -> Sequence[str]:
    """The months since the first one with usage, the newest first; at most ten years."""
    month = account_day(person().account_id).replace(day=1)
    found: list[str] = []
    while len(found) < 120 and (not found or month.isoformat()[:7] >= (first or "9999")):
        found.append(month.isoformat()[:7])
        month = (month - timedelta(days=1)).replace(day=1)
    return found


@bp.get("/month.csv")
@authorised(AccessRule.AUDIT)
def as_csv() -> ResponseReturnValue:
    """The same as CSV: a line for each key, route, place and outcome, and for the whole."""
    report, currency = _report(), portal().options.currency
    groups = {**report.parts, "all": [report.whole]}
    lines = (
        (
            *(report.month, by, line.name, *map(str, (line.requests, line.failed, line.prompt_tokens))),
            *map(str, (line.output_tokens, line.values_protected)),
            *(format_amount(line.charge_nanos), currency),
        )
        for by, part in groups.items()
        for line in part
    )
    text = csv_line(COLUMNS) + "".join(csv_line(tuple(map(defused, cells))) for cells in lines)
    return _file(text, "text/csv; charset=utf-8", f"usage-{report.month}.csv")


# ------------------------------------------------------------------------------------------------------ privacy impact


@bp.get("/privacy")
@authorised(AccessRule.AUDIT)
def privacy() -> ResponseReturnValue:
    """What a privacy impact assessment asks, on a page that prints well."""
    return render_template(
        "portal/report_privacy.html", facts=_facts(), account=own_account(), made_at=services().clock.now()
    )


@bp.get("/privacy.json")
@authorised(AccessRule.AUDIT)
def privacy_as_json() -> ResponseReturnValue:
    """The same for programs."""
    text = orjson.dumps(_facts(), option=orjson.OPT_INDENT_2).decode()
    return _file(text, "application/json", "privacy-impact.json")


def _facts() -> dict[str, Any]:
    account, options = own_account(), portal().options
    keys = [row for row in services().access.keys_of(account.id).list() if row.revoked_at is None]
    head = services().custody.signer.logs.current()
    return {
        "account": account.name,
        "made_at": rfc3339(services().clock.now()),
        "version": ni.__version__,
        "jurisdiction": options.jurisdiction,
        "enforced": options.enforces,
        "min_evidence": account.min_evidence,
        "processors": [asdict(one) for one in _processors(account.id)],
        "masked": [label.value for label in Label if label in DEFAULT_LABELS],
        "not_masked": [label.value for label in Label if label not in DEFAULT_LABELS],
        "blocked": sorted(label.value for label in account.block_labels),
        "blocked_by_keys": {
            row.spec.name: sorted(label.value for label in row.spec.block_labels)
            for row in keys
            if row.spec.block_labels
        },
        "keys": len(keys),
        "keys_without_masking": sorted(
            row.spec.name for row in keys if not row.spec.pii or row.spec.pii_may_disable
        ),
        "protected": _protected(account.id),
        "usage_days": options.usage_retention_days,
        "openings_days": KEPT.days,
        "log_origin": head.origin if head else "",
        "log_size": head.size if head else 0,
    }


def _processors(account_id: str) -> Iterable[Processor]:
    """The providers of the routes that the account can call, with what was sent to them in the last year."""
    used: Counter[str] = Counter()
    since = (account_day(account_id) - timedelta(days=365)).isoformat()
    for row in services().reports.totals(account_id, Filter(), Days(since=since), ("route", "outcome")):
        if row["outcome"] not in UNSENT:
            used[row["route"].partition("/")[0]] += row["requests"]
    places: dict[str, dict[str, str]] = defaultdict(dict)
    routes: Counter[str] = Counter()
    for route in callable_routes(account_id).routes:
        decision = services().monitor.assess(route)
        grade = decision.grade.value if isinstance(decision, Permit) else "X"
        known = places[route.provider]
        known[route.jurisdiction] = max(known.get(route.jurisdiction, ""), grade)
        routes[route.provider] += 1
    for name in sorted(places):
        descriptor = PROVIDERS[name]
        yield Processor(descriptor.label, descriptor.on_own_hardware, places[name], routes[name], used[name])


def _protected(account_id: str) -> int:
    """How many values were replaced in the last year."""
    since = (account_day(account_id) - timedelta(days=365)).isoformat()
    (row,) = services().reports.totals(account_id, Filter(), Days(since=since))
    return int(row["values_protected"])


def _file(text: str, kind: str, name: str) -> Response:
    response = Response(text, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

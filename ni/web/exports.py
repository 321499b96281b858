"""Keys, usage rows and statements of prepaid accounts as CSV (RFC 4180) and JSON, for API, portal and command line.

Rows are read and written one at a time, so that memory does not grow with their number. Cells that a spreadsheet would
take for a formula are defused with an apostrophe; plain numbers stay numbers.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from ni.access.key_spec import plain
from ni.access.keys import Key
from ni.custody.activity import ActivityEntry
from ni.domain.clock import from_ms, paced, rfc3339
from ni.domain.money import format_amount
from ni.domain.timeline import Phase
from ni.metering.account_budgets import BudgetStanding
from ni.metering.balance import StatementLine

USAGE_COLUMNS = (
    "request_id",
    "created_at",
    "key_id",
    "model",
    "route",
    "route_tier",
    "jurisdiction",
    "outcome",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "latency_ms",
    "first_chunk_ms",
    "usage_source",
    "pii",
    "provider_cost",
    "ni_charge",
    "currency",
    "status",
    "error",
    "end_user",
    "tag",
    "deployment",
    "attempts",
    *(f"{phase}_us" for phase in Phase),
)
ACTIVITY_COLUMNS = (
    *("record", "at", "account_id", "kind", "who", "how", "from"),
    *("subject", "name", "changes"),
)
STATEMENT_COLUMNS = ("day", "amount", "balance", "note", "grant_id")
ROWS_AT_ONCE = 16
"""How many rows are written until others may run."""
FORMULA = re.compile(r"^\s*[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"^-?[0-9]+(\.[0-9]+)?$")


def usage_object(row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """A row of the table as programs see it; amounts are decimal strings in the instance's currency."""
    same = {name: row[name] for name in USAGE_COLUMNS if name in row}
    return same | {
        "created_at": rfc3339(from_ms(row["at"])),
        "route_tier": row["tier"],
        "prompt_tokens": row["uncached_tokens"] + row["cached_tokens"] + row["cache_write_tokens"],
        "completion_tokens": row["output_tokens"],
        "usage_source": "provider" if row["tokens_from"] == "provider" else "estimated",
        "provider_cost": format_amount(row["provider_cost_nanos"]),
        "ni_charge": format_amount(row["ni_charge_nanos"]),
        "currency": currency,
    }


def key_object(key: Key, now: datetime) -> dict[str, Any]:
    """A key as programs see it: everything but its text."""
    instants = {
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "rotated_at": key.rotated_at,
        "former_until": key.former_until,
    }
    state = {"id": key.id, "status": key.status(now).value, "last4": key.last4}
    moments = {name: rfc3339(moment) if moment else None for name, moment in instants.items()}
    return state | plain(key.spec) | moments


def budget_object(standing: BudgetStanding, resets_at: datetime, currency: str) -> dict[str, Any]:
    """A budget as programs see it; amounts are decimal strings in the instance's currency."""
    spec = standing.spec
    return {
        "id": standing.id,
        "scope": spec.scope.value,
        "subject": spec.subject,
        "title": spec.title,
        "window": spec.span.value,
        "period": standing.period,
        "limit": format_amount(spec.limit_nanos),
        "spent": format_amount(standing.spent_nanos),
        "held": format_amount(standing.held_nanos),
        "remaining": format_amount(max(0, standing.left_nanos)),
        "currency": currency,
        "alerts": list(spec.alerts),
        "resets_at": rfc3339(resets_at),
    }


def defused(value: object) -> str:
    """The cell as text that no spreadsheet runs."""
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text) and not NUMBER.match(text) else text


def csv_lines(objects: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """The heading, then a line for each row, every cell quoted."""
    yield csv_line(USAGE_COLUMNS)
    for row in paced(objects, ROWS_AT_ONCE):
        yield csv_line(tuple(defused(row[name]) for name in USAGE_COLUMNS))


def json_text(objects: Iterable[Mapping[str, object]]) -> Iterator[bytes]:
    """`{"object":"list","data":[...]}`."""
    yield b'{"object":"list","data":['
    for place, row in enumerate(paced(objects, ROWS_AT_ONCE)):
        yield (b"," if place else b"") + orjson.dumps({name: row[name] for name in USAGE_COLUMNS})
    yield b"]}"


def csv_line(cells: tuple[str, ...]) -> str:
    """One line, every cell quoted."""
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def activity_object(entry: ActivityEntry) -> dict[str, Any]:
    """An act as programs see it; `changes` is a list of name, value before, value after. Null is what was erased."""
    act = entry.activity
    there: dict[str, Any] = dict.fromkeys(ACTIVITY_COLUMNS)
    there |= {"record": entry.rid, "at": rfc3339(entry.at), "account_id": entry.account_id}
    if act is not None:
        there |= {"kind": act.kind.value, "who": act.actor.who, "how": act.actor.way.value}
        there |= {"from": act.actor.address, "subject": act.subject.id, "name": act.subject.name}
        there["changes"] = act.changes
    return there


def activity_csv(entries: Iterable[ActivityEntry]) -> Iterator[str]:
    """The heading, then a line for each act; changes are JSON."""
    yield csv_line(ACTIVITY_COLUMNS)
    for entry in paced(entries, ROWS_AT_ONCE):
        shown = activity_object(entry)
        shown["changes"] = orjson.dumps(shown["changes"] or []).decode()
        yield csv_line(tuple(defused(shown[name]) for name in ACTIVITY_COLUMNS))


def statement_csv(lines: Iterable[StatementLine]) -> Iterator[str]:
    """The heading, then a line for each grant and each day of charges, oldest first."""
    yield csv_line(STATEMENT_COLUMNS)
    for line in lines:
        yield csv_line(statement_cells(line))


def statement_cells(line: StatementLine) -> tuple[str, ...]:
    """The cells of one line of a statement; amounts are exact decimals in the instance's currency."""
    amounts = format_amount(line.amount_nanos), format_amount(line.balance_nanos)
    return line.day, *amounts, defused(line.note), line.grant_id

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
from ni.domain.clock import from_ms, rfc3339
from ni.domain.money import format_amount
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
)
STATEMENT_COLUMNS = ("day", "amount", "balance", "note", "grant_id")
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


def defused(value: object) -> str:
    """The cell as text that no spreadsheet runs."""
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text) and not NUMBER.match(text) else text


def csv_lines(objects: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """The heading, then a line for each row, every cell quoted."""
    yield csv_line(USAGE_COLUMNS)
    for row in objects:
        yield csv_line(tuple(defused(row[name]) for name in USAGE_COLUMNS))


def json_text(objects: Iterable[Mapping[str, object]]) -> Iterator[bytes]:
    """`{"object":"list","data":[...]}`."""
    yield b'{"object":"list","data":['
    for place, row in enumerate(objects):
        yield (b"," if place else b"") + orjson.dumps({name: row[name] for name in USAGE_COLUMNS})
    yield b"]}"


def csv_line(cells: tuple[str, ...]) -> str:
    """One line, every cell quoted."""
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def statement_csv(lines: Iterable[StatementLine]) -> Iterator[str]:
    """The heading, then a line for each grant and each day of charges, oldest first."""
    yield csv_line(STATEMENT_COLUMNS)
    for line in lines:
        yield csv_line(statement_cells(line))


def statement_cells(line: StatementLine) -> tuple[str, ...]:
    """The cells of one line of a statement; amounts are exact decimals in the instance's currency."""
    amounts = format_amount(line.amount_nanos), format_amount(line.balance_nanos)
    return line.day, *amounts, defused(line.note), line.grant_id

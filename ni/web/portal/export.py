"""Usage rows as CSV (RFC 4180) and JSON, a row at a time, so that a million rows need no more memory than one.

Cells that a spreadsheet would take for a formula are defused with an apostrophe; plain numbers stay numbers.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator

from ni.domain.clock import rfc3339
from ni.domain.money import format_amount
from ni.web.portal.figures import UsageRow

COLUMNS = (
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
    "pii",
    "provider_cost",
    "ni_charge",
)
FORMULA = re.compile(r"^\s*[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"^-?[0-9]+(\.[0-9]+)?$")


def fields(row: UsageRow) -> dict[str, object]:
    """One row by column, amounts as exact decimals in text."""
    known = {name: getattr(row, name) for name in COLUMNS if hasattr(row, name)}
    return known | {
        "created_at": rfc3339(row.created_at),
        "pii": dict(row.pii),
        "provider_cost": format_amount(row.provider_cost_nanos),
        "ni_charge": format_amount(row.ni_charge_nanos),
    }


def defused(value: object) -> str:
    """The cell as text that no spreadsheet runs."""
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text) and not NUMBER.match(text) else text


def csv_lines(rows: Iterable[UsageRow]) -> Iterator[str]:
    """The heading, then a line for each row, every cell quoted."""
    for cells in _cells(rows):
        line = io.StringIO()
        csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
        yield line.getvalue()


def _cells(rows: Iterable[UsageRow]) -> Iterator[list[str]]:
    yield list(COLUMNS)
    for row in rows:
        found = fields(row)
        found["pii"] = " ".join(f"{kind}={count}" for kind, count in row.pii.items())
        yield [defused(found[name]) for name in COLUMNS]


def json_text(rows: Iterable[UsageRow]) -> Iterator[str]:
    """`{"object":"list","data":[...]}`."""
    yield '{"object":"list","data":['
    for place, row in enumerate(rows):
        yield ("," if place else "") + json.dumps(fields(row), ensure_ascii=False)
    yield "]}"

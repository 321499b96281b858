"""Compares what a provider says it served with what the gateway booked, to the nano-dollar.

The provider's log is JSON lines of OpenAI's `usage` objects, the gateway's is `GET /api/usage` or the table `usage`;
prices are decimals in USD per million tokens. Run it as `python -m tools.reconcile PROVIDER.jsonl DATABASE.db ROUTE
INPUT OUTPUT [CACHED_INPUT] [CACHE_WRITE]`. It computes with decimals of its own and shares no code with the gateway, so
that a fault in one is not repeated in the other.
"""

import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

MILLION, NANOS = Decimal(10**6), Decimal(10**9)


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer in the provider's log: disjoint classes of tokens."""

    uncached: int
    cached: int
    cache_write: int
    output: int


def differences(
    theirs: Sequence[Entry], ours: Sequence[tuple[str, int]], price: Mapping[str, str]
) -> list[str]:
    """One line per amount that the two sides do not have equally often; empty if they agree to the nano-dollar."""
    wanted = Counter(_nanos(entry, price) for entry in theirs)
    found = Counter(nanos for _, nanos in ours)
    lines = [
        f"{amount} nano-USD: the provider's log has it {wanted[amount]} times, ours {found[amount]} times"
        for amount in sorted(wanted.keys() | found.keys())
        if wanted[amount] != found[amount]
    ]
    total, booked = sum(wanted.elements()), sum(found.elements())
    return lines + ([f"in all {total} and {booked} nano-USD"] if total != booked else [])


def _nanos(entry: Entry, price: Mapping[str, str]) -> int:
    fresh = price["input"]
    usd = (
        entry.uncached * Decimal(fresh)
        + entry.cached * Decimal(price.get("cached_input", fresh))
        + entry.cache_write * Decimal(price.get("cache_write", fresh))
        + entry.output * Decimal(price["output"])
    ) / MILLION
    return int((usd * NANOS).quantize(Decimal(1), ROUND_HALF_EVEN))


def entry_of(usage: Mapping[str, Any]) -> Entry:
    """An entry of an OpenAI `usage` object, whose prompt tokens include cached and written ones."""
    details = usage.get("prompt_tokens_details") or {}
    cached, written = details.get("cached_tokens") or 0, details.get("cache_write_tokens") or 0
    return Entry(usage["prompt_tokens"] - cached - written, cached, written, usage["completion_tokens"])


def booked(path: Path, route: str) -> list[tuple[str, int]]:
    """Request ids and nano-USD of a route in a gateway's SQLite database, as the provider counted them."""
    query = (
        "SELECT request_id, provider_cost_usd_nanos FROM usage WHERE route = ? AND tokens_from = 'provider' "
        "AND outcome = 'completed'"
    )
    with closing(sqlite3.connect(path)) as connection:
        return [(str(name), int(nanos)) for name, nanos in connection.execute(query, (route,))]


def main(arguments: Sequence[str]) -> int:
    """Print the differences; 1 if there are any."""
    log, database, route, *prices = arguments
    theirs = [entry_of(json.loads(line)) for line in Path(log).read_text().splitlines() if line.strip()]
    ours = booked(Path(database), route)
    names = ("input", "output", "cached_input", "cache_write")
    lines = differences(theirs, ours, dict(zip(names, prices, strict=False)))
    print("\n".join(lines) or f"{len(ours)} answers agree to the nano-dollar")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Compares what a provider says it served with what the gateway booked, to the nano-dollar.

The provider's log is JSON lines, each with the `usage` of one answer as that provider writes it (OpenAI and Azure,
Anthropic, Bedrock, Gemini); `"cut": true` marks an answer whose stream ended before its usage could be told. The
gateway's side is its table `usage`, the prices are those of `ni catalog export` that hold today. Run it as `python -m
tools.reconcile PROVIDER.jsonl DATABASE.db ROUTE CATALOG.toml`. It computes with decimals of its own and shares no
code with the gateway, so that a fault in one is not repeated in the other.
"""

import json
import sqlite3
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

MILLION, NANOS = Decimal(10**6), Decimal(10**9)


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer in the provider's log: disjoint classes of tokens; `hour` lies inside `cache_write`."""

    uncached: int
    cached: int
    cache_write: int
    output: int
    cut: bool = False
    hour: int = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """Names of one provider's counts: input, cached, written, and the summands of output.

    `within` says whether the input includes what was cached and written.
    """

    fresh: str
    cached: str
    written: str
    output: tuple[str, ...]
    within: bool


SHAPES = (
    Shape(
        "prompt_tokens",
        "prompt_tokens_details.cached_tokens",
        "prompt_tokens_details.cache_write_tokens",
        ("completion_tokens",),
        within=True,
    ),
    Shape(
        "input_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        ("output_tokens",),
        within=False,
    ),
    Shape("inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens", ("outputTokens",), within=False),
    Shape(
        "promptTokenCount",
        "cachedContentTokenCount",
        "",
        ("candidatesTokenCount", "thoughtsTokenCount"),
        within=True,
    ),
)


def entry_of(line: Mapping[str, Any]) -> Entry:
    """An entry of one line: a provider's usage object, or an object that holds it as `usage`. Raises `ValueError`."""
    usage = line.get("usage", line)
    for shape in SHAPES:
        if shape.fresh in usage:
            cached, written = _count(usage, shape.cached), _count(usage, shape.written)
            fresh = _count(usage, shape.fresh) - (cached + written) * shape.within
            output = sum(_count(usage, name) for name in shape.output)
            return Entry(fresh, cached, written, output, bool(line.get("cut")), _for_an_hour(usage))
    raise ValueError(f"not the usage of a provider that is known: {line}")


def _for_an_hour(usage: Mapping[str, Any]) -> int:
    """What was written to be kept for an hour: Anthropic names it, Bedrock lists it."""
    listed = (int(entry["inputTokens"]) for entry in usage.get("cacheDetails") or () if entry["ttl"] == "1h")
    return _count(usage, "cache_creation.ephemeral_1h_input_tokens") + sum(listed)


def _count(usage: Mapping[str, Any], path: str) -> int:
    found: Any = usage
    for name in path.split("."):
        found = (found or {}).get(name)
    return int(found or 0)


def differences(
    theirs: Iterable[Entry], ours: Iterable[tuple[str, int]], price: Mapping[str, Any]
) -> list[str]:
    """One line per amount that the two sides do not have equally often; empty if they agree to the nano-dollar."""
    wanted = Counter(nanos_of(entry, price) for entry in theirs if not entry.cut)
    found = Counter(nanos for _, nanos in ours)
    lines = [
        f"{amount} nano-USD: the provider's log has it {wanted[amount]} times, ours {found[amount]} times"
        for amount in sorted(wanted.keys() | found.keys())
        if wanted[amount] != found[amount]
    ]
    total, booked = sum(wanted.elements()), sum(found.elements())
    return lines + ([f"in all {total} and {booked} nano-USD"] if total != booked else [])


def nanos_of(entry: Entry, price: Mapping[str, Any]) -> int:
    """Nano-USD of an answer by one dated price of a catalog."""
    prompt = entry.uncached + entry.cached + entry.cache_write
    reached = [band for band in price.get("bands", ()) if prompt > band["above"]]
    rates = max(reached, key=lambda band: int(band["above"]), default=price)
    fresh = Decimal(rates["input"])
    written = Decimal(rates.get("cache_write", fresh))
    hour = Decimal(rates.get("cache_write_1h", fresh if written == fresh else max(2 * fresh, written)))
    usd = (
        entry.uncached * fresh
        + entry.cached * Decimal(rates.get("cached_input", fresh))
        + (entry.cache_write - entry.hour) * written
        + entry.hour * hour
        + entry.output * Decimal(rates["output"])
    ) / MILLION
    usd += Decimal(price.get("request", "0"))
    return int((usd * NANOS).quantize(Decimal(1), ROUND_HALF_EVEN))


def booked(path: Path, route: str, source: str = "provider") -> list[tuple[str, int]]:
    """Request ids and nano-USD of a route's calls on the platform's credential in a gateway's SQLite database.

    `source` is who counted: `provider`, or `counted` for streams that ended before the provider said.
    """
    query = (
        "SELECT request_id, provider_cost_usd_nanos FROM usage WHERE route = ? AND tokens_from = ? "
        "AND credential_source = 'platform' "
        "AND uncached_tokens + cached_tokens + cache_write_tokens + output_tokens > 0"
    )
    with closing(sqlite3.connect(path)) as connection:
        return [(str(name), int(nanos)) for name, nanos in connection.execute(query, (route, source))]


def price_of(catalog: Path, route: str, day: date) -> Mapping[str, Any]:
    """The price of a route on a day, as a catalog file says. Raises `ValueError` where it has none yet."""
    (row,) = (row for row in tomllib.loads(catalog.read_text())["routes"] if row["id"] == route)
    begun = (price for price in row["prices"] if str(price["since"]) <= day.isoformat())
    latest: Mapping[str, Any] = max(begun, key=lambda price: str(price["since"]))
    return latest


def main(arguments: Sequence[str]) -> int:
    """Print the differences; 1 if there are any."""
    log, database, route, catalog = arguments
    price = price_of(Path(catalog), route, datetime.now(UTC).date())
    theirs = [entry_of(json.loads(line)) for line in Path(log).read_text().splitlines() if line.strip()]
    ours = booked(Path(database), route)
    lines = differences(theirs, ours, price)
    print("\n".join(lines) or f"{len(ours)} answers agree to the nano-dollar")
    cut = [nanos_of(entry, price) for entry in theirs if entry.cut]
    counted = [nanos for _, nanos in booked(Path(database), route, "counted")]
    if cut or counted:
        print(
            f"ended early: {len(cut)} answers of {sum(cut)} nano-USD there, {len(counted)} counted here "
            f"as {sum(counted)}; the provider never told their usage"
        )
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

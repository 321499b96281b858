"""Helicone's list: `GET https://www.helicone.ai/api/llm-costs`.

Its form is that of `bifrost/app/api/llm-costs/route.ts` in github.com/Helicone/helicone: under `data`, one row for a
provider's model with USD per million tokens; `operator` says how a model's name is compared with the row's. A row that
covers names by a part of them counts only where it leaves out a version or a date, so that the price of one model is
never taken for that of its successor. The list tells no regions, long prompts or one-hour cache writes apart.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ni.catalog.price_sources.quotes import PriceList, Quote, names_anywhere, nanos_per_million
from ni.domain.money import MILLION
from ni.domain.providers import PROVIDERS
from ni.domain.route import Route


def is_helicone(document: Any) -> bool:
    """Whether a JSON document is such a list."""
    rows = document.get("data") if isinstance(document, dict) else None
    return isinstance(rows, list) and any(
        isinstance(row, dict) and "input_cost_per_1m" in row for row in rows
    )


def read_helicone(document: Any, day: date) -> PriceList:
    """The list as a price list; a row with a range of dates counts on days within it."""
    rows = [row for row in document["data"] if _holds(row, day)]
    exact = {(row["provider"], row["model"].lower()): row for row in rows if row["operator"] == "equals"}
    covering = {(row["provider"], row["model"].lower()): row for row in rows if row["operator"] != "equals"}

    def quote(route: Route) -> Quote | None:
        provider = PROVIDERS[route.provider].price_names.get("Helicone")
        for name in names_anywhere(route):
            row = exact.get((provider, name)) or covering.get((provider, name))
            if row is not None:
                return _quote(row)
        return None

    return quote


def _holds(row: Mapping[str, Any], day: date) -> bool:
    dates = row.get("date_range")
    return dates is None or dates["start"][:10] <= day.isoformat() <= dates["end"][:10]


def _quote(row: Mapping[str, Any]) -> Quote | None:
    names = (
        "input_cost_per_1m",
        "output_cost_per_1m",
        "prompt_cache_read_per_1m",
        "prompt_cache_write_per_1m",
    )
    fresh, output, cached, written = (nanos_per_million(row.get(name), MILLION) for name in names)
    if fresh is None or output is None:
        return None
    return Quote(f"{row['provider']}/{row['model']}", fresh, output, cached, written)

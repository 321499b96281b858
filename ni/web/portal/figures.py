"""What the pages show of usage: a filter, rows, sums and shares, as frozen values.

Amounts are nanos of the instance's currency, instants are aware, and days are those of the account's time zone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from ni.domain.reply import Outcome
from ni.domain.route import Tier


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """What the Usage page was asked for; empty text and None mean no restriction. Days are the account's, inclusive."""

    key_id: str = ""
    route: str = ""
    jurisdiction: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One request; `route` and what follows from it are empty where none was resolved.

    `status` and `error` are what the client was answered: an HTTP status, and a code of `docs/errors.md` or nothing.
    """

    request_id: str
    created_at: datetime
    key_id: str
    key_name: str
    model: str
    route: str
    route_tier: Tier | None
    jurisdiction: str
    outcome: Outcome
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    latency_ms: int = 0
    first_chunk_ms: int | None = None
    pii: Mapping[str, int] = field(default_factory=dict)
    provider_cost_nanos: int = 0
    ni_charge_nanos: int = 0
    status: int = 200
    error: str = ""

    @property
    def protected(self) -> int:
        """How many values were replaced before the prompt left."""
        return sum(self.pii.values())


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request cost, and the arithmetic as one line of numbers; empty where nothing was charged."""

    provider_cost_nanos: int
    ni_charge_nanos: int
    working: str = ""


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Some rows, newest first, and where the next page begins."""

    rows: Sequence[UsageRow]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class UsageTotals:
    """Sums over all rows that a filter lets through."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    protected: int = 0
    provider_cost_nanos: int = 0
    ni_charge_nanos: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """One bar of a chart: a day (ISO date), route, key name or jurisdiction, and what it came to."""

    label: str
    requests: int
    charge_nanos: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a filter lets through in all, and the same by one dimension."""

    totals: UsageTotals
    shares: Sequence[Share]


class Dimension(StrEnum):
    """What a chart of usage counts by."""

    DAY = "day"
    ROUTE = "route"
    KEY = "key"
    JURISDICTION = "jurisdiction"


@dataclass(frozen=True, slots=True)
class Today:
    """The account's day so far, in its own time zone, and when it ends."""

    totals: UsageTotals
    jurisdictions: Mapping[str, int]
    ends_at: datetime

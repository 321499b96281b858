"""The residency guard of one process.

Decisions are made by `ni.residency.guard` and cached while route, addresses and lists are the same, so that a call over
a warm connection costs a look-up. A deployment whose addresses were refused stays refused for `REMEMBERED_S`, or until
they are looked up again: meanwhile lists do not show it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from ni.domain.clock import Clock
from ni.domain.route import Drift, Route
from ni.residency.guard import ResidencyPolicy, decide
from ni.residency.range_store import RangeIndex
from ni.residency.rules import Decision, Fault, Permit, Refusal, ResidencyRule, claims_a_place

REMEMBERED_S = 90.0
MOST_KEPT = 4096
_AT_THE_ADDRESS = frozenset({ResidencyRule.ADDRESS, ResidencyRule.STALE, ResidencyRule.ENDPOINT})


@dataclass(frozen=True, slots=True)
class MonitorDependencies:
    """The URL that a route's provider would call, whether to refuse, and the receiver of drift."""

    endpoint_of: Callable[[Route], str]
    enforce: bool
    tell: Callable[[Drift], None]
    clock: Clock


@dataclass(frozen=True, slots=True)
class _CachedDecision:
    route: Route
    addresses: tuple[str, ...] | None
    edition: int
    decision: Decision


DecisionCache = dict[tuple[str, str, str], _CachedDecision]
"""Decisions by route id and demanded grade."""


@dataclass(frozen=True, slots=True)
class _Refused:
    fault: Fault
    until: float
    edition: int


class ResidencyMonitor:
    """Decides for routes; `range_index` holds the address lists."""

    def __init__(self, range_index: RangeIndex, needs: MonitorDependencies) -> None:
        self.range_index = range_index
        self._needs = needs
        self._by_tags: DecisionCache = {}
        self._by_addresses: DecisionCache = {}
        self._refused: dict[str, _Refused] = {}
        self._surveyed: dict[str, ResidencyRule | None] = {}

    def endpoint_of(self, route: Route) -> str:
        """The URL that the route's provider would call."""
        return self._needs.endpoint_of(route)

    def decide(self, route: Route, least: str = "") -> Decision:
        """Decide by the deployment's tags and recent findings at its addresses; report drift."""
        decision = self.assess(route, least)
        self._report(route, decision)
        return decision

    def assess(self, route: Route, least: str = "") -> Decision:
        """Decide as `decide` does without reporting drift, for lists and pages."""
        refused = self._refused.get(route.deployment.id)
        if refused and self._holds(refused):
            return Refusal(refused.fault)
        return self._decide_cached(self._by_tags, route, least, None)

    def permits(self, route: Route, least: str = "") -> bool:
        """Whether `assess` permits the route."""
        return isinstance(self.assess(route, least), Permit)

    def vet(self, route: Route, least: str, addresses: Sequence[str]) -> Decision:
        """Decide by the addresses that would be, or are, connected to. Before the first byte is sent."""
        decision = self._decide_cached(self._by_addresses, route, least, tuple(addresses))
        self._remember(route, decision)
        if _found_at_the_address(decision) and not _literal(self._needs.endpoint_of(route)):
            self._report(route, decision)
        return decision

    def survey(self, routes: Iterable[Route], look_up: Callable[[str], Sequence[str]]) -> None:
        """Check the endpoints of routes; `look_up` gives a URL's addresses and may raise `OSError`."""
        for route in routes:
            endpoint = self._needs.endpoint_of(route)
            if not claims_a_place(route) or not endpoint:
                continue
            self._refused.pop(route.deployment.id, None)
            try:
                decision = self._decide_cached(self._by_addresses, route, "", tuple(look_up(endpoint)))
            except OSError:
                decision = self.assess(route)
            self._remember(route, decision)
            self._report_news(route, decision)

    def _report_news(self, route: Route, decision: Decision) -> None:
        """Report what a survey found, once until it changes."""
        rule = decision.fault.rule if decision.fault else None
        if rule is not None and self._surveyed.get(route.deployment.id) is not rule:
            self._report(route, decision)
        self._surveyed[route.deployment.id] = rule

    def _decide_cached(
        self, cache: DecisionCache, route: Route, least: str, addresses: tuple[str, ...] | None
    ) -> Decision:
        """The cached decision, or a new one; `addresses` None takes a literal address in the endpoint's URL."""
        known = cache.get((route.id, route.deployment.id, least))
        edition = self.range_index.edition
        if known and known.route is route and known.addresses == addresses and known.edition == edition:
            return known.decision
        endpoint = self._needs.endpoint_of(route)
        seen = self.range_index.seen(route.provider, _literal(endpoint) if addresses is None else addresses)
        decision = decide(ResidencyPolicy(self._needs.enforce, least), route, endpoint, seen)
        if len(cache) >= MOST_KEPT:
            cache.clear()
        cache[route.id, route.deployment.id, least] = _CachedDecision(route, addresses, edition, decision)
        return decision

    def _remember(self, route: Route, decision: Decision) -> None:
        if isinstance(decision, Refusal) and decision.fault.is_drift:
            until = self._needs.clock.monotonic() + REMEMBERED_S
            self._refused[route.deployment.id] = _Refused(decision.fault, until, self.range_index.edition)

    def _holds(self, refused: _Refused) -> bool:
        return refused.edition == self.range_index.edition and self._needs.clock.monotonic() < refused.until

    def _report(self, route: Route, decision: Decision) -> None:
        fault = decision.fault
        if fault is None or not fault.is_drift:
            return
        rule, refused = fault.rule.value, isinstance(decision, Refusal)
        self._needs.tell(
            Drift(route.provider, route.deployment.id, route.id, rule, fault.expected, fault.found, refused)
        )


def _found_at_the_address(decision: Decision) -> bool:
    """Whether only the addresses showed the fault; what the tags show was reported by `decide`."""
    return decision.fault is not None and decision.fault.rule in _AT_THE_ADDRESS


def _literal(endpoint: str) -> tuple[str, ...]:
    """The IP address in the host part of a URL, as a tuple of one; empty for a name."""
    try:
        return (str(ip_address(urlsplit(endpoint).hostname or "")),)
    except ValueError:
        return ()

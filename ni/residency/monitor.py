"""The guard on duty in one process: it knows the address lists, remembers what it refused and tells of drift.

Deciding is pure and elsewhere; here is what it is asked with. A verdict is kept while route, addresses and lists are
the same, so that a call over a warm connection costs a look-up. A deployment whose addresses were refused stays so for
a minute, or until they are looked at again: that is how it vanishes from lists.

Tells an address of the operator's of drift: one POST of JSON per batch, through the egress like all else that leaves.

It holds what the page Drift shows and nothing of a call or an account. It is a hint, not a record: a failure is logged
and the batch not sent again, for the events are in the database. With a secret the post is signed: the header
`X-NI-Signature` has the time and the HMAC-SHA256 (RFC 2104) over the time, a full stop and the body.
"""

import hmac
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import orjson

from ni.domain.clock import Clock
from ni.domain.route import Drift, Route
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import OutboundFault
from ni.residency.evidence import Decision, Fault, Permit, Refusal, ResidencyRule
from ni.residency.guard import ResidencyPolicy, decide
from ni.residency.range_store import RangeIndex
from ni.residency.rules import claims_a_place

REMEMBERED_S = 90.0
MOST_KEPT = 4096
_AT_THE_ADDRESS = frozenset({ResidencyRule.ADDRESS, ResidencyRule.STALE, ResidencyRule.ENDPOINT})


@dataclass(frozen=True, slots=True)
class MonitorJobs:
    """What the watch needs: where a route's provider would call, whether to refuse, and whom to tell of drift."""

    endpoint_of: Callable[[Route], str]
    enforce: bool
    tell: Callable[[Drift], None]
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Kept:
    route: Route
    addresses: tuple[str, ...] | None
    edition: int
    decision: Decision


Verdicts = dict[tuple[str, str], _Kept]
"""By route id and demand."""


@dataclass(frozen=True, slots=True)
class _Refused:
    fault: Fault
    until: float
    edition: int


class ResidencyMonitor:
    """Decides for routes; `atlas` holds the address lists."""

    def __init__(self, atlas: RangeIndex, duty: MonitorJobs) -> None:
        self.atlas = atlas
        self._duty = duty
        self._stood: Verdicts = {}
        self._kept: Verdicts = {}
        self._refused: dict[str, _Refused] = {}
        self._surveyed: dict[str, ResidencyRule | None] = {}

    def endpoint_of(self, route: Route) -> str:
        """Where the route's provider would call."""
        return self._duty.endpoint_of(route)

    def decide(self, route: Route, least: str = "") -> Decision:
        """Before anything is prepared: by the tags of the deployment and by what its addresses showed lately."""
        decision = self.standing(route, least)
        self._report(route, decision)
        return decision

    def standing(self, route: Route, least: str = "") -> Decision:
        """The same without telling anybody, for lists and pages."""
        refused = self._refused.get(route.deployment.id)
        if refused and self._holds(refused):
            return Refusal(refused.fault)
        return self._decided(self._stood, route, least, None)

    def permits(self, route: Route, least: str = "") -> bool:
        """Whether a call could go there, as far as is known without a connection."""
        return isinstance(self.standing(route, least), Permit)

    def vet(self, route: Route, least: str, addresses: Sequence[str]) -> Decision:
        """Before a byte leaves: by the addresses that would be, or are, connected to."""
        decision = self._decided(self._kept, route, least, tuple(addresses))
        self._remember(route, decision)
        if _found_at_the_address(decision) and not _literal(self._duty.endpoint_of(route)):
            self._report(route, decision)
        return decision

    def survey(self, routes: Iterable[Route], look_up: Callable[[str], Sequence[str]]) -> None:
        """Look where the endpoints of routes lie now; `look_up` gives a URL's addresses and may raise `OSError`."""
        for route in routes:
            endpoint = self._duty.endpoint_of(route)
            if not claims_a_place(route) or not endpoint:
                continue
            self._refused.pop(route.deployment.id, None)
            try:
                decision = self._decided(self._kept, route, "", tuple(look_up(endpoint)))
            except OSError:
                decision = self.standing(route)
            self._remember(route, decision)
            self._report_news(route, decision)

    def _report_news(self, route: Route, decision: Decision) -> None:
        """Tell of what a survey found, once until it changes."""
        rule = decision.fault.rule if decision.fault else None
        if rule is not None and self._surveyed.get(route.deployment.id) is not rule:
            self._report(route, decision)
        self._surveyed[route.deployment.id] = rule

    def _decided(
        self, kept: Verdicts, route: Route, least: str, addresses: tuple[str, ...] | None
    ) -> Decision:
        """The verdict that is kept, or a new one; without addresses those that stand in the endpoint itself count."""
        known = kept.get((route.id, least))
        edition = self.atlas.edition
        if known and known.route is route and known.addresses == addresses and known.edition == edition:
            return known.decision
        endpoint = self._duty.endpoint_of(route)
        seen = self.atlas.seen(route.provider, _literal(endpoint) if addresses is None else addresses)
        decision = decide(ResidencyPolicy(self._duty.enforce, least), route, endpoint, seen)
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[route.id, least] = _Kept(route, addresses, edition, decision)
        return decision

    def _remember(self, route: Route, decision: Decision) -> None:
        if isinstance(decision, Refusal) and decision.fault.is_drift:
            until = self._duty.clock.monotonic() + REMEMBERED_S
            self._refused[route.deployment.id] = _Refused(decision.fault, until, self.atlas.edition)

    def _holds(self, refused: _Refused) -> bool:
        return refused.edition == self.atlas.edition and self._duty.clock.monotonic() < refused.until

    def _report(self, route: Route, decision: Decision) -> None:
        fault = decision.fault
        if fault is None or not fault.is_drift:
            return
        rule, refused = fault.rule.value, isinstance(decision, Refusal)
        self._duty.tell(
            Drift(route.provider, route.deployment.id, route.id, rule, fault.expected, fault.found, refused)
        )


def _found_at_the_address(decision: Decision) -> bool:
    """Whether a fault came to light only with the addresses: what the tags showed was told before."""
    return decision.fault is not None and decision.fault.rule in _AT_THE_ADDRESS


def _literal(endpoint: str) -> tuple[str, ...]:
    """The address that stands in an endpoint itself, in place of a name."""
    try:
        return (str(ip_address(urlsplit(endpoint).hostname or "")),)
    except ValueError:
        return ()


log = logging.getLogger(__name__)

_PATIENCE = Timeouts(first_byte_s=5.0, idle_s=5.0, total_s=10.0)
_ANSWER_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where to post, and what to sign with; an empty secret signs nothing."""

    url: str
    secret: Secret


def post_drift(
    egress: EgressClient, webhook: Webhook, events: Sequence[tuple[Drift, int]], now: datetime
) -> bool:
    """Post events with how often each was seen; whether they were taken."""
    told = [
        {
            "provider": drift.provider,
            "deployment": drift.deployment,
            "route": drift.route,
            "rule": drift.rule,
            "expected": drift.expected,
            "found": drift.found,
            "refused": drift.refused,
            "count": count,
        }
        for drift, count in events
    ]
    headers = {"Content-Type": "application/json", "User-Agent": "northern-inference"}
    body = orjson.dumps({"type": "residency_drift", "events": told})
    if webhook.secret:
        headers["X-NI-Signature"] = signature(webhook.secret, body, int(now.timestamp()))
    try:
        response = egress.send(Request("POST", webhook.url, headers, body, _PATIENCE))
        response.read(_ANSWER_LIMIT)
    except OutboundFault as fault:
        log.warning("drift could not be told to the webhook: %s", fault)
        return False
    if not 200 <= response.status < 300:
        log.warning("the webhook for drift answered %d", response.status)
        return False
    return True


def signature(secret: Secret, body: bytes, at_s: int) -> str:
    """`t=<Unix seconds>,v1=<hex of the HMAC-SHA256 over "<t>.<body>">`."""
    signed = hmac.digest(secret.reveal().encode(), b"%d.%s" % (at_s, body), "sha256")
    return f"t={at_s},v1={signed.hex()}"

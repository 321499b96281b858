"""Deployments, for the operator: what is configured, what is missing or refused, and how to mend it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from ni.catalog.health import BreakerState, HealthSum
from ni.domain.clock import from_ms, to_ms
from ni.domain.providers import PROVIDERS
from ni.domain.route import Deployment, Route
from ni.residency.rules import Decision, Refusal
from ni.web.i18n import clock, duration, number
from ni.web.portal.charts import Chart, stacked
from ni.web.portal.context import services
from ni.web.portal.recognised import advice, grounds, setting_hint
from ni.web.security import AccessRule, authorised

COLOURS = {"answered": "s0", "throttled": "s1", "failed": "bad"}
"""The style classes of what became of attempts."""

bp = Blueprint("deployments", __name__, url_prefix="/portal/deployments")

RECENT_MINUTES = 5
DAY_MINUTES, SPAN_MINUTES = 24 * 60, 30
HOURS_MINUTES, SHORT_MINUTES = 3 * 60, 5
NO_ADAPTER = "This version has no adapter for the provider."


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """A deployment, how many routes it serves, what is missing, and how the residency guard decides on its routes.

    `grade` is the grade of evidence, empty where the routes are refused; `mend` says what to do about a fault. `health`
    is what calls met there in the last `RECENT_MINUTES`, None where there was no call.
    """

    deployment: Deployment
    routes: int
    missing: str = ""
    grade: str = ""
    reason: str = ""
    mend: str = ""
    refused: bool = False
    state: BreakerState = BreakerState.CLOSED
    health: HealthSum | None = None


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """All deployments of the catalog, by id."""
    return render_template(
        "portal/deployments.html", deployments=deployment_statuses(), form_address=form_address
    )


def deployment_statuses() -> list[DeploymentStatus]:
    """The state of each deployment of the catalog, by id."""
    catalog, recent = services().catalog, services().health.recent(RECENT_MINUTES)
    states = services().breakers.states()
    counts, decisions = Counter(place.deployment.id for place in _places()), _decisions()
    return [
        replace(
            _status(deployment, counts[deployment.id], decisions.get(deployment.id)),
            state=states.get(deployment.id, BreakerState.CLOSED),
            health=recent.get(deployment.id),
        )
        for deployment in catalog.deployments()
    ]


def _places() -> Iterator[Route]:
    """Every route at each of its deployments."""
    return (place for route in services().catalog.routes() for place in route.places)


@bp.get("/<path:deployment_id>")
@authorised(AccessRule.OPERATOR)
def health(deployment_id: str) -> ResponseReturnValue:
    """What calls met at one deployment: in the last day by half hours, in the last hours by five minutes."""
    if deployment_id not in {deployment.id for deployment in services().catalog.deployments()}:
        abort(404)
    spans = _spans(deployment_id, DAY_MINUTES, SPAN_MINUTES)
    recent = _spans(deployment_id, HOURS_MINUTES, SHORT_MINUTES)
    return render_template(
        "portal/deployment_health.html",
        name=deployment_id,
        spans=[(_begins(one.minute), one) for one in reversed(spans)],
        chart=_chart(spans, _attempts, DAY_MINUTES, SPAN_MINUTES),
        recent=_chart(recent, _attempts, HOURS_MINUTES, SHORT_MINUTES),
        first_tokens=_chart(recent, _first_tokens, HOURS_MINUTES, SHORT_MINUTES),
        number=number,
        duration=duration,
        state=services().breakers.states().get(deployment_id, BreakerState.CLOSED),
    )


def _spans(deployment_id: str, minutes: int, each: int) -> list[HealthSum]:
    return [one for one in services().health.spans(minutes, each) if one.deployment == deployment_id]


def _begins(minute: int) -> datetime:
    return from_ms(minute * 60_000)


def _attempts(one: HealthSum) -> Mapping[str, int]:
    return {"answered": one.answered, "throttled": one.throttled, "failed": one.failed}


def _first_tokens(one: HealthSum) -> Mapping[str, int]:
    """Milliseconds up to the mean, and from there to the slowest."""
    mean_ms = one.mean_ms or 0
    return {"mean": mean_ms, "slowest": one.slowest_ms - mean_ms if one.first_tokens else 0}


def _chart(
    spans: Sequence[HealthSum], parts: Callable[[HealthSum], Mapping[str, int]], minutes: int, each: int
) -> Chart:
    """A column for each span of the last `minutes`; spans without calls are empty columns."""
    now = to_ms(services().clock.now()) // 60_000
    first = now - minutes + each - (now - minutes) % each
    labels = {minute: clock(_begins(minute)) for minute in range(first, now + 1, each)}
    values = {
        (labels[one.minute], name): amount
        for one in spans
        if one.minute in labels
        for name, amount in parts(one).items()
    }
    order = list(parts(HealthSum("", 0)))
    return stacked(values, list(labels.values()), order, COLOURS)


def form_address(deployment: Deployment) -> str:
    """The address of the form for a deployment's credential; empty for a provider that takes none there."""
    known = PROVIDERS.get(deployment.provider)
    if known is None or not known.platform:
        return ""
    return url_for("providers.ask", name=known.platform[0].chief.setting_of(deployment))


def missing_setting(deployment: Deployment) -> str:
    """What must be set before the deployment can be used, in the page's language; empty if nothing."""
    provider = services().providers.get(deployment.provider)
    return setting_hint((provider.missing(deployment) if provider else NO_ADAPTER) or "")


def no_provider() -> bool:
    """Whether no provider that takes a credential of the operator's has one."""
    deployments = {place.deployment.id: place.deployment for place in _places()}
    return all(missing_setting(each) for each in deployments.values() if form_address(each))


def uncallable_reason(route: Route) -> str:
    """Why nobody can call a route: `disabled`, `unpriced`, `retired`, `unconfigured` or `refused`; empty if one can."""
    if not route.enabled:
        return "disabled"
    if route.price is None:
        return "unpriced"
    if route.lifecycle == "retired":
        return "retired"
    if missing_setting(route.deployment):
        return "unconfigured"
    return "" if services().monitor.permits(route) else "refused"


def _decisions() -> Mapping[str, Decision]:
    """The decision on each deployment that has routes; that on a route with a fault where routes differ."""
    decisions: dict[str, Decision] = {}
    for route in _places():
        decision = services().monitor.assess(route)
        if route.deployment.id not in decisions or decision.fault:
            decisions[route.deployment.id] = decision
    return decisions


def _status(deployment: Deployment, routes: int, decision: Decision | None) -> DeploymentStatus:
    missing = missing_setting(deployment)
    if decision is None:
        return DeploymentStatus(deployment, routes, missing)
    refused = isinstance(decision, Refusal)
    return DeploymentStatus(
        deployment, routes, missing,
        grade="" if isinstance(decision, Refusal) else decision.grade.value,
        reason=grounds(decision),
        mend=advice(decision.fault) if decision.fault else "",
        refused=refused,
    )  # fmt: skip

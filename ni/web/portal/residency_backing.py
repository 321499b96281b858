"""Drift, verdicts and address lists, answered by the guard and by the rows it leaves: a thin adapter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ni.catalog.routes import Catalog
from ni.custody.drifts import DriftEvent, Drifts
from ni.domain.clock import Clock
from ni.residency.evidence import Decision, Refusal
from ni.residency.monitor import ResidencyMonitor
from ni.residency.rules import MENDS
from ni.web.portal.services_residency import ListView, Verdict

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ResidencyBacking:
    """`enforce` is the instance's mode."""

    monitor: ResidencyMonitor
    catalog: Catalog
    drifts: Drifts
    clock: Clock
    enforce: bool

    def enforces(self) -> bool:
        """Whether what is wrong is refused."""
        return self.enforce

    def verdicts(self) -> Mapping[str, Verdict]:
        """The verdict on each deployment, by its id; that of a route with a fault where routes differ."""
        found: dict[str, Verdict] = {}
        for route in self.catalog.routes():
            decision = self.monitor.assess(route)
            if route.deployment.id not in found or decision.fault:
                found[route.deployment.id] = _verdict(decision)
        return found

    def events(self) -> Sequence[DriftEvent]:
        """Drift, newest first, what this process noted a moment ago included."""
        self.drifts.flush()
        return self.drifts.recent()

    def met_today(self) -> int:
        """How often drift was met, of what was last met within a day."""
        return self.drifts.met_since(self.clock.now() - DAY)

    def lists(self) -> Sequence[ListView]:
        """The address lists."""
        range_index = self.monitor.range_index
        return [
            ListView(one.name, one.rows, one.as_of, one.sha256, one.source, range_index.is_stale(one))
            for one in range_index.lists.values()
        ]


def _verdict(decision: Decision) -> Verdict:
    mend = MENDS[decision.fault.rule] if decision.fault else ""
    if isinstance(decision, Refusal):
        return Verdict("", decision.reason, mend, refused=True)
    return Verdict(decision.grade.value, decision.reason, mend)

"""What the guard found, made up: one refused deployment, one event of each kind, one list that is too old."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from ni.custody.drifts import DriftEvent
from ni.domain.route import Drift
from ni.web.portal.services_residency import ListView, Verdict
from tests.portal.cast import HOSTILE, NOW

ROUTE = "azure/gpt-4.1-mini-ca"


class FakeResidency:
    """An instance that refuses."""

    def enforces(self) -> bool:
        return True

    def verdicts(self) -> Mapping[str, Verdict]:
        refused = Verdict(
            "", "sku: expected a regional SKU, found GlobalStandard", "Deploy it anew.", refused=True
        )
        return {"azure-ca": refused, "sandbox": Verdict("C", "the operator's own machine")}

    def events(self) -> Sequence[DriftEvent]:
        found = Drift("azure", "azure-ca", ROUTE, "sku", "a regional SKU", "GlobalStandard", refused=True)
        odd = Drift("azure", "azure-ca", ROUTE, "host", "canadaeast", HOSTILE, refused=False)
        return [DriftEvent(found, 1234, NOW - timedelta(days=2), NOW), DriftEvent(odd, 1, NOW, NOW)]

    def met_today(self) -> int:
        return 1235

    def lists(self) -> Sequence[ListView]:
        source = "https://ip-ranges.amazonaws.com/ip-ranges.json"
        return [ListView("aws", 17688, NOW - timedelta(days=20), "ab" * 32, source, stale=True)]

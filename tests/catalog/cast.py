"""What the catalog's tests share: a clock that stands still and small sheets."""

from datetime import UTC, datetime, timedelta

from ni.catalog.load import parse
from ni.catalog.sheet import Sheet

SMALL = """
[[deployments]]
id = "bedrock-ca"
provider = "bedrock"
region = "ca-central-1"
jurisdiction = "CA"

[[deployments]]
id = "local"
provider = "local"
region = "local"
jurisdiction = "operator"

[[routes]]
id = "bedrock/vendor.model-1-ca"
provider = "bedrock"
upstream_model = "vendor.model-1"
tier = "managed_canadian_cloud"
suffix = "-ca"
region = "ca-central-1"
jurisdiction = "CA"
deployment = "bedrock-ca"
prices = [{ since = "2026-01-01", input = "3.00", cached_input = "0.30", output = "15.00" }]
"""


class StoppedClock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) -> None:
        self._start = now
        self._passed_s = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return 1000.0 + self._passed_s

    def pass_s(self, seconds: float) -> None:
        self._passed_s += seconds


def small(*changes: tuple[str, str]) -> Sheet:
    """The small sheet with pieces of its text replaced."""
    return parse(small_text(*changes))


def small_text(*changes: tuple[str, str]) -> str:
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text

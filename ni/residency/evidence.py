"""Values of the guard: grades of evidence, faults, and the two decisions, `Permit` and `Refusal`."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """What supports a statement of residency, best first."""

    REGIONAL_ADDRESS = "A"
    PROVIDER_CONTRACT = "B"
    DECLARED = "C"
    UNKNOWN = "X"

    def reaches(self, least: str) -> bool:
        """Whether this is as good as the grade demanded; an empty demand is always met."""
        return not least or self.value <= least


class ResidencyRule(StrEnum):
    """The rules that can refuse a call."""

    REGION = "region"
    SKU = "sku"
    PROFILE = "profile"
    HOST = "host"
    ENDPOINT = "endpoint"
    ADDRESS = "address"
    STALE = "stale_ranges"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Fault:
    """What was expected and what was found instead, in short texts without confidential data."""

    rule: ResidencyRule
    expected: str
    found: str

    @property
    def is_drift(self) -> bool:
        """Whether a claim of the catalog is wrong; false if the caller demands better evidence than there is."""
        return self.rule is not ResidencyRule.EVIDENCE

    def __str__(self) -> str:
        return f"{self.rule.value}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class Permit:
    """The call may be sent; `jurisdiction` and `region` are what may be claimed for it, on this evidence.

    `fault` is what was found wrong where faults are only recorded. `lists` names the address lists that were consulted,
    with the first digits of their hashes.
    """

    jurisdiction: str
    grade: Grade
    reason: str
    region: str
    fault: Fault | None = None
    lists: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call may not be sent."""

    fault: Fault

    @property
    def reason(self) -> str:
        """The fault as text for the caller."""
        return str(self.fault)


Decision = Permit | Refusal

"""A disagreement between where a deployment is said to run and what was found, as it is told to the operator."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drift:
    """`rule` names what was broken, `expected` and `found` are short words of ours, never a client's.

    `refused` tells whether the call was stopped (enforce) or went on with less claimed for it (monitor).
    """

    provider: str
    deployment: str
    route: str
    rule: str
    expected: str
    found: str
    refused: bool

"""Which jurisdiction a cloud's region lies in, for the jurisdictions that routes can claim.

Regions that are not named here lie elsewhere: nothing is concluded from the form of a name but what the vendors say of
it (AWS: `us-*` and `ca-*` are the United States and Canada; Google: `us-*`).
"""

CANADA = frozenset(
    {
        "ca-central-1",
        "ca-west-1",
        "northamerica-northeast1",
        "northamerica-northeast2",
        "canadacentral",
        "canadaeast",
    }
)
_UNITED_STATES = frozenset(
    {
        "us",
        "centralus",
        "eastus",
        "eastus2",
        "eastus3",
        "northcentralus",
        "southcentralus",
        "westcentralus",
        "westus",
        "westus2",
        "westus3",
    }
)
ANYWHERE = "GLOBAL"
ELSEWHERE = "elsewhere"


def jurisdiction_of(region: str) -> str:
    """`CA`, `US`, `GLOBAL` for what is bound to no place, or `elsewhere`."""
    name = region.lower()
    if name in CANADA:
        return "CA"
    if name in _UNITED_STATES or (name.startswith("us-") and not name.startswith("us-gov")):
        return "US"
    return ANYWHERE if name in ("", "global") else ELSEWHERE

"""The one table by which tier, suffix, jurisdiction, provider and region of a route must agree.

A catalog that says two things about where a route runs is refused when it is loaded. Whether a region is really
reached is not decided here: that is the residency guard's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ni.domain.route import Tier

OPERATOR = "operator"
"""Stands in the catalog for the jurisdiction of the operator's own machines, which is a setting of the instance."""

_BEDROCK_CA = frozenset({"ca-central-1", "ca-west-1"})
_BEDROCK_US = frozenset({"us", "us-east-1", "us-east-2", "us-west-1", "us-west-2"})
_VERTEX_CA = frozenset({"northamerica-northeast1", "northamerica-northeast2"})
_VERTEX_US = frozenset(
    {"us", "us-central1", "us-east1", "us-east4", "us-east5", "us-south1", "us-west1", "us-west4"}
)
_AZURE_CA = frozenset({"canadacentral", "canadaeast"})
_AZURE_US = frozenset(
    {
        "us",
        "centralus",
        "eastus",
        "eastus2",
        "northcentralus",
        "southcentralus",
        "westus",
        "westus2",
        "westus3",
    }
)
_GLOBAL = frozenset({"global"})


@dataclass(frozen=True, slots=True)
class Placement:
    """What a tier says about its routes; `regions` by provider."""

    suffix: str
    jurisdiction: str
    regions: Mapping[str, frozenset[str]]


PLACEMENTS: Mapping[Tier, Placement] = {
    Tier.OWN_HARDWARE: Placement(
        "-local", OPERATOR, {"local": frozenset({"local"}), "sandbox": frozenset({"local"})}
    ),
    Tier.CANADIAN_CLOUD: Placement(
        "-ca", "CA", {"bedrock": _BEDROCK_CA, "vertex_ai": _VERTEX_CA, "azure": _AZURE_CA}
    ),
    Tier.US_CLOUD: Placement(
        "-us", "US", {"bedrock": _BEDROCK_US, "vertex_ai": _VERTEX_US, "azure": _AZURE_US}
    ),
    Tier.GLOBAL_CLOUD: Placement(
        "-global", "GLOBAL", {"bedrock": _GLOBAL, "vertex_ai": _GLOBAL, "azure": _GLOBAL}
    ),
    Tier.PROVIDER_API: Placement("-us", "US", {"openai": frozenset({"us"}), "anthropic": frozenset({"us"})}),
}
OPTIONS: Mapping[str, frozenset[str]] = {
    "sandbox": frozenset(),
    "local": frozenset(
        {
            "context_window",
            "function_calling",
            "json_schema",
            "kind",
            "max_output_tokens",
            "modalities",
            "reasoning",
        }
    ),
    "openai": frozenset(),
    "anthropic": frozenset(),
    "azure": frozenset(
        {
            "api_version",
            "authority",
            "client_setting",
            "deployment:",
            "secret_setting",
            "sku",
            "sku:",
            "tenant_setting",
            "token_setting",
        }
    ),
    "bedrock": frozenset(
        {
            "access_key_setting",
            "api_region",
            "credentials",
            "profile",
            "secret_key_setting",
            "session_token_setting",
        }
    ),
    "vertex_ai": frozenset({"api_version", "credentials", "credentials_setting", "location", "project"}),
}
"""What a deployment's `options` may be, by provider; a name with a colon goes on with the id of a model."""
PROVIDERS = frozenset(name for placement in PLACEMENTS.values() for name in placement.regions)

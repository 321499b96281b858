"""What an operator can do about each thing that the guard finds wrong: one sentence a rule."""

from collections.abc import Mapping
from types import MappingProxyType

from ni.residency.evidence import Rule

MENDS: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.REGION: "Let the catalog's region and the options of the deployment name the same region.",
        Rule.SKU: "Deploy the model with a regional SKU and state it as option `sku`, or list it as a -global route.",
        Rule.PROFILE: "Name the model without a profile across regions, or list it as a -us or -global route.",
        Rule.HOST: "Set the endpoint to the claimed region's own, or list the deployment under the region it is in.",
        Rule.ENDPOINT: "Use the provider's own endpoint, or name the private network behind it in NI_PRIVATE_NETWORKS.",
        Rule.ADDRESS: "Look at what resolves the name (DNS, proxy, VPN), then at the age of the address lists.",
        Rule.STALE: "Run `python -m ni residency refresh`, with --file where there is no internet.",
        Rule.EVIDENCE: "Choose a route with better evidence, or let the key or the account demand less.",
    }
)

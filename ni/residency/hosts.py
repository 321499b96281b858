"""What the name of an endpoint says of where it is, by the host rules of the provider's descriptor.

A name that fits no rule is not the vendor's.
"""

from dataclasses import dataclass

from ni.domain.provider_descriptor import HostRule, Proof
from ni.domain.providers import PROVIDERS
from ni.outbound.faults import Unsendable
from ni.outbound.target import Origin, parse_target


@dataclass(frozen=True, slots=True)
class Named:
    """What an endpoint's name says: its host, what its addresses can prove, and the region if the name has one."""

    host: str
    proof: Proof
    region: str


_VENDORS_DOMAINS = (
    "amazonaws.com",
    "api.aws",
    "googleapis.com",
    "azure.com",
    "microsoft.com",
    "openai.com",
    "anthropic.com",
)
_INTERNATIONAL = "xn--"
"""Begins a label of other letters than ASCII (RFC 5890 section 2.3.2.1); no vendor's endpoint has one."""


def read_endpoint(provider: str, endpoint: str) -> Named:
    """What the address of a provider's endpoint says; it is read by the same parser that connections are made with."""
    rules = PROVIDERS[provider].host_rules
    if any(rule.proof is Proof.OWN for rule in rules):
        return Named(endpoint[:80], Proof.OWN, "")
    if not endpoint:
        return Named("", Proof.NOTHING, "")
    try:
        origin = parse_target(endpoint).origin
    except Unsendable:
        return Named("an address that is no plain URL", Proof.FALSE, "")
    host = origin.host.lower().removesuffix(".")
    if _imitates(host):
        return Named(host, Proof.FALSE, "")
    fitting = _fitting(rules, host) if _is_vendors_port(origin) else None
    return fitting or Named(host, Proof.NOTHING, "")


def _fitting(rules: tuple[HostRule, ...], host: str) -> Named | None:
    for rule in rules:
        if match := rule.form.fullmatch(host):
            return Named(host, rule.proof, rule.region or match.groupdict().get("region") or "")
    return None


def _is_vendors_port(origin: Origin) -> bool:
    """The vendors' endpoints are https on its own port; on another, somebody else's program answers."""
    return origin.scheme == "https" and origin.port == 443


def _imitates(host: str) -> bool:
    """Whether a vendor's domain stands anywhere in the name but at its end, or letters that look like others may."""
    if any(label.startswith(_INTERNATIONAL) for label in host.split(".")):
        return True
    return any(
        domain in host.removesuffix(domain) if f".{host}".endswith(f".{domain}") else domain in host
        for domain in _VENDORS_DOMAINS
    )

"""What the name of an endpoint says of where it is, by the host rules of the provider's descriptor.

A name that fits no rule is not the vendor's.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from ni.domain.provider_descriptor import Proof
from ni.domain.providers import PROVIDERS


@dataclass(frozen=True, slots=True)
class Named:
    """What an endpoint's name says: its host, what its addresses can prove, and the region if the name has one."""

    host: str
    proof: Proof
    region: str


def read_endpoint(provider: str, endpoint: str) -> Named:
    """What the address of a provider's endpoint says."""
    host = _host(endpoint)
    for rule in PROVIDERS[provider].host_rules:
        fitting = rule.form.fullmatch(host)
        if fitting:
            return Named(host, rule.proof, rule.region or fitting.groupdict().get("region") or "")
    return Named(host, Proof.NOTHING, "")


def _host(endpoint: str) -> str:
    try:
        return (urlsplit(endpoint).hostname or "").lower().removesuffix(".")
    except ValueError:
        return ""

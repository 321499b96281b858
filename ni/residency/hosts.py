"""What the name of an endpoint says of where it is, by provider: a table of the vendors' own naming rules.

AWS: https://docs.aws.amazon.com/general/latest/gr/bedrock.html. Google: locational and regional (`rep`) endpoints of
Vertex AI. Azure: a resource's name says nothing of its region. A name that fits no rule is not the vendor's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from urllib.parse import urlsplit


class Proof(Enum):
    """What an address of such an endpoint can prove."""

    REGION = auto()
    """Addresses are published by region, and the endpoint's are those of its region."""
    PROVIDER = auto()
    """Addresses prove who answers; the endpoint's name binds the place by the provider's terms."""
    DECLARED = auto()
    """Addresses prove who answers; the place is what the operator says of the deployment."""
    TERMS = auto()
    """No addresses are published; the provider's terms say which law holds."""
    OWN = auto()
    """The operator's own machine."""
    NOTHING = auto()
    """Not the vendor's endpoint: only a private network that the operator opened can vouch for it."""


@dataclass(frozen=True, slots=True)
class HostRule:
    """A form that the host of an endpoint can have, perhaps with the `region`, and what its addresses prove."""

    form: re.Pattern[str]
    proof: Proof
    region: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a provider's endpoints look, and which address lists hold their addresses, best first."""

    rules: tuple[HostRule, ...]
    lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """What an endpoint's name says: its host, what its addresses can prove, and the region if the name has one."""

    host: str
    proof: Proof
    region: str


_REGION = r"(?P<region>[a-z]+(?:-[a-z]+)+-?\d)"
_PLACE = r"(?P<region>[a-z0-9]+(?:-[a-z0-9]+)*)"


def _rule(form: str, proof: Proof, region: str = "") -> HostRule:
    return HostRule(re.compile(form), proof, region)


_BEDROCK = Provenance(
    (
        _rule(rf"bedrock-runtime(?:-fips)?\.{_REGION}\.(?:amazonaws\.com|api\.aws)", Proof.REGION),
        _rule(rf"vpce-[a-z0-9-]+\.bedrock-runtime\.{_REGION}\.vpce\.amazonaws\.com", Proof.REGION),
    ),
    ("aws",),
)
_VERTEX = Provenance(
    (
        _rule(rf"aiplatform\.{_PLACE}\.rep\.googleapis\.com", Proof.REGION),
        _rule(rf"{_PLACE}-aiplatform\.googleapis\.com", Proof.PROVIDER),
        _rule(r"aiplatform\.googleapis\.com", Proof.PROVIDER, "global"),
    ),
    ("google-cloud", "google"),
)
_AZURE = Provenance(
    (
        _rule(rf"{_PLACE}\.api\.cognitive\.microsoft\.com", Proof.DECLARED),
        _rule(
            r"[a-z0-9-]+\.(?:openai\.azure\.com|services\.ai\.azure\.com|cognitiveservices\.azure\.com)",
            Proof.DECLARED,
        ),
    ),
    ("azure",),
)
_OWN = Provenance((_rule(r".*", Proof.OWN),))

PROVENANCES: Mapping[str, Provenance] = MappingProxyType(
    {
        "bedrock": _BEDROCK,
        "vertex_ai": _VERTEX,
        "azure": _AZURE,
        "openai": Provenance((_rule(r"(?:us\.)?api\.openai\.com", Proof.TERMS),)),
        "anthropic": Provenance((_rule(r"api\.anthropic\.com", Proof.TERMS),)),
        "local": _OWN,
        "sandbox": _OWN,
    }
)


def read_endpoint(provider: str, endpoint: str) -> Named:
    """What the address of a provider's endpoint says."""
    host = _host(endpoint)
    for rule in PROVENANCES[provider].rules:
        fitting = rule.form.fullmatch(host)
        if fitting:
            return Named(host, rule.proof, rule.region or fitting.groupdict().get("region") or "")
    return Named(host, Proof.NOTHING, "")


def _host(endpoint: str) -> str:
    try:
        return (urlsplit(endpoint).hostname or "").lower().removesuffix(".")
    except ValueError:
        return ""

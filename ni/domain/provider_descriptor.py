"""What the rest of the gateway has to know about a provider: a form that `ni/domain/providers.py` fills in.

The wire format is not here: `ni/providers/registry.py` says what speaks it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from ni.domain.route import Tier

TOKEN_PATTERN = r"[\x21-\x7e]{8,}"  # noqa: S105 - a form, not a secret


class Proof(Enum):
    """What the address of an endpoint can prove about where it is."""

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
    FALSE = auto()
    """No URL that everybody reads alike, or a name made to be taken for the vendor's: nothing can vouch for it."""


@dataclass(frozen=True, slots=True)
class HostRule:
    """A form that the host of an endpoint can have, and what its addresses prove.

    The region is `region`, or the group of that name in `form`.
    """

    form: re.Pattern[str]
    proof: Proof
    region: str = ""


def host_rule(form: str, proof: Proof, region: str = "") -> HostRule:
    """The rule of a regular expression, which the whole host must match."""
    return HostRule(re.compile(form), proof, region)


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of a credential that accounts may bring (BYOK).

    `label` and `hint` are the words of the form in the portal, translated where they are shown; a field without a
    label can be given through the API alone. A value matches `pattern`, which `example` shows in every language.
    Where `domains` are named, it is an https address in one of them.
    """

    name: str
    label: str = ""
    hint: str = ""
    secret: bool = True
    optional: bool = False
    pattern: str = TOKEN_PATTERN
    example: str = ""
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProviderSetting:
    """An environment variable that the provider reads, for the documentation; the catalog may name others."""

    name: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ProviderDescriptor:
    """One provider, as routes name it.

    `label` is what its own customers call it; `aliases` are other names that people write before a model.
    `regions` says in which tiers it has routes, and where. `options` are the names that a deployment's options may
    have; one that ends in a colon goes on with the id of a model. `host_rules` say what the name of an endpoint proves
    and `address_lists` which published lists hold its addresses, best first. `credential` are the fields of an
    account's own credential, the chief secret first; empty where accounts cannot bring one. `openrouter` is the name
    under which OpenRouter lists this provider's own prices.
    """

    name: str
    label: str
    regions: Mapping[Tier, frozenset[str]]
    host_rules: tuple[HostRule, ...]
    aliases: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    address_lists: tuple[str, ...] = ()
    credential: tuple[CredentialField, ...] = ()
    settings: tuple[ProviderSetting, ...] = ()
    openrouter: str = ""

"""The form of a provider's description. `ni/domain/providers.py` fills it in, once for each provider.

The catalog, the residency guard, the portal, the settings and in-chat answers read it. The code for the wire format is
named in `ni/providers/registry.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from ni.domain.route import Deployment, Tier

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
class PlatformField:
    """One field of the operator's own credential, and the setting that it fills.

    `setting` is the environment variable that is read where a deployment of the catalog names no other; `named_by` is
    the field or the option of a deployment that may name one, empty where nothing does.
    """

    field: CredentialField
    setting: str
    named_by: str = ""

    def setting_of(self, deployment: Deployment | None) -> str:
        """The variable that a deployment reads; the usual one without a deployment."""
        if deployment is None or not self.named_by:
            return self.setting
        fields = {
            "credential_setting": deployment.credential_setting,
            "endpoint_setting": deployment.endpoint_setting,
        }
        return fields.get(self.named_by) or deployment.options.get(self.named_by) or self.setting


@dataclass(frozen=True, slots=True)
class PlatformCredential:
    """A credential that the operator may store for a provider: its words, and its fields, the chief secret first.

    `others` are variables that let the provider in by another way: they count first where one of them is set.
    """

    label: str
    fields: tuple[PlatformField, ...]
    others: tuple[str, ...] = ()

    @property
    def chief(self) -> PlatformField:
        """The field whose setting names the credential."""
        return self.fields[0]


@dataclass(frozen=True, slots=True)
class ProviderSetting:
    """An environment variable that the provider reads, for the documentation; the catalog may name others."""

    name: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class OpenAIApi:
    """Where a provider serves OpenAI's API, for `ni.providers.openai_compatible.OpenAICompatible`.

    `base_url` includes the version (`/v1`). `endpoint_setting` and `credential_setting` are environment variables
    that are read where a deployment of the catalog names no others; each may be empty.
    """

    base_url: str = ""
    endpoint_setting: str = ""
    credential_setting: str = ""


@dataclass(frozen=True, slots=True)
class ProviderDescriptor:
    """One provider. Routes begin with its `name`.

    `label` is the name that its customers know, for people; `short_name` is the one in custody records, in errors and
    in logs, where that is another. `aliases` are other names that people write before a model.
    `regions` are the tiers in which the provider has routes, and the regions of each. `options` are the names that a
    deployment's options may have; a name that ends in a colon continues with the id of a model.
    `host_rules` are what the host name of an endpoint proves; `address_lists` are the published lists that hold its
    addresses, best first; `domains` are the provider's own, which no other host name may contain.
    `credential` are the fields of an account's own credential (BYOK), the secret that identifies it first; it is empty
    where accounts cannot bring one. `platform` are those that the operator may store in place of environment variables,
    the usual one first. `price_names` are the names under which published price files list the provider's prices, by
    the name of the file's source.
    `convention` is the provider's well-known name in OpenTelemetry, where that is another.
    `api` is set for providers that serve OpenAI's API as it is. `lists_models` is whether the provider can be asked
    which models it serves. `other_makers` is whether models that are not OpenAI's are served over OpenAI's wire.
    `most_images` is how many images one request may hold; None where that is the server's decision.
    """

    name: str
    label: str
    regions: Mapping[Tier, frozenset[str]]
    host_rules: tuple[HostRule, ...]
    short_name: str = ""
    aliases: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    address_lists: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    credential: tuple[CredentialField, ...] = ()
    platform: tuple[PlatformCredential, ...] = ()
    settings: tuple[ProviderSetting, ...] = ()
    price_names: Mapping[str, str] = field(default_factory=dict)
    convention: str = ""
    api: OpenAIApi | None = None
    lists_models: bool = False
    other_makers: bool = False
    most_images: int | None = None

    @property
    def display_name(self) -> str:
        """The name in custody records, errors and logs."""
        return self.short_name or self.label

    @property
    def on_own_hardware(self) -> bool:
        """Whether the operator runs it."""
        return Tier.OWN_HARDWARE in self.regions

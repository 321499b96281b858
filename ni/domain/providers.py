"""The providers: one `ProviderDescriptor` each.

The catalog, the residency guard, the portal, in-chat answers and the settings read it. A provider is an entry here and
a line in `ni/providers/registry.py`, which names its wire format.

Hosts and their evidence: AWS https://docs.aws.amazon.com/general/latest/gr/bedrock.html; Google's locational and
regional (`rep`) endpoints of Vertex AI; the name of an Azure resource says nothing of its region.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

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


_REGION = r"(?P<region>[a-z]+(?:-[a-z]+)+-?\d)"
_PLACE = r"(?P<region>[a-z0-9]+(?:-[a-z0-9]+)*)"
_GLOBAL = frozenset({"global"})
_US = frozenset({"us"})
_LOCAL = frozenset({"local"})

_OPENAI = ProviderDescriptor(
    name="openai",
    label="OpenAI",
    regions={Tier.PROVIDER_API: _US},
    host_rules=(host_rule(r"(?:us\.)?api\.openai\.com", Proof.TERMS),),
    credential=(CredentialField("api_key", label="API key"),),
    settings=(
        ProviderSetting("OPENAI_API_KEY", "none", "OpenAI, directly."),
        ProviderSetting("OPENAI_BASE_URL", "the public API", "Another address for OpenAI, with its `/v1`."),
    ),
    openrouter="openai",
)
_ANTHROPIC = ProviderDescriptor(
    name="anthropic",
    label="Anthropic",
    aliases=("claude",),
    regions={Tier.PROVIDER_API: _US},
    host_rules=(host_rule(r"api\.anthropic\.com", Proof.TERMS),),
    credential=(CredentialField("api_key", label="API key"),),
    settings=(
        ProviderSetting("ANTHROPIC_API_KEY", "none", "Anthropic, directly."),
        ProviderSetting(
            "ANTHROPIC_BASE_URL", "the public API", "Another address for Anthropic, without `/v1`."
        ),
    ),
    openrouter="anthropic",
)
_AZURE = ProviderDescriptor(
    name="azure",
    label="Azure OpenAI",
    aliases=("azure_ai", "azure_openai", "microsoft"),
    regions={
        Tier.CANADIAN_CLOUD: frozenset({"canadacentral", "canadaeast"}),
        Tier.US_CLOUD: frozenset(
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
        ),
        Tier.GLOBAL_CLOUD: _GLOBAL,
    },
    options=frozenset(
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
    host_rules=(
        host_rule(rf"{_PLACE}\.api\.cognitive\.microsoft\.com", Proof.DECLARED),
        host_rule(
            r"[a-z0-9-]+\.(?:openai\.azure\.com|services\.ai\.azure\.com|cognitiveservices\.azure\.com)",
            Proof.DECLARED,
        ),
    ),
    address_lists=("azure",),
    credential=(
        CredentialField("api_key", label="API key"),
        CredentialField(
            "endpoint",
            label="Address of the resource",
            hint="Such as https://example.openai.azure.com. Used on global routes; a route that promises a place keeps "
            "the operator’s address.",
            secret=False,
            # The domains of Azure resources that serve models (Microsoft, "Azure OpenAI endpoints").
            domains=(".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"),
        ),
        CredentialField(
            "api_version",
            secret=False,
            optional=True,
            pattern=r"\d{4}-\d{2}-\d{2}(-preview)?|v1|preview|latest",
            example="2024-10-21",
        ),
    ),
    settings=(
        ProviderSetting("AZURE_OPENAI_ENDPOINT", "none", "Azure: `https://<resource>.openai.azure.com`."),
        ProviderSetting("AZURE_OPENAI_API_KEY", "none", "Azure: the key of that resource."),
        ProviderSetting("OPENAI_API_VERSION", "none", "Azure: the API version to ask for."),
        ProviderSetting("AZURE_OPENAI_AD_TOKEN", "none", "Azure: a static Entra token in place of the key."),
        ProviderSetting(
            "AZURE_TENANT_ID",
            "none",
            "Azure: with `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`, Entra tokens.",
        ),
        ProviderSetting("AZURE_CLIENT_ID", "none", "Azure: the application."),
        ProviderSetting("AZURE_CLIENT_SECRET", "none", "Azure: its secret."),
    ),
)
_BEDROCK = ProviderDescriptor(
    name="bedrock",
    label="Amazon Bedrock",
    aliases=("aws", "amazon"),
    regions={
        Tier.CANADIAN_CLOUD: frozenset({"ca-central-1", "ca-west-1"}),
        Tier.US_CLOUD: frozenset({"us", "us-east-1", "us-east-2", "us-west-1", "us-west-2"}),
        Tier.GLOBAL_CLOUD: _GLOBAL,
    },
    options=frozenset(
        {
            "access_key_setting",
            "api_region",
            "credentials",
            "profile",
            "secret_key_setting",
            "session_token_setting",
        }
    ),
    host_rules=(
        host_rule(rf"bedrock-runtime(?:-fips)?\.{_REGION}\.(?:amazonaws\.com|api\.aws)", Proof.REGION),
        host_rule(rf"vpce-[a-z0-9-]+\.bedrock-runtime\.{_REGION}\.vpce\.amazonaws\.com", Proof.REGION),
    ),
    address_lists=("aws",),
    credential=(
        # AWS IAM, "Manage access keys": 40 characters of base64; ids begin with AKIA or, temporary ones, ASIA.
        CredentialField(
            "secret_access_key",
            label="Secret access key",
            pattern=r"[A-Za-z0-9/+]{40}",
            example="aB1/+... (40)",
        ),
        CredentialField(
            "access_key_id",
            label="Access key id",
            secret=False,
            pattern=r"A[KS]IA[A-Z0-9]{12,124}",
            example="AKIA...",
        ),
        CredentialField(
            "session_token", label="Session token", hint="For temporary credentials only.", optional=True
        ),
    ),
    settings=(
        ProviderSetting(
            "AWS_REGION", "boto3's own chain", "Bedrock; the other `AWS_*` variables work as in boto3."
        ),
        ProviderSetting(
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "the region's own", "Another address for Bedrock."
        ),
        ProviderSetting(
            "AWS_BEARER_TOKEN_BEDROCK", "none", "Bedrock: an API key in place of the credential chain."
        ),
    ),
)
_VERTEX_AI = ProviderDescriptor(
    name="vertex_ai",
    label="Google Vertex AI",
    aliases=("vertex", "google", "gemini", "googleai"),
    regions={
        Tier.CANADIAN_CLOUD: frozenset({"northamerica-northeast1", "northamerica-northeast2"}),
        Tier.US_CLOUD: frozenset(
            {"us", "us-central1", "us-east1", "us-east4", "us-east5", "us-south1", "us-west1", "us-west4"}
        ),
        Tier.GLOBAL_CLOUD: _GLOBAL,
    },
    options=frozenset({"api_version", "credentials", "credentials_setting", "location", "project"}),
    host_rules=(
        host_rule(rf"aiplatform\.{_PLACE}\.rep\.googleapis\.com", Proof.REGION),
        host_rule(rf"{_PLACE}-aiplatform\.googleapis\.com", Proof.PROVIDER),
        host_rule(r"aiplatform\.googleapis\.com", Proof.PROVIDER, "global"),
    ),
    address_lists=("google-cloud", "google"),
    credential=(
        # The JSON text of a Google service account's key.
        CredentialField(
            "service_account",
            label="Key of a service account (JSON)",
            hint="The whole content of the file that Google gave you.",
        ),
        CredentialField(
            "project",
            label="Project",
            hint="Empty for the one that the key names.",
            secret=False,
            optional=True,
            pattern=r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
            example="my-project-1",
        ),
    ),
    settings=(
        ProviderSetting(
            "GOOGLE_APPLICATION_CREDENTIALS",
            "google-auth's own chain",
            "Vertex AI: path of a credentials file.",
        ),
        ProviderSetting("GOOGLE_CLOUD_PROJECT", "google-auth's own chain", "Vertex AI: the project."),
        ProviderSetting("NI_VERTEX_ENDPOINT", "the region's own", "Replaces scheme and host of Vertex AI."),
        ProviderSetting("NI_VERTEX_ACCESS_TOKEN", "none", "A static token for Vertex AI."),
    ),
    openrouter="google",
)
_LOCAL_SERVER = ProviderDescriptor(
    name="local",
    label="Local",
    aliases=("ollama", "lmstudio", "vllm"),
    regions={Tier.OWN_HARDWARE: _LOCAL},
    options=frozenset(
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
    host_rules=(host_rule(r".*", Proof.OWN),),
    settings=(
        ProviderSetting(
            "NI_LOCAL_BASE_URL",
            "none",
            "An OpenAI-compatible server of one's own, with its `/v1`; its models become "
            "`local/<id>-local`. Plain `http` is allowed only into `NI_PRIVATE_NETWORKS`.",
        ),
        ProviderSetting("NI_LOCAL_API_KEY", "none", "The key of that server, if it wants one."),
    ),
)
_SANDBOX = ProviderDescriptor(
    name="sandbox",
    label="Sandbox",
    regions={Tier.OWN_HARDWARE: _LOCAL},
    host_rules=(host_rule(r".*", Proof.OWN),),
)

PROVIDERS: Mapping[str, ProviderDescriptor] = MappingProxyType(
    {
        descriptor.name: descriptor
        for descriptor in (_OPENAI, _ANTHROPIC, _AZURE, _BEDROCK, _VERTEX_AI, _LOCAL_SERVER, _SANDBOX)
    }
)
"""By the name that routes begin with."""

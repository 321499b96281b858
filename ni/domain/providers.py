"""The providers: what the catalog, the residency guard, the portal, in-chat answers and the settings know of each.

To add a provider, add a descriptor here and a line to `ni/providers/registry.py`. For one that serves OpenAI's API, the
descriptor's `api` is all that its line needs; `tests/providers/test_toy_provider.py` adds one.

Hosts and their evidence: AWS https://docs.aws.amazon.com/general/latest/gr/bedrock.html; Google's locational and
regional (`rep`) endpoints of Vertex AI; the name of an Azure resource says nothing of its region.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ni.domain.provider_descriptor import (
    CredentialField,
    OpenAIApi,
    PlatformCredential,
    PlatformField,
    Proof,
    ProviderDescriptor,
    ProviderSetting,
    host_rule,
)
from ni.domain.route import Tier

_REGION = r"(?P<region>[a-z]+(?:-[a-z]+)+-?\d)"
_PLACE = r"(?P<region>[a-z0-9]+(?:-[a-z0-9]+)*)"
_GLOBAL = frozenset({"global"})
_US = frozenset({"us"})
_LOCAL = frozenset({"local"})

_API_KEY = CredentialField("api_key", label="API key")
_AZURE_DOMAINS = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")
"""The domains of Azure resources that serve models (Microsoft, "Azure OpenAI endpoints")."""
_AZURE_RESOURCE = CredentialField(
    "endpoint",
    label="Address of the resource",
    hint="Such as https://example.openai.azure.com.",
    secret=False,
    domains=_AZURE_DOMAINS,
)
_AZURE_ENDPOINT = CredentialField(
    "endpoint",
    label="Address of the resource",
    hint="Such as https://example.openai.azure.com. Used on global routes; a route that promises a place keeps "
    "the operator’s address.",
    secret=False,
    domains=_AZURE_DOMAINS,
)
_AZURE_VERSION = CredentialField(
    "api_version",
    secret=False,
    optional=True,
    pattern=r"\d{4}-\d{2}-\d{2}(-preview)?|v1|preview|latest",
    example="2024-10-21",
)
# AWS IAM, "Manage access keys": 40 characters of base64; ids begin with AKIA or, temporary ones, ASIA.
_AWS_SECRET = CredentialField(
    "secret_access_key", label="Secret access key", pattern=r"[A-Za-z0-9/+]{40}", example="aB1/+... (40)"
)
_AWS_KEY_ID = CredentialField(
    "access_key_id",
    label="Access key id",
    secret=False,
    pattern=r"A[KS]IA[A-Z0-9]{12,124}",
    example="AKIA...",
)
_AWS_SESSION = CredentialField(
    "session_token", label="Session token", hint="For temporary credentials only.", optional=True
)
# The JSON text of a Google service account's key.
_GOOGLE_KEY = CredentialField(
    "service_account",
    label="Key of a service account (JSON)",
    hint="The whole content of the file that Google gave you.",
)
_GOOGLE_PROJECT = CredentialField(
    "project",
    label="Project",
    hint="Empty for the one that the key names.",
    secret=False,
    optional=True,
    pattern=r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
    example="my-project-1",
)


def _platform_key(setting: str) -> tuple[PlatformCredential, ...]:
    """The operator's credential of a provider that asks for an API key and nothing else."""
    return (
        PlatformCredential(label="API key", fields=(PlatformField(_API_KEY, setting, "credential_setting"),)),
    )


_OPENAI = ProviderDescriptor(
    name="openai",
    label="OpenAI",
    regions={Tier.PROVIDER_API: _US},
    host_rules=(host_rule(r"(?:us\.)?api\.openai\.com", Proof.TERMS),),
    credential=(_API_KEY,),
    platform=_platform_key("OPENAI_API_KEY"),
    settings=(
        ProviderSetting("OPENAI_API_KEY", "none", "OpenAI, directly."),
        ProviderSetting("OPENAI_BASE_URL", "the public API", "Another address for OpenAI, with its `/v1`."),
    ),
    price_names={
        "OpenRouter": "openai",
        "Helicone": "OPENAI",
        "genai-prices": "openai",
        "models.dev": "openai",
    },
    domains=("openai.com",),
    api=OpenAIApi(base_url="https://api.openai.com/v1", credential_setting="OPENAI_API_KEY"),
    lists_models=True,
    most_images=500,
)
_ANTHROPIC = ProviderDescriptor(
    name="anthropic",
    label="Anthropic",
    aliases=("claude",),
    regions={Tier.PROVIDER_API: _US},
    host_rules=(host_rule(r"api\.anthropic\.com", Proof.TERMS),),
    credential=(_API_KEY,),
    platform=_platform_key("ANTHROPIC_API_KEY"),
    settings=(
        ProviderSetting("ANTHROPIC_API_KEY", "none", "Anthropic, directly."),
        ProviderSetting(
            "ANTHROPIC_BASE_URL", "the public API", "Another address for Anthropic, without `/v1`."
        ),
    ),
    price_names={
        "OpenRouter": "anthropic",
        "Helicone": "ANTHROPIC",
        "genai-prices": "anthropic",
        "models.dev": "anthropic",
    },
    domains=("anthropic.com",),
    lists_models=True,
    most_images=100,
)
_AZURE = ProviderDescriptor(
    name="azure",
    convention="azure.ai.openai",
    price_names={"Helicone": "AZURE", "genai-prices": "azure", "models.dev": "azure"},
    label="Azure OpenAI",
    short_name="Azure",
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
    credential=(_API_KEY, _AZURE_ENDPOINT, _AZURE_VERSION),
    platform=(
        PlatformCredential(
            label="Key of a resource",
            fields=(
                PlatformField(_API_KEY, "AZURE_OPENAI_API_KEY", "credential_setting"),
                PlatformField(_AZURE_RESOURCE, "AZURE_OPENAI_ENDPOINT", "endpoint_setting"),
            ),
            others=("AZURE_OPENAI_AD_TOKEN", "AZURE_CLIENT_SECRET"),
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
    domains=("azure.com", "microsoft.com"),
    lists_models=True,
    other_makers=True,
    most_images=50,
)
_BEDROCK = ProviderDescriptor(
    name="bedrock",
    convention="aws.bedrock",
    price_names={"Helicone": "AWS", "genai-prices": "aws", "models.dev": "amazon-bedrock"},
    label="Amazon Bedrock",
    short_name="Bedrock",
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
    credential=(_AWS_SECRET, _AWS_KEY_ID, _AWS_SESSION),
    platform=(
        PlatformCredential(
            label="API key",
            fields=(PlatformField(_API_KEY, "AWS_BEARER_TOKEN_BEDROCK", "credential_setting"),),
            others=("AWS_ACCESS_KEY_ID", "AWS_PROFILE"),
        ),
        PlatformCredential(
            label="Access key",
            fields=(
                PlatformField(_AWS_SECRET, "AWS_SECRET_ACCESS_KEY", "secret_key_setting"),
                PlatformField(_AWS_KEY_ID, "AWS_ACCESS_KEY_ID", "access_key_setting"),
                PlatformField(_AWS_SESSION, "AWS_SESSION_TOKEN", "session_token_setting"),
            ),
            others=("AWS_BEARER_TOKEN_BEDROCK", "AWS_PROFILE"),
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
    domains=("amazonaws.com", "api.aws"),
    lists_models=True,
    most_images=100,
)
_VERTEX_AI = ProviderDescriptor(
    name="vertex_ai",
    convention="gcp.vertex_ai",
    label="Google Vertex AI",
    short_name="Vertex",
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
    credential=(_GOOGLE_KEY, _GOOGLE_PROJECT),
    platform=(
        PlatformCredential(
            label="Key of a service account",
            fields=(
                PlatformField(_GOOGLE_KEY, "GOOGLE_APPLICATION_CREDENTIALS", "credentials_setting"),
                PlatformField(_GOOGLE_PROJECT, "GOOGLE_CLOUD_PROJECT"),
            ),
            others=("NI_VERTEX_ACCESS_TOKEN",),
        ),
    ),
    settings=(
        ProviderSetting(
            "GOOGLE_APPLICATION_CREDENTIALS",
            "google-auth's own chain",
            "Vertex AI: path of a credentials file, or its JSON text.",
        ),
        ProviderSetting("GOOGLE_CLOUD_PROJECT", "google-auth's own chain", "Vertex AI: the project."),
        ProviderSetting("NI_VERTEX_ENDPOINT", "the region's own", "Replaces scheme and host of Vertex AI."),
        ProviderSetting("NI_VERTEX_ACCESS_TOKEN", "none", "A static token for Vertex AI."),
    ),
    price_names={
        "OpenRouter": "google",
        "Helicone": "GOOGLE",
        "genai-prices": "google",
        "models.dev": "google-vertex",
    },
    domains=("googleapis.com",),
    lists_models=True,
    most_images=3000,
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
            "prompted_tools",
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
    api=OpenAIApi(endpoint_setting="NI_LOCAL_BASE_URL", credential_setting="NI_LOCAL_API_KEY"),
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

"""The variables that hold providers' addresses and credentials: named by the catalog, documented here.

They are no settings of the gateway; `Settings.lookup` gives them out one by one. The catalog may name others.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """A variable that `lookup` gives out to a provider, for the documentation; the catalog may name others."""

    name: str
    default: str
    meaning: str


NAMED = (
    Named("OPENAI_API_KEY", "none", "OpenAI, directly."),
    Named("OPENAI_BASE_URL", "the public API", "Another address for OpenAI, with its `/v1`."),
    Named("ANTHROPIC_API_KEY", "none", "Anthropic, directly."),
    Named("ANTHROPIC_BASE_URL", "the public API", "Another address for Anthropic, without `/v1`."),
    Named("AZURE_OPENAI_ENDPOINT", "none", "Azure: `https://<resource>.openai.azure.com`."),
    Named("AZURE_OPENAI_API_KEY", "none", "Azure: the key of that resource."),
    Named("OPENAI_API_VERSION", "none", "Azure: the API version to ask for."),
    Named("AWS_REGION", "boto3's own chain", "Bedrock; the other `AWS_*` variables work as in boto3."),
    Named("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "the region's own", "Another address for Bedrock."),
    Named("AWS_BEARER_TOKEN_BEDROCK", "none", "Bedrock: an API key in place of the credential chain."),
    Named("AZURE_OPENAI_AD_TOKEN", "none", "Azure: a static Entra token in place of the key."),
    Named(
        "AZURE_TENANT_ID", "none", "Azure: with `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`, Entra tokens."
    ),
    Named("AZURE_CLIENT_ID", "none", "Azure: the application."),
    Named("AZURE_CLIENT_SECRET", "none", "Azure: its secret."),
    Named(
        "GOOGLE_APPLICATION_CREDENTIALS", "google-auth's own chain", "Vertex AI: path of a credentials file."
    ),
    Named("GOOGLE_CLOUD_PROJECT", "google-auth's own chain", "Vertex AI: the project."),
    Named("NI_VERTEX_ENDPOINT", "the region's own", "Replaces scheme and host of Vertex AI."),
    Named("NI_VERTEX_ACCESS_TOKEN", "none", "A static token for Vertex AI."),
    Named(
        "NI_LOCAL_BASE_URL",
        "none",
        "An OpenAI-compatible server of one's own, with its `/v1`; its models become "
        "`local/<id>-local`. Plain `http` is allowed only into `NI_PRIVATE_NETWORKS`.",
    ),
    Named("NI_LOCAL_API_KEY", "none", "The key of that server, if it wants one."),
)

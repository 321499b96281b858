"""Where an upstream of OpenAI's shape is and how to be let in: base URL and `Authorization`."""

from ni.domain.route import Deployment
from ni.domain.secret import Secret
from ni.providers.provider import Lookup


def base_url(deployment: Deployment, lookup: Lookup, default: str = "") -> str:
    """The base URL without a slash at its end: from the named setting, else the deployment's endpoint."""
    named = lookup(deployment.endpoint_setting) if deployment.endpoint_setting else None
    return (named.reveal() if named else deployment.endpoint or default).strip().rstrip("/")


def bearer(credential: Secret | None) -> dict[str, str]:
    """The `Authorization` header, or none without a credential."""
    return {"Authorization": f"Bearer {credential.reveal().strip()}"} if credential else {}

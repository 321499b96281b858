"""What providers serve now, for the operator who checks a catalog: ids, lifecycle and context window, where they tell.

Each listing is fetched with the credentials of a deployment, never for a call. Azure lists the models that a resource
can deploy, not its deployments: those names are the operator's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from ni.domain.call import Json
from ni.domain.errors import UpstreamAuth
from ni.domain.route import Deployment, Route
from ni.outbound.client import EgressClient, Timeouts
from ni.providers import anthropic, azure, openai_compatible
from ni.providers.aws_auth import AwsCredentials, CredentialsFailed, region_of
from ni.providers.azure import Entra
from ni.providers.base import Lookup
from ni.providers.errors import Upstream
from ni.providers.google_auth import GoogleCredentials
from ni.providers.openai_compatible import Relay
from ni.providers.upstream import base_url, bearer

_TIMEOUTS = Timeouts(first_byte_s=15.0, idle_s=15.0, total_s=30.0)
_LEGACY = frozenset({"LEGACY", "deprecated", "deprecating", "DEPRECATED", "SUNSETTED"})


@dataclass(frozen=True, slots=True)
class Served:
    """One model of a provider: `lifecycle` is `active` or `legacy`; the context window is 0 where it is not told."""

    model: str
    lifecycle: str = "active"
    context_window: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """How a route stands: `served` is None where its provider does not list the model any more."""

    route: Route
    served: Served | None


def compare(routes: Iterable[Route], served: Iterable[Served]) -> list[Finding]:
    """Each route beside what its provider lists."""
    known = {entry.model: entry for entry in served}
    return [Finding(route, known.get(route.upstream_model)) for route in routes]


def unknown(routes: Iterable[Route], served: Iterable[Served]) -> list[Served]:
    """What is listed and has no route yet."""
    known = {route.upstream_model for route in routes}
    return [entry for entry in served if entry.model not in known]


class Listings:
    """Asks providers. `lists` says of which providers that is possible."""

    def __init__(self, egress: EgressClient, lookup: Lookup) -> None:
        self._egress = egress
        self._lookup = lookup
        self._relay = Relay(egress)

    def lists(self, deployment: Deployment) -> bool:
        """Whether the deployment's provider can be asked."""
        return deployment.provider in _LISTINGS

    def served(self, deployment: Deployment) -> list[Served]:
        """What the deployment's provider serves now. Raises `Problem`; `KeyError` if it cannot be asked."""
        return list(_LISTINGS[deployment.provider](self, deployment))

    def openai(self, deployment: Deployment) -> Iterator[Served]:
        """`GET /models`."""
        setting = deployment.credential_setting or openai_compatible.OPENAI_CREDENTIAL_SETTING
        base = base_url(deployment, self._lookup, openai_compatible.PUBLIC_API)
        headers = bearer(self._lookup(setting))
        for entry in self._entries(f"{base}/models", headers, Upstream("OpenAI", False, setting), "data"):
            yield Served(_text(entry, "id"))

    def anthropic(self, deployment: Deployment) -> Iterator[Served]:
        """`GET /v1/models`."""
        setting = deployment.credential_setting or anthropic.CREDENTIAL_SETTING
        base = base_url(deployment, self._lookup, anthropic.PUBLIC_API)
        key = self._lookup(setting)
        headers = {"anthropic-version": anthropic.VERSION, "x-api-key": key.reveal() if key else ""}
        url = f"{base}/v1/models?limit=1000"
        for entry in self._entries(url, headers, Upstream("Anthropic", False, setting), "data"):
            yield Served(_text(entry, "id"), context_window=_count(entry, "max_input_tokens"))

    def azure(self, deployment: Deployment) -> Iterator[Served]:
        """`GET /openai/v1/models`: what the resource's region offers."""
        setting = deployment.credential_setting or azure.CREDENTIAL_SETTING
        if not deployment.endpoint_setting and not deployment.endpoint:
            deployment = replace(deployment, endpoint_setting=azure.ENDPOINT_SETTING)
        base = base_url(deployment, self._lookup).removesuffix("/v1").removesuffix("/openai")
        upstream, key = Upstream("Azure", False, setting), self._lookup(setting)
        token = None if key else Entra(self._egress, self._lookup).token(deployment, upstream)
        headers = {"api-key": key.reveal()} if key else bearer(token)
        for entry in self._entries(f"{base}/openai/v1/models", headers, upstream, "data"):
            yield Served(_text(entry, "id"), _lifecycle(entry.get("lifecycle_status")))

    def bedrock(self, deployment: Deployment) -> Iterator[Served]:
        """`ListFoundationModels` and `ListInferenceProfiles` of the control plane."""
        region = region_of(deployment, self._lookup)
        named = self._lookup("AWS_ENDPOINT_URL_BEDROCK")
        base = named.reveal().rstrip("/") if named else f"https://bedrock.{region}.amazonaws.com"
        for entry in self._aws(deployment, f"{base}/foundation-models", "modelSummaries"):
            status = (entry.get("modelLifecycle") or {}).get("status")
            yield Served(_text(entry, "modelId"), _lifecycle(status))
        for entry in self._aws(
            deployment, f"{base}/inference-profiles?maxResults=1000", "inferenceProfileSummaries"
        ):
            yield Served(_text(entry, "inferenceProfileId"), _lifecycle(entry.get("status")))

    def vertex_ai(self, deployment: Deployment) -> Iterator[Served]:
        """The publisher models of Model Garden."""
        upstream = Upstream("Vertex", False, deployment.credential_setting)
        token = GoogleCredentials(self._egress, self._lookup).token(deployment, {}, upstream)
        named = self._lookup(deployment.endpoint_setting or "NI_VERTEX_ENDPOINT")
        base = named.reveal().rstrip("/") if named else "https://aiplatform.googleapis.com"
        url = f"{base}/v1beta1/publishers/google/models?pageSize=1000"
        for entry in self._entries(url, bearer(token), upstream, "publisherModels"):
            yield Served(_text(entry, "name").rpartition("/")[2], _lifecycle(entry.get("launchStage")))

    def _aws(self, deployment: Deployment, url: str, name: str) -> list[Json]:
        upstream = Upstream("Bedrock", False, "its AWS credentials")
        credentials = AwsCredentials(self._egress, self._lookup)
        try:
            headers = credentials.headers(deployment, {}, region_of(deployment, self._lookup), url, b"")
        except CredentialsFailed as fault:
            raise UpstreamAuth(provider=upstream.name) from fault
        if headers is None:
            raise UpstreamAuth(provider=upstream.name)
        return self._entries(url, headers, upstream, name)

    def _entries(self, url: str, headers: Mapping[str, str], upstream: Upstream, name: str) -> list[Json]:
        found = self._relay.get(url, headers, _TIMEOUTS, upstream).get(name)
        return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


_LISTINGS: Mapping[str, Callable[[Listings, Deployment], Iterator[Served]]] = MappingProxyType(
    {
        "anthropic": Listings.anthropic,
        "azure": Listings.azure,
        "bedrock": Listings.bedrock,
        "openai": Listings.openai,
        "vertex_ai": Listings.vertex_ai,
    }
)


def _text(entry: Json, name: str) -> str:
    found = entry.get(name)
    return found if isinstance(found, str) else ""


def _count(entry: Json, name: str) -> int:
    found = entry.get(name)
    return found if type(found) is int else 0


def _lifecycle(status: Any) -> str:
    return "legacy" if status in _LEGACY else "active"

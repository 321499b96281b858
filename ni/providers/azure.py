"""Azure OpenAI and other models of a Foundry resource (DeepSeek): OpenAI's API at the address of a resource.

With an API version (the account's own, else option `api_version`, else the setting) calls go to the dated API, whose
path names the deployment; without one to `/openai/v1`, where `model` does. Option `deployment:<model>` names a
deployment that is not called as its model is. The credential is a key of the resource, or a token of Microsoft Entra ID
(static, or by client credentials: OAuth 2.0, RFC 6749 section 4.4) where no key is set.
"""

from collections.abc import Iterator
from dataclasses import replace
from threading import Lock
from urllib.parse import quote, urlencode, urlsplit

import orjson

from ni.domain.call import Json
from ni.domain.errors import CredentialRefused, ResidencyUnverified, UpstreamError
from ni.domain.providers import PROVIDERS
from ni.domain.reply import Peer, Usage
from ni.domain.route import Deployment, Route
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import OutboundFault
from ni.providers.base import (
    LISTING_TIMEOUTS,
    ProviderRequest,
    ProviderResponse,
    ServedModel,
    SettingLookup,
    base_url,
    bearer,
    lifecycle_of,
    text_of,
)
from ni.providers.errors import ErrorBody, Upstream, problem_of_fault, problem_of_status
from ni.providers.generation_parameters import only_openai
from ni.providers.openai_compatible import Relay, UpstreamAddress, embedding_body
from ni.providers.parameters import fit, model_family
from ni.providers.responses import OpenAIResponse

STATIC_SETTING = "AZURE_OPENAI_AD_TOKEN"
SCOPE = "https://cognitiveservices.azure.com/.default"
AUTHORITY = "https://login.microsoftonline.com"
ENTRA_SETTINGS = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
_TIMEOUTS = Timeouts(first_byte_s=10.0, idle_s=10.0, total_s=20.0)
_EARLY_S = 300.0
_LIMIT = 64 * 1024


class Entra:
    """Tokens by deployment.

    Options `token_setting`, `tenant_setting`, `client_setting` and `secret_setting` name other settings than the usual.
    """

    def __init__(self, egress: EgressClient, lookup: SettingLookup) -> None:
        self._egress = egress
        self._lookup = lookup
        self._lock = Lock()
        self._tokens: dict[str, tuple[float, Secret]] = {}  # bounded: one per deployment of the catalog

    def configured(self, deployment: Deployment) -> bool:
        """Whether a static token or all three settings of client credentials are set."""
        return self._static(deployment) is not None or all(self._named(deployment))

    def token(self, deployment: Deployment, upstream: Upstream) -> Secret | None:
        """A valid token, or None if none is configured. Raises `Problem`."""
        if static := self._static(deployment):
            return static
        if not self.configured(deployment):
            return None
        with self._lock:
            good_until, token = self._tokens.get(deployment.id, (0.0, Secret("")))
            if self._egress.clock.monotonic() >= good_until:
                good_until, token = self._fetch(deployment, upstream)
                self._tokens[deployment.id] = good_until, token
            return token

    def _static(self, deployment: Deployment) -> Secret | None:
        return self._lookup(deployment.options.get("token_setting", STATIC_SETTING))

    def _named(self, deployment: Deployment) -> list[Secret | None]:
        options = ("tenant_setting", "client_setting", "secret_setting")
        names = [
            deployment.options.get(option, name) for option, name in zip(options, ENTRA_SETTINGS, strict=True)
        ]
        return [self._lookup(name) for name in names]

    def _fetch(self, deployment: Deployment, upstream: Upstream) -> tuple[float, Secret]:
        tenant, client, secret = (value.reveal() if value else "" for value in self._named(deployment))
        authority = deployment.options.get("authority", AUTHORITY)
        form = {
            "grant_type": "client_credentials",
            "client_id": client,
            "client_secret": secret,
            "scope": SCOPE,
        }
        request = Request(
            "POST",
            f"{authority}/{quote(tenant, safe='')}/oauth2/v2.0/token",
            {"Content-Type": "application/x-www-form-urlencoded"},
            urlencode(form).encode(),
            _TIMEOUTS,
        )
        asked_at = self._egress.clock.monotonic()
        try:
            response = self._egress.send(request)
            body = response.read(_LIMIT)
        except OutboundFault as fault:
            raise problem_of_fault(fault, upstream) from fault
        if response.status in (400, 401, 403):  # OAuth calls a wrong client 400 or 401
            raise problem_of_status(401, ErrorBody(), None, upstream)
        if response.status != 200:
            raise problem_of_status(response.status, ErrorBody(), None, upstream)
        return _read(body, asked_at, upstream)


def _read(body: bytes, asked_at: float, upstream: Upstream) -> tuple[float, Secret]:
    """Until when the token is used (monotonic), and the token."""
    try:
        answer = orjson.loads(body)
        life_s, token = float(answer["expires_in"]), Secret(str(answer["access_token"]))
    except (ValueError, KeyError, TypeError) as fault:
        raise UpstreamError(provider=upstream.name) from fault
    return asked_at + max(life_s - _EARLY_S, life_s / 2), token


ENDPOINT_SETTING = "AZURE_OPENAI_ENDPOINT"
CREDENTIAL_SETTING = "AZURE_OPENAI_API_KEY"
VERSION_SETTING = "OPENAI_API_VERSION"
_NOT_CLASSIC = frozenset({"", "v1", "preview", "latest"})
_DOMAINS = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")


class Azure:
    """The provider `azure`."""

    display_name = PROVIDERS["azure"].display_name

    def __init__(self, egress: EgressClient, lookup: SettingLookup) -> None:
        self._relay = Relay(egress)
        self._lookup = lookup
        self._entra = Entra(egress, lookup)

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        if not self._endpoint(deployment):
            setting = deployment.endpoint_setting or ENDPOINT_SETTING
            return f"Set {setting} to the address of the resource, e.g. https://<resource>.openai.azure.com."
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        if self._lookup(setting) or self._entra.configured(deployment):
            return None
        return f"Set {setting} to a key of the resource, or {', '.join(ENTRA_SETTINGS)} for Entra ID."

    def native_format(self, route: Route) -> str:
        """Empty: the chat form alone."""
        return ""

    def endpoint(self, deployment: Deployment) -> str:
        """The base URL of calls to this deployment."""
        return self._endpoint(deployment)

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        model, own = request.route.upstream_model, request.byok.get("api_key")
        body = _body(request, model, shared=own is None, classic=bool(self._version(request)))
        renamed = self._renamed(request)
        return AzureResponse(self._relay.send(renamed, self._addressed(renamed, "chat/completions", body)))

    def embed(self, request: ProviderRequest) -> ProviderResponse:
        """Send texts for vectors. Raises `Problem`."""
        renamed = self._renamed(request)
        return self._relay.embed(renamed, self._addressed(renamed, "embeddings", embedding_body(renamed)))

    def list_models(self, deployment: Deployment) -> list[ServedModel]:
        """The models that the resource's region offers, by `GET /openai/v1/models`. Raises `Problem`.

        These are models that can be deployed; the names of deployments are the operator's and are not listed.
        """
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        upstream = Upstream(self.display_name, False, setting)
        headers = self._headers(self._lookup(setting), deployment, upstream)
        url = f"{self._endpoint(deployment)}/openai/v1/models"
        return [
            ServedModel(text_of(entry, "id"), lifecycle_of(entry.get("lifecycle_status")))
            for entry in self._relay.entries(url, headers, upstream, "data", LISTING_TIMEOUTS)
        ]

    @staticmethod
    def _renamed(request: ProviderRequest) -> ProviderRequest:
        """The request with the deployment's name as its model, where the two differ."""
        model = request.route.upstream_model
        name = request.route.deployment.options.get(f"deployment:{model}", model)
        return replace(request, route=replace(request.route, upstream_model=name))

    def _addressed(self, request: ProviderRequest, path: str, body: Json) -> UpstreamAddress:
        deployment, own = request.route.deployment, request.byok.get("api_key")
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        upstream = Upstream(self.display_name, own is not None, setting)
        url = f"{self._endpoint_for(request)}/openai/v1/{path}"
        if version := self._version(request):
            name = quote(request.route.upstream_model, safe="")
            where = f"deployments/{name}/{path}?api-version={quote(version)}"
            url = f"{self._endpoint_for(request)}/openai/{where}"
        return UpstreamAddress(
            url, self._headers(own or self._lookup(setting), deployment, upstream), body, upstream
        )

    def _version(self, request: ProviderRequest) -> str:
        """The API version, or nothing for `/openai/v1`. An account's own comes first: it belongs to its credential."""
        own, named = request.byok.get("api_version"), self._lookup(VERSION_SETTING)
        of_route = request.route.deployment.options.get("api_version")
        version = (
            (own.reveal().strip() if own else "") or of_route or (named.reveal().strip() if named else "")
        )
        return "" if version in _NOT_CLASSIC else version

    def _headers(self, key: Secret | None, deployment: Deployment, upstream: Upstream) -> dict[str, str]:
        if key:
            return {"api-key": key.reveal().strip()}
        return bearer(self._entra.token(deployment, upstream))

    def _endpoint(self, deployment: Deployment) -> str:
        if not deployment.endpoint_setting and not deployment.endpoint:
            deployment = replace(deployment, endpoint_setting=ENDPOINT_SETTING)
        base = base_url(deployment, self._lookup)
        return base.removesuffix("/v1").removesuffix("/openai")

    def _endpoint_for(self, request: ProviderRequest) -> str:
        """The platform's address, or for an account's own credential the account's own address and no other.

        Raises `ResidencyUnverified` on a route that promises a place, for nobody has verified where the account's
        resource runs, and `CredentialRefused` for an address that is not Azure's.
        """
        platform = self._endpoint(request.route.deployment)
        if not request.byok:
            return platform
        own = urlsplit(request.byok.get("endpoint", Secret("")).reveal().strip())
        host = own.hostname or ""
        if host and host == urlsplit(platform).hostname:
            return platform
        if own.scheme != "https" or not host.endswith(_DOMAINS):
            raise CredentialRefused(provider=self.display_name)
        if request.route.jurisdiction != "GLOBAL":
            raise ResidencyUnverified(
                route=request.route.id,
                reason="the account's own Azure credential belongs to another resource",
                alternative="a `-global` route, or a key without BYOK",
            )
        return f"https://{host}"


def _body(request: ProviderRequest, model: str, *, shared: bool, classic: bool) -> Json:
    """The body as the model takes it; on a shared credential, a tag separates the prompt caches of accounts."""
    body = only_openai(fit(request.body, request.route).body)
    if classic:  # dated API versions need not know the newer field
        body.pop("prompt_cache_key", None)
    if request.cache_tag and shared and model_family("azure", model) != "foundry":
        name = "user" if classic else "prompt_cache_key"
        body[name] = f"{request.cache_tag}{body.get(name) or ''}"[:64]
    return body


class AzureResponse:
    """A relayed exchange without Azure's peculiarities; implements the `ProviderResponse` of the seam.

    The first chunk has no choice but the verdict on the prompt, which goes onto the chunk that follows; a message that
    was filtered away has no content at all.
    """

    def __init__(self, relayed: OpenAIResponse) -> None:
        self.peer: Peer = relayed.peer
        self.usage: Usage | None = None
        self._relayed = relayed

    @property
    def partial_usage(self) -> Usage | None:
        """The usage, once it is known."""
        return self.usage

    def reply(self) -> Json:
        """The whole `chat.completion`. Raises `Problem`."""
        completion = self._relayed.reply()
        self.usage = self._relayed.usage
        for choice in completion["choices"]:
            if choice["finish_reason"] == "content_filter" and choice["message"]["content"] is None:
                choice["message"]["content"] = ""
        return completion

    def chunks(self) -> Iterator[Json]:
        """Chunks as they arrive. Raises `Problem`."""
        verdict: Json = {}
        for chunk in self._relayed.chunks():
            self.usage = self._relayed.usage
            if chunk and not chunk["choices"] and not chunk.get("usage"):
                verdict |= {name: chunk[name] for name in ("prompt_filter_results",) if name in chunk}
                continue
            yield {**chunk, **verdict} if verdict and chunk else chunk
            verdict = {} if chunk else verdict

    def close(self) -> None:
        """Close the upstream connection now."""
        self._relayed.close()

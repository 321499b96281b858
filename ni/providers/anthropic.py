"""Anthropic's own API, with the platform's credential or an account's.

It takes the chat form, and clients' own Messages bodies as they are. `anthropic-version` is 2023-06-01, under which
sampling parameters still exist, unless a client's own body came with another; a client's `anthropic-beta` is passed on.
The base URL does not include `/v1`.
"""

import re
from functools import partial

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.providers import PROVIDERS
from ni.domain.route import Deployment, Route
from ni.outbound.client import EgressClient
from ni.providers.anthropic_passthrough import NativeReader, native_body
from ni.providers.anthropic_translate import AnthropicReader, forced_answer, request_body
from ni.providers.base import (
    ErrorResponse,
    ProviderRequest,
    ProviderResponse,
    ServedModel,
    SettingLookup,
    UpstreamClient,
    UpstreamRequest,
    base_url,
    encode,
    frame_of,
    owner_of,
    text_of,
)
from ni.providers.conversation import conversation_of
from ni.providers.errors import Upstream, problem_of_status
from ni.providers.generation_parameters import generation_of, generation_parameters
from ni.providers.parameters import fit
from ni.providers.responses import ChunkWriter, SseFramer, TranslatedResponse
from ni.providers.thinking_cache import ThinkingCache

PUBLIC_API = "https://api.anthropic.com"
CREDENTIAL_SETTING = "ANTHROPIC_API_KEY"
VERSION = "2023-06-01"
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
_BETA = re.compile(r"[A-Za-z0-9_.,\- ]{1,1024}")


class Anthropic:
    """The provider `anthropic`."""

    display_name = PROVIDERS["anthropic"].display_name

    def __init__(self, egress: EgressClient, lookup: SettingLookup) -> None:
        self._client = UpstreamClient(egress, map_error)
        self._lookup = lookup
        self._clock = egress.clock
        self._kept = ThinkingCache(egress.clock)

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        return None if self._lookup(setting) else f"Set {setting} to an API key of Anthropic."

    def native_format(self, route: Route) -> str:
        """Messages."""
        return "messages"

    def endpoint(self, deployment: Deployment) -> str:
        """The base URL of calls to this deployment."""
        return base_url(deployment, self._lookup, PUBLIC_API)

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        route, owner = request.route, owner_of(request)
        if request.form == self.native_format(route):
            return self._passed(request, owner)
        asked = generation_parameters(fit(request.body, request.route).body)
        body = request_body(
            route, asked, conversation_of(request.body["messages"]), partial(self._kept.find, owner)
        )
        outgoing = self._outgoing(request, body | {"stream": request.stream})
        response = self._client.send(request, outgoing)
        forced = forced_answer(asked, generation_of(route.upstream_model).holds_schema)
        reader = AnthropicReader(
            ChunkWriter(frame_of(request, self._clock)),
            partial(self._kept.keep, owner),
            outgoing.upstream,
            forced.name if forced else "",
        )
        answer = TranslatedResponse(
            response, outgoing.upstream, reader, SseFramer if request.stream else None
        )
        return answer.named(response.headers.get("request-id", ""))

    def list_models(self, deployment: Deployment) -> list[ServedModel]:
        """The models of `GET /v1/models`, at most 1,000. Raises `Problem`."""
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        key = self._lookup(setting)
        headers = {"anthropic-version": VERSION, "x-api-key": key.reveal().strip() if key else ""}
        url = f"{self.endpoint(deployment)}/v1/models?limit=1000"
        entries = self._client.entries(url, headers, Upstream(self.display_name, False, setting), "data")
        return [ServedModel(text_of(entry, "id"), context_window=_context_window(entry)) for entry in entries]

    def _passed(self, request: ProviderRequest, owner: str) -> ProviderResponse:
        """The client's own body, and an answer that is not translated."""
        body = native_body(request.route, request.body, partial(self._kept.find, owner))
        outgoing = self._outgoing(request, body | {"stream": request.stream})
        response = self._client.send(request, outgoing)
        reader = NativeReader(partial(self._kept.keep, owner), outgoing.upstream)
        answer = TranslatedResponse(
            response, outgoing.upstream, reader, SseFramer if request.stream else None
        )
        return answer.named(response.headers.get("request-id", ""))

    def _outgoing(self, request: ProviderRequest, body: Json) -> UpstreamRequest:
        deployment = request.route.deployment
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        own = request.byok.get("api_key")
        credential = own or self._lookup(setting)
        headers = {
            "anthropic-version": _version(request),
            "x-api-key": credential.reveal().strip() if credential else "",
        }
        beta = request.headers.get("anthropic-beta", "")
        if _BETA.fullmatch(beta):
            headers["anthropic-beta"] = beta
        url = f"{self.endpoint(deployment)}/v1/messages"
        return UpstreamRequest(
            url, headers, encode(body), Upstream(self.display_name, own is not None, setting), request.stream
        )


def _context_window(entry: Json) -> int:
    tokens = entry.get("max_input_tokens")
    return tokens if type(tokens) is int else 0


def _version(request: ProviderRequest) -> str:
    """The `anthropic-version` to send: the client's for its own body, else ours."""
    given = request.headers.get("anthropic-version", "")
    return given if request.form != "chat" and _VERSION.fullmatch(given) else VERSION


def map_error(refused: ErrorResponse) -> errors.Problem:
    """Maps an error of Anthropic's API."""
    if refused.status == 413:
        return errors.ContextTooLong()
    return problem_of_status(refused.status, refused.error_body, refused.wait_s, refused.upstream)

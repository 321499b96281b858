"""Anthropic's own API, with the platform's credential or an account's.

Takes the chat form, and the Messages bodies of clients as they are. The version is pinned to 2023-06-01, under which
sampling parameters still exist, unless the body is the client's own and it names another; the key goes as `x-api-key`.
A client's `anthropic-beta` is passed on. The base URL does not include `/v1`.
"""

import re
from functools import partial

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.route import Deployment, Route
from ni.outbound.client import EgressClient
from ni.providers.anthropic_passthrough import NativeReader, native_body
from ni.providers.anthropic_translate import AnthropicReader, forced_answer, request_body
from ni.providers.base import Lookup, ProviderRequest, ProviderResponse
from ni.providers.claude_models import generation_of
from ni.providers.conversation import conversation_of
from ni.providers.errors import Upstream, problem_of_status
from ni.providers.generation_parameters import generation_parameters
from ni.providers.parameters import fit
from ni.providers.responses import ChunkWriter, SseFramer, TranslatedExchange
from ni.providers.thinking_cache import ThinkingCache
from ni.providers.upstream import (
    UpstreamClient,
    UpstreamRefused,
    UpstreamRequest,
    base_url,
    encode,
    frame_of,
    owner_of,
)

PUBLIC_API = "https://api.anthropic.com"
CREDENTIAL_SETTING = "ANTHROPIC_API_KEY"
VERSION = "2023-06-01"
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
_BETA = re.compile(r"[A-Za-z0-9_.,\- ]{1,1024}")


class Anthropic:
    """The provider `anthropic`."""

    entity = "Anthropic"

    def __init__(self, egress: EgressClient, lookup: Lookup) -> None:
        self._post = UpstreamClient(egress, judge)
        self._lookup = lookup
        self._clock = egress.clock
        self._kept = ThinkingCache(egress.clock)

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        return None if self._lookup(setting) else f"Set {setting} to an API key of Anthropic."

    def speaks(self, route: Route) -> str:
        """Messages."""
        return "messages"

    def endpoint(self, deployment: Deployment) -> str:
        """Where calls of this deployment go."""
        return base_url(deployment, self._lookup, PUBLIC_API)

    def send(self, order: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        route, owner = order.route, owner_of(order)
        if order.form == self.speaks(route):
            return self._passed(order, owner)
        asked = generation_parameters(fit(order.body, order.route).body)
        body = request_body(
            route, asked, conversation_of(order.body["messages"]), partial(self._kept.find, owner)
        )
        letter = self._letter(order, body | {"stream": order.stream})
        response = self._post.send(order, letter)
        forced = forced_answer(asked, generation_of(route.upstream_model).holds_schema)
        reader = AnthropicReader(
            ChunkWriter(frame_of(order, self._clock)),
            partial(self._kept.keep, owner),
            letter.party,
            forced.name if forced else "",
        )
        exchange = TranslatedExchange(response, letter.party, reader, SseFramer if order.stream else None)
        return exchange.named(response.headers.get("request-id", ""))

    def _passed(self, order: ProviderRequest, owner: str) -> ProviderResponse:
        """The client's own body, and an answer that is not translated."""
        body = native_body(order.route, order.body, partial(self._kept.find, owner))
        letter = self._letter(order, body | {"stream": order.stream})
        response = self._post.send(order, letter)
        reader = NativeReader(partial(self._kept.keep, owner), letter.party)
        exchange = TranslatedExchange(response, letter.party, reader, SseFramer if order.stream else None)
        return exchange.named(response.headers.get("request-id", ""))

    def _letter(self, order: ProviderRequest, body: Json) -> UpstreamRequest:
        deployment = order.route.deployment
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        own = order.byok.get("api_key")
        credential = own or self._lookup(setting)
        headers = {
            "anthropic-version": _version(order),
            "x-api-key": credential.reveal().strip() if credential else "",
        }
        beta = order.headers.get("anthropic-beta", "")
        if _BETA.fullmatch(beta):
            headers["anthropic-beta"] = beta
        url = f"{self.endpoint(deployment)}/v1/messages"
        return UpstreamRequest(
            url, headers, encode(body), Upstream(self.entity, own is not None, setting), order.stream
        )


def _version(order: ProviderRequest) -> str:
    """The client's, of a body that is its own; the one that is written here is of ours."""
    given = order.headers.get("anthropic-version", "")
    return given if order.form != "chat" and _VERSION.fullmatch(given) else VERSION


def judge(refused: UpstreamRefused) -> errors.Problem:
    """The problem that a refusal of Anthropic's is."""
    if refused.status == 413:
        return errors.ContextTooLong()
    return problem_of_status(refused.status, refused.complaint, refused.wait_s, refused.party)

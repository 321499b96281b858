"""OpenAI's own API, with the platform's credential or an account's.

OpenAI refuses fields that it does not know and, on reasoning models, some that it knows: the first are left out here,
the others by the table of parameters. The base URL includes `/v1`.
"""

from ni.domain.call import Json
from ni.domain.route import Deployment, Route
from ni.outbound.client import EgressClient
from ni.providers.endpoint import base_url, bearer
from ni.providers.failures import Party
from ni.providers.fields import only_openai
from ni.providers.parameters import fit
from ni.providers.provider import Exchange, Lookup, Order
from ni.providers.relay import Addressed, Relay

PUBLIC_API = "https://api.openai.com/v1"
CREDENTIAL_SETTING = "OPENAI_API_KEY"
_CACHE_KEY_LENGTH = 64


class OpenAI:
    """The provider `openai`."""

    entity = "OpenAI"

    def __init__(self, egress: EgressClient, lookup: Lookup) -> None:
        self._relay = Relay(egress)
        self._lookup = lookup

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        return None if self._lookup(setting) else f"Set {setting} to an API key of OpenAI."

    def speaks(self, route: Route) -> str:
        """The chat form alone."""
        return ""

    def endpoint(self, deployment: Deployment) -> str:
        """Where calls of this deployment go."""
        return base_url(deployment, self._lookup, PUBLIC_API)

    def send(self, order: Order) -> Exchange:
        """Send and wait for the response headers. Raises `Problem`."""
        own = order.byok.get("api_key")
        body = only_openai(fit(order.body, order.route).body)
        if order.cache_tag and own is None:
            body["prompt_cache_key"] = f"{order.cache_tag}{body.get('prompt_cache_key') or ''}"[
                :_CACHE_KEY_LENGTH
            ]
        return self._relay.send(order, self._addressed(order, "chat/completions", body))

    def embed(self, order: Order) -> Exchange:
        """Send texts for vectors. Raises `Problem`."""
        return self._relay.embed(order, self._addressed(order, "embeddings", embedding_body(order)))

    def _addressed(self, order: Order, path: str, body: Json) -> Addressed:
        deployment, own = order.route.deployment, order.byok.get("api_key")
        setting = deployment.credential_setting or CREDENTIAL_SETTING
        party = Party(self.entity, own is not None, setting)
        headers = bearer(own or self._lookup(setting))
        return Addressed(f"{self.endpoint(deployment)}/{path}", headers, body, party)


def embedding_body(order: Order) -> Json:
    """The body of OpenAI's `embeddings`. The SDKs ask for base64, which is also the shorter way from here."""
    fields = ("input", "dimensions", "encoding_format", "user")
    body = {name: order.body[name] for name in fields if name in order.body}
    return body | {"model": order.route.upstream_model}

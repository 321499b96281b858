"""A server of one's own that speaks OpenAI's chat completions: Ollama, llama.cpp, vLLM, and their like.

Each knows extensions of its own, which pass (`own_server.py`); what would change destination or credential never does.
Its address lies in a private network, which the operator opens with `NI_PRIVATE_NETWORKS`.
"""

from dataclasses import replace
from typing import Any

from ni.domain.call import Json
from ni.domain.route import Deployment, Route
from ni.outbound.client import EgressClient, Timeouts
from ni.providers.endpoint import base_url, bearer
from ni.providers.failures import Party
from ni.providers.fields import without_overrides
from ni.providers.own_server import own_body
from ni.providers.provider import Exchange, Lookup, Order
from ni.providers.relay import Addressed, Relay
from ni.providers.text_wire import as_chat

ENDPOINT_SETTING = "NI_LOCAL_BASE_URL"
CREDENTIAL_SETTING = "NI_LOCAL_API_KEY"
COMPLETIONS = "completions"
_LISTING = Timeouts(first_byte_s=3.0, idle_s=3.0, total_s=5.0)


class Local:
    """The provider `local`."""

    entity = "Local"

    def __init__(self, egress: EgressClient, lookup: Lookup) -> None:
        self._relay = Relay(egress)
        self._lookup = lookup

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        if self._base(deployment):
            return None
        setting = deployment.endpoint_setting or ENDPOINT_SETTING
        return (
            f"Set {setting} to the address of an OpenAI-compatible server, e.g. http://127.0.0.1:8080/v1, and "
            "name its network in NI_PRIVATE_NETWORKS."
        )

    def speaks(self, route: Route) -> str:
        """Completions, which own servers continue as they are; all else in the chat form."""
        return COMPLETIONS

    def endpoint(self, deployment: Deployment) -> str:
        """Where calls of this deployment go."""
        return self._base(deployment)

    def send(self, order: Order) -> Exchange:
        """Send and wait for the response headers. Raises `Problem`."""
        if order.form == COMPLETIONS:
            return self._relay.send(order, self._addressed(order, "completions", order.body), as_chat)
        body = own_body(without_overrides(order.body), order.route.deployment.options)
        return self._relay.send(order, self._addressed(order, "chat/completions", body), _without_id)

    def embed(self, order: Order) -> Exchange:
        """Send texts for vectors; own servers know fields of their own. Raises `Problem`."""
        body = {**order.body, "model": order.route.upstream_model}
        return self._relay.embed(order, self._addressed(order, "embeddings", body))

    def _addressed(self, order: Order, path: str, body: Json) -> Addressed:
        deployment = order.route.deployment
        url = f"{self._base(deployment)}/{path}"
        return Addressed(url, self._headers(deployment), body, self._party(deployment))

    def models(self, deployment: Deployment) -> list[str]:
        """The ids of the models that the server lists now, in its order; short deadlines. Raises `Problem`."""
        url = f"{self._base(deployment)}/models"
        listing = self._relay.get(url, self._headers(deployment), _LISTING, self._party(deployment))
        entries = listing.get("data")
        found = entries if isinstance(entries, list) else []
        ids = [entry.get("id") for entry in found if isinstance(entry, dict)]
        return [name for name in ids if isinstance(name, str) and name]

    def _base(self, deployment: Deployment) -> str:
        if not deployment.endpoint_setting and not deployment.endpoint:
            deployment = replace(deployment, endpoint_setting=ENDPOINT_SETTING)
        return base_url(deployment, self._lookup)

    def _headers(self, deployment: Deployment) -> dict[str, str]:
        return bearer(self._lookup(deployment.credential_setting or CREDENTIAL_SETTING))

    def _party(self, deployment: Deployment) -> Party:
        return Party(self.entity, credential_setting=deployment.credential_setting or CREDENTIAL_SETTING)


def _without_id(told: Any, part: str) -> Any:
    """An answer without its id, so that it gets one of the request's: Ollama draws from 999, and some say a constant.

    Clients of Responses put items together by ids that are made of it, and LangChain loses calls when they repeat.
    """
    return {name: value for name, value in told.items() if name != "id"} if isinstance(told, dict) else told

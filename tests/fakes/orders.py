"""Orders for tests: one route per provider, and a look-up over a dictionary of settings."""

from typing import Any

from ni.domain.route import Capabilities, Deployment, Route, Tier
from ni.domain.secret import Secret
from ni.providers.base import ProviderRequest, SettingLookup
from tests.fakes.openai_server import KEY

USER = {"role": "user", "content": "Bonjour, Zoë! 👋"}


def settings(**named: str) -> SettingLookup:
    """A look-up that knows these settings only."""
    return lambda name: Secret(named[name]) if name in named else None


def route(provider: str, model: str = "gpt-4o", endpoint: str = "", endpoint_setting: str = "") -> Route:
    """A route without price, for adapters do not look at prices."""
    deployment = Deployment(provider, provider, "", "US", endpoint, endpoint_setting)
    return Route(
        f"{provider}/{model}-x", provider, model, Tier.PROVIDER_API, deployment, Capabilities(), None
    )


def order(to: Route, *messages: dict[str, Any], stream: bool = False, **fields: Any) -> ProviderRequest:
    """An order of these messages (a greeting, if none) and body fields."""
    return ProviderRequest("8f2e3b7d9a1c4f08", to, {"messages": list(messages) or [USER], **fields}, stream)


OPENAI_SETTINGS = settings(OPENAI_API_KEY=KEY)

"""The catalog as JSON: OpenAI's model list with what NI adds, and the public list with prices.

Prices appear as JSON numbers because scripts read them; they are made from whole nanos and never calculated with.
"""

from collections.abc import Iterable
from typing import Any

from ni.domain.call import Json
from ni.domain.money import NANOS
from ni.domain.route import Capabilities, Price, Route

# OpenAI's list wants a creation time; a route has none that means anything, and clients want it to stand still.
CREATED = 1_767_225_600


def models_list(routes: Iterable[Route]) -> Json:
    """The body of `GET /v1/models`."""
    return {"object": "list", "data": [model_object(route) for route in routes]}


def model_object(route: Route) -> Json:
    """One model object, also the body of `GET /v1/models/<route id>`."""
    return {
        "id": route.id,
        "object": "model",
        "created": CREATED,
        "owned_by": route.provider,
        "supports_vision": route.capabilities.vision,
        "capabilities": capabilities_object(route.capabilities),
        "route_tier": route.tier.value,
        "jurisdiction": route.jurisdiction,
    }


def billing_models(routes: Iterable[Route]) -> Json:
    """The body of `GET /api/billing/models`."""
    return {"models": [_billing_model(route) for route in routes]}


def _billing_model(route: Route) -> Json:
    return {
        "model_id": route.id,
        "provider": route.provider,
        "route_tier": route.tier.value,
        "region": route.deployment.region,
        "jurisdiction": route.jurisdiction,
        "pricing": pricing_object(route.price) if route.price else None,
        "capabilities": capabilities_object(route.capabilities),
        "supports_vision": route.capabilities.vision,
    }


def capabilities_object(capabilities: Capabilities) -> Json:
    """What a model can do, by the names that clients look for."""
    return {
        "supports_vision": capabilities.vision,
        "modalities": list(capabilities.modalities),
        "context_window": capabilities.context_window,
        "max_output_tokens": capabilities.max_output_tokens,
        "supports_function_calling": capabilities.function_calling,
        "supports_streaming": capabilities.streaming,
        "supports_json_schema": capabilities.json_schema,
        "supports_reasoning": capabilities.reasoning,
    }


def pricing_object(price: Price) -> dict[str, Any]:
    """A price in USD per million tokens."""
    return {
        "currency": "USD",
        "unit": "per_million_tokens",
        "input": price.input / NANOS,
        "cached_input": price.cached_input / NANOS,
        "cache_write": price.cache_write / NANOS,
        "output": price.output / NANOS,
    }

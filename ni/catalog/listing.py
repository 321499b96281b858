"""The catalog as JSON: the model lists of OpenAI's and Anthropic's APIs with what NI adds, and the list with prices.

Prices are JSON numbers, for scripts; they are made from whole nanos and never calculated with. Unknown values are null.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ni.catalog.capabilities import base_model
from ni.domain.call import Json
from ni.domain.clock import rfc3339
from ni.domain.money import NANOS
from ni.domain.route import Band, Capabilities, Price, Route

# Both lists want a creation time; a route has none that means anything, and clients want it to stand still.
CREATED = 1_767_225_600
MOST_LISTED = 1000


Supported = Callable[[Route], Sequence[str]]
"""The parameters that have an effect on a route."""


def models_list(routes: Iterable[Route], supported: Supported) -> Json:
    """The body of `GET /v1/models`, as OpenAI's."""
    return {"object": "list", "data": [model_object(route, supported) for route in routes]}


def model_object(route: Route, supported: Supported) -> Json:
    """One model object, also the body of `GET /v1/models/<route id>`."""
    return {
        "id": route.id,
        "object": "model",
        "created": CREATED,
        "owned_by": route.provider,
        "shutdown_date": route.retires or None,
        **_described(route),
        "supported_parameters": list(supported(route)),
    }


def anthropic_model(route: Route) -> Json:
    """One model as Anthropic's `GET /v1/models/<id>` writes it.

    Its own `capabilities` have other members than ours; they may be null, and ours stand beside them.
    """
    described = _described(route)
    return {
        "type": "model",
        "id": route.id,
        "created_at": rfc3339(datetime.fromtimestamp(CREATED, UTC)),
        "lifecycle": route.lifecycle if route.lifecycle in ("active", "retired") else "deprecated",
        **described,
        "capabilities": None,
        "ni_capabilities": described["capabilities"],
    }


def anthropic_list(routes: Sequence[Route], limit: int, after_id: str = "", before_id: str = "") -> Json:
    """A page of Anthropic's `GET /v1/models`: at most `limit` from behind `after_id`, or up to `before_id`.

    An id that is not in the list begins at its start, or ends at its end.
    """
    ids = [route.id for route in routes]
    start = ids.index(after_id) + 1 if after_id in ids else 0
    end = ids.index(before_id) if before_id in ids else len(ids)
    if before_id and not after_id:
        start = max(0, end - limit)
        more = start > 0
    else:
        more = end - start > limit
        end = min(end, start + limit)
    page = routes[start:end]
    first, last = (page[0].id, page[-1].id) if page else (None, None)
    return {
        "data": [anthropic_model(route) for route in page],
        "has_more": more,
        "first_id": first,
        "last_id": last,
    }


_REVISION = re.compile(r"(-v1)?:\d+$|-\d{8}(?=-|$)")
_NUMBERS = re.compile(r"(?<= )(\d{1,2}) (\d{1,2})(?= |$)")
_SIZE = re.compile(r"\d+[bkm]")
_SPELT = {"gpt": "GPT", "oss": "OSS", "deepseek": "DeepSeek", "glm": "GLM", "llama3": "Llama 3"}


def model_name(route: Route) -> str:
    """The model's own name as its maker writes it, without revision and date: `Claude Sonnet 4.6`."""
    named = base_model(route.upstream_model).rpartition("/")[2]
    for _ in range(2):
        named = _REVISION.sub("", named)
    words = _NUMBERS.sub(r"\1.\2", re.sub(r"[-_ ]+", " ", named)).split()
    return " ".join(_spelt(word) for word in words)


def _spelt(word: str) -> str:
    return word.upper() if _SIZE.fullmatch(word) else _SPELT.get(word, word[:1].upper() + word[1:])


def display_name(route: Route) -> str:
    """A name for people: the model's own, and where it runs."""
    place = {"CA": "Canada", "US": "US", "GLOBAL": "global"}.get(route.jurisdiction, route.jurisdiction)
    named = model_name(route)
    where = "own server" if route.tier.value == "own_hardware" else place
    return f"{named} ({where})"


def _described(route: Route) -> Json:
    """The members that both lists have in common."""
    shown = capabilities_object(route.capabilities)
    return {
        "display_name": display_name(route),
        "max_input_tokens": shown["context_window"],
        "max_tokens": shown["max_output_tokens"],
        "supports_vision": shown["supports_vision"],
        "capabilities": shown,
        "kind": None if "kind" in route.capabilities.unknown else route.capabilities.kind.value,
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
        "kind": None if "kind" in route.capabilities.unknown else route.capabilities.kind.value,
        "route_tier": route.tier.value,
        "region": route.deployment.region,
        "jurisdiction": route.jurisdiction,
        "lifecycle": route.lifecycle,
        "shutdown_date": route.retires or None,
        "successor": route.successor or None,
        "pricing": pricing_object(route.price) if route.price else None,
        "capabilities": capabilities_object(route.capabilities),
        "supports_vision": capabilities_object(route.capabilities)["supports_vision"],
    }


def capabilities_object(capabilities: Capabilities) -> Json:
    """What a model can do, by the names that clients look for; null where unknown."""
    unknown = capabilities.unknown
    values = {
        "supports_vision": (capabilities.vision, "modalities"),
        "modalities": (list(capabilities.modalities), "modalities"),
        "context_window": (capabilities.context_window, "context_window"),
        "max_output_tokens": (capabilities.max_output_tokens, "max_output_tokens"),
        "supports_function_calling": (capabilities.takes_tools, "function_calling"),
        "tool_calling": (_tool_calling(capabilities), "function_calling"),
        "supports_streaming": (capabilities.streaming, "streaming"),
        "supports_json_schema": (capabilities.json_schema, "json_schema"),
        "supports_reasoning": (capabilities.reasoning, "reasoning"),
    }
    return {name: None if field in unknown else value for name, (value, field) in values.items()}


def _tool_calling(capabilities: Capabilities) -> str:
    """How a model is offered tools: in its own API, in its prompt, or not at all."""
    if capabilities.function_calling:
        return "native"
    return "prompted" if capabilities.prompts_tools else "none"


def pricing_object(price: Price) -> dict[str, Any]:
    """A price in USD per million tokens, of each class; `request` and `image` in USD each.

    `bands` hold for calls whose whole input is more than `above` tokens, shortest first. `cache_write_1h` is what is
    charged, whether the catalog says it or not.
    """
    return {
        "currency": "USD",
        "unit": "per_million_tokens",
        **_classes(price.band(0)),
        "request": price.request / NANOS,
        "image": price.image / NANOS,
        "bands": [{"above": band.above, **_classes(band)} for band in price.bands],
        "since": price.since,
    }


def _classes(band: Band) -> dict[str, float]:
    return {
        "input": band.input / NANOS,
        "cached_input": band.cached_input / NANOS,
        "cache_write": band.cache_write / NANOS,
        "cache_write_1h": band.hour_write / NANOS,
        "output": band.output / NANOS,
    }

"""Models of servers of one's own: what nobody stated is unknown, not missing."""

from dataclasses import replace
from typing import Any

import pytest

from ni.catalog.capabilities import OPTIONS, fault_in_options
from ni.catalog.listing import anthropic_list, capabilities_object, model_object
from ni.catalog.routes import local_routes
from ni.domain.call import Call
from ni.domain.errors import UnsupportedParameter
from ni.domain.route import Deployment, Route
from ni.gateway.checks import require_abilities

OWN = Deployment("local", "local", "local", "CA")
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
IMAGE = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]
NULLS = (
    "supports_vision",
    "modalities",
    "supports_function_calling",
    "supports_json_schema",
    "supports_reasoning",
)


def route(model: str = "my-finetune", **options: str) -> Route:
    (made,) = local_routes([model], replace(OWN, options=options))
    return made


def call(**fields: Any) -> Call:
    return Call("chat", "m", False, {"messages": [{"role": "user", "content": IMAGE}], **fields})


@pytest.mark.parametrize(
    "model", ["my-finetune", "llama3-mine", "qwen3-vl", "deepseek-r1-tools", "org/Thing:8b"]
)
def test_tools_and_images_reach_a_model_that_nobody_described(model: str) -> None:
    require_abilities(call(tools=TOOLS), route(model))


@pytest.mark.parametrize(
    ("options", "fields"),
    [({"function_calling": "no"}, {"tools": TOOLS}), ({"modalities": "text"}, {})],
)
def test_what_an_option_denies_is_refused_by_name(options: dict[str, str], fields: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedParameter):
        require_abilities(call(**fields), route(**options))


def test_lists_say_null_for_what_is_unknown_and_a_family_is_believed_in_what_it_claims() -> None:
    shown = capabilities_object(route().capabilities)
    assert [shown[name] for name in NULLS] == [None] * len(NULLS)
    assert shown["context_window"] is shown["max_output_tokens"] is None
    assert shown["supports_streaming"] is True
    known = capabilities_object(route("qwen3-coder").capabilities)
    assert known["supports_function_calling"] is known["supports_json_schema"] is True
    assert known["supports_vision"] is known["supports_reasoning"] is None
    assert known["context_window"] == 40_960


def test_options_state_what_every_model_of_a_server_can_do() -> None:
    stated = route(modalities="text, image", function_calling="yes", context_window="32768", reasoning="no")
    shown = capabilities_object(stated.capabilities)
    assert (shown["supports_vision"], shown["supports_function_calling"]) == (True, True)
    assert (shown["context_window"], shown["supports_reasoning"]) == (32_768, False)
    assert model_object(stated, lambda _: ())["max_input_tokens"] == 32_768


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_that_cannot_be_read_is_named_when_the_catalog_is_loaded(name: str) -> None:
    assert name in str(fault_in_options({name: "perhaps, maybe"}))


MANY = local_routes([f"m{place}" for place in range(5)], OWN)
IDS = [route.id for route in MANY]


@pytest.mark.parametrize(
    ("asked", "shown", "more"),
    [
        ({"limit": 2}, IDS[:2], True),
        ({"limit": 5}, IDS, False),
        ({"limit": 2, "after_id": IDS[1]}, IDS[2:4], True),
        ({"limit": 2, "after_id": IDS[3]}, IDS[4:], False),
        ({"limit": 2, "after_id": IDS[4]}, [], False),
        ({"limit": 2, "before_id": IDS[4]}, IDS[2:4], True),
        ({"limit": 2, "before_id": IDS[1]}, IDS[:1], False),
        ({"limit": 2, "before_id": IDS[0]}, [], False),
    ],
)
def test_anthropics_list_is_paged_both_ways(asked: dict[str, Any], shown: list[str], more: bool) -> None:
    page = anthropic_list(MANY, **asked)
    assert [model["id"] for model in page["data"]] == shown
    assert page["has_more"] is more
    assert (page["first_id"], page["last_id"]) == ((shown[0], shown[-1]) if shown else (None, None))

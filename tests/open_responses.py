"""Responses and their events held against Open Responses' own schema, strictly.

`openresponses_types` is generated from the specification's published OpenAPI document (openresponses.org, version of
2026-04-24). What only OpenAI's Responses have is taken out first: custom tools and their calls, namespaces of tools,
hosted kinds, two efforts. The specification has function tools alone and lets others extend it.
"""

import json
from collections.abc import Mapping
from enum import EnumType
from functools import cache
from typing import Any

import openresponses_types as published
import pydantic

Json = dict[str, Any]
ITEMS = frozenset({"message", "function_call", "function_call_output", "reasoning", "compaction"})
EFFORTS = frozenset({"none", "low", "medium", "high", "xhigh"})
OF_OPENAI = ("response.custom_tool_call_input.delta", "response.custom_tool_call_input.done")


@cache
def event_types() -> Mapping[str, type[pydantic.BaseModel]]:
    """The classes of all streaming events by their `type`."""
    named: dict[str, type[pydantic.BaseModel]] = {}
    for name in dir(published):
        if name.endswith("StreamingEvent"):
            model = getattr(published, name)
            kinds: Any = model.model_fields["type"].annotation
            assert isinstance(kinds, EnumType)
            named |= {str(kind.value): model for kind in list[Any](kinds)}
    return named


def check_response(response: Json) -> None:
    """Raises `ValidationError` for a whole response that the schema does not allow."""
    _validate(published.ResponseResource, _standard(response))


def check_event(event: Json) -> None:
    """Raises `ValidationError` for an event that the schema does not allow, `KeyError` for a kind that it lacks."""
    if event["type"] in OF_OPENAI or event.get("item", {"type": "message"})["type"] not in ITEMS:
        return
    if "response" in event:
        event = {**event, "response": _standard(event["response"])}
    _validate(event_types()[event["type"]], event)


def _validate(model: type[pydantic.BaseModel], value: Json) -> None:
    model.model_validate_json(json.dumps(value), strict=True)


def _standard(response: Json) -> Json:
    """The response without what is OpenAI's alone; all else as it was, missing members missing."""
    made = dict(response)
    if isinstance(made.get("output"), list):
        made["output"] = [item for item in made["output"] if item["type"] in ITEMS]
    if isinstance(made.get("tools"), list):
        made["tools"] = [tool for tool in made["tools"] if tool["type"] == "function"]
    choice = made.get("tool_choice")
    if isinstance(choice, dict) and (choice.get("type") == "custom" or _has_others(choice)):
        made["tool_choice"] = "auto"
    reasoning = made.get("reasoning")
    if isinstance(reasoning, dict) and reasoning.get("effort") in ("minimal", "max"):
        made["reasoning"] = {**reasoning, "effort": None}
    form = (made.get("text") or {}).get("format")
    if isinstance(form, dict) and isinstance(form.get("schema"), dict):
        # The document says "an object or null"; its generated class knows null alone.
        made["text"] = {**made["text"], "format": {**form, "schema": None}}
    return made


def _has_others(choice: Json) -> bool:
    return any(tool.get("type") != "function" for tool in choice.get("tools") or ())

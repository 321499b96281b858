"""What a request asks of the model beside its conversation: tools, form of the answer, reasoning, limits, sampling.

Read once from the chat form for the providers whose wire is not OpenAI's; each writes it in its own words. The dialect
has checked types already, and the table of parameters has left what the model takes.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from ni.domain.call import Json

AUTO, NONE, REQUIRED = "auto", "none", "required"
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_ANY_OBJECT: Json = {"type": "object", "properties": {}}
_FREE_TEXT: Json = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call; `cache` is a client's `cache_control`."""

    name: str
    description: str
    schema: Json
    strict: bool = False
    cache: Json | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The form that the answer must have: any JSON object, or one that fits `schema`."""

    schema: Json | None = None
    name: str = "answer"
    description: str = ""


@dataclass(frozen=True, slots=True)
class GenerationParameters:
    """`choice` is `auto`, `none` or `required`; `forced` names the one tool that must be called."""

    tools: tuple[Tool, ...]
    choice: str
    forced: str
    parallel: bool
    answer: Answer | None
    effort: str
    thinking: Json | None
    output_limit: int | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    stops: tuple[str, ...]


def generation_parameters(body: Json) -> GenerationParameters:
    """What the chat form asks for."""
    tools = tuple(_tools(body))
    choice, forced, tools = _choice(body, tools)
    stop = body.get("stop") or ()
    effort = body.get("reasoning_effort") or ""
    thinking = body.get("thinking")
    return GenerationParameters(
        tools=tools,
        choice=choice if tools else AUTO,
        forced=forced,
        parallel=body.get("parallel_tool_calls") is not False,
        answer=_answer(body.get("response_format")),
        effort=effort if effort in EFFORTS else "",
        thinking=thinking if isinstance(thinking, dict) else None,
        output_limit=body.get("max_completion_tokens") or body.get("max_tokens"),
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
        top_k=body.get("top_k"),
        stops=tuple(text for text in ((stop,) if isinstance(stop, str) else stop) if text.strip()),
    )


def _tools(body: Json) -> list[Tool]:
    found = [_tool(entry) for entry in body.get("tools") or ()]
    return found + [_tool({"function": entry}) for entry in body.get("functions") or ()]


def _tool(entry: Json) -> Tool:
    if entry.get("type") == "custom":
        custom = entry["custom"]
        return Tool(custom["name"], custom.get("description") or "", _FREE_TEXT)
    function = entry["function"]
    cache = entry.get("cache_control") or function.get("cache_control")
    return Tool(
        function["name"],
        (function.get("description") or "").strip(),
        {"type": "object", **(function.get("parameters") or _ANY_OBJECT)},
        bool(function.get("strict")),
        cache,
    )


def _choice(body: Json, tools: tuple[Tool, ...]) -> tuple[str, str, tuple[Tool, ...]]:
    """Choice, forced name, and the tools that are left to choose from."""
    wanted: Any = body.get("tool_choice") or body.get("function_call") or AUTO
    if isinstance(wanted, str):
        return (wanted if wanted in (AUTO, NONE, REQUIRED) else AUTO), "", tools
    if wanted.get("type") == "allowed_tools":
        allowed = wanted.get("allowed_tools") or wanted
        names = {_name(entry) for entry in allowed.get("tools") or ()}
        kept = tuple(tool for tool in tools if tool.name in names)
        return (REQUIRED if allowed.get("mode") == REQUIRED else AUTO), "", kept
    return REQUIRED, _name(wanted), tools


def _name(entry: Json) -> str:
    inner = entry.get("function") or entry.get("custom") or entry
    return inner.get("name") or ""


def _answer(wanted: Any) -> Answer | None:
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind == "json_object":
        return Answer()
    if kind != "json_schema":
        return None
    schema = wanted["json_schema"]
    return Answer(schema.get("schema") or _ANY_OBJECT, schema["name"], schema.get("description") or "")


def json_instruction(answer: Answer) -> str:
    """What to tell a model that cannot be held to a form."""
    sentence = "Answer with one JSON object and nothing else: no prose and no code fence."
    if answer.schema is None:
        return sentence
    return f"{sentence} It must fit this JSON Schema: {orjson.dumps(answer.schema).decode()}"

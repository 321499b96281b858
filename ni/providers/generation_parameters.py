"""Generation parameters of a chat body, as OpenAI's API and Claude's generations take them.

`generation_parameters` reads tools, answer format, reasoning, limits and sampling; the dialect has checked their types,
and `parameters.fit` has removed what the model does not take. `only_openai` keeps the fields of OpenAI's reference, at
the top and inside messages, parts, calls and tools, because OpenAI refuses others, such as those that agents add
(`index`, `provider_specific_fields`). `without_overrides` removes fields that would change destination or credentials.

Claude by generation, in whichever cloud: sampling parameters are any (3.x), one of two (4.1, 4.5), none (from 4.7);
thinking has a token budget, then is adaptive with an effort (from 4.6); a conversation may not end with the assistant
(from 4.6). A name without a generation is taken for the newest. Sources: Anthropic's migration guides for Claude 4.5,
4.6 and 4.7.
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import orjson

from ni.domain.call import PART_KINDS, Json

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
        stops=tuple(filter(None, (stop,) if isinstance(stop, str) else stop)),
    )


def _tools(body: Json) -> list[Tool]:
    tools = [_tool(entry) for entry in body.get("tools") or ()]
    return tools + [_tool({"function": entry}) for entry in body.get("functions") or ()]


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
        allowed_tools = tuple(tool for tool in tools if tool.name in names)
        return (REQUIRED if allowed.get("mode") == REQUIRED else AUTO), "", allowed_tools
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


OVERRIDES = frozenset(
    {
        "api_base",
        "api_key",
        "api_type",
        "api_version",
        "aws_access_key_id",
        "aws_region_name",
        "aws_secret_access_key",
        "aws_session_token",
        "azure_ad_token",
        "base_url",
        "credentials",
        "custom_llm_provider",
        "default_headers",
        "deployment_id",
        "extra_body",
        "extra_headers",
        "extra_query",
        "fallbacks",
        "headers",
        "host",
        "model_list",
        "organization",
        "privacy_tier",
        "project",
        "proxy",
        "timeout",
        "vertex_credentials",
        "vertex_location",
        "vertex_project",
    }
)

OPENAI_FIELDS = frozenset(
    {
        "audio",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "metadata",
        "modalities",
        "model",
        "moderation",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    }
)


_NOT_IN_NAMES = re.compile(r"[\s<|\\/>]+")
MESSAGE_FIELDS = frozenset(
    {"role", "content", "name", "tool_calls", "tool_call_id", "function_call", "refusal", "audio"}
)
_PART_MEMBERS = frozenset({"url", "detail", "data", "format", "file_data", "file_id", "filename"})
_CALL_MEMBERS = frozenset({"name", "arguments", "input"})
_TOOL_MEMBERS = frozenset({"name", "description", "parameters", "strict", "format"})
FAILED = "Error: "
"""Before the words of a tool that failed, where a wire has no field that says so."""


def without_overrides(body: Json) -> Json:
    """A copy without the fields that would change destination or credentials."""
    return {name: value for name, value in body.items() if name not in OVERRIDES}


def only_openai(body: Json) -> Json:
    """A copy with the fields of OpenAI's chat completions reference, at the top and inside messages and tools."""
    known = {name: value for name, value in body.items() if name in OPENAI_FIELDS}
    known["messages"] = [_named(plain_message(message, MESSAGE_FIELDS)) for message in body["messages"]]
    if "tools" in known:
        known["tools"] = [plain_tool(tool) for tool in known["tools"]]
    return known


def _named(message: Json) -> Json:
    """The message with a `name` that OpenAI takes, where a program wrote one for people ("Alice B")."""
    name = message.get("name")
    if not name or not _NOT_IN_NAMES.search(name):
        return message
    return {**message, "name": _NOT_IN_NAMES.sub("_", name)}


def plain_message(message: Json, names: AbstractSet[str]) -> Json:
    """A message with these members, and with parts and calls of the reference; itself if it has no others."""
    plain = message if message.keys() <= names else _only(message, names)
    if isinstance(plain.get("content"), list):
        plain = {**plain, "content": [_plain_part(part) for part in plain["content"]]}
    if plain.get("tool_calls"):
        plain = {**plain, "tool_calls": [_plain_call(call) for call in plain["tool_calls"]]}
    return (
        {**plain, "content": _as_failed(plain.get("content"))} if message.get("is_error") is True else plain
    )


def plain_tool(tool: Json) -> Json:
    """A tool with the members of the reference."""
    kind = tool.get("type", "function")
    inner = tool.get(kind)
    return {"type": kind, kind: _only(inner, _TOOL_MEMBERS) if isinstance(inner, dict) else inner}


def _plain_part(part: Json) -> Json:
    kind = part["type"]
    if kind not in PART_KINDS:
        return part  # of a server of one's own, which knows its members
    inner = part.get(kind)
    plain = _only(part, ("type", kind))
    return {**plain, kind: _only(inner, _PART_MEMBERS)} if isinstance(inner, dict) else plain


def _plain_call(call: Json) -> Json:
    kind = call.get("type", "function")
    return {"id": call.get("id"), "type": kind, kind: _only(call[kind], _CALL_MEMBERS)}


def _only(holder: Json, names: Iterable[str]) -> Json:
    return {name: value for name, value in holder.items() if name in names}


def _as_failed(content: Any) -> Any:
    """The result of a tool that failed, marked in its text, because OpenAI's API has no field for it."""
    if isinstance(content, list):
        return [{"type": "text", "text": FAILED}, *content]
    return f"{FAILED}{content}"


_NEW_STYLE = re.compile(r"claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?(?!\d)")
_OLD_STYLE = re.compile(r"claude-(\d)(?:[-.](\d))?-")
_NEWEST = (99, 0)
_LEAST_BUDGET = 1024
_BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16_384, "xhigh": 24_576, "max": 32_000}
_CLOSED = {
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "$schema",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Generation:
    """The rules of one model."""

    number: tuple[int, int]

    @property
    def samples(self) -> bool:
        """Whether the model takes sampling parameters at all."""
        return self.number < (4, 7)

    @property
    def adaptive(self) -> bool:
        """Whether the model decides itself how long to think."""
        return self.number >= (4, 6)

    @property
    def thinks(self) -> bool:
        """Whether the model can think before it answers."""
        return self.number >= (3, 7)

    @property
    def continues(self) -> bool:
        """Whether the conversation may end with text of the assistant, which the model continues."""
        return self.number < (4, 6)

    @property
    def holds_schema(self) -> bool:
        """Whether the model can be held to a JSON schema."""
        return self.number >= (4, 1)


@dataclass(frozen=True, slots=True)
class Thinking:
    """How the model is to think: Anthropic's `thinking` object and, where it has one, the effort."""

    config: Json
    effort: str = ""


def generation_of(model: str) -> Generation:
    """The generation that a model id of any cloud tells."""
    for pattern in (_NEW_STYLE, _OLD_STYLE):
        if match := pattern.search(model.lower()):
            return Generation((int(match[1]), int(match[2] or 0)))
    return Generation(_NEWEST)


def is_claude(model: str) -> bool:
    """Whether an id names a Claude model."""
    return "claude" in model.lower()


def is_strict(asked: GenerationParameters) -> bool:
    """Whether the arguments of a tool must fit its schema."""
    return any(tool.strict for tool in asked.tools)


def asks_to_think(asked: GenerationParameters) -> bool:
    """Whether the client wants the model to think."""
    return (asked.effort or _effort_of(asked.thinking)) not in ("", "none")


def thinks(fields: Json) -> bool:
    """Whether thinking is on in Claude's own fields."""
    thinking = fields.get("thinking")
    return isinstance(thinking, dict) and thinking.get("type") in ("enabled", "adaptive", "between_tools")


def thinking_of(
    asked: GenerationParameters, generation: Generation, limit: int, signed: bool
) -> Thinking | None:
    """How to think, or None. `signed` says that the thinking behind the last tool calls can be shown again.

    A forced tool wins over thinking, and so does an output limit that leaves no room for it.
    """
    effort = asked.effort or _effort_of(asked.thinking)
    forced = asked.choice not in (AUTO, NONE)
    if not generation.thinks or effort in ("", "none") or forced:
        return None
    if generation.adaptive:
        config: Json = {"type": "adaptive"}
        if not generation.samples:
            config["display"] = (asked.thinking or {}).get("display") or "summarized"
        return Thinking(config, _adapted(effort, generation))
    budget = min((asked.thinking or {}).get("budget_tokens") or _BUDGETS[effort], limit - 1)
    if budget < _LEAST_BUDGET or not signed:
        return None
    return Thinking({"type": "enabled", "budget_tokens": budget})


def sampling_of(asked: GenerationParameters, thinks: bool) -> Json:
    """The sampling parameters under Anthropic's names, as the table of parameters left them; none while it thinks."""
    given = {"temperature": asked.temperature, "top_p": asked.top_p, "top_k": asked.top_k}
    return {} if thinks else {name: value for name, value in given.items() if value is not None}


def closed_schema(schema: Any) -> Any:
    """The schema as Claude's structured outputs take it: objects closed, and no bounds that they cannot hold."""
    if isinstance(schema, list):
        return [closed_schema(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: value for name, value in schema.items() if name not in _CLOSED}
    for name in ("items", "anyOf", "allOf", "oneOf", "not"):
        if name in closed:
            closed[name] = closed_schema(closed[name])
    for name in ("properties", "$defs", "definitions"):
        if isinstance(closed.get(name), dict):
            closed[name] = {key: closed_schema(value) for key, value in closed[name].items()}
    if closed.get("type") == "object" or "properties" in closed:
        closed["additionalProperties"] = False
    return closed


def _effort_of(thinking: Json | None) -> str:
    """The effort that a client's own `thinking` object stands for."""
    kind = (thinking or {}).get("type")
    if kind == "adaptive":
        return "high"
    if kind != "enabled":
        return ""
    budget = (thinking or {}).get("budget_tokens") or 0
    return next((name for name, tokens in _BUDGETS.items() if budget <= tokens), "max")


def _adapted(effort: str, generation: Generation) -> str:
    if effort == "minimal":
        return "low"
    return "high" if effort == "xhigh" and generation.samples else effort

"""What OpenAI's chat completions refuse, as far as the tests need it: a wrong request must fail a test, not pass.

Sources: OpenAI's published schema (openai-openapi), its guide to reasoning models, and, where a line says so, what
users report.
"""

import re
from collections.abc import Iterator
from typing import Any

from tests.fakes.tool_rules import openai_refuses

Json = dict[str, Any]
Refusal = tuple[int, Json]

OWN_MODELS = re.compile(r"gpt-|o\d")
FIELDS = """
    audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages
    metadata modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key
    prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier
    stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity
    web_search_options
"""
KNOWN = frozenset(FIELDS.split())
MESSAGE = frozenset(
    {"role", "content", "name", "tool_calls", "tool_call_id", "function_call", "refusal", "audio"}
)
PARTS = {
    "text": {"text"}, "image_url": {"image_url"}, "input_audio": {"input_audio"}, "file": {"file"},
    "refusal": {"refusal"},
}  # fmt: skip
CALL = frozenset({"id", "type", "function", "custom"})
TOOL = frozenset({"name", "description", "parameters", "strict", "format"})
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
REASONS = re.compile(r"o\d|gpt-[56](?!.*chat)")
NOT_WHILE_REASONING = (
    "temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias",
)  # fmt: skip
MOST_OUTPUT = {"gpt-4.1": 32_768, "gpt-4o": 16_384}
MOST_IMAGES = 500  # guide to images: up to 500 individual image inputs per request
ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


def error(status: int, message: str, code: str | None, param: str | None = None) -> Refusal:
    """An error of OpenAI's shape."""
    kind = {401: "invalid_request_error", 429: "requests", 500: "server_error"}.get(
        status, "invalid_request_error"
    )
    return status, {"error": {"message": message, "type": kind, "param": param, "code": code}}


def refuse(body: Json) -> Refusal | None:
    """The refusal that the body earns, or None."""
    for name in body:
        if name not in KNOWN:
            return error(400, f"Unrecognized request argument supplied: {name}", "unknown_parameter", name)
    if not isinstance(body.get("model"), str):
        return error(400, "you must provide a model parameter", None, "model")
    if body["model"] == "gone":
        return error(404, "The model `gone` does not exist", "model_not_found")
    messages = body.get("messages")
    return (
        _fields(body)
        or _reasoning(body)
        or _tools(body)
        or next(_members(messages), None)
        or _messages(messages)
    )


def _fields(body: Json) -> Refusal | None:
    if "stream_options" in body and not body.get("stream"):
        return error(400, "stream_options only with stream", "invalid_value", "stream_options")
    if not 0 <= body.get("temperature", 1) <= 2:
        return error(400, "temperature out of range", "decimal_above_max_value", "temperature")
    if len(body.get("stop") or []) > 4 and isinstance(body["stop"], list):
        return error(400, "too many stops", "array_above_max_length", "stop")
    if not body.get("tools") and ("tool_choice" in body or "parallel_tool_calls" in body):
        return error(400, "tool_choice only with tools", "invalid_value", "tool_choice")
    if body.get("tools", True) in ([], None):
        return error(400, "Invalid 'tools': empty array.", "empty_array", "tools")
    return _together(body) or _schema(body) or _limit(body)


def _together(body: Json) -> Refusal | None:
    """Fields that mean something beside others alone."""
    if "top_logprobs" in body and body.get("logprobs") is not True:
        return error(400, "top_logprobs only with logprobs", "invalid_value", "top_logprobs")
    if {"max_tokens", "max_completion_tokens"} <= body.keys():
        words = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        return error(400, words, "invalid_parameter_combination", None)
    if "metadata" in body and not body.get("store"):
        return error(
            400, "The 'metadata' parameter is only allowed when 'store' is enabled.", None, "metadata"
        )
    return None


def _schema(body: Json) -> Refusal | None:
    schema = (body.get("response_format") or {}).get("json_schema")
    if schema is not None and not NAME.fullmatch(schema["name"]):
        path = "response_format.json_schema.name"
        return error(400, f"Invalid '{path}': string does not match pattern.", "invalid_value", path)
    return None


def _limit(body: Json) -> Refusal | None:
    """A limit above the model's own: "max_tokens is too large: 40000. This model supports at most 16384" (reported)."""
    for name in ("max_tokens", "max_completion_tokens"):
        most = next((most for model, most in MOST_OUTPUT.items() if body["model"].startswith(model)), None)
        if most and body.get(name, 0) > most:
            return error(400, f"{name} is too large.", "invalid_value", name)
    return None


def _tools(body: Json) -> Refusal | None:
    for at, tool in enumerate(body.get("tools") or ()):
        path = f"tools[{at}].{tool['type']}"
        inner = tool.get(tool["type"])
        if tool.keys() != {"type", tool["type"]} or inner is None:
            return error(400, f"Missing required parameter: '{path}'.", "missing_required_parameter", path)
        if odd := inner.keys() - TOOL:
            return error(
                400, f"Unknown parameter: '{path}.{min(odd)}'.", "unknown_parameter", f"{path}.{min(odd)}"
            )
        if not NAME.fullmatch(inner["name"]):
            return error(400, f"Invalid '{path}.name'", "invalid_value", f"{path}.name")
        if OWN_MODELS.match(body["model"]) and openai_refuses(inner.get("parameters") or {}):
            words = "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level."
            return error(400, f"Invalid schema: {words}", "invalid_function_parameters", f"{path}.parameters")
    return None


def _members(messages: Any) -> Iterator[Refusal]:
    """Members of messages, parts and calls beyond the schema, and nulls and empty lists in them."""
    for at, message in enumerate(messages if isinstance(messages, list) else ()):
        path = f"messages[{at}]"
        yield from _unknown(message, MESSAGE, path)
        if message.get("tool_calls", True) in (None, []):
            yield error(
                400, f"Invalid '{path}.tool_calls': empty array.", "empty_array", f"{path}.tool_calls"
            )
        for place, call in enumerate(message.get("tool_calls") or ()):
            yield from _unknown(call, CALL, f"{path}.tool_calls[{place}]")
            if len(call["id"]) > 64 or not NAME.fullmatch(call[call["type"]]["name"]):
                yield error(400, "string too long", "invalid_value", f"{path}.tool_calls[{place}].id")
        if isinstance(message.get("content"), list):
            yield from _parts(message["content"], f"{path}.content")
    images = str(messages).count("'image_url': {")
    if images > MOST_IMAGES:
        yield error(400, "Too many images in request.", "invalid_value", "messages")


def _parts(parts: list[Json], path: str) -> Iterator[Refusal]:
    if not parts:
        yield error(400, f"Invalid '{path}': empty array.", "empty_array", path)
    for place, part in enumerate(parts):
        known = PARTS.get(part.get("type", ""), set())
        yield from _unknown(part, frozenset({"type", *known}), f"{path}[{place}]")


def _unknown(holder: Json, known: frozenset[str], path: str) -> Iterator[Refusal]:
    for name in holder.keys() - known:
        yield error(400, f"Unknown parameter: '{path}.{name}'.", "unknown_parameter", f"{path}.{name}")


def _reasoning(body: Json) -> Refusal | None:
    model, effort = body["model"], body.get("reasoning_effort")
    if model.startswith("gpt-oss"):  # open weights at Azure: reasoning by effort, sampling free
        return (
            None
            if effort in (None, "low", "medium", "high")
            else error(400, "effort", None, "reasoning_effort")
        )
    if not REASONS.match(model):
        unknown = next((name for name in ("reasoning_effort", "verbosity") if name in body), None)
        words = f"Unrecognized request argument supplied: {unknown}"
        return error(400, words, "unknown_parameter", unknown) if unknown else None
    for name in ("max_tokens", "stop", "prediction", *(() if effort == "none" else NOT_WHILE_REASONING)):
        if body.get(name, 1) != 1:
            words = f"Unsupported parameter: '{name}' is not supported with this model."
            return error(400, words, "unsupported_parameter", name)
    if model.startswith("o") and "parallel_tool_calls" in body:
        return error(400, "Unsupported parameter", "unsupported_parameter", "parallel_tool_calls")
    if effort is not None and effort not in _efforts(model):
        words = f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model."
        return error(400, words, "unsupported_value", "reasoning_effort")
    newer = re.match(r"gpt-(?:5\.([2-9])|6)", model)
    if (
        newer
        and body.get("tools")
        and (effort not in (None, "none") or (int(newer[1] or 9) >= 6 and effort is None))
    ):
        # openai-openapi#541, livekit/agents#7169
        words = f"Function tools with reasoning_effort are not supported for {model} in /v1/chat/completions."
        return error(400, words, None, "reasoning_effort")
    return None


def _efforts(model: str) -> tuple[str, ...]:
    """The efforts of a model, by its page."""
    if model.startswith("gpt-5.1"):
        return ("none", "low", "medium", "high")
    if model.startswith(("gpt-5.", "gpt-6")):  # LiteLLM's list: none and xhigh, not minimal
        return ("none", "low", "medium", "high", "xhigh")
    return ("low", "medium", "high") if model.startswith("o") else ("minimal", "low", "medium", "high")


def _messages(messages: Any) -> Refusal | None:
    if not isinstance(messages, list) or not messages:
        return error(400, "messages is too short", "empty_array", "messages")
    waiting: set[str] = set()
    for at, message in enumerate(messages):
        role = message.get("role")
        if role not in ROLES:
            return error(400, f"invalid role {role}", "invalid_value", f"messages[{at}].role")
        if role == "tool":
            if message.get("tool_call_id") not in waiting:
                return error(400, "tool message without tool_calls", None, f"messages.[{at}].role")
            waiting.discard(message["tool_call_id"])
        elif waiting:
            return error(400, "tool_calls must be followed by tool messages", None, f"messages.[{at}].role")
        if role == "assistant":
            waiting = {call["id"] for call in message.get("tool_calls") or ()}
            if message.get("content") is None and not waiting and not message.get("refusal"):
                path = f"messages[{at}].content"
                return error(400, f"Invalid type for '{path}': expected a string", "invalid_type", path)
        elif message.get("content") is None:
            return error(400, "content is missing", None, f"messages.[{at}].content")
    return error(400, "tool_calls must be followed by tool messages", None, "messages") if waiting else None

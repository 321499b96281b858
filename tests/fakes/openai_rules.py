"""What OpenAI's chat completions refuse, as far as the tests need it: a wrong request must fail a test, not pass."""

from typing import Any

Json = dict[str, Any]
Refusal = tuple[int, Json]

FIELDS = """
    audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages
    metadata modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key
    prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier
    stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity
    web_search_options
"""
KNOWN = frozenset(FIELDS.split())
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
    return _fields(body) or _reasoning(body) or _messages(body.get("messages"))


def _fields(body: Json) -> Refusal | None:
    if "stream_options" in body and not body.get("stream"):
        return error(400, "stream_options only with stream", "invalid_value", "stream_options")
    if not 0 <= body.get("temperature", 1) <= 2:
        return error(400, "temperature out of range", "decimal_above_max_value", "temperature")
    if len(body.get("stop") or []) > 4 and isinstance(body["stop"], list):
        return error(400, "too many stops", "array_above_max_length", "stop")
    if not body.get("tools") and ("tool_choice" in body or "parallel_tool_calls" in body):
        return error(400, "tool_choice only with tools", "invalid_value", "tool_choice")
    if body.get("tools") == []:
        return error(400, "tools is too short", "empty_array", "tools")
    return None


def _reasoning(body: Json) -> Refusal | None:
    if not body["model"].startswith(("o3", "gpt-5")):
        return None
    if "max_tokens" in body:
        return error(400, "use max_completion_tokens", "unsupported_parameter", "max_tokens")
    if body.get("temperature", 1) != 1 or body.get("top_p", 1) != 1:
        return error(400, "only the default is supported", "unsupported_value", "temperature")
    return None


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
        elif message.get("content") is None:
            return error(400, "content is missing", None, f"messages.[{at}].content")
    return error(400, "tool_calls must be followed by tool messages", None, "messages") if waiting else None

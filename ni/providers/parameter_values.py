"""Which fields of a request may reach an upstream of OpenAI's shape.

Fields that would change destination or credentials never have an effect, whatever the upstream would make of them.
OpenAI itself refuses fields that it does not know, at the top and inside messages, parts, calls and tools, where agents
keep their own (`index`, `usage`, `provider_specific_fields`); so it gets those of its reference. What servers of one's
own may know beyond is in `own_server.py`.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from ni.domain.call import Json

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
    kept = {name: value for name, value in body.items() if name in OPENAI_FIELDS}
    kept["messages"] = [plain_message(message, MESSAGE_FIELDS) for message in body["messages"]]
    if "tools" in kept:
        kept["tools"] = [plain_tool(tool) for tool in kept["tools"]]
    return kept


def plain_message(message: Json, names: AbstractSet[str]) -> Json:
    """A message with these members, and with parts and calls of the reference; itself if it has no others."""
    kept = message if message.keys() <= names else _only(message, names)
    if isinstance(kept.get("content"), list):
        kept = {**kept, "content": [_plain_part(part) for part in kept["content"]]}
    if kept.get("tool_calls"):
        kept = {**kept, "tool_calls": [_plain_call(call) for call in kept["tool_calls"]]}
    return {**kept, "content": _as_failed(kept.get("content"))} if message.get("is_error") is True else kept


def plain_tool(tool: Json) -> Json:
    """A tool with the members of the reference."""
    kind = tool.get("type", "function")
    inner = tool.get(kind)
    return {"type": kind, kind: _only(inner, _TOOL_MEMBERS) if isinstance(inner, dict) else inner}


def _plain_part(part: Json) -> Json:
    kind = part["type"]
    inner = part.get(kind)
    kept = _only(part, ("type", kind))
    return {**kept, kind: _only(inner, _PART_MEMBERS)} if isinstance(inner, dict) else kept


def _plain_call(call: Json) -> Json:
    kind = call.get("type", "function")
    return {"id": call.get("id"), "type": kind, kind: _only(call[kind], _CALL_MEMBERS)}


def _only(holder: Json, names: Iterable[str]) -> Json:
    return {name: value for name, value in holder.items() if name in names}


def _as_failed(content: Any) -> Any:
    """The result of a tool that failed; this wire has no field for that, so the words say it."""
    if isinstance(content, list):
        return [{"type": "text", "text": FAILED}, *content]
    return f"{FAILED}{content}"

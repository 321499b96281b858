"""Which fields of a request may reach an upstream of OpenAI's shape.

Fields that would change destination or credentials never have an effect, whatever the upstream would make of them.
OpenAI itself refuses fields that it does not know, so it gets those of its reference; own servers get the rest too,
because each knows extensions of its own.
"""

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

FOREIGN = frozenset(
    {
        "cache_control",
        "extra_content",
        "is_error",
        "reasoning",
        "reasoning_content",
        "reasoning_signature",
        "thinking_blocks",
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


def without_overrides(body: Json) -> Json:
    """A copy without the fields that would change destination or credentials."""
    return {name: value for name, value in body.items() if name not in OVERRIDES}


def only_openai(body: Json) -> Json:
    """A copy with the fields of OpenAI's chat completions reference, at the top and inside messages and tools."""
    kept = {name: value for name, value in body.items() if name in OPENAI_FIELDS}
    for name in ("messages", "tools"):
        if name in kept:
            kept[name] = [_plain(entry) for entry in kept[name]]
    return kept


def _plain(entry: Any) -> Any:
    """A message or tool, with its parts and calls, without the fields that other vendors' shapes left in it."""
    if not isinstance(entry, dict) or not _is_marked(entry):
        return entry
    kept = {name: value for name, value in entry.items() if name not in FOREIGN}
    for name in ("content", "tool_calls"):
        if isinstance(kept.get(name), list):
            kept[name] = [_plain(part) for part in kept[name]]
    return kept


def _is_marked(entry: Json) -> bool:
    """Whether there is anything to take out; most messages travel as they are."""
    nested = (entry.get("content"), entry.get("tool_calls"))
    return not FOREIGN.isdisjoint(entry) or any(isinstance(parts, list) for parts in nested)

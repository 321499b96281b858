"""The words of OpenTelemetry's semantic conventions for generative AI, as spans and metrics use them.

Source: https://github.com/open-telemetry/semantic-conventions-genai (`gen-ai-spans.md`, `gen-ai-metrics.md`). Metrics
are kept under the names that OpenTelemetry's rules give them in Prometheus: one figure has one name for everybody.
"""

from collections.abc import Mapping
from typing import NamedTuple

from ni.domain.providers import PROVIDERS

OPERATIONS = {"embeddings": "embeddings", "completions": "text_completion"}
"""By dialect; all others are `chat`."""
FINISH_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})
"""Reasons that are passed on: an upstream may write whatever it likes."""


class Convention(NamedTuple):
    """The name and unit of a metric in OpenTelemetry."""

    name: str
    unit: str


DURATION = "gen_ai_client_operation_duration_seconds"
FIRST_CHUNK = "gen_ai_client_operation_time_to_first_chunk_seconds"
TOKENS = "gen_ai_client_token_usage"
REQUEST = "gen_ai_server_request_duration_seconds"
FIRST_TOKEN = "gen_ai_server_time_to_first_token_seconds"  # noqa: S105 - no secret

CONVENTIONS: Mapping[str, Convention] = {
    DURATION: Convention("gen_ai.client.operation.duration", "s"),
    FIRST_CHUNK: Convention("gen_ai.client.operation.time_to_first_chunk", "s"),
    TOKENS: Convention("gen_ai.client.token.usage", "{token}"),
    REQUEST: Convention("gen_ai.server.request.duration", "s"),
    FIRST_TOKEN: Convention("gen_ai.server.time_to_first_token", "s"),
}
"""By the name in Prometheus."""
ATTRIBUTES: Mapping[str, str] = {
    "gen_ai_operation_name": "gen_ai.operation.name",
    "gen_ai_provider_name": "gen_ai.provider.name",
    "gen_ai_request_model": "gen_ai.request.model",
    "gen_ai_token_type": "gen_ai.token.type",
    "error_type": "error.type",
}
"""By the label in Prometheus."""


def operation_of(dialect: str) -> str:
    """`gen_ai.operation.name` of a call in a dialect."""
    return OPERATIONS.get(dialect, "chat")


def provider_of(name: str) -> str:
    """`gen_ai.provider.name` of a provider of ours: the well-known one where there is one."""
    descriptor = PROVIDERS.get(name)
    return (descriptor.convention if descriptor is not None else "") or name

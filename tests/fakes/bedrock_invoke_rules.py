"""What Bedrock's InvokeModel refuses of a Messages body beyond what Anthropic's own API does."""

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.anthropic_rules import newest, refusal

Json = dict[str, Any]
VERSION, NEWER = "bedrock-2023-05-31", "2026-10-21"
BETAS = frozenset(
    {
        "computer-use-2025-01-24",
        "context-1m-2025-08-07",
        "context-management-2025-06-27",
        "fine-grained-tool-streaming-2025-05-14",
        "interleaved-thinking-2025-05-14",
        "output-128k-2025-02-19",
        "token-efficient-tools-2025-02-19",
        "tool-examples-2025-10-29",
        "tool-search-tool-2025-10-19",
    }
)
SEARCHING = ("defer_loading", "tool_reference")


def refusal_of_invoke(model: str, body: Json) -> str | None:
    """Why the request is refused, or None."""
    for found in (_envelope(model, body), _features(model, body)):
        if fault := next(found, None):
            return fault
    inner = {name: value for name, value in body.items() if not name.startswith("anthropic_")}
    return refusal({**inner, "model": model}, body["anthropic_version"])


def _envelope(model: str, body: Json) -> Iterator[str]:
    if "claude" not in model:
        yield "Malformed input request: extraneous key [messages] is not permitted"
    if model.startswith("anthropic.claude-sonnet-4"):
        yield "Invocation of model ID with on-demand throughput isn't supported."
    if body.get("anthropic_version") not in ((VERSION,) if _takes_betas(model) else (VERSION, NEWER)):
        yield "anthropic_version: Field required"
    for name in ("model", "stream", "metadata", "service_tier", "cache_control"):
        if name in body:
            yield f"{name}: Extra inputs are not permitted"


def _features(model: str, body: Json) -> Iterator[str]:
    betas = body.get("anthropic_beta", [])
    if not BETAS.issuperset(betas) or (betas and not _takes_betas(model)):
        yield "invalid beta flag"
    edits = (body.get("context_management") or {}).get("edits", ())
    cleared = all(edit["type"] == "clear_tool_uses_20250919" for edit in edits)
    if edits and not (cleared and "context-management-2025-06-27" in betas):
        yield "context_management: Extra inputs are not permitted"
    written = json.dumps(body)
    if any(f'"{name}"' in written for name in SEARCHING) and "tool-search-tool-2025-10-19" not in betas:
        yield "tools.0.custom.defer_loading: Extra inputs are not permitted"
    for at, tool in enumerate(body.get("tools", ())):  # claude-code#11678, claude-agent-sdk-python#694
        if odd := tool.keys() & {"eager_input_streaming", "input_examples", "allowed_callers", "strict"}:
            yield f"tools.{at}.custom.{min(odd)}: Extra inputs are not permitted"
    if '"scope"' in written:
        yield "cache_control.ephemeral.scope: Extra inputs are not permitted"
    if '"type": "url"' in written:
        yield "messages.0.content.0.image.source: URL sources are not supported"


def _takes_betas(model: str) -> bool:
    """Whether the model takes betas, as users report it; those that do not know the newer version."""
    return newest({"model": model}) < (4, 7)

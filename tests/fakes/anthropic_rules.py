"""What Anthropic's Messages API refuses, as far as the tests need it: a wrong request must fail a test, not pass."""

import base64
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from tests.fakes.tool_rules import combined, doubled

Json = dict[str, Any]

WORDS = """
    model max_tokens messages system metadata stop_sequences stream tools tool_choice thinking output_config
    service_tier temperature top_p top_k context_management cache_control
"""
FIELDS = frozenset(WORDS.split())
BLOCKS: dict[str, frozenset[str]] = {
    "text": frozenset({"type", "text", "cache_control", "citations"}),
    "image": frozenset({"type", "source", "cache_control"}),
    "tool_use": frozenset({"type", "id", "name", "input", "cache_control"}),
    "tool_result": frozenset({"type", "tool_use_id", "content", "is_error", "cache_control"}),
    "thinking": frozenset({"type", "thinking", "signature"}),
    "redacted_thinking": frozenset({"type", "data"}),
    "tool_reference": frozenset({"type", "tool_name"}),
    "document": frozenset({"type", "source", "title", "context", "citations", "cache_control"}),
    "search_result": frozenset({"type", "source", "title", "content", "citations", "cache_control"}),
}
CLIENT_TOOL = re.compile(r"(bash|text_editor|memory|computer)_\d{8}")
SIZES = frozenset({"display_width_px", "display_height_px", "display_number", "max_characters"})
TOOL = frozenset(
    {
        "type", "name", "cache_control", "strict", "defer_loading", "eager_input_streaming", "input_examples",
        "allowed_callers",
    }
)  # fmt: skip
MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
MOST_IMAGES = 100  # guide to vision: per request, for models with a window of 200k tokens
SAMPLING = ("temperature", "top_p", "top_k")


def sign(thinking: str) -> str:
    """The signature of a thinking text."""
    return "sig-" + sha256(thinking.encode()).hexdigest()[:24]


def refusal(body: Json, version: str) -> str | None:
    """Why the request is refused, or None."""
    for check in (_fields, _sampling, _thinking, _tools, _schema):
        if fault := check(body, version):
            return fault
    return next(_messages(body), None)


def newest(body: Json) -> tuple[int, int]:
    """The model's generation, as the rules of the fake see it."""
    found = re.search(r"claude-[a-z]+-(\d+)(?:-(\d{1,2}))?(?!\d)", body["model"])
    return (int(found[1]), int(found[2] or 0)) if found else (3, 5)


def _fields(body: Json, version: str) -> str | None:
    for name in body:
        if name not in FIELDS or (version == "2026-10-21" and name in SAMPLING):
            return f"{name}: Extra inputs are not permitted"
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            return f"{name}: Field required"
    if any(not stop.strip() for stop in body.get("stop_sequences", ())):
        return "stop_sequences: each stop sequence must contain non-whitespace"
    return None if body["max_tokens"] >= 1 else "max_tokens: must be at least 1"


def _sampling(body: Json, version: str) -> str | None:
    given = [name for name in SAMPLING if name in body]
    if newest(body) >= (4, 7) and given:
        return f"`{given[0]}` is deprecated for this model."
    if newest(body) >= (4, 1) and {"temperature", "top_p"} <= set(given):
        return "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
    return None if 0 <= body.get("temperature", 1) <= 1 else "temperature: range: 0..1"


def _thinking(body: Json, version: str) -> str | None:
    kind = (body.get("thinking") or {}).get("type")
    kind = None if kind == "disabled" else kind
    if kind not in (None, "enabled", "adaptive", "between_tools"):
        return "thinking.type: unknown"
    if kind and body.get("tool_choice", {}).get("type") in ("any", "tool"):
        return "Thinking may not be enabled when tool_choice forces tool use."
    if kind and any(name in body for name in SAMPLING):
        return "`temperature` may only be set to 1 when thinking is enabled."
    if kind == "adaptive" and newest(body) < (4, 6):
        return "adaptive thinking is not supported on this model"
    if kind == "enabled":
        budget = body["thinking"].get("budget_tokens", 0)
        if newest(body) >= (4, 7):
            return '"thinking.type.enabled" is not supported for this model.'
        if not 1024 <= budget < body["max_tokens"]:
            return "`max_tokens` must be greater than `thinking.budget_tokens`."
    edits = (body.get("context_management") or {}).get("edits", ())
    if not kind and any("clear_thinking" in edit["type"] for edit in edits):
        return "context_management: `clear_thinking` requires `thinking` to be enabled or adaptive"
    return None


def _tools(body: Json, version: str) -> str | None:
    for at, tool in enumerate(body.get("tools", ())):
        dated = CLIENT_TOOL.fullmatch(tool.get("type", ""))
        if odd := tool.keys() - TOOL - (SIZES if dated else {"input_schema", "description"}):
            return f"tools.{at}.{min(odd)}: Extra inputs are not permitted"
        if not dated and tool.get("type", "custom") != "custom":
            return f"tools.{at}.type: unknown"
        if not dated and tool["input_schema"].get("type") != "object":
            return f"tools.{at}.custom.input_schema.type: Field required"
        if not dated and combined(tool["input_schema"]):
            words = "input_schema does not support oneOf, allOf, or anyOf at the top level"
            return f"tools.{at}.custom.input_schema: {words}"
    if doubled([tool["name"] for tool in body.get("tools", ())]):
        return "tools: Tool names must be unique."
    if "tool_choice" in body and not body.get("tools"):
        return "tool_choice may only be specified while providing tools"
    return None


def _schema(body: Json, version: str) -> str | None:
    output = body.get("output_config") or {}
    if "format" in output and newest(body) < (4, 1):
        return "output_format is not supported by this model"
    schema = (output.get("format") or {}).get("schema") or {}
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return "output_config.format.schema: For 'object' type, 'additionalProperties' must be false"
    return None


def _messages(body: Json) -> Iterator[str]:
    messages = body["messages"]
    if not messages or messages[0]["role"] != "user":
        yield "messages: first message must use the user role"
    if messages[-1]["role"] == "assistant" and newest(body) >= (4, 6):
        yield "This model does not support assistant message prefill."
    if json.dumps(messages).count('"type": "image"') > MOST_IMAGES:
        yield "messages: too many images and documents"
    if isinstance(body.get("system"), list):
        yield from _blocks(body["system"], "system")
    waiting: list[str] = []
    yield from _ids(messages)
    for at, message in enumerate(messages):
        if message["role"] not in ("user", "assistant"):
            yield f'messages.{at}.role: Input should be "user" or "assistant"'
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        yield from _blocks(blocks, f"messages.{at}.content")
        answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if sorted(answered) != sorted(waiting):
            yield f"messages.{at}: `tool_use` ids and `tool_result` blocks do not match"
        if answered and [block["type"] for block in blocks][: len(answered)] != ["tool_result"] * len(
            answered
        ):
            yield f"messages.{at}: tool_result blocks must come first"
        waiting = [block["id"] for block in blocks if block["type"] == "tool_use"]
        budgeted = (body.get("thinking") or {}).get("type") == "enabled" and at == len(messages) - 2
        if waiting and budgeted and blocks[0]["type"] not in ("thinking", "redacted_thinking"):
            yield f"messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`"


def _ids(messages: list[Json]) -> Iterator[str]:
    """Claude Code has a repair of its own for this refusal."""
    blocks = [block for one in messages if isinstance(one["content"], list) for block in one["content"]]
    if doubled([str(block.get("id")) for block in blocks if block["type"] == "tool_use"]):
        yield "messages.3.content.0: `tool_use` ids must be unique"


def _blocks(blocks: list[Json], path: str) -> Iterator[str]:
    if not blocks:
        yield f"{path}: must not be empty"
    for at, block in enumerate(blocks):
        kind = block.get("type", "")
        if kind not in BLOCKS or block.keys() - BLOCKS[kind]:
            yield f"{path}.{at}: Extra inputs are not permitted"
        if kind == "text" and not block["text"].strip():
            yield f"{path}.{at}: text content blocks must contain non-whitespace text"
        if kind in ("tool_use", "tool_result"):
            name = block.get("id") or block.get("tool_use_id") or ""
            if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z0-9_-]+", name):
                yield f"{path}.{at}.id: String should match pattern '^[a-zA-Z0-9_-]+$'"
        if kind == "thinking" and block.get("signature") != sign(block["thinking"]):
            yield f"{path}.{at}: Invalid `signature` in `thinking` block"
        if kind == "tool_result" and isinstance(block.get("content"), list):
            yield from _blocks(block["content"], f"{path}.{at}.content")
        if kind == "image":
            yield from _image(block["source"], f"{path}.{at}.image.source")


def _image(source: Json, path: str) -> Iterator[str]:
    if source["type"] not in ("base64", "url"):
        yield f"{path}.type: unknown"
    if source["type"] == "base64" and not re.fullmatch(
        r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", source["data"]
    ):
        yield f"{path}.base64.data: invalid base64 data"
    elif source["type"] == "base64":
        head = base64.b64decode(source["data"][:64])
        told = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), source["media_type"])
        if told != source["media_type"]:  # as reported by users of clients that guess the type from the name
            yield f"{path}.base64.media_type: Image does not match the provided media type {source['media_type']}"

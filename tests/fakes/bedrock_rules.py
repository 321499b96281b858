"""What Bedrock's Converse refuses, as far as the tests need it: a wrong request must fail a test, not pass."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.fakes.anthropic_rules import newest, sign
from tests.fakes.tool_rules import combined, doubled

Json = dict[str, Any]
WORDS = """
    messages system inferenceConfig toolConfig guardrailConfig additionalModelRequestFields outputConfig
    additionalModelResponseFieldPaths promptVariables requestMetadata performanceConfig serviceTier
"""
FIELDS = frozenset(WORDS.split())
INFERENCE = frozenset({"maxTokens", "temperature", "topP", "stopSequences"})
BLOCKS = frozenset({"text", "image", "toolUse", "toolResult", "reasoningContent", "cachePoint", "document"})
EXTRA = frozenset({"thinking", "top_k", "tool_choice", "anthropic_beta"})
MIXES = re.compile(r"claude|nova")
DOCUMENT = re.compile(r"[a-zA-Z0-9 ()\[\]-]{1,200}")
TOOL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")


def refusal(model: str, body: Json, *, streamed: bool) -> str | None:
    """Why the request is refused, or None."""
    for found in (
        _fields(body),
        _model(model, body, streamed=streamed),
        _tools(model, body),
        _messages(model, body),
        _sizes(model, body),
    ):
        if fault := next(found, None):
            return fault
    return None


def _fields(body: Json) -> Iterator[str]:
    if odd := body.keys() - FIELDS:
        yield f"Unknown parameter in input: {min(odd)}"
    inference = body.get("inferenceConfig", {})
    if odd := inference.keys() - INFERENCE:
        yield f"Unknown parameter in inferenceConfig: {min(odd)}"
    for name in ("temperature", "topP"):
        if not 0 <= inference.get(name, 0) <= 1:
            yield f"Value at inferenceConfig.{name} failed to satisfy constraint"
    if inference.get("maxTokens", 1) < 1 or not all(inference.get("stopSequences", ["x"])):
        yield "inferenceConfig failed to satisfy constraint"
    for block in body.get("system", ()):
        if not block.get("text", "x").strip():
            yield "The text field in the ContentBlock object at system is blank."


def _model(model: str, body: Json, *, streamed: bool) -> Iterator[str]:
    inference, extra = body.get("inferenceConfig", {}), body.get("additionalModelRequestFields", {})
    if model.startswith("anthropic.claude-sonnet-4"):
        yield "Invocation of model ID with on-demand throughput isn't supported."
    if "claude" not in model:
        if extra or "outputConfig" in body or "cachePoint" in json.dumps(body):
            yield "The model returned the following errors: extraneous key is not permitted"
        if streamed and "toolConfig" in body:
            yield "This model doesn't support tool use in streaming mode."
        return
    if odd := extra.keys() - EXTRA:
        yield f"The model returned the following errors: {min(odd)}: Extra inputs are not permitted"
    number = newest({"model": model})
    if number >= (4, 1) and {"temperature", "topP"} <= inference.keys():
        yield "`temperature` and `top_p` cannot both be specified for this model."
    if number >= (4, 7) and ({"temperature", "topP"} & inference.keys() or "top_k" in extra):
        yield "sampling parameters are not supported by this model"
    thinking = extra.get("thinking", {})
    if thinking and (inference.get("temperature", 1) != 1 or "toolChoice" in body.get("toolConfig", {})):
        yield "Thinking may not be enabled with a forced tool or another temperature."
    if thinking.get("type") == "enabled" and not 1024 <= thinking["budget_tokens"] < inference["maxTokens"]:
        yield "`max_tokens` must be greater than `thinking.budget_tokens`."


def _sizes(model: str, body: Json) -> Iterator[str]:
    """What Llama 3 70B has room for: its model card, and AWS's sentences (hermes-agent#98726)."""
    if "meta.llama3-70b" not in model:
        return
    if body.get("inferenceConfig", {}).get("maxTokens", 1) > 2048:
        yield "The maximum tokens you requested exceeds the model limit of 2048."
    blocks = [*body.get("system", ()), *(block for one in body["messages"] for block in one["content"])]
    letters = sum(len(block.get("text", "")) for block in blocks)
    if letters / 4 > 8192:
        yield "This model's maximum context length is 8192 tokens. Please reduce the length of the prompt"


def _tools(model: str, body: Json) -> Iterator[str]:
    config = body.get("toolConfig", {})
    for tool in config.get("tools", ()):
        spec = tool.get("toolSpec", {"name": "x", "inputSchema": {"json": {"type": "object"}}})
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", spec["name"]) or spec.get("description") == "":
            yield "toolSpec failed to satisfy constraint"
        if spec["inputSchema"]["json"].get("type") != "object":
            yield "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be object"
    specs = [tool["toolSpec"] for tool in config.get("tools", ()) if "toolSpec" in tool]
    if doubled([spec["name"] for spec in specs]):
        yield "tools: Tool names must be unique."
    if "claude" in model and any(combined(spec["inputSchema"]["json"]) for spec in specs):
        yield "tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
    if "tool" in config.get("toolChoice", {}) and "claude" not in model:
        yield "This model doesn't support the toolConfig.toolChoice.tool field."
    if "tools" in config and "meta.llama3-70b" in model:
        yield "This model doesn't support tool use."  # AWS's table of Converse features by model
    form = body.get("outputConfig", {}).get("textFormat")
    if (
        form
        and json.loads(form["structure"]["jsonSchema"]["schema"]).get("additionalProperties") is not False
    ):
        yield "additionalProperties must be false"


def _messages(model: str, body: Json) -> Iterator[str]:
    messages, role = body["messages"], "assistant"
    waiting: list[str] = []
    for at, message in enumerate(messages):
        if message["role"] == role or message["role"] not in ("user", "assistant"):
            yield "A conversation must start with a user message and alternate."
        role = message["role"]
        yield from _blocks(message["content"], f"messages.{at}.content")
        if not MIXES.search(model):
            yield from _apart(message["content"], f"messages.{at}.content")
        answered = [block["toolResult"]["toolUseId"] for block in message["content"] if "toolResult" in block]
        if sorted(answered) != sorted(waiting):
            yield "Expected toolResult blocks at messages for the toolUse blocks before"
        waiting = [block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block]
    used = [
        block["toolUse"]["toolUseId"] for one in messages for block in one["content"] if "toolUse" in block
    ]
    if "claude" in model and doubled(used):
        yield "messages.3.content.0: `tool_use` ids must be unique"
    if json.dumps(body).count('"cachePoint"') > 4:
        yield "A maximum of 4 blocks with cache_control may be provided."
    if role != "user" and newest({"model": model}) >= (4, 6):
        yield "This model does not support assistant message prefill."
    if "toolUse" in json.dumps(messages) and "toolConfig" not in body:
        yield "The toolConfig field must be defined when using toolUse and toolResult content blocks."


def _apart(blocks: list[Json], path: str) -> Iterator[str]:
    """What Mistral and Llama refuse: langchain-aws#141, strands-agents/harness-sdk#1223, quarkus-langchain4j#1983."""
    for kind, name in (("toolResult", "tool result"), ("toolUse", "tool use")):
        used = [kind in block for block in blocks]
        if any(used) and not all(used):
            yield f"{path}: Conversation blocks and {name} blocks cannot be provided in the same turn."
    if any("status" in block.get("toolResult", {}) for block in blocks):  # reference of ToolResultBlock
        yield f"{path}: This model doesn't support the status field."
    if sum("image" in block for block in blocks) > 20:  # guide of Converse: up to 20 images
        yield f"{path}: too many images"


def _blocks(blocks: list[Json], path: str) -> Iterator[str]:
    if not blocks:
        yield f"The content field at {path} is empty."
    for block in blocks:
        if len(block) != 1 or not block.keys() <= BLOCKS:
            yield f"Unknown block at {path}"
        if not block.get("text", "x").strip():
            yield f"The text field in the ContentBlock object at {path} is blank."
        yield from _file(block)
        if "document" in block and not any("text" in other for other in blocks):
            yield "A text block is required when using documents."
        tool_id = (block.get("toolUse") or block.get("toolResult") or {"toolUseId": "x"})["toolUseId"]
        if not TOOL_ID.fullmatch(tool_id):
            yield "toolUseId failed to satisfy constraint"
        if "toolResult" in block:
            yield from _blocks(block["toolResult"]["content"], path)
        thought = block.get("reasoningContent", {}).get("reasoningText")
        if thought and thought.get("signature") != sign(thought["text"]):
            yield "Invalid `signature` in `thinking` block"


def _file(block: Json) -> Iterator[str]:
    """An image or a document."""
    if "document" in block:
        base64.b64decode(block["document"]["source"]["bytes"], validate=True)
        if not DOCUMENT.fullmatch(block["document"]["name"]) or block["document"]["format"] != "pdf":
            yield "document.name failed to satisfy constraint"
    if "image" in block:
        base64.b64decode(block["image"]["source"]["bytes"], validate=True)
        if block["image"]["format"] not in ("png", "jpeg", "gif", "webp"):
            yield "image.format failed to satisfy constraint"

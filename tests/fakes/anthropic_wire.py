"""A strict fake of Anthropic's Messages API, on top of the model that all fakes share."""

import json
from typing import Any

from tests.fakes.anthropic_rules import refusal, sign
from tests.fakes.model import Heard, ScriptedReply, Speaker, say
from tests.fakes.wire_server import Seen, Told, told

KEY = "sk-ant-fake-0123456789"
REASONS = {"stop": "end_turn", "length": "max_tokens", "filter": "refusal", "calls": "tool_use"}
TYPES = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error"}
Json = dict[str, Any]


class AnthropicWire:
    """Implements `Wire`; `speak` is the model behind it."""

    def __init__(self, speak: Speaker = say) -> None:
        self._speak = speak

    def answer(self, seen: Seen) -> Told:
        version = seen.headers.get("anthropic-version", "")
        key = seen.headers.get("x-api-key") or seen.headers.get("authorization", "").removeprefix("Bearer ")
        if key != KEY:
            return error(401, f"invalid x-api-key {key}")
        if seen.path != "/v1/messages" or version not in ("2023-06-01", "2026-10-21"):
            return error(404, "Not found")
        body = seen.body
        if fault := refusal(body, version):
            return error(400, fault)
        said = self._speak(heard(body))
        if not body.get("stream"):
            return told(200, message(said), **{"request-id": "req_fake"})
        wire = b"".join(map(event, events(said)))
        return Told(200, wire, "text/event-stream; charset=utf-8", {"request-id": "req_fake"})


def error(status: int, words: str) -> Told:
    """An error of Anthropic's shape."""
    return told(status, {"type": "error", "error": {"type": TYPES[status], "message": words}})


def heard(body: Json) -> Heard:
    """What the model hears."""
    last = body["messages"][-1]["content"]
    blocks: list[Json] = [{"type": "text", "text": last}] if isinstance(last, str) else last
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    results = [block for block in blocks if block["type"] == "tool_result"]
    chosen = body.get("tool_choice", {})
    names = tuple(tool["name"] for tool in body.get("tools", ()) if chosen.get("type") != "none")
    return Heard(
        "".join(texts),
        (chosen["name"],) if chosen.get("type") == "tool" else names,
        tuple(map(_words, results)),
        sum(block["type"] == "image" for block in blocks),
        "thinking" in body,
        "format" in body.get("output_config", {}),
        tuple(body.get("stop_sequences", ())),
    )


def _words(result: Json) -> str:
    """What a result says, as a text or in parts."""
    parts = result.get("content", [])
    return parts if isinstance(parts, str) else "".join(part.get("text", "") for part in parts)


def content(said: ScriptedReply) -> list[Json]:
    """The content blocks of an answer."""
    blocks: list[Json] = []
    if said.thought:
        blocks.append({"type": "thinking", "thinking": said.thought, "signature": sign(said.thought)})
    if said.text:
        blocks.append({"type": "text", "text": said.text})
    for at, (name, arguments) in enumerate(said.calls):
        blocks.append({"type": "tool_use", "id": f"toolu_{said.mark}{at}", "name": name, "input": arguments})
    return blocks


def usage(said: ScriptedReply) -> Json:
    """The counts, as Anthropic writes them."""
    counts = said.usage
    return {
        "input_tokens": counts["fresh"],
        "cache_read_input_tokens": counts["read"],
        "cache_creation_input_tokens": counts["written"],
        "cache_creation": {
            "ephemeral_5m_input_tokens": counts["written"] - counts["hour"],
            "ephemeral_1h_input_tokens": counts["hour"],
        },
        "output_tokens": counts["out"],
        "output_tokens_details": {"thinking_tokens": counts["thought"]},
    }


def message(said: ScriptedReply) -> Json:
    """A whole message."""
    return {
        "id": f"msg_{said.mark}1",
        "type": "message",
        "role": "assistant",
        "model": "claude-fake",
        "content": content(said),
        "stop_reason": REASONS[said.ending],
        "stop_sequence": None,
        "usage": usage(said),
    }


def events(said: ScriptedReply) -> list[Json]:
    """The events of a stream, with a ping in the middle."""
    opening = message(said) | {
        "content": [],
        "stop_reason": None,
        "usage": {**usage(said), "output_tokens": 1},
    }
    found: list[Json] = [{"type": "message_start", "message": opening}]
    for index, block in enumerate(content(said)):
        empty: Json = {**block, "input": {}} if block["type"] == "tool_use" else {"type": block["type"]}
        if block["type"] == "thinking":
            empty |= {"thinking": "", "signature": ""}
        elif block["type"] == "text":
            empty["text"] = ""
        found.append({"type": "content_block_start", "index": index, "content_block": empty})
        found.append({"type": "ping"})
        found += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas(block)]
        found.append({"type": "content_block_stop", "index": index})
    ending = {"stop_reason": REASONS[said.ending], "stop_sequence": None}
    found.append({"type": "message_delta", "delta": ending, "usage": {"output_tokens": said.usage["out"]}})
    return [*found, {"type": "message_stop"}]


def deltas(block: Json) -> list[Json]:
    """One block in small pieces."""
    match block["type"]:
        case "text":
            return [{"type": "text_delta", "text": letter} for letter in block["text"]]
        case "thinking":
            pieces = [{"type": "thinking_delta", "thinking": letter} for letter in block["thinking"]]
            return [*pieces, {"type": "signature_delta", "signature": block["signature"]}]
        case _:
            written = json.dumps(block["input"], ensure_ascii=False)
            pieces = [{"type": "input_json_delta", "partial_json": letter} for letter in written]
            return [{"type": "input_json_delta", "partial_json": ""}, *pieces]


def event(found: Json) -> bytes:
    """An event as it goes over the wire."""
    return f"event: {found['type']}\ndata: {json.dumps(found, ensure_ascii=False)}\n\n".encode()

"""What the fake answers, as OpenAI writes it: a completion, and the same as a stream of events."""

import json
from typing import Any

from tests.fakes.model import AGAIN, counts_in

Json = dict[str, Any]
FRAME: Json = {
    "id": "chatcmpl-1",
    "created": 1_790_000_000,
    "model": "gpt-4o-2024-08-06",
    "system_fingerprint": "fp_1",
}
USAGE: Json = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 16, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 8, "audio_tokens": 0},
}


def usage_of(body: Json) -> Json:
    """The counts: always the same, unless the last turn asks for others."""
    counts = counts_in(json.dumps(body["messages"][-1].get("content")))
    if counts is None:
        return USAGE
    prompt = counts["fresh"] + counts["read"] + counts["written"]
    written = {"cached_tokens": counts["read"], "cache_write_tokens": counts["written"]}
    return {
        "prompt_tokens": prompt,
        "completion_tokens": counts["out"],
        "total_tokens": prompt + counts["out"],
        "prompt_tokens_details": written,
        "completion_tokens_details": {"reasoning_tokens": counts["thought"]},
    }


def message_for(body: Json) -> tuple[Json, str]:
    """The assistant's message and its finish reason: all tools are called unless one has answered, else an echo."""
    last = body["messages"][-1]
    results = results_in(body["messages"])
    told = bool(results) and AGAIN not in "".join(results)
    if body.get("tools") and not told and body.get("tool_choice") != "none":
        calls = [
            {
                "id": f"call_{at}",
                "type": "function",
                "function": {"name": tool["function"]["name"], "arguments": '{"city":"Montréal"}'},
            }
            for at, tool in enumerate(body["tools"])
        ]
        return {"role": "assistant", "content": None, "tool_calls": calls, "refusal": None}, "tool_calls"
    content = results[-1] if results and last["role"] != "tool" else last.get("content") or ""
    text = content if isinstance(content, str) else json.dumps(content)
    if (body.get("response_format") or {}).get("type") == "json_schema":
        text = json.dumps({"name": body["response_format"]["json_schema"]["name"]})
    return {"role": "assistant", "content": text, "refusal": None, "annotations": []}, "stop"


def results_in(messages: list[Json]) -> list[str]:
    """The words of the results that came since the assistant's last turn."""
    at = max((at for at, message in enumerate(messages) if message["role"] == "assistant"), default=-1)
    return [words_of(message.get("content")) for message in messages[at + 1 :] if message["role"] == "tool"]


def words_of(content: Any) -> str:
    """The text of a message."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or ())


def completion(body: Json) -> Json:
    """The whole `chat.completion`."""
    message, reason = message_for(body)
    choices = [
        {"index": at, "message": message, "logprobs": None, "finish_reason": reason}
        for at in range(body.get("n") or 1)
    ]
    return {
        **FRAME,
        "object": "chat.completion",
        "choices": choices,
        "usage": usage_of(body),
        "service_tier": "default",
    }


def chunks(body: Json) -> list[Json]:
    """The stream's chunks, without `[DONE]`."""
    message, reason = message_for(body)
    found: list[Json] = []
    for at in range(body.get("n") or 1):
        for delta in _deltas(message):
            found.append(
                {"choices": [{"index": at, "delta": delta, "logprobs": None, "finish_reason": None}]}
            )
        found.append({"choices": [{"index": at, "delta": {}, "logprobs": None, "finish_reason": reason}]})
    if (body.get("stream_options") or {}).get("include_usage"):
        found = [{**chunk, "usage": None} for chunk in found]
        found.append({"choices": [], "usage": usage_of(body)})
    return [{**FRAME, "object": "chat.completion.chunk", **chunk, "obfuscation": "xyz"} for chunk in found]


def events(body: Json) -> bytes:
    """The stream as it goes over the wire."""
    lines = [b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n" for chunk in chunks(body)]
    return b"".join(lines) + b"data: [DONE]\n\n"


def _deltas(message: Json) -> list[Json]:
    first: Json = {"role": "assistant", "content": "", "refusal": None}
    if not message.get("tool_calls"):
        text = message["content"]
        return [first, *({"content": text[at : at + 3]} for at in range(0, len(text), 3))]
    found: list[Json] = [{**first, "content": None}]
    for index, call in enumerate(message["tool_calls"]):
        function = call["function"]
        found.append({"tool_calls": [{**call, "index": index, "function": {**function, "arguments": ""}}]})
        for letter in function["arguments"]:
            found.append({"tool_calls": [{"index": index, "function": {"arguments": letter}}]})
    return found

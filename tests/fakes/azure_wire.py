"""A strict fake of Azure's chat completions, classic and `/openai/v1`, on top of the model that all fakes share."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ni.catalog.load import SHIPPED, load
from tests.fakes.model import Heard, ScriptedReply, Speaker, say
from tests.fakes.openai_rules import refuse
from tests.fakes.openai_wire import words_of
from tests.fakes.text_rules import embeddings, refuse_embeddings
from tests.fakes.wire_server import Seen, Told, told

KEY, TOKEN = "azure-fake-key-0123456789", "entra-fake-token"
CLASSIC = re.compile(r"/openai/deployments/([^/]+)/(?:chat/completions|embeddings)")
V1 = ("/openai/v1/chat/completions", "/openai/v1/embeddings")
SHIPPED_MODELS = {row.upstream_model for row in load(SHIPPED).routes if row.provider == "azure"}
DEPLOYED = SHIPPED_MODELS | {"gpt-5-mini", "renamed"}
REASONS = {"stop": "stop", "length": "length", "filter": "content_filter", "calls": "tool_calls"}
VERDICT = {"hate": {"filtered": False, "severity": "safe"}}
WORDS = """
    frequency_penalty max_tokens messages model presence_penalty response_format seed stop stream stream_options
    temperature tool_choice tools top_p
"""
PLAIN = frozenset(WORDS.split())
Json = dict[str, Any]


class AzureWire:
    """Implements `Wire`; `speak` is the model behind it."""

    def __init__(self, speak: Speaker = say) -> None:
        self._speak = speak

    def answer(self, seen: Seen) -> Told:
        parts, body = urlsplit(seen.path), seen.body
        classic = CLASSIC.fullmatch(parts.path)
        version = parse_qs(parts.query).get("api-version", [""])[0]
        if seen.headers.get("api-key") != KEY and seen.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(401, "401", "Access denied due to invalid subscription key or wrong API endpoint.")
        dated = re.fullmatch(r"\d{4}-\d\d-\d\d(-preview)?", version)
        if not dated and (classic or parts.path not in V1):
            return error(404, "404", "Resource not found")
        name = classic[1] if classic else body.get("model")
        if name not in DEPLOYED:
            return error(404, "DeploymentNotFound", "The API deployment for this resource does not exist.")
        if parts.path.endswith("/embeddings"):
            if refusal := refuse_embeddings(body | {"model": name}):
                return told(*refusal)
            return told(200, embeddings(body | {"model": name}), **{"apim-request-id": "req_apim"})
        if refused := self._refused(body | {"model": name}, classic=bool(classic)):
            return refused
        said = self._speak(heard(body))
        headers = {"apim-request-id": "req_apim"}
        if body.get("stream"):
            usage = (body.get("stream_options") or {}).get("include_usage")
            return Told(
                200,
                stream(said, body.get("n") or 1, usage=bool(usage)),
                "text/event-stream; charset=utf-8",
                headers,
            )
        return told(200, completion(said, body.get("n") or 1), **headers)

    def _refused(self, body: Json, *, classic: bool) -> Told | None:
        if body["model"].startswith("DeepSeek") and (odd := body.keys() - PLAIN):
            return error(400, "unknown_parameter", f"Unrecognized request argument supplied: {min(odd)}")
        if classic and "prompt_cache_key" in body:
            return error(400, "unknown_parameter", "Unrecognized request argument supplied: prompt_cache_key")
        if refusal := refuse(body):
            return told(*refusal)
        if (
            json.dumps(body["messages"]).count('"image_url": {') > 50
        ):  # Azure: quotas and limits, images per request
            return error(400, "invalid_value", "Too many images in request. Max is 50.")
        if "input_audio" in json.dumps(body["messages"]):
            return error(400, "invalid_value", "Invalid content type. audio is not supported by this model.")
        if "BLOCKED" in json.dumps(body["messages"]):
            inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": VERDICT}
            found = {"message": "The response was filtered", "param": "prompt", "code": "content_filter"}
            return told(400, {"error": {**found, "type": None, "status": 400, "innererror": inner}})
        return None


def error(status: int, code: str, words: str) -> Told:
    """An error of Azure's shape."""
    return told(status, {"error": {"code": code, "message": words}})


def heard(body: Json) -> Heard:
    """What the model hears."""
    last: list[Json] = []
    for message in reversed(body["messages"]):
        if message["role"] == "assistant":
            break
        last.insert(0, message)
    users = [message for message in last if message["role"] == "user"] or last[-1:]
    parts: list[Json] = []
    for message in users:
        content = message["content"]
        parts += [{"type": "text", "text": content}] if isinstance(content, str) else content
    chosen = body.get("tool_choice")
    names = tuple(tool["function"]["name"] for tool in body.get("tools", ()) if chosen != "none")
    calls = [call["id"] for message in body["messages"] for call in message.get("tool_calls") or ()]
    results = sorted((m for m in last if m["role"] == "tool"), key=lambda m: calls.index(m["tool_call_id"]))
    stop = body.get("stop") or ()
    return Heard(
        "".join(part["text"] for part in parts if part["type"] == "text" and part["text"].strip()),
        (chosen["function"]["name"],) if isinstance(chosen, dict) else names,
        tuple(words_of(message["content"]) for message in results),
        sum(part["type"] == "image_url" for part in parts),
        False,
        (body.get("response_format") or {}).get("type") == "json_schema",
        (stop,) if isinstance(stop, str) else tuple(stop),
    )


def usage_of(said: ScriptedReply) -> Json:
    """The counts, as Azure writes them: what was written to a cache is not told."""
    counts = said.usage
    prompt = counts["fresh"] + counts["read"] + counts["written"]
    return {
        "prompt_tokens": prompt,
        "completion_tokens": counts["out"],
        "total_tokens": prompt + counts["out"],
        "prompt_tokens_details": {"cached_tokens": counts["read"], "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": counts["thought"]},
    }


def message_of(said: ScriptedReply) -> Json:
    """The assistant's message; a filtered one has no content at all."""
    if said.ending == "filter":
        return {"role": "assistant"}
    calls = [
        {
            "id": f"call_{said.mark}{at}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)},
        }
        for at, (name, arguments) in enumerate(said.calls)
    ]
    message: Json = {"role": "assistant", "content": said.text or ("" if not calls else None)}
    return message | {"tool_calls": calls} if calls else message


def completion(said: ScriptedReply, n: int = 1) -> Json:
    """A whole completion."""
    choice = {"message": message_of(said), "finish_reason": REASONS[said.ending], "logprobs": None}
    return {
        "id": f"chatcmpl-azure{said.mark}",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "gpt-4.1-mini-2025-04-14",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": VERDICT}],
        "choices": [{"index": at, **choice, "content_filter_results": VERDICT} for at in range(n)],
        "usage": usage_of(said),
    }


def stream(said: ScriptedReply, n: int, *, usage: bool) -> bytes:
    """The stream as it goes over the wire, verdict on the prompt first."""
    whole = completion(said)
    frame = {name: whole[name] for name in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    verdict = {"choices": [], "created": 0, "id": "", "model": "", "object": ""}
    events: list[Json] = [verdict | {"prompt_filter_results": whole["prompt_filter_results"]}]
    for at in range(n):
        choices = [{"index": at, "delta": delta, "finish_reason": None} for delta in deltas(said)]
        events += [frame | {"choices": [choice | {"content_filter_results": {}}]} for choice in choices]
        ending = {"index": at, "delta": {}, "finish_reason": REASONS[said.ending]}
        events.append(frame | {"choices": [ending | {"content_filter_results": VERDICT}]})
    if usage:
        events.append(frame | {"choices": [], "usage": whole["usage"]})
    lines = [b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n" for event in events]
    return b"".join(lines) + b"data: [DONE]\n\n"


def deltas(said: ScriptedReply) -> list[Json]:
    """The message in small pieces."""
    found: list[Json] = [{"role": "assistant", "content": "" if not said.calls else None}]
    found += [{"content": letter} for letter in said.text]
    for index, call in enumerate(message_of(said).get("tool_calls", ())):
        function = call["function"]
        found.append({"tool_calls": [{**call, "index": index, "function": {**function, "arguments": ""}}]})
        pieces = [{"index": index, "function": {"arguments": letter}} for letter in function["arguments"]]
        found += [{"tool_calls": [piece]} for piece in pieces]
    return found

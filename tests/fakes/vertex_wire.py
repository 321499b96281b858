"""A strict fake of Gemini on Vertex AI, on top of the model that all fakes share."""

import json
import re
from typing import Any

from tests.fakes.model import Heard, ScriptedReply, say
from tests.fakes.text_rules import predicted
from tests.fakes.vertex_rules import camel, refusal, sign
from tests.fakes.wire_server import Seen, Told, told

TOKEN, PROJECT = "ya29.fake-token", "project-1"
PATH = re.compile(
    r"/v1(?:beta1)?/projects/project-1/locations/([a-z0-9-]+)/publishers/google/models/([^/:]+)"
    r":(generateContent|streamGenerateContent\?alt=sse|(?:g|streamG)enerateContent\?%24alt=json%3Benum-encoding%3Dint)"
)
"""The last form is that of Google's platform client, which reads a stream as an array of objects."""
PREDICT = re.compile(
    r"/v1/projects/project-1/locations/[a-z0-9-]+/publishers/google/models/([^/:]*embedding[^/:]*):predict"
)
FILLS_IN = re.compile(
    r"/v1/projects/project-1/locations/[a-z0-9-]+/publishers/mistralai/models/(codestral[^/:@]*)(?:@\d+)?"
    r":(rawPredict|streamRawPredict)"
)
REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "filter": "SAFETY", "calls": "STOP"}
STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND"}
Json = dict[str, Any]


class VertexWire:
    """Implements `Wire`."""

    def answer(self, seen: Seen) -> Told:
        if seen.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(401, "Request had invalid authentication credentials.")
        if predicts := PREDICT.fullmatch(seen.path):
            answer = predicted(predicts[1], seen.body)
            return error(400, answer) if isinstance(answer, str) else told(200, answer)
        if fills := FILLS_IN.fullmatch(seen.path):
            return filled(fills[1], fills[2], seen.body)
        found = PATH.fullmatch(seen.path)
        if not found:
            return error(404, f"Publisher Model `{seen.path}` was not found")
        body = camel(seen.body)
        if fault := refusal(found[2], body, stream=found[3].startswith("stream")):
            return error(400, fault)
        whole, n = heard(body), body.get("generationConfig", {}).get("candidateCount", 1)
        if "BLOCKED" in whole.text:
            return framed([{"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}], found[3])
        return framed(objects(say(whole), n, streamed="stream" in found[3]), found[3])


FIM: dict[str, type | tuple[type, ...]] = {
    "model": str, "prompt": str, "suffix": str, "temperature": (int, float), "top_p": (int, float), "stream": bool,
    "max_tokens": int, "min_tokens": int, "stop": (str, list), "random_seed": int,
}  # fmt: skip
"""Mistral's reference of `POST /v1/fim/completions`: other fields are "Extra inputs are not permitted" (422)."""


def filled(model: str, verb: str, body: Json) -> Told:
    """What Codestral fills in; the model without its version, streaming by the verb (Mistral's page on Vertex AI)."""
    wrong = [name for name, value in body.items() if name not in FIM or not isinstance(value, FIM[name])]
    if wrong or "prompt" not in body or body.get("model") != model:
        detail = [
            {"type": "extra_forbidden", "loc": ["body", *wrong], "msg": "Extra inputs are not permitted"}
        ]
        return told(422, {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error"})
    if body.get("stream", False) != (verb == "streamRawPredict"):
        return error(400, "The stream field does not fit the method.")
    text = f"{body['prompt']}…{body.get('suffix', '')}"
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    frame = {"id": "m1", "created": 1764374400, "model": model}
    if verb == "rawPredict":
        message = {"role": "assistant", "content": text, "tool_calls": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return told(200, {**frame, "object": "chat.completion", "choices": [choice], "usage": usage})
    pieces: list[Json] = [{"delta": {"role": "assistant", "content": ""}, "finish_reason": None}]
    pieces += [{"delta": {"content": letter}, "finish_reason": None} for letter in text]
    pieces.append({"delta": {"content": ""}, "finish_reason": "stop"})
    chunks = [
        {**frame, "object": "chat.completion.chunk", "choices": [{"index": 0, **piece}]} for piece in pieces
    ]
    chunks[-1]["usage"] = usage
    lines = [b"data: " + json.dumps(chunk, ensure_ascii=False).encode() for chunk in chunks]
    return Told(200, b"\n\n".join([*lines, b"data: [DONE]", b""]), "text/event-stream")


def framed(found: list[Json], verb: str) -> Told:
    """As one JSON object, as an array of them, or as server-sent events."""
    if not verb.endswith("alt=sse"):
        return told(200, found if verb.startswith("stream") else found[0])
    lines = [b"data: " + json.dumps(entry, ensure_ascii=False).encode() + b"\r\n\r\n" for entry in found]
    return Told(200, b"".join(lines), "text/event-stream")


def error(status: int, words: str, **more: Any) -> Told:
    """An error of Google's shape."""
    return told(
        status, {"error": {"code": status, "message": words, "status": STATUS.get(status, "X"), **more}}
    )


def heard(body: Json) -> Heard:
    """What the model hears."""
    parts = body["contents"][-1]["parts"]
    config = body.get("generationConfig", {})
    calling = body.get("toolConfig", {}).get("functionCallingConfig", {})
    declared = [tool["name"] for entry in body.get("tools", ()) for tool in entry["functionDeclarations"]]
    responses = [part["functionResponse"]["response"] for part in parts if "functionResponse" in part]
    results = [word for response in responses for word in response.values()]
    return Heard(
        "".join(part["text"] for part in parts if part.get("text", "").strip()),
        () if calling.get("mode") == "NONE" else tuple(calling.get("allowedFunctionNames", declared)),
        tuple(results),
        sum("inlineData" in part for part in parts),
        config.get("thinkingConfig", {}).get("includeThoughts", False),
        "responseJsonSchema" in config,
        tuple(config.get("stopSequences", ())),
    )


def parts_of(said: ScriptedReply, step: int) -> list[Json]:
    """The parts of an answer, text in pieces of `step` letters."""
    thoughts = [
        {"text": said.thought[at : at + step], "thought": True} for at in range(0, len(said.thought), step)
    ]
    texts = [{"text": said.text[at : at + step]} for at in range(0, len(said.text), step)]
    calls: list[Json] = [
        {"functionCall": {"name": name, "args": arguments}} for name, arguments in said.calls
    ]
    if calls:
        calls[0]["thoughtSignature"] = sign(*said.calls[0])
    return [*thoughts, *texts, *calls]


def usage_of(said: ScriptedReply) -> Json:
    """The counts, as Google writes them: what was written to a cache is not told."""
    counts = said.usage
    prompt = counts["fresh"] + counts["read"] + counts["written"]
    return {
        "promptTokenCount": prompt,
        "cachedContentTokenCount": counts["read"],
        "candidatesTokenCount": counts["out"] - counts["thought"],
        "thoughtsTokenCount": counts["thought"],
        "totalTokenCount": prompt + counts["out"],
    }


def objects(said: ScriptedReply, n: int, *, streamed: bool) -> list[Json]:
    """The response objects: one, or one for each part. The last has the reason and the full counts."""
    frame = {"modelVersion": "gemini-fake", "responseId": "r1"}
    reason = {"finishReason": REASONS[said.ending]}
    if not streamed:
        content = {"content": {"role": "model", "parts": parts_of(said, 99)}} if parts_of(said, 99) else {}
        candidates = [{"index": at, **content, **reason} for at in range(n)]
        return [{**frame, "candidates": candidates, "usageMetadata": usage_of(said)}]
    found: list[Json] = []
    for at in range(n):
        contents = [{"content": {"role": "model", "parts": [part]}} for part in parts_of(said, 1)]
        found += [{**frame, "candidates": [{"index": at, **content}]} for content in contents]
        found.append({**frame, "candidates": [{"index": at, **reason}]})
    found[0] = found[0] | {"usageMetadata": {"trafficType": "ON_DEMAND"}}
    found[-1] = found[-1] | {"usageMetadata": usage_of(said)}
    return found

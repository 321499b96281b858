"""A strict fake of Bedrock's Converse and InvokeModel, whole and streamed, on top of the model that all fakes share."""

import json
import re
from base64 import b64encode
from typing import Any
from urllib.parse import unquote

from ni.providers.conversation import NOTED
from tests.fakes import anthropic_wire, prompted_model
from tests.fakes.anthropic_rules import sign
from tests.fakes.bedrock_frames import event, signed_by
from tests.fakes.bedrock_invoke_rules import refusal_of_invoke
from tests.fakes.bedrock_rules import refusal
from tests.fakes.model import Heard, ScriptedReply, say
from tests.fakes.text_rules import embedded, tokens_in
from tests.fakes.wire_server import Seen, Told, told

ACCESS, SECRET, BEARER = "AKIAFAKE", "fake/secret+key", "bedrock-api-key-fake"
PATH = re.compile(r"/model/([^/]+)/(converse|converse-stream|invoke|invoke-with-response-stream)")
REASONS = {"stop": "end_turn", "length": "max_tokens", "filter": "content_filtered", "calls": "tool_use"}
HEADERS = {"x-amzn-RequestId": "req_fake"}
Json = dict[str, Any]


class BedrockWire:
    """Implements `Wire`."""

    def answer(self, seen: Seen) -> Told:
        bearer = seen.headers.get("authorization") == f"Bearer {BEARER}"
        if not bearer and not signed_by(seen, {ACCESS: SECRET}, "bedrock"):
            return error(
                403, "InvalidSignatureException", "The request signature we calculated does not match"
            )
        found = PATH.fullmatch(seen.path)
        if not found or ":" in found[1]:
            return error(404, "UnknownOperationException", "unknown")
        model, streamed = unquote(found[1]), found[2].endswith("stream")
        body = seen.body
        if found[2] == "invoke" and "embed" in model:
            answer = embedded(model, body)
            if isinstance(answer, str):
                return error(400, "ValidationException", answer)
            counted = sum(map(tokens_in, body.get("texts", ())))
            return told(200, answer, **HEADERS, **{"X-Amzn-Bedrock-Input-Token-Count": str(counted)})
        if found[2].startswith("invoke"):
            return invoked(model, body, streamed=streamed)
        if fault := refusal(model, body, streamed=streamed):
            return error(400, "ValidationException", fault)
        said = prompted(body) if "meta.llama3-70b" in model else say(heard(body))
        if not streamed:
            return told(200, whole(said), **HEADERS)
        return Told(200, b"".join(stream(said)), "application/vnd.amazon.eventstream", HEADERS)


def invoked(model: str, body: Json, *, streamed: bool) -> Told:
    """What Claude answers in Anthropic's own words."""
    if fault := refusal_of_invoke(model, body):
        return error(400, "ValidationException", fault)
    said = say(anthropic_wire.heard(body))
    if not streamed:
        return told(200, anthropic_wire.message(said), **HEADERS)
    counts = said.usage
    metrics = {
        "inputTokenCount": counts["fresh"],
        "outputTokenCount": counts["out"],
        "cacheReadInputTokenCount": counts["read"],
        "cacheWriteInputTokenCount": counts["written"],
        "invocationLatency": 7,
        "firstByteLatency": 3,
    }
    *events, last = anthropic_wire.events(said)
    last["amazon-bedrock-invocationMetrics"] = metrics
    frames = b"".join(map(chunk, [*events, last]))
    return Told(200, frames, "application/vnd.amazon.eventstream", HEADERS)


def chunk(said: Json) -> bytes:
    """An event of Anthropic's as a frame of InvokeModelWithResponseStream."""
    return event("chunk", {"bytes": b64encode(json.dumps(said, ensure_ascii=False).encode()).decode()})


def error(status: int, kind: str, words: str) -> Told:
    """An error of Bedrock's shape."""
    return told(status, {"message": words}, **{"x-amzn-ErrorType": f"{kind}:http://internal.amazon.com/"})


def heard(body: Json) -> Heard:
    """What the model hears."""
    blocks = last_turn(body["messages"])
    config, extra = body.get("toolConfig", {}), body.get("additionalModelRequestFields", {})
    choice = config.get("toolChoice", {})
    names = tuple(tool["toolSpec"]["name"] for tool in config.get("tools", ()) if "toolSpec" in tool)
    silenced = any("Do not call" in block.get("text", "") for block in body.get("system", ()))
    results = [block["toolResult"]["content"] for block in blocks if "toolResult" in block]
    named = (choice.get("tool") or extra.get("tool_choice") or {}).get("name")
    return Heard(
        "".join(block.get("text", "") for block in blocks),
        () if silenced else (named,) if named else names,
        tuple("".join(part.get("text", "") for part in parts) for parts in results),
        sum("image" in block for block in blocks),
        "thinking" in extra,
        "textFormat" in body.get("outputConfig", {}),
        tuple(body.get("inferenceConfig", {}).get("stopSequences", ())),
    )


def prompted(body: Json) -> ScriptedReply:
    """What a model says that is told of tools by its prompt alone."""
    system = "\n".join(block["text"] for block in body.get("system", ()))
    texts = [block["text"] for block in body["messages"][-1]["content"] if "text" in block]
    stops = tuple(body.get("inferenceConfig", {}).get("stopSequences", ()))
    return prompted_model.written(say(prompted_model.heard(system, texts, stops)), len(body["messages"]))


def last_turn(messages: list[Json]) -> list[Json]:
    """What the user's side said last; results may stand apart from the words behind them."""
    blocks: list[Json] = messages[-1]["content"]
    apart = len(messages) > 2 and messages[-2]["content"] == [{"text": NOTED}]
    return messages[-3]["content"] + blocks if apart else blocks


def content(said: ScriptedReply) -> list[Json]:
    """The content blocks of an answer."""
    blocks: list[Json] = []
    if said.thought:
        text = {"text": said.thought, "signature": sign(said.thought)}
        blocks.append({"reasoningContent": {"reasoningText": text}})
    if said.text:
        blocks.append({"text": said.text})
    for at, (name, arguments) in enumerate(said.calls):
        blocks.append({"toolUse": {"toolUseId": f"tooluse_{at}", "name": name, "input": arguments}})
    return blocks


def usage(said: ScriptedReply) -> Json:
    """The counts, as Bedrock writes them."""
    counts = said.usage
    total = counts["fresh"] + counts["read"] + counts["written"] + counts["out"]
    return {
        "inputTokens": counts["fresh"],
        "cacheReadInputTokens": counts["read"],
        "cacheWriteInputTokens": counts["written"],
        "cacheDetails": [
            {"ttl": "5m", "inputTokens": counts["written"] - counts["hour"]},
            {"ttl": "1h", "inputTokens": counts["hour"]},
        ],
        "outputTokens": counts["out"],
        "totalTokens": total,
    }


def whole(said: ScriptedReply) -> Json:
    """A whole answer."""
    message = {"role": "assistant", "content": content(said)}
    ending = {"stopReason": REASONS[said.ending], "usage": usage(said), "metrics": {"latencyMs": 7}}
    return {"output": {"message": message}, **ending}


def stream(said: ScriptedReply) -> list[bytes]:
    """The frames of a stream; text blocks have no start, usage comes behind the stop."""
    found = [event("messageStart", {"role": "assistant"})]
    for index, block in enumerate(content(said)):
        if "toolUse" in block:
            use = {name: block["toolUse"][name] for name in ("toolUseId", "name")}
            found.append(event("contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": use}}))
        found += [event("contentBlockDelta", {"contentBlockIndex": index, "delta": d}) for d in deltas(block)]
        found.append(event("contentBlockStop", {"contentBlockIndex": index}))
    found.append(event("messageStop", {"stopReason": REASONS[said.ending]}))
    return [*found, event("metadata", {"usage": usage(said), "metrics": {"latencyMs": 7}})]


def deltas(block: Json) -> list[Json]:
    """One block in small pieces."""
    if "text" in block:
        return [{"text": letter} for letter in block["text"]]
    if "toolUse" in block:
        written = json.dumps(block["toolUse"]["input"], ensure_ascii=False)
        return [{"toolUse": {"input": letter}} for letter in written]
    thought = block["reasoningContent"]["reasoningText"]
    pieces = [{"reasoningContent": {"text": letter}} for letter in thought["text"]]
    return [*pieces, {"reasoningContent": {"signature": thought["signature"]}}]

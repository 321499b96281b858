"""What the makers of vectors and the continuers of text refuse, and what they answer; shared by the fakes of all wires.

Sources: OpenAI's reference of `embeddings` and `completions`, Vertex's of `predict` for text embeddings, Bedrock's of
Titan and Cohere Embed. A vector is made of the digest of its text, so that every fake gives the same for the same text.
"""

import base64
import hashlib
import json
import struct
from typing import Any

from tests.fakes.openai_rules import Refusal, error

Json = dict[str, Any]
EMBEDDING_FIELDS = frozenset({"input", "model", "dimensions", "encoding_format", "user"})
LENGTH = 8


def vector(text: Any, length: int = LENGTH) -> list[float]:
    """Doubles with all their digits, as an API writes them."""
    digest = hashlib.sha512(json.dumps(text).encode()).digest()
    whole = [int.from_bytes(digest[at : at + 7], "big") for at in range(0, 56, 7)]
    return [(whole[at % 8] / 2**56 - 0.5) / (1 + at // 8) for at in range(length)]


def packed(numbers: list[float]) -> str:
    """As base64 of little-endian 32-bit floats."""
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def tokens_in(text: Any) -> int:
    """How many tokens a text has."""
    return len(text) if isinstance(text, list) else len(str(text).split()) + 1


def texts_in(given: Any) -> list[Any]:
    """The texts of an `input`."""
    single = isinstance(given, str) or isinstance(given[0], int)
    return [given] if single else list(given)


def refuse_embeddings(body: Json) -> Refusal | None:
    """The refusal that OpenAI has for the body."""
    for name in body:
        if name not in EMBEDDING_FIELDS:
            return error(400, f"Unrecognized request argument supplied: {name}", "unknown_parameter", name)
    given = body.get("input")
    if not given or (isinstance(given, list) and (len(texts_in(given)) > 2048 or "" in given)):
        return error(400, "'$.input' is invalid.", "invalid_value", "input")
    if "dimensions" in body and "text-embedding-3" not in body["model"]:
        return error(400, "This model does not support specifying dimensions.", None, "dimensions")
    return None


def embeddings(body: Json, *, base64_known: bool = True) -> Json:
    """OpenAI's list of embeddings; entries in no particular order. Some own servers know no base64."""
    texts = texts_in(body["input"])
    shown = packed if base64_known and body.get("encoding_format") == "base64" else list
    length = body.get("dimensions") or LENGTH
    data = [
        {"object": "embedding", "index": at, "embedding": shown(vector(text, length))}
        for at, text in enumerate(texts)
    ]
    counted = sum(map(tokens_in, texts))
    return {
        "object": "list",
        "data": data[::-1],
        "model": body["model"],
        "usage": {"prompt_tokens": counted, "total_tokens": counted},
    }


def continued(body: Json) -> list[str]:
    """How each prompt goes on: with the suffix, what stands between."""
    prompts = texts_in(body["prompt"])
    return [
        f"{prompt}…{body.get('suffix', '')}" if isinstance(prompt, str) else "tokens" for prompt in prompts
    ]


def refuse_completions(body: Json) -> Refusal | None:
    """The refusal that a server of OpenAI's shape has for the body."""
    if "messages" in body or "prompt" not in body:
        return error(400, "you must provide a prompt", None, "prompt")
    if "stream_options" in body and not body.get("stream"):
        return error(400, "stream_options only with stream", "invalid_value", "stream_options")
    return None


def text_completion(body: Json) -> Json:
    """A whole `text_completion`."""
    choices = [
        {"text": text, "index": at, "logprobs": None, "finish_reason": "stop"}
        for at, text in enumerate(continued(body))
    ]
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    frame = {"id": "cmpl-1", "object": "text_completion", "created": 1_790_000_000, "model": body["model"]}
    return {**frame, "choices": choices, "usage": usage}


def text_events(body: Json) -> bytes:
    """The same as a stream."""
    whole = text_completion(body)
    frame = {name: whole[name] for name in ("id", "object", "created", "model")}
    events: list[Json] = []
    for choice in whole["choices"]:
        pieces = [{**choice, "text": letter, "finish_reason": None} for letter in choice["text"]]
        events += [{**frame, "choices": [piece]} for piece in [*pieces, {**choice, "text": ""}]]
    if (body.get("stream_options") or {}).get("include_usage"):
        events.append({**frame, "choices": [], "usage": whole["usage"]})
    lines = [b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n" for event in events]
    return b"".join(lines) + b"data: [DONE]\n\n"


def predicted(model: str, body: Json) -> Json | str:
    """Vertex's answer to `predict`, or why it refuses."""
    instances = body.get("instances")
    if body.keys() - {"instances", "parameters"} or not isinstance(instances, list):
        return "Invalid JSON payload received."
    if not 1 <= len(instances) <= (1 if model.startswith("gemini-embedding") else 250):
        return f"{len(instances)} instance(s) is allowed per prediction."
    if any(one.keys() - {"content", "task_type", "title"} or not one.get("content") for one in instances):
        return "The text content is empty."
    length = body.get("parameters", {}).get("outputDimensionality", LENGTH)
    return {
        "predictions": [
            {
                "embeddings": {
                    "values": vector(one["content"], length),
                    "statistics": {"truncated": False, "token_count": float(tokens_in(one["content"]))},
                }
            }
            for one in instances
        ]
    }


def embedded(model: str, body: Json) -> Json | str:
    """Titan's or Cohere's answer to InvokeModel, or why it is refused."""
    if model.startswith("amazon.titan-embed-text-v2"):
        if body.keys() - {"inputText", "dimensions", "normalize", "embeddingTypes"} or not body.get(
            "inputText"
        ):
            return "Malformed input request: extraneous key is not permitted"
        if body.get("dimensions", 1024) not in (256, 512, 1024):
            return "Malformed input request: dimensions is not a valid enum value"
        text = body["inputText"]
        numbers = vector(text, body.get("dimensions", LENGTH))
        return {"embedding": numbers, "inputTextTokenCount": tokens_in(text)}
    if body.keys() - {"texts", "input_type", "truncate", "embedding_types"} or "input_type" not in body:
        return "Malformed input request: required key [input_type] not found"
    if not 1 <= len(body["texts"]) <= 96:
        return "Malformed input request: expected maximum item count: 96"
    return {
        "embeddings": [vector(text) for text in body["texts"]],
        "response_type": "embeddings_floats",
        "id": "1",
    }

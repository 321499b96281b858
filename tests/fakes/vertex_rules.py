"""What Gemini's generateContent refuses, as far as the tests need it: a wrong request must fail a test, not pass.

`FIELDS` is the request's shape: a set of names per object, so that an unknown field is refused as Google refuses it.
"""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from tests.fakes.tool_rules import doubled

Json = dict[str, Any]

FIELDS: dict[str, str] = {
    "": "contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels",
    "contents": "role parts",
    "systemInstruction": "role parts",
    "parts": "text inlineData fileData functionCall functionResponse thought thoughtSignature",
    "inlineData": "mimeType data",
    "functionCall": "name args",
    "functionResponse": "name response",
    "tools": "functionDeclarations",
    "functionDeclarations": "name description parameters parametersJsonSchema response",
    "toolConfig": "functionCallingConfig",
    "functionCallingConfig": "mode allowedFunctionNames",
    "thinkingConfig": "includeThoughts thinkingBudget thinkingLevel",
    "generationConfig": """temperature topP topK candidateCount maxOutputTokens stopSequences seed presencePenalty
        frequencyPenalty responseMimeType responseSchema responseJsonSchema thinkingConfig""",
}
FREE = frozenset(
    {"args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema"}
)
KINDS = frozenset({"image/png", "image/jpeg", "image/webp", "application/pdf"})
SKIP = "skip_thought_signature_validator"


def sign(name: str, arguments: Json) -> str:
    """The thought signature of a call."""
    return sha256(json.dumps([name, arguments], sort_keys=True).encode()).hexdigest()[:24]


def camel(found: Any) -> Any:
    """The request with names in camelCase: the service reads both spellings."""
    if isinstance(found, list):
        return [camel(entry) for entry in found]
    if not isinstance(found, dict):
        return found
    renamed = {re.sub(r"_([a-z])", lambda m: m[1].upper(), name): value for name, value in found.items()}
    return {name: value if name in FREE else camel(value) for name, value in renamed.items()}


def refusal(model: str, body: Json, *, stream: bool = False) -> str | None:
    """Why the request is refused, or None."""
    faults = (
        _unknown(body, "", ""), _generation(model, body), _several(model, body, stream=stream), _declared(body),
        _contents(model, body),
    )  # fmt: skip
    for found in faults:
        if fault := next(found, None):
            return fault
    return None


def _unknown(found: Any, kind: str, path: str) -> Iterator[str]:
    if isinstance(found, list):
        for at, entry in enumerate(found):
            yield from _unknown(entry, kind, f"{path}[{at}]")
    elif isinstance(found, dict):
        for name, value in found.items():
            if name not in FIELDS[kind].split():
                yield f"Invalid JSON payload received. Unknown name \"{name}\" at '{path}': Cannot find field."
                return
            if name not in FREE and isinstance(value, dict | list) and name in FIELDS:
                yield from _unknown(value, name, f"{path}.{name}".strip("."))


def _generation(model: str, body: Json) -> Iterator[str]:
    config = body.get("generationConfig", {})
    thinking = config.get("thinkingConfig", {})
    if {"thinkingBudget", "thinkingLevel"} <= thinking.keys():
        yield "You can only set one of thinking budget and thinking level."
    penalised = {"presencePenalty", "frequencyPenalty"} & config.keys()
    if penalised and "gemini-2.0" not in model:  # vercel/ai#17102, BerriAI/litellm#16907
        yield f"Penalty is not enabled for models/{model}"
    if "thinkingLevel" in thinking and "gemini-2" in model:
        yield "Thinking level is not supported for this model."
    if "2.5-pro" in model and "thinkingBudget" in thinking and not 128 <= thinking["thinkingBudget"] <= 32768:
        yield "The thinking budget is invalid. Please choose a value between 128 and 32768."
    if not 0 <= config.get("temperature", 1) <= 2 or not 1 <= config.get("candidateCount", 1) <= 8:
        yield "Unable to submit request because it has a parameter out of range."
    if len(config.get("stopSequences", ())) > 5:
        yield "stopSequences supports up to 5"
    if "responseJsonSchema" in config and config.get("responseMimeType") != "application/json":
        yield "responseJsonSchema needs responseMimeType application/json"
    if body.get("tools") and "responseMimeType" in config and "gemini-2" in model:
        yield "Function calling with a response mime type: 'application/json' is unsupported"
    if "toolConfig" in body and not body.get("tools"):
        yield "Function calling config is set without function_declarations."


def _several(model: str, body: Json, *, stream: bool) -> Iterator[str]:
    count = body.get("generationConfig", {}).get("candidateCount", 1)
    if count > 1 and "gemini-3" in model:  # googleapis/js-genai#1609
        yield "Multiple candidates is not enabled for this model"
    if count > 1 and stream:  # Google's reference of generateContent, at candidateCount
        yield "Multiple candidates work with generateContent; streamGenerateContent is not supported."


def _declared(body: Json) -> Iterator[str]:
    declared = [one["name"] for tool in body.get("tools", ()) for one in tool["functionDeclarations"]]
    if doubled(declared):
        yield "Duplicate function declaration found"


def _contents(model: str, body: Json) -> Iterator[str]:
    contents, waiting, role = body.get("contents") or [], 0, "model"
    if not contents:
        yield "at least one contents field is required"
    for content in contents:
        if content["role"] == role or content["role"] not in ("user", "model"):
            yield "Please ensure that roles alternate between user and model."
        role = content["role"]
        yield from _parts(content["parts"])
        answers = sum("functionResponse" in part for part in content["parts"])
        if answers != waiting:
            yield "the number of function response parts is not equal to the number of function call parts"
        calls = [part for part in content["parts"] if "functionCall" in part]
        waiting = len(calls)
        if calls and "gemini-3" in model and "thoughtSignature" not in calls[0]:
            yield "Function call is missing a thought_signature in functionCall parts."
    if role != "user":
        yield "Please ensure that multiturn requests end with a user role or a function response."
    if "systemInstruction" in body:
        yield from _parts(body["systemInstruction"]["parts"])


def _parts(parts: list[Json]) -> Iterator[str]:
    if not parts:
        yield "must include at least one parts field"
    for part in parts:
        if part.get("text") == "" or not part:
            yield "Unable to submit request because it must have a text parameter."
        if "inlineData" in part and part["inlineData"]["mimeType"] not in KINDS:
            yield "Unable to submit request because it has a mimeType parameter that is not supported."
        call, signature = part.get("functionCall"), part.get("thoughtSignature")
        if call and signature not in (None, SKIP, sign(call["name"], call.get("args", {}))):
            yield "Thought signature is not valid."
        if "functionResponse" in part and not isinstance(part["functionResponse"]["response"], dict):
            yield "Invalid value at response: must be an object"
        elif (
            "functionResponse" in part
            and len(part["functionResponse"]["response"].keys() & {"output", "error"}) != 1
        ):
            # reference of FunctionResponse: "output" for what came of the call, "error" for its failure
            yield "the fake wants `output` or `error` in a response, as the reference tells them apart"

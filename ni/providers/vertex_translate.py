"""Gemini's generateContent (v1): requests from the chat form, and answers into it. Pure.

The API refuses unknown fields, so only fields of its reference are written. Schemas are sent as JSON Schema
(`parametersJsonSchema`, `responseJsonSchema`). Gemini 2.5 takes a token budget for thinking (Pro not zero), Gemini 3
takes levels; a name without a generation is taken for the newest. Calls have no ids, so ids are made here; the
signature of a call is given to `keep` under its id. A blocked prompt has no candidates and is a refusal.
Source: Google's pages on thinking and on structured output.
"""

import re
from collections.abc import Callable, Iterator

import orjson

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.ids import Random, object_id
from ni.domain.reply import Usage
from ni.domain.route import Route
from ni.providers.chunk_writer import ChunkWriter, told_reason
from ni.providers.conversation import (
    Block,
    Document,
    Image,
    ProviderConversation,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    ending_with_user,
    words_of,
)
from ni.providers.errors import (
    Upstream,
    after_begin,
    problem_of_status,
    read_error_body,
    stopped_without_cause,
    unreadable_call,
)
from ni.providers.generation_parameters import NONE, REQUIRED, GenerationParameters, json_instruction
from ni.providers.thinking_cache import Find

_NAME = re.compile(r"gemini-(\d{1,2})(?:\.(\d{1,2}))?")
_NEWEST = (99, 0)
_BUDGETS = {"minimal": 512, "low": 1024, "medium": 8192, "high": 24_576, "xhigh": 24_576, "max": 24_576}
_LEVELS = {"minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM"}
_PRO_LEAST, _PRO_MOST, _FLASH_MOST = 128, 32_768, 24_576


def generation_of(model: str) -> tuple[int, int]:
    """The generation that a model id tells."""
    match = _NAME.search(model.lower())
    return (int(match[1]), int(match[2] or 0)) if match else _NEWEST


def thinking_config(model: str, asked: GenerationParameters) -> Json:
    """`thinkingConfig`, empty where nothing was asked or the model does not think."""
    thinking = asked.thinking or {}
    effort = asked.effort or {"disabled": "none", "adaptive": "high", "enabled": "high"}.get(
        thinking.get("type", ""), ""
    )
    generation, pro = generation_of(model), "pro" in model.lower()
    if not effort or generation < (2, 5):
        return {}
    if generation < (3, 0):
        wanted = thinking.get("budget_tokens") or _BUDGETS.get(effort, 0)
        least, most = (_PRO_LEAST, _PRO_MOST) if pro else (0, _FLASH_MOST)
        budget = max(least, min(most, wanted))
        return {"thinkingBudget": budget, "includeThoughts": effort != "none"}
    level = _LEVELS.get("minimal" if effort == "none" else effort, "HIGH")
    if pro and level == "MINIMAL":
        level = "LOW"
    return {"thinkingLevel": level, "includeThoughts": effort != "none"}


def needs_signatures(model: str) -> bool:
    """Whether calls that are shown again must be signed."""
    return generation_of(model) >= (3, 0)


def holds_json_with_tools(model: str) -> bool:
    """Whether the answer can be held to JSON while tools are offered."""
    return generation_of(model) >= (3, 0)


UNSIGNED = b"skip_thought_signature_validator"
"""Google's documented stand-in for a signature that the client of another model cannot have."""
_CARRIED = {"seed": "seed", "presence_penalty": "presencePenalty", "frequency_penalty": "frequencyPenalty"}


def request_body(
    route: Route, asked: GenerationParameters, conversation: ProviderConversation, find: Find, body: Json
) -> Json:
    """The body of `generateContent` and `streamGenerateContent`."""
    model = route.upstream_model
    system = [{"text": block.text} for block in conversation.system]
    held = asked.answer is not None and (not asked.tools or holds_json_with_tools(model))
    if asked.answer and (not held or asked.answer.schema is None):
        system.append({"text": json_instruction(asked.answer)})
    signed = _Signed(find, required=needs_signatures(model))
    request: Json = {
        "contents": [_turn(turn, signed) for turn in ending_with_user(conversation)],
        "generationConfig": _generation(route, asked, body, held=held),
    }
    if system:
        request["systemInstruction"] = {"parts": system}
    return request | _tools(asked)


def _generation(route: Route, asked: GenerationParameters, body: Json, *, held: bool) -> Json:
    most = route.capabilities.max_output_tokens
    config: Json = {_CARRIED[name]: body[name] for name in _CARRIED if body.get(name) is not None}
    optional = {
        "temperature": asked.temperature,
        "topP": asked.top_p,
        "topK": asked.top_k,
        "maxOutputTokens": min(asked.output_limit, most) if asked.output_limit else None,
        "stopSequences": list(asked.stops) or None,
        "candidateCount": body["n"] if (body.get("n") or 1) > 1 else None,
        "thinkingConfig": thinking_config(route.upstream_model, asked) or None,
    }
    config |= {name: value for name, value in optional.items() if value is not None}
    if held and asked.answer:
        config["responseMimeType"] = "application/json"
        if asked.answer.schema is not None:
            config["responseJsonSchema"] = asked.answer.schema
    return config


class _Signed:
    """Finds the signature of a call; `required` where a call without one is refused."""

    def __init__(self, find: Find, *, required: bool) -> None:
        self._find = find
        self._required = required

    def signature(self, call: ToolCall, *, first: bool) -> Json:
        """The field of a call's part, if it has one: the first of a turn must, the others may."""
        signature = self._find(call.id)
        if signature is None and first and self._required:
            signature = UNSIGNED
        return {"thoughtSignature": signature.decode()} if signature else {}


def _turn(turn: Turn, signed: _Signed) -> Json:
    parts: list[Json] = []
    first = True
    for block in sorted(turn.blocks, key=lambda block: not isinstance(block, ToolResult)):
        if isinstance(block, ToolCall):
            call = {"functionCall": {"name": block.name, "args": block.arguments}}
            parts.append(call | signed.signature(block, first=first))
            first = False
        else:
            parts.append(_part(block))
    parts += [
        _part(part) for block in turn.blocks if isinstance(block, ToolResult) for part in _images(block)
    ]
    return {"role": "user" if turn.role == "user" else "model", "parts": parts}


def _images(result: ToolResult) -> list[Image]:
    return [part for part in result.parts if isinstance(part, Image)]


def _part(block: Block) -> Json:
    match block:
        case Text():
            return {"text": block.text}
        case Image():
            return {"inlineData": {"mimeType": block.media_type, "data": block.content}}
        case Document():
            return {"inlineData": {"mimeType": "application/pdf", "data": block.content}}
        case ToolResult():
            return {"functionResponse": {"name": block.name, "response": _response(block)}}
        case ToolCall():
            return {"functionCall": {"name": block.name, "args": block.arguments}}


def _response(result: ToolResult) -> Json:
    """What a tool gave, word for word, under the key by which Google's reference tells output from error."""
    return {"error" if result.failed else "output": words_of(result)}


def _tools(asked: GenerationParameters) -> Json:
    if not asked.tools:
        return {}
    declared = []
    for tool in asked.tools:
        declaration: Json = {"name": tool.name, "parametersJsonSchema": tool.schema}
        if tool.description:
            declaration["description"] = tool.description
        declared.append(declaration)
    calling: Json = {"mode": {REQUIRED: "ANY", NONE: "NONE"}.get(asked.choice, "AUTO")}
    if asked.forced:
        calling["allowedFunctionNames"] = [asked.forced]
    return {"tools": [{"functionDeclarations": declared}], "toolConfig": {"functionCallingConfig": calling}}


REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "LANGUAGE": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
}
_CALL_FAILED = frozenset(
    {
        "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE", "TOO_MANY_TOOL_CALLS",
        "UNEXPECTED_TOOL_CALL",
    }
)  # fmt: skip
_FAILED = frozenset({"OTHER", "NO_IMAGE", "IMAGE_OTHER"})
"""Failures of the upstream: no reason of ours would be true."""
_UNSAID = "FINISH_REASON_UNSPECIFIED"

Keep = Callable[[str, bytes], None]


class VertexReader:
    """Implements `Reader`."""

    def __init__(
        self, writer: ChunkWriter, keep: Keep, upstream: Upstream, random: Random, choices: int = 1
    ) -> None:
        self.done = False  # nothing on this wire says so
        self.usage: Usage | None = None
        self._writer = writer
        self._keep = keep
        self._upstream = upstream
        self._random = random
        self._choices = choices
        self._whole = False
        self._begun: set[int] = set()
        self._ended: dict[int, str] = {}  # the latest reason of each choice

    @property
    def finished(self) -> bool:
        """Whether every candidate said how it ended. A whole answer may hold fewer than were asked for."""
        expected = 1 if self._whole else self._choices
        return len(self._ended) >= expected and self._begun <= self._ended.keys()

    @property
    def partial_usage(self) -> Usage | None:
        """The usage of the last event; each event reports it."""
        return self.usage

    def event(self, event: Json) -> Iterator[Json]:
        """The chunks in one event."""
        if "error" in event:
            raise problem_in_event(event, self._upstream)
        if counts := event.get("usageMetadata"):
            self.usage = usage_of(counts) or self.usage
        if not event.get("candidates") and (event.get("promptFeedback") or {}).get("blockReason"):
            raise errors.ContentFiltered()
        for candidate in event.get("candidates") or ():
            yield from self._candidate(candidate)

    def whole(self, answer: Json) -> Iterator[Json]:
        """The chunks of a whole answer."""
        self._whole = True
        return self.event(answer)

    def close(self) -> Iterator[Json]:
        """The ends of all choices and the usage. Some models say `STOP` in each event: the last one counts."""
        for choice, reason in sorted(self._ended.items()):
            yield self._writer.finish(told_reason(REASONS, reason), choice)
        if self.usage is not None:
            yield self._writer.usage(self.usage)

    def _candidate(self, candidate: Json) -> Iterator[Json]:
        choice = int(candidate.get("index") or 0)
        if not 0 <= choice < self._choices:
            raise ValueError("a candidate that was not asked for")
        if choice not in self._begun:
            self._begun.add(choice)
            yield self._writer.begin(choice)
        for part in (candidate.get("content") or {}).get("parts") or ():
            yield from self._part(part, choice)
        reason = candidate.get("finishReason", _UNSAID)
        if reason != _UNSAID:
            self._note_end(reason, choice)

    def _note_end(self, reason: str, choice: int) -> None:
        if reason in _CALL_FAILED or reason in _FAILED:
            failure = unreadable_call if reason in _CALL_FAILED else stopped_without_cause
            self._writer.raise_unless_whole(failure(reason, self._upstream), choice, whole=self._whole)
        if reason not in REASONS and not self._writer.answered(choice):
            raise ValueError("a new reason, and no answer")
        self._ended[choice] = reason

    def _part(self, part: Json, choice: int) -> Iterator[Json]:
        if call := part.get("functionCall"):
            call_id = self._writer.fresh(call.get("id") or object_id("call", self._random))
            if signature := part.get("thoughtSignature"):
                self._keep(call_id, signature.encode())
            index, chunk = self._writer.call(call_id, call["name"], choice)
            yield chunk
            yield self._writer.arguments(index, orjson.dumps(call.get("args") or {}).decode(), choice)
        elif text := part.get("text"):
            yield (
                self._writer.thought(text, choice) if part.get("thought") else self._writer.text(text, choice)
            )


def usage_of(counts: Json) -> Usage | None:
    """Prompt tokens include cached ones; candidates' leave thoughts out. None until the prompt was counted."""
    if "promptTokenCount" not in counts:
        return None
    prompt = int(counts["promptTokenCount"]) + int(counts.get("toolUsePromptTokenCount") or 0)
    cached = min(prompt, int(counts.get("cachedContentTokenCount") or 0))
    thoughts = int(counts.get("thoughtsTokenCount") or 0)
    output = int(counts.get("candidatesTokenCount") or 0) + thoughts
    return Usage(uncached=prompt - cached, cached=cached, output=output, reasoning=thoughts)


def problem_in_event(event: Json, upstream: Upstream) -> errors.Problem:
    """The problem that an error object in the middle of a stream is."""
    status = event["error"].get("code", 500)
    return after_begin(
        problem_of_status(status if isinstance(status, int) else 500, read_error_body(event), None, upstream),
        upstream,
    )

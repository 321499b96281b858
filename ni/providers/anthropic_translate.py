"""Anthropic's Messages API, version 2023-06-01: requests from the chat form, and answers into it. Pure.

The API refuses unknown fields, so only fields of its reference are written. Thinking becomes `reasoning_content`; where
tools are called, the signed thinking before each call is given to `keep`, because the API requires it unchanged beside
the results, and clients of the chat form do not return it.
"""

from collections.abc import Callable, Iterator

import orjson

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.reply import Usage
from ni.domain.route import Route
from ni.providers.conversation import (
    Block,
    Document,
    Image,
    ProviderConversation,
    Text,
    ToolCall,
    ToolResult,
    ending_with_user,
    plain_id,
)
from ni.providers.errors import Upstream, after_begin, problem_of_status, read_error_body
from ni.providers.generation_parameters import (
    NONE,
    REQUIRED,
    Answer,
    GenerationParameters,
    Tool,
    closed_schema,
    generation_of,
    json_instruction,
    sampling_of,
    thinking_of,
)
from ni.providers.responses import BlockReader, ChunkWriter
from ni.providers.thinking_cache import Find, forgotten, may_think, written
from ni.providers.usage import usage_of


def request_body(
    route: Route, asked: GenerationParameters, conversation: ProviderConversation, find: Find
) -> Json:
    """The body without `stream`."""
    generation = generation_of(route.upstream_model)
    most = route.capabilities.max_output_tokens
    limit = min(asked.output_limit or most, most)
    signed = may_think(conversation, find)
    thinking = thinking_of(asked, generation, limit, signed)
    find_thinking = find if thinking else forgotten
    turns = ending_with_user(conversation, unless=generation.continues)
    body: Json = {
        "model": route.upstream_model,
        "max_tokens": limit,
        "messages": [{"role": turn.role, "content": written(turn, find_thinking, _block)} for turn in turns],
        **sampling_of(asked, thinking is not None),
    }
    if asked.stops:
        body["stop_sequences"] = list(asked.stops)
    system = [_text(block) for block in conversation.system]
    output: Json = {"effort": thinking.effort} if thinking and thinking.effort else {}
    if thinking:
        body["thinking"] = thinking.config
    forced = forced_answer(asked, generation.holds_schema)
    if asked.answer and asked.answer.schema and generation.holds_schema:
        output["format"] = {"type": "json_schema", "schema": closed_schema(asked.answer.schema)}
    elif asked.answer and not forced:
        system.append({"type": "text", "text": json_instruction(asked.answer)})
    return body | _tools(asked, forced) | _present(system=system, output_config=output)


def forced_answer(asked: GenerationParameters, holds_schema: bool) -> Answer | None:
    """The answer's form, if it must be had by forcing a tool: the model knows no schemas and no tool is in the way."""
    answer = asked.answer
    return answer if answer and answer.schema and not holds_schema and not asked.tools else None


def _present(**fields: Json | list[Json]) -> Json:
    return {name: value for name, value in fields.items() if value}


def _block(block: Block) -> Json:
    match block:
        case Text():
            return _text(block)
        case Image():
            return _image(block)
        case Document():
            source = {"type": "base64", "media_type": "application/pdf", "data": block.content}
            return _cached({"type": "document", "source": source}, block.cache)
        case ToolCall():
            return {
                "type": "tool_use",
                "id": plain_id(block.id),
                "name": block.name,
                "input": block.arguments,
            }
        case ToolResult():
            result: Json = {"type": "tool_result", "tool_use_id": plain_id(block.id)}
            if block.parts:
                result["content"] = [_block(part) for part in block.parts]
            if block.failed:
                result["is_error"] = True
            return _cached(result, block.cache)


def _text(block: Text) -> Json:
    return _cached({"type": "text", "text": block.text}, block.cache)


def _image(block: Image) -> Json:
    source: Json = {"type": "url", "url": block.url}
    if block.content:
        source = {"type": "base64", "media_type": block.media_type, "data": block.content}
    return _cached({"type": "image", "source": source}, block.cache)


def _cached(written: Json, cache: Json | None) -> Json:
    return written | {"cache_control": cache} if cache else written


def _tools(asked: GenerationParameters, forced: Answer | None) -> Json:
    if forced and forced.schema:
        tool = Tool(forced.name, forced.description, forced.schema)
        choice: Json = {"type": "tool", "name": forced.name, "disable_parallel_tool_use": True}
        return {"tools": [_tool(tool)], "tool_choice": choice}
    if not asked.tools:
        return {}
    if asked.forced:
        choice = {"type": "tool", "name": asked.forced}
    else:
        choice = {"type": {REQUIRED: "any", NONE: "none"}.get(asked.choice, "auto")}
    if not asked.parallel and asked.choice != NONE:
        choice["disable_parallel_tool_use"] = True
    return {"tools": [_tool(tool) for tool in asked.tools], "tool_choice": choice}


def _tool(tool: Tool) -> Json:
    written: Json = {"name": tool.name, "input_schema": tool.schema}
    if tool.description:
        written["description"] = tool.description
    return _cached(written, tool.cache)


REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}

Keep = Callable[[str, bytes], None]


class AnthropicReader(BlockReader):
    """Implements `Reader`."""

    reasons = REASONS

    def __init__(self, writer: ChunkWriter, keep: Keep, upstream: Upstream, schema_tool: str = "") -> None:
        super().__init__(writer, keep, upstream, schema_tool)
        self._counts: Json = {}

    @staticmethod
    def _other(reason: str) -> str:
        """A new reason ends a whole answer, too. Raises `KeyError` for none."""
        if not isinstance(reason, str) or not reason:
            raise KeyError(reason)
        return "stop"

    @property
    def partial_usage(self) -> Usage | None:
        """The counts of the message's beginning, and those that came since."""
        return usage_of(self._counts) if "input_tokens" in self._counts else None

    def event(self, event: Json) -> Iterator[Json]:
        """The chunks in one event."""
        match event["type"]:
            case "content_block_delta":
                yield from self._delta(event["index"], event["delta"])
            case "content_block_start":
                yield from self._start(event["index"], event["content_block"])
            case "content_block_stop":
                yield from self._end_of_block(event["index"])
            case "message_start":
                self._count(event["message"].get("usage"))
                yield self._writer.begin()
            case "message_delta":
                self._count(event.get("usage"))
                if reason := event["delta"].get("stop_reason"):
                    yield self._finish(reason)
            case "message_stop":
                self.done = True
            case "error":
                raise problem_in_event(event, self._upstream)

    def whole(self, answer: Json) -> Iterator[Json]:
        """The chunks of a whole message."""
        self._count(answer.get("usage"))
        yield self._writer.begin()
        for index, block in enumerate(answer["content"]):
            yield from self._start(index, block)
            if index in self._calls:
                yield from self._arguments(index, orjson.dumps(block["input"]).decode())
        yield self._finish(answer["stop_reason"])

    def _start(self, index: int, block: Json) -> Iterator[Json]:
        kind = block["type"]
        if kind == "text" and block["text"]:
            yield self._writer.text(block["text"])
        elif kind in ("thinking", "redacted_thinking"):
            self._thoughts.append({**block})
            if block.get("thinking"):
                yield self._writer.thought(block["thinking"])
        elif kind == "tool_use":
            yield from self._call(
                index, block["id"], block["name"], orjson.dumps(block.get("input") or {}).decode()
            )

    def _delta(self, index: int, delta: Json) -> Iterator[Json]:
        match delta["type"]:
            case "text_delta":
                yield self._writer.text(delta["text"])
            case "input_json_delta":
                yield from self._arguments(index, delta["partial_json"])
            case "thinking_delta":
                self._thoughts[-1]["thinking"] += delta["thinking"]
                if delta["thinking"]:
                    yield self._writer.thought(delta["thinking"])
            case "signature_delta":
                self._thoughts[-1]["signature"] = delta["signature"]

    def _count(self, usage: Json | None) -> None:
        self._counts |= {name: count for name, count in (usage or {}).items() if count is not None}


def problem_in_event(event: Json, upstream: Upstream) -> errors.Problem:
    """The problem that an error event in the middle of a stream is."""
    error_body = read_error_body(event)
    status = next((_STATUS[code] for code in error_body.codes if code in _STATUS), 500)
    return after_begin(problem_of_status(status, error_body, None, upstream), upstream)

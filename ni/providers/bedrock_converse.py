"""Bedrock's Converse API (service model 2023-09-30): requests from the chat form, and answers into it. Pure.

`Traits` are a table of what models cannot do, by name; a model that it does not name is taken to be able. Images must
be bytes already. Claude's own parameters are sent as additional fields; what no field can demand is written into the
system prompt. The frames of ConverseStream are parsed by botocore; usage follows the stop reason.
Sources: AWS's table of Converse features by model and its reference of `ToolResultBlock`; for turns of Mistral and
Llama, refusals that users report (langchain-aws#141, strands-agents/harness-sdk#1223, quarkus-langchain4j#1983).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

import orjson

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.reply import Usage
from ni.domain.route import Route
from ni.providers.chunk_writer import BlockReader, ChunkWriter
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
    in_separate_turns,
    plain_id,
)
from ni.providers.errors import Upstream, after_begin, problem_of_status, read_error_body
from ni.providers.generation_parameters import (
    FAILED,
    NONE,
    REQUIRED,
    Answer,
    GenerationParameters,
    Thinking,
    Tool,
    closed_schema,
    generation_of,
    is_claude,
    json_instruction,
    sampling_of,
    thinking_of,
)
from ni.providers.thinking_cache import Find, forgotten, may_think, written

_BUFFERED = re.compile(r"mistral\.mistral-(large|small)-240|meta\.llama[34]|ai21\.")
_NAMES_TOOLS = re.compile(r"claude|amazon\.nova")
_AUTO_ONLY = re.compile(r"meta\.llama|cohere\.|ai21\.|deepseek")
_CACHES = re.compile(r"claude|amazon\.nova")
_MIXES = re.compile(r"claude|amazon\.nova")


class Choosing(Enum):
    """How a model can be made to call a tool."""

    NAMED = "named"
    ANY = "any"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Traits:
    """What one model can do. `mixes`: a turn may hold tool calls or results beside text, and results a status."""

    claude: bool
    choosing: Choosing
    caches: bool
    holds_schema: bool
    buffers_tools: bool
    mixes: bool


def traits_of(model: str) -> Traits:
    """The traits of a model id or profile id."""
    claude = is_claude(model)
    choosing = Choosing.NAMED if _NAMES_TOOLS.search(model) else Choosing.ANY
    return Traits(
        claude=claude,
        choosing=Choosing.AUTO if _AUTO_ONLY.search(model) else choosing,
        caches=_CACHES.search(model) is not None,
        holds_schema=claude and generation_of(model).number >= (4, 5),
        buffers_tools=_BUFFERED.search(model) is not None,
        mixes=_MIXES.search(model) is not None,
    )


_MOST_MARKS = 4
NO_CALLS = "Do not call any tool in this answer; answer in words."
_NO_OUTPUT = "(no output)"
_SEE_DOCUMENT = "(See the document.)"
BETAS = frozenset(
    {
        "computer-use-2025-01-24",
        "context-1m-2025-08-07",
        "fine-grained-tool-streaming-2025-05-14",
        "interleaved-thinking-2025-05-14",
        "output-128k-2025-02-19",
        "token-efficient-tools-2025-02-19",
    }
)


def request_body(
    route: Route, asked: GenerationParameters, conversation: ProviderConversation, find: Find, beta: str = ""
) -> Json:
    """The body of `converse` and `converse-stream`."""
    model, most = route.upstream_model, route.capabilities.max_output_tokens
    traits, generation = traits_of(model), generation_of(model)
    limit = min(asked.output_limit or most, most)
    thinking = None
    if traits.claude:
        thinking = thinking_of(asked, generation, limit, may_think(conversation, find))
    turns = ending_with_user(conversation, unless=traits.claude and generation.continues)
    if not traits.mixes:
        turns = tuple(in_separate_turns(turns))
    find_thinking = find if thinking else forgotten
    inference, extra = _parameters(asked, thinking)
    inference["maxTokens"] = limit
    tools = _Tools(asked, traits, _called(conversation))
    extra |= tools.extra() | _betas(beta, traits)
    instructions = [Text(words) for words in tools.instructions()]
    system = [
        part
        for block in (*conversation.system, *instructions)
        for part in _marked(_block(block, traits), block, traits)
    ]
    contents = [_with_words(_content(turn, find_thinking, traits)) for turn in turns]
    config = tools.config()
    _keep_four_marks(contents, system, config)
    body = {
        "messages": [
            {"role": turn.role, "content": content} for turn, content in zip(turns, contents, strict=True)
        ],
        "system": system,
        "inferenceConfig": inference,
        "toolConfig": config,
        "additionalModelRequestFields": extra,
        "outputConfig": _output(asked, traits, thinking),
    }
    return {name: value for name, value in body.items() if value}


def _keep_four_marks(contents: list[list[Json]], system: list[Json], config: Json) -> None:
    """Leave out the earliest cache points of messages beyond the four that Converse takes; the last ones save most."""
    elsewhere = sum("cachePoint" in entry for entry in (*system, *config.get("tools", ())))
    surplus = elsewhere + sum("cachePoint" in part for content in contents for part in content) - _MOST_MARKS
    for content in contents:
        for part in [part for part in content if "cachePoint" in part][: max(surplus, 0)]:
            content.remove(part)
            surplus -= 1


def forced_answer(asked: GenerationParameters, traits: Traits) -> Answer | None:
    """The answer's form, if it must be had by forcing a tool."""
    answer = asked.answer
    free = not asked.tools and not traits.holds_schema and traits.choosing is not Choosing.AUTO
    return answer if answer and answer.schema and free else None


def _parameters(asked: GenerationParameters, thinking: Thinking | None) -> tuple[Json, Json]:
    """Inference parameters, and those that only the model itself knows."""
    extra: Json = {"thinking": thinking.config} if thinking else {}
    sampling = sampling_of(asked, thinking is not None)
    if "top_k" in sampling:
        extra["top_k"] = sampling["top_k"]
    names = {"temperature": "temperature", "top_p": "topP"}
    inference: Json = {names[name]: value for name, value in sampling.items() if name in names}
    if asked.stops:
        inference["stopSequences"] = list(asked.stops)
    return inference, extra


def _output(asked: GenerationParameters, traits: Traits, thinking: Thinking | None) -> Json:
    config: Json = {"effort": thinking.effort} if thinking and thinking.effort else {}
    answer = asked.answer
    if answer and answer.schema and traits.holds_schema:
        schema = {"name": answer.name, "schema": orjson.dumps(closed_schema(answer.schema)).decode()}
        if answer.description:
            schema["description"] = answer.description
        config["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": schema}}
    return config


def _betas(beta: str, traits: Traits) -> Json:
    """Those of a client's `anthropic-beta` that Bedrock knows; it refuses others."""
    known = [name for name in (part.strip() for part in beta.split(",")) if name in BETAS]
    return {"anthropic_beta": known} if known and traits.claude else {}


def _called(conversation: ProviderConversation) -> list[str]:
    """Names of the tools that the conversation has called, each once."""
    calls = (block for turn in conversation.turns for block in turn.blocks if isinstance(block, ToolCall))
    return list(dict.fromkeys(call.name for call in calls))


class _Tools:
    """Tools and their choice; a conversation that has calls needs tools declared, even where none may be called."""

    def __init__(self, asked: GenerationParameters, traits: Traits, called: list[str]) -> None:
        self._asked = asked
        self._traits = traits
        self._forced = forced_answer(asked, traits)
        self._silenced = bool(called) and (asked.choice == NONE or not asked.tools)
        self._tools = asked.tools if asked.choice != NONE or called else ()
        if self._forced and self._forced.schema:
            self._tools = (Tool(self._forced.name, self._forced.description, self._forced.schema),)
        known = {tool.name for tool in self._tools}
        self._tools += tuple(
            Tool(name, "", {"type": "object", "properties": {}})
            for name in called
            if name not in known and (self._silenced or not asked.tools)
        )

    def config(self) -> Json:
        """`toolConfig`, empty if there are no tools."""
        tools = self._tools
        wanted = self._forced.name if self._forced else self._asked.forced
        if wanted and self._traits.choosing is Choosing.ANY:
            tools = tuple(tool for tool in tools if tool.name == wanted)
        if not tools:
            return {}
        listed = [part for tool in tools for part in self._listed(tool)]
        choice = self._choice(wanted)
        return {"tools": listed} | ({"toolChoice": choice} if choice else {})

    def extra(self) -> Json:
        """Claude's own field against parallel calls."""
        if not self._traits.claude or self._asked.parallel or not self._asked.tools or self._silenced:
            return {}
        if self._asked.choice == NONE:
            return {}
        kind = {REQUIRED: "any"}.get(self._asked.choice, "auto")
        named: Json = {"type": "tool", "name": self._asked.forced} if self._asked.forced else {"type": kind}
        return {"tool_choice": named | {"disable_parallel_tool_use": True}}

    def instructions(self) -> list[str]:
        """What no field can say."""
        asked, sentences = self._asked, []
        if self._silenced:
            sentences.append(NO_CALLS)
        if asked.choice == REQUIRED and self._traits.choosing is Choosing.AUTO:
            sentences.append(f"Call the tool `{asked.forced}`." if asked.forced else "Call one of the tools.")
        answer = asked.answer
        if answer and not self._forced and not (answer.schema and self._traits.holds_schema):
            sentences.append(json_instruction(answer))
        return sentences

    def _choice(self, wanted: str) -> Json:
        if self._traits.choosing is Choosing.AUTO or self._silenced or self.extra():
            return {}
        if wanted and self._traits.choosing is Choosing.NAMED:
            return {"tool": {"name": wanted}}
        return {"any": {}} if wanted or self._asked.choice == REQUIRED else {}

    def _listed(self, tool: Tool) -> list[Json]:
        spec: Json = {"name": tool.name, "inputSchema": {"json": tool.schema}}
        if tool.description:
            spec["description"] = tool.description
        return [{"toolSpec": spec}, *_mark(tool.cache, self._traits)]


def _content(turn: Turn, find: Find, traits: Traits) -> list[Json]:
    if not any(map(_cache_of, turn.blocks)):
        return written(turn, find, lambda block: _block(block, traits))
    pairs = written(turn, find, lambda block: {"block": block})
    return [
        part
        for entry in pairs
        for part in (
            _marked(_block(entry["block"], traits), entry["block"], traits) if "block" in entry else [entry]
        )
    ]


def _with_words(parts: list[Json]) -> list[Json]:
    """Converse requires text beside a document."""
    wordless = any("document" in part for part in parts) and not any("text" in part for part in parts)
    return [*parts, {"text": _SEE_DOCUMENT}] if wordless else parts


def _marked(entry: Json, block: Block, traits: Traits) -> list[Json]:
    return [entry, *_mark(_cache_of(block), traits)]


def _cache_of(block: Block) -> Json | None:
    """The mark of a block, or of the last words of a result: a cache point cannot stand within one."""
    if isinstance(block, ToolCall):
        return None
    if isinstance(block, ToolResult) and not block.cache and block.parts:
        return block.parts[-1].cache
    return block.cache


def _mark(cache: Json | None, traits: Traits) -> list[Json]:
    if not cache or not traits.caches:
        return []
    return [{"cachePoint": {"type": "default"} | ({"ttl": cache["ttl"]} if cache.get("ttl") else {})}]


def _block(block: Block, traits: Traits) -> Json:
    match block:
        case Text():
            return {"text": block.text}
        case Image():
            kind = block.media_type.removeprefix("image/")
            return {"image": {"format": kind, "source": {"bytes": block.content}}}
        case ToolCall():
            use = {"toolUseId": plain_id(block.id), "name": block.name, "input": block.arguments}
            return {"toolUse": use}
        case Document():
            name = f"document-{sha256(block.content.encode()).hexdigest()[:8]}"
            return {"document": {"format": "pdf", "name": name, "source": {"bytes": block.content}}}
        case ToolResult():
            parts = [_block(part, traits) for part in block.parts] or [{"text": _NO_OUTPUT}]
            result = {"toolUseId": plain_id(block.id), "content": parts}
            if block.failed and not traits.mixes:
                return {"toolResult": {**result, "content": [{"text": FAILED}, *parts]}}
            return {"toolResult": result | ({"status": "error"} if block.failed else {})}


REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}
_CALL_FAILED = frozenset({"malformed_tool_use", "malformed_model_output"})
_STATUS = {"throttlingException": 429, "serviceUnavailableException": 503, "validationException": 400}

Keep = Callable[[str, bytes], None]


class BedrockReader(BlockReader):
    """Implements `Reader`. The usage comes at the end."""

    reasons = REASONS
    failures = _CALL_FAILED

    def __init__(self, writer: ChunkWriter, keep: Keep, upstream: Upstream, schema_tool: str = "") -> None:
        super().__init__(writer, keep, upstream, schema_tool)
        self._thinking = -1  # index of the block that is being thought

    def event(self, event: tuple[str, Json]) -> Iterator[Json]:
        """The chunks in one event."""
        name, payload = event
        match name:
            case "contentBlockDelta":
                yield from self._delta(payload["contentBlockIndex"], payload["delta"])
            case "contentBlockStart":
                if use := payload["start"].get("toolUse"):
                    yield from self._call(payload["contentBlockIndex"], use["toolUseId"], use["name"])
            case "contentBlockStop":
                yield from self._end_of_block(payload["contentBlockIndex"])
            case "messageStart":
                yield self._writer.begin()
            case "messageStop":
                yield self._finish(payload["stopReason"])
            case "metadata":
                self.usage = usage_of(payload["usage"])
                self.done = True
            case _ if name.startswith("!"):
                raise problem_of_exception(name[1:], payload, self._upstream)

    def whole(self, answer: Json) -> Iterator[Json]:
        """The chunks of a whole answer."""
        yield self._writer.begin()
        for index, block in enumerate(answer["output"]["message"]["content"]):
            if "text" in block:
                yield self._writer.text(block["text"])
            elif "reasoningContent" in block:
                yield from self._thought(block["reasoningContent"])
            elif "toolUse" in block:
                yield from self._call(index, block["toolUse"]["toolUseId"], block["toolUse"]["name"])
                yield from self._arguments(index, orjson.dumps(block["toolUse"]["input"]).decode())
        self.usage = usage_of(answer["usage"])
        yield self._finish(answer["stopReason"], whole=True)

    def _thought(self, content: Json) -> Iterator[Json]:
        self._thoughts.append({"reasoningContent": content})
        if words := content.get("reasoningText", {}).get("text"):
            yield self._writer.thought(words)

    def _delta(self, index: int, delta: Json) -> Iterator[Json]:
        if text := delta.get("text"):
            yield self._writer.text(text)
        elif "toolUse" in delta:
            yield from self._arguments(index, delta["toolUse"]["input"])
        elif "reasoningContent" in delta:
            yield from self._thinking_delta(index, delta["reasoningContent"])

    def _thinking_delta(self, index: int, piece: Json) -> Iterator[Json]:
        if self._thinking != index:
            self._thinking = index
            self._thoughts.append({"reasoningContent": {}})
        content = self._thoughts[-1]["reasoningContent"]
        if "redactedContent" in piece:
            content["redactedContent"] = piece["redactedContent"]
            return
        thought = content.setdefault("reasoningText", {"text": ""})
        if "signature" in piece:
            thought["signature"] = piece["signature"]
        if words := piece.get("text"):
            thought["text"] += words
            yield self._writer.thought(words)


def usage_of(counts: Json) -> Usage:
    """Bedrock's input tokens leave cached ones out, so its classes are disjoint as they come."""
    written = int(counts.get("cacheWriteInputTokens") or 0)
    hour_long = [
        detail["inputTokens"] for detail in counts.get("cacheDetails") or () if detail["ttl"] == "1h"
    ]
    return Usage(
        uncached=int(counts["inputTokens"]),
        cached=int(counts.get("cacheReadInputTokens") or 0),
        cache_write=written,
        cache_write_1h=min(written, sum(hour_long)),
        output=int(counts["outputTokens"]),
    )


def problem_of_exception(name: str, payload: Json, upstream: Upstream) -> errors.Problem:
    """The problem that an exception in the middle of a stream is."""
    return after_begin(
        problem_of_status(_STATUS.get(name, 500), read_error_body(payload), None, upstream), upstream
    )

"""A chat answer as blocks, for Messages and Responses, and a model's tool calls under the client's names and ids.

A chat stream mixes text, reasoning and calls freely; the other formats open a block, let it grow and close it.
`BlockSplitter` gives these steps one by one. A whole answer goes through it as one large delta, so that both ways
agree. Chat's calls have an index and may grow in turns; blocks may not. So what comes before a call's arguments are
whole JSON waits until they are, or until the end.

`ClientTools` reads the client's names and ids out of its own body (`Call.raw_body`), so that rendering has no state
beyond one stream. `StringArgument` reads the text of a custom tool's call out of the JSON of its function while it
streams; escapes and surrogate pairs may be cut anywhere.
"""

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Any

import orjson

from ni.dialects.tools import Toolbox, ToolOrigin, long_ids, unwrap
from ni.domain.call import Json
from ni.domain.errors import UpstreamError


@dataclass(frozen=True, slots=True)
class ClientTools:
    """The client's tools, and its long call ids by the short ones that upstreams were sent."""

    box: Toolbox
    ids: Mapping[str, str]

    @classmethod
    def of(cls, native: Json | None) -> "ClientTools":
        """Read the client's body, which was validated when the call was parsed; None is a body without tools."""
        body = native or {}
        return cls(Toolbox.of(body.get("tools")), long_ids(body))

    def origin(self, name: str) -> ToolOrigin:
        """The client's tool for the name that the model used."""
        return self.box.origin(name)

    def call_id(self, call_id: str) -> str:
        """The client's id for one that the model or provider used."""
        return self.ids.get(call_id, call_id)


class BlockKind(StrEnum):
    """What a block holds."""

    TEXT = "text"
    REFUSAL = "refusal"
    THINKING = "thinking"
    REDACTED = "redacted_thinking"
    CALL = "tool_use"


@dataclass(slots=True)
class Block:
    """One block of an answer. Of a call the pieces are the arguments, or a custom tool's input."""

    kind: BlockKind
    index: int
    pieces: list[str] = field(default_factory=list)
    call_id: str = ""
    origin: ToolOrigin = field(default_factory=lambda: ToolOrigin(""))
    signature: str = ""
    state: Json = field(default_factory=dict)  # what the provider needs back with each call, by call id

    @property
    def text(self) -> str:
        """All pieces as one text; for the end of the block, since joining takes time that grows with it."""
        return "".join(self.pieces)

    @property
    def provider_blocks(self) -> list[Json]:
        """What the provider needs back of its thinking, without the text."""
        if self.kind is BlockKind.REDACTED:
            return [{"type": "redacted_thinking", "data": self.signature}]
        return [{"type": "thinking", "signature": self.signature}] if self.signature else []


class Move(Enum):
    """What happens to a block in one step."""

    OPEN = auto()
    GROW = auto()
    CLOSE = auto()


Step = tuple[Move, Block, str]
"""What happens, to which block, and the new text where the block grows."""


class BlockSplitter:
    """Splits one answer into blocks. `tools` give the calls their names and ids."""

    def __init__(self, tools: ClientTools) -> None:
        self._tools = tools
        self._open: Block | None = None
        self._count = 0
        self._reader: StringArgument | None = None
        self._arguments: list[str] = []  # of the open call, as they came
        self._calls: dict[int, Block | None] = {}  # None while they wait
        self._waiting: list[Json] = []

    def feed(self, delta: Json) -> Iterator[Step]:
        """The steps for a delta or a whole message. Raises `UpstreamError` for calls out of order."""
        for piece in _pieces(delta):
            if self._must_wait(piece):
                self._wait(piece)
            else:
                yield from self._emit(piece)
                yield from self._emit_waiting()

    def end(self) -> Iterator[Step]:
        """The steps that close the open block and add the pieces that waited."""
        yield from self._close()
        waiting, self._waiting = self._waiting, []
        for piece in waiting:
            yield from self._emit(piece)
        yield from self._close()

    def _must_wait(self, piece: Json) -> bool:
        if self._open is None or self._open.kind is not BlockKind.CALL:
            return False
        if "call" in piece and self._calls.get(piece["call"]["index"]) is self._open:
            return False
        return bool(self._waiting) or not self._is_whole()

    def _is_whole(self) -> bool:
        """Whether the open call's arguments are whole JSON."""
        if not self._arguments or not self._arguments[-1].rstrip().endswith("}"):
            return False  # parse only where it can succeed: the cost stays linear in the length
        try:
            orjson.loads("".join(self._arguments))
        except orjson.JSONDecodeError:
            return False
        return True

    def _wait(self, piece: Json) -> None:
        """Keep a piece for later; pieces of one call are joined."""
        if "call" in piece:
            call = piece["call"]
            for earlier in self._waiting:
                if "call" in earlier and earlier["call"]["index"] == call["index"]:
                    earlier["call"]["function"]["arguments"] += call["function"]["arguments"]
                    return
            self._calls.setdefault(call["index"], None)
        self._waiting.append(piece)

    def _emit_waiting(self) -> Iterator[Step]:
        """The steps of the pieces that waited for the open call, as far as they may follow now."""
        while self._waiting and (
            self._open is None or self._open.kind is not BlockKind.CALL or self._is_whole()
        ):
            yield from self._emit(self._waiting.pop(0))

    def _emit(self, piece: Json) -> Iterator[Step]:
        if "call" in piece:
            yield from self._call(piece["call"]["index"], piece["call"])
        elif "thought" in piece:
            yield from self._thought(piece["thought"])
        else:
            yield from self._grow(piece["kind"], piece["text"])

    def _close(self) -> Iterator[Step]:
        block = self._open
        if block is None:
            return
        if self._reader is not None:
            yield from self._grown(block, self._reader.end())
            self._reader = None
        self._open = None
        yield Move.CLOSE, block, ""

    def _grow(self, kind: BlockKind, piece: str) -> Iterator[Step]:
        if self._open is None or self._open.kind is not kind:
            yield from self._start(Block(kind, self._count))
        assert self._open is not None
        yield from self._grown(self._open, piece)

    def _start(self, block: Block) -> Iterator[Step]:
        yield from self._close()
        self._open = block
        self._count += 1
        yield Move.OPEN, block, ""

    @staticmethod
    def _grown(block: Block, piece: str) -> Iterator[Step]:
        if piece:
            block.pieces.append(piece)
            yield Move.GROW, block, piece

    def _thought(self, thought: Json) -> Iterator[Step]:
        """End a thinking block with its signature. Its text came before, in deltas or in the same whole message."""
        if thought.get("type") == "redacted_thinking":
            yield from self._start(
                Block(BlockKind.REDACTED, self._count, signature=str(thought.get("data") or ""))
            )
            yield from self._close()
            return
        if self._open is None or self._open.kind is not BlockKind.THINKING:
            yield from self._start(Block(BlockKind.THINKING, self._count))
        assert self._open is not None
        self._open.signature = str(thought.get("signature") or "")
        if self._open.signature:
            yield from self._close()

    def _call(self, index: int, call: Json) -> Iterator[Step]:
        block = self._calls.get(index)
        if block is None:
            block = yield from self._start_call(index, call)
        piece = call["function"]["arguments"]
        if block is not self._open:
            if piece.strip():
                raise UpstreamError(provider="The provider")  # its arguments were complete
            return
        self._arguments.append(piece)
        yield from self._grown(block, self._reader.feed(piece) if self._reader else piece)

    def _start_call(self, index: int, call: Json) -> Generator[Step, None, Block]:
        """Open the block of a call, after the thinking that carries the provider's state of it."""
        call_id = self._tools.call_id(str(call.get("id") or f"call_{index}"))
        if call.get("extra_content"):
            if self._open is None or self._open.kind is not BlockKind.THINKING:
                yield from self._start(Block(BlockKind.THINKING, self._count))
            assert self._open is not None
            self._open.state[call_id] = call["extra_content"]
        origin = self._tools.origin(call["function"]["name"])
        block = Block(BlockKind.CALL, self._count, call_id=call_id, origin=origin)
        yield from self._start(block)
        self._reader = StringArgument() if origin.custom else None
        self._arguments = []
        self._calls[index] = block
        return block


def _pieces(delta: Json) -> Iterator[Json]:
    """The content of a delta in order: texts with their kind, thinking blocks, and calls with all their fields."""
    if delta.get("reasoning_content"):
        yield {"kind": BlockKind.THINKING, "text": delta["reasoning_content"]}
    for thought in delta.get("thinking_blocks") or ():
        yield {"thought": thought}
    if delta.get("content"):
        yield {"kind": BlockKind.TEXT, "text": delta["content"]}
    if delta.get("refusal"):
        yield {"kind": BlockKind.REFUSAL, "text": delta["refusal"]}
    older = delta.get("function_call")
    if older and not delta.get("tool_calls"):
        yield {
            "call": {
                "index": 0,
                "function": {name: str(older.get(name) or "") for name in ("name", "arguments")},
            }
        }
    for place, call in enumerate(delta.get("tool_calls") or ()):
        function: Json = call.get("function") or {}
        called = {name: str(function.get(name) or "") for name in ("name", "arguments")}
        yield {"call": {**call, "index": int(call.get("index", place)), "function": called}}


def as_delta(message: Json) -> Json:
    """A whole message as one delta."""
    members = ("reasoning_content", "thinking_blocks", "content", "refusal", "tool_calls", "function_call")
    return {name: message[name] for name in members if message.get(name)}


def whole_call(tools: ClientTools, call: Json) -> Json:
    """One entry of a message's `tool_calls` with the client's name, id and kind of tool."""
    function: Json = call.get("function") or {}
    origin = tools.origin(str(function.get("name") or ""))
    shown = {**call, "id": tools.call_id(str(call.get("id") or ""))}
    if not origin.custom:
        return shown | {"function": {**function, "name": origin.name}}
    del shown["function"]
    written = unwrap(str(function.get("arguments") or ""))
    return shown | {"type": "custom", "custom": {"name": origin.name, "input": written}}


@dataclass(slots=True)
class CallDeltas:
    """Does the same as `whole_call` for the deltas of one choice of a stream."""

    tools: ClientTools
    _custom: "dict[int, StringArgument]" = field(default_factory=dict)

    def piece(self, call: Json) -> Json:
        """One entry of a delta's `tool_calls` with the client's name, id and kind of tool."""
        function: Json = call.get("function") or {}
        index = int(call.get("index") or 0)
        name = function.get("name")
        shown = dict(call)
        if call.get("id"):
            shown["id"] = self.tools.call_id(call["id"])
        origin = self.tools.origin(name) if name else None
        if origin is not None and origin.custom:
            self._custom[index] = StringArgument()
        reader = self._custom.get(index)
        if reader is not None:
            return self._custom_piece(shown, origin, reader.feed(str(function.get("arguments") or "")))
        return shown | {"function": {**function, "name": origin.name}} if origin else shown

    def held_back(self) -> list[Json]:
        """The entries with the text that was held back of custom calls."""
        ends = ((index, reader.end()) for index, reader in self._custom.items())
        return [{"index": index, "custom": {"input": text}} for index, text in ends if text]

    @staticmethod
    def _custom_piece(shown: Json, origin: ToolOrigin | None, text: str) -> Json:
        shown.pop("function", None)
        custom: dict[str, Any] = {"name": origin.name} if origin else {}
        return shown | ({"type": "custom"} if origin else {}) | {"custom": {**custom, "input": text}}


_HEAD = re.compile(r'\s*\{\s*"input"\s*:\s*"')
_RUN = re.compile(r'[^"\\]+')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class StringArgument:
    """Reads the text of one custom call out of its arguments, piece by piece.

    Other arguments than the function's own are given unchanged at the end, so that the client can look at them.
    """

    __slots__ = ("_ended", "_head_read", "_rest")

    def __init__(self) -> None:
        self._rest = ""
        self._head_read = False
        self._ended = False

    def feed(self, piece: str) -> str:
        """The text that this piece of JSON completes."""
        if self._ended:
            return ""
        self._rest += piece
        if not self._head_read:
            head = _HEAD.match(self._rest)
            if head is None:
                return ""
            self._head_read, self._rest = True, self._rest[head.end() :]
        return self._decode()

    def end(self) -> str:
        """The whole arguments if they did not have the function's form, else nothing."""
        if self._head_read or self._ended:
            return ""
        self._ended = True
        return unwrap(self._rest)

    def _decode(self) -> str:
        out: list[str] = []
        at = 0
        while at < len(self._rest):
            run = _RUN.match(self._rest, at)
            if run is not None:
                out.append(run.group())
                at = run.end()
            elif self._rest[at] == '"':
                self._ended = True
                at = len(self._rest)
            else:
                letter, length = _escape(self._rest[at : at + 12])
                if not length:
                    break
                out.append(letter)
                at += length
        self._rest = self._rest[at:]
        return "".join(out)


def _escape(text: str) -> tuple[str, int]:
    r"""The character of the escape at the beginning of `text`, and its length; 0 if more is needed (RFC 8259)."""
    if len(text) < 2:
        return "", 0
    if text[1] != "u":
        return _ESCAPES.get(text[1], text[1]), 2
    if len(text) < 6:
        return "", 0
    unit = _unit(text[2:6])
    if not 0xD800 <= unit < 0xDC00:
        return ("\ufffd" if 0xDC00 <= unit < 0xE000 else chr(unit)), 6
    if len(text) < 12 and "\\u".startswith(text[6:8]):
        return "", 0
    low = _unit(text[8:12]) if text[6:8] == "\\u" else 0
    if not 0xDC00 <= low < 0xE000:
        return "\ufffd", 6
    return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), 12


def _unit(digits: str) -> int:
    try:
        return int(digits, 16)
    except ValueError:
        return 0xFFFD

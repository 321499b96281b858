"""The deltas of a chat answer as blocks, one after the other: what Messages and Responses have in common.

A chat stream mixes text, reasoning and calls freely; both other formats open a block, let it grow and close it. The
cutter says so step by step, and a whole answer goes through it as one large delta, so that both ways agree. Blocks
keep what they are of: signatures of thinking, a provider's state of a call.

Chat's calls are told apart by index and may grow in turns; blocks may not. So what comes while a call's arguments are
not yet whole JSON waits, and follows once they are, or at the end.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

import orjson

from ni.dialects.string_argument import StringArgument
from ni.dialects.tools import ClientTools, ToolOrigin
from ni.domain.call import Json
from ni.domain.errors import UpstreamError


class BlockKind(StrEnum):
    """What a block holds."""

    TEXT = "text"
    REFUSAL = "refusal"
    THINKING = "thinking"
    REDACTED = "redacted_thinking"
    CALL = "tool_use"


@dataclass(slots=True)
class Block:
    """One block of an answer; `text` is the arguments, or a custom tool's input, where it is a call."""

    kind: BlockKind
    index: int
    text: str = ""
    call_id: str = ""
    origin: ToolOrigin = field(default_factory=lambda: ToolOrigin(""))
    signature: str = ""
    state: Json = field(default_factory=dict)  # what providers want back with their calls, by call id

    @property
    def own_blocks(self) -> list[Json]:
        """What the provider wants back of its thinking, beside the text."""
        if self.kind is BlockKind.REDACTED:
            return [{"type": "redacted_thinking", "data": self.signature}]
        return [{"type": "thinking", "signature": self.signature}] if self.signature else []


class Move(Enum):
    """What happens to a block."""

    OPEN = auto()
    GROW = auto()
    CLOSE = auto()


Step = tuple[Move, Block, str]


class Cutter:
    """Cuts one answer into blocks."""

    def __init__(self, tools: ClientTools) -> None:
        self._tools = tools
        self._open: Block | None = None
        self._count = 0
        self._reader: StringArgument | None = None
        self._arguments: list[str] = []  # of the open call, as they came
        self._calls: dict[int, Block | None] = {}  # None while they wait
        self._waiting: list[Json] = []

    def feed(self, delta: Json) -> Iterator[Step]:
        """The steps that a delta, or a whole message, amounts to. Raises `UpstreamError` for calls out of order."""
        for piece in _pieces(delta):
            if self._must_wait(piece):
                self._wait(piece)
            else:
                yield from self._tell(piece)
                yield from self._tell_waiting()

    def end(self) -> Iterator[Step]:
        """Close what is open, and tell what waited."""
        yield from self._close()
        waiting, self._waiting = self._waiting, []
        for piece in waiting:
            yield from self._tell(piece)
        yield from self._close()

    def _must_wait(self, piece: Json) -> bool:
        if self._open is None or self._open.kind is not BlockKind.CALL:
            return False
        if "call" in piece and self._calls.get(piece["call"]["index"]) is self._open:
            return False
        return bool(self._waiting) or not self._is_whole()

    def _is_whole(self) -> bool:
        """Whether the open call's arguments are JSON."""
        if not self._arguments or not self._arguments[-1].rstrip().endswith("}"):
            return False  # parsed only where it can be, so that a long call costs no more than its length
        try:
            orjson.loads("".join(self._arguments))
        except orjson.JSONDecodeError:
            return False
        return True

    def _wait(self, piece: Json) -> None:
        """Keep a piece for later; pieces of one call are kept as one."""
        if "call" in piece:
            call = piece["call"]
            for earlier in self._waiting:
                if "call" in earlier and earlier["call"]["index"] == call["index"]:
                    earlier["call"]["function"]["arguments"] += call["function"]["arguments"]
                    return
            self._calls.setdefault(call["index"], None)
        self._waiting.append(piece)

    def _tell_waiting(self) -> Iterator[Step]:
        """What waited for the open call, as far as it may follow now."""
        while self._waiting and (
            self._open is None or self._open.kind is not BlockKind.CALL or self._is_whole()
        ):
            yield from self._tell(self._waiting.pop(0))

    def _tell(self, piece: Json) -> Iterator[Step]:
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
            block.text += piece
            yield Move.GROW, block, piece

    def _thought(self, thought: Json) -> Iterator[Step]:
        """The end of a thinking block, with its signature; its text came before, except in a whole message."""
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
                raise UpstreamError(
                    provider="The provider"
                )  # its arguments were whole, and nothing can follow
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
    """What a delta holds, one after the other: texts with their kind, thoughts, and calls with all their fields."""
    if delta.get("reasoning_content"):
        yield {"kind": BlockKind.THINKING, "text": delta["reasoning_content"]}
    for thought in delta.get("thinking_blocks") or ():
        yield {"thought": thought}
    if delta.get("content"):
        yield {"kind": BlockKind.TEXT, "text": delta["content"]}
    if delta.get("refusal"):
        yield {"kind": BlockKind.REFUSAL, "text": delta["refusal"]}
    for at, call in enumerate(delta.get("tool_calls") or ()):
        function: Json = call.get("function") or {}
        told = {name: str(function.get(name) or "") for name in ("name", "arguments")}
        yield {"call": {**call, "index": int(call.get("index", at)), "function": told}}


def as_delta(message: Json) -> Json:
    """A whole message as one delta."""
    told = ("reasoning_content", "thinking_blocks", "content", "refusal", "tool_calls")
    return {name: message[name] for name in told if message.get(name)}

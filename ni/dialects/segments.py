"""The deltas of a chat answer as blocks, one after the other: what Messages and Responses have in common.

A chat stream mixes text, reasoning and calls freely; both other formats open a block, let it grow and close it. The
cutter says so step by step, and a whole answer goes through it as one large delta, so that both ways agree. Blocks
keep what they are of: signatures of thinking, a provider's state of a call.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

from ni.dialects.calls_back import ClientTools
from ni.dialects.string_argument import StringArgument
from ni.dialects.toolbox import Origin
from ni.domain.call import Json
from ni.domain.errors import UpstreamError


class Kind(StrEnum):
    """What a block holds."""

    TEXT = "text"
    REFUSAL = "refusal"
    THINKING = "thinking"
    REDACTED = "redacted_thinking"
    CALL = "tool_use"


@dataclass(slots=True)
class Block:
    """One block of an answer; `text` is the arguments, or a custom tool's input, where it is a call."""

    kind: Kind
    index: int
    text: str = ""
    call_id: str = ""
    origin: Origin = field(default_factory=lambda: Origin(""))
    signature: str = ""
    state: Json = field(default_factory=dict)  # what providers want back with their calls, by call id

    @property
    def own_blocks(self) -> list[Json]:
        """What the provider wants back of its thinking, beside the text."""
        if self.kind is Kind.REDACTED:
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
        self._calls: dict[int, Block] = {}

    def feed(self, delta: Json) -> Iterator[Step]:
        """The steps that a delta, or a whole message, amounts to. Raises `UpstreamError` for calls out of order."""
        if delta.get("reasoning_content"):
            yield from self._grow(Kind.THINKING, delta["reasoning_content"])
        for thought in delta.get("thinking_blocks") or ():
            yield from self._thought(thought)
        if delta.get("content"):
            yield from self._grow(Kind.TEXT, delta["content"])
        if delta.get("refusal"):
            yield from self._grow(Kind.REFUSAL, delta["refusal"])
        for at, call in enumerate(delta.get("tool_calls") or ()):
            yield from self._call(int(call.get("index", at)), call)

    def end(self) -> Iterator[Step]:
        """Close what is open."""
        block = self._open
        if block is None:
            return
        if self._reader is not None:
            yield from self._grown(block, self._reader.end())
            self._reader = None
        self._open = None
        yield Move.CLOSE, block, ""

    def _grow(self, kind: Kind, piece: str) -> Iterator[Step]:
        if self._open is None or self._open.kind is not kind:
            yield from self._start(Block(kind, self._count))
        assert self._open is not None
        yield from self._grown(self._open, piece)

    def _start(self, block: Block) -> Iterator[Step]:
        yield from self.end()
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
                Block(Kind.REDACTED, self._count, signature=str(thought.get("data") or ""))
            )
            yield from self.end()
            return
        if self._open is None or self._open.kind is not Kind.THINKING:
            yield from self._start(Block(Kind.THINKING, self._count))
        assert self._open is not None
        self._open.signature = str(thought.get("signature") or "")
        if self._open.signature:
            yield from self.end()

    def _call(self, index: int, call: Json) -> Iterator[Step]:
        function: Json = call.get("function") or {}
        block = self._calls.get(index)
        if block is None:
            block = yield from self._start_call(index, call, str(function.get("name") or ""))
        piece = str(function.get("arguments") or "")
        if block is not self._open:
            if piece:
                raise UpstreamError(provider="The provider")  # it went back to a call that was through
            return
        yield from self._grown(block, self._reader.feed(piece) if self._reader else piece)

    def _start_call(self, index: int, call: Json, name: str) -> Generator[Step, None, Block]:
        """Open the block of a call, after the thinking that carries the provider's state of it."""
        call_id = self._tools.call_id(str(call.get("id") or f"call_{index}"))
        if call.get("extra_content"):
            if self._open is None or self._open.kind is not Kind.THINKING:
                yield from self._start(Block(Kind.THINKING, self._count))
            assert self._open is not None
            self._open.state[call_id] = call["extra_content"]
        origin = self._tools.origin(name)
        block = Block(Kind.CALL, self._count, call_id=call_id, origin=origin)
        yield from self._start(block)
        self._reader = StringArgument() if origin.custom else None
        self._calls[index] = block
        return block


def as_delta(message: Json) -> Json:
    """A whole message as one delta."""
    told = ("reasoning_content", "thinking_blocks", "content", "refusal", "tool_calls")
    return {name: message[name] for name in told if message.get(name)}

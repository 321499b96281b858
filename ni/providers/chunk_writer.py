"""Chunks of chat's form as readers of other APIs write them: `ChunkWriter`, and what readers of blocks share.

`ChunkWriter` numbers tool calls 0, 1, 2 in the order in which they begin, and gives each the name that its tool was
offered by and an id of its own.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, ClassVar

import orjson

from ni.domain.call import Json
from ni.domain.errors import Problem
from ni.domain.reply import Usage
from ni.providers.errors import Upstream, unreadable_call
from ni.providers.tool_definitions import offered
from ni.providers.usage import write_usage

logger = logging.getLogger(__name__)


def told_reason(reasons: Mapping[str, str], word: Any) -> str:
    """OpenAI's name of a vendor's stop reason. A new word ends a whole answer, too, and is `stop`.

    Raises `TypeError` or `ValueError` where none is told.
    """
    if not _text(word):
        raise ValueError("no stop reason")
    return reasons.get(word, "stop")


class ChunkWriter:
    """`frame` holds `id`, `created` and `model`; `names` are those of the tools that were offered."""

    def __init__(self, frame: Json, names: Collection[str] = ()) -> None:
        self._frame = {**frame, "object": "chat.completion.chunk"}
        self._names = names
        self._calls: dict[int, int] = {}
        self._ids: set[str] = set()
        self._wrote: set[int] = set()  # choices with text
        self._ended: set[int] = set()  # choices that have their finish reason

    def begin(self, choice: int = 0) -> Json:
        """The first chunk."""
        return self._chunk({"role": "assistant", "content": ""}, choice)

    def text(self, text: str, choice: int = 0) -> Json:
        """A piece of the answer. Raises `TypeError` for an upstream that sent no text, as all below do."""
        self._wrote.add(choice)
        self._goes_on(choice, text)
        return self._chunk({"content": _text(text)}, choice)

    def thought(self, text: str, choice: int = 0) -> Json:
        """A piece of the model's thinking."""
        self._goes_on(choice, text)
        return self._chunk({"reasoning_content": _text(text)}, choice)

    def fresh(self, call_id: str) -> str:
        """The id of a call that begins, another one where an earlier call has it: results are told apart by it."""
        made, number = _text(call_id), len(self._ids) + 1
        while made in self._ids or not made:
            made, number = f"{call_id or 'call'}-{number}", number + 1
        self._ids.add(made)
        return made

    def call(self, call_id: str, name: str, choice: int = 0) -> tuple[int, Json]:
        """A tool call begins: its index and its chunk."""
        index = self._calls.get(choice, 0)
        self._calls[choice] = index + 1
        self._goes_on(choice, name)
        if not _text(name):
            raise ValueError("a tool call has no name")
        function = {"name": offered(name, self._names), "arguments": ""}
        call = {"index": index, "id": _text(call_id), "type": "function", "function": function}
        return index, self._chunk({"tool_calls": [call]}, choice)

    def arguments(self, index: int, piece: str, choice: int = 0) -> Json:
        """A piece of the arguments of the call with that index."""
        self._goes_on(choice, piece)
        return self._chunk(
            {"tool_calls": [{"index": index, "function": {"arguments": _text(piece)}}]}, choice
        )

    def called(self, choice: int = 0) -> bool:
        """Whether a tool was called."""
        return choice in self._calls

    def answered(self, choice: int = 0) -> bool:
        """Whether there is text or a call."""
        return choice in self._calls or choice in self._wrote

    def finish(self, reason: str, choice: int = 0) -> Json:
        """The last chunk of a choice; some models say that they stopped where they called a tool."""
        if reason == "stop" and self.called(choice):
            reason = "tool_calls"
        self._ended.add(choice)
        return self._frame | {"choices": [{"index": choice, "delta": {}, "finish_reason": reason}]}

    def _goes_on(self, choice: int, piece: str) -> None:
        if piece and choice in self._ended:
            raise ValueError("an answer goes on behind its end")

    def raise_unless_whole(self, failure: Problem, choice: int = 0, *, whole: bool) -> None:
        """Raise a failure that the upstream told instead of an end, unless it came with an answer to keep.

        What was streamed before is with the client already; of a `whole` answer it would be lost. Raises `failure`.
        """
        if not whole or not self.answered(choice):
            raise failure
        logger.warning("an answer is given although it ended badly: %s", failure.message)

    def usage(self, usage: Usage) -> Json:
        """The chunk behind the last."""
        return self._frame | {"choices": [], "usage": write_usage(usage)}

    def _chunk(self, delta: Json, choice: int) -> Json:
        return self._frame | {"choices": [{"index": choice, "delta": delta, "finish_reason": None}]}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


class BlockReader:
    """What readers of APIs whose answers are numbered blocks share: calls of tools, and the thoughts before them.

    `keep` takes the thoughts before a call, by its id. `schema_tool` names the tool whose input is the answer itself,
    if one was forced.
    """

    reasons: ClassVar[Mapping[str, str]]
    """Chat's finish reasons, by the API's."""
    failures: ClassVar[frozenset[str]] = frozenset()
    """Reasons that say that a call cannot be read."""

    def __init__(
        self,
        writer: ChunkWriter,
        keep: Callable[[str, bytes], None],
        upstream: Upstream,
        schema_tool: str = "",
    ) -> None:
        self.finished = False
        self.done = False
        self.usage: Usage | None = None
        self._writer = writer
        self._keep = keep
        self._upstream = upstream
        self._schema_tool = schema_tool
        self._calls: dict[int, int] = {}  # index of a block -> index of its call, -1: the answer itself
        # Calls without a piece of their arguments so far, and what they began with.
        self._silent: dict[int, str] = {}
        self._thoughts: list[Json] = []  # since the last call

    @property
    def partial_usage(self) -> Usage | None:
        """The usage reported so far."""
        return self.usage

    def close(self) -> Iterator[Json]:
        """The usage."""
        self.usage = self.partial_usage
        if self.usage is not None:
            yield self._writer.usage(self.usage)

    def _call(self, index: int, call_id: str, name: str, begun: str = "{}") -> Iterator[Json]:
        """The beginning of a call; `begun` are its arguments if no piece of them follows."""
        if name == self._schema_tool:
            self._calls[index] = -1
            return
        call_id = self._writer.fresh(call_id)
        if self._thoughts:
            self._keep(call_id, orjson.dumps(self._thoughts))
            self._thoughts = []
        self._calls[index], chunk = self._writer.call(call_id, name)
        self._silent[index] = begun
        yield chunk

    def _arguments(self, index: int, piece: str) -> Iterator[Json]:
        call = self._calls.get(index)
        if call is not None and piece:
            self._silent.pop(index, None)
            yield self._writer.text(piece) if call < 0 else self._writer.arguments(call, piece)

    def _end_of_block(self, index: int) -> Iterator[Json]:
        """A call without a piece of its arguments has none."""
        return self._arguments(index, self._silent.get(index, ""))

    def _finish(self, reason: str, *, whole: bool = False) -> Json:
        """The last chunk. Raises `Problem` for a reason that is a failure, unless a `whole` answer is to be kept."""
        if reason in self.failures:
            self._writer.raise_unless_whole(unreadable_call(reason, self._upstream), whole=whole)
        self.finished = True
        if reason == "tool_use" and not self._writer.called():
            return self._writer.finish("stop")  # the forced tool was the answer
        return self._writer.finish(told_reason(self.reasons, reason))

"""Writes `chat.completion.chunk` objects, so that an answer looks the same whichever wire it came over.

Tool calls are numbered 0, 1, 2 in the order in which they begin; thinking goes to `reasoning_content`. One writer
serves one answer.
"""

from typing import Any

from ni.domain.call import Json
from ni.domain.reply import Usage
from ni.providers.usage import write_usage


class ChunkWriter:
    """`frame` holds `id`, `created` and `model`."""

    def __init__(self, frame: Json) -> None:
        self._frame = {**frame, "object": "chat.completion.chunk"}
        self._calls: dict[int, int] = {}

    def begin(self, choice: int = 0) -> Json:
        """The first chunk."""
        return self._chunk({"role": "assistant", "content": ""}, choice)

    def text(self, text: str, choice: int = 0) -> Json:
        """A piece of the answer. Raises `TypeError` for an upstream that sent no text, as all below do."""
        return self._chunk({"content": _text(text)}, choice)

    def thought(self, text: str, choice: int = 0) -> Json:
        """A piece of the model's thinking."""
        return self._chunk({"reasoning_content": _text(text)}, choice)

    def call(self, call_id: str, name: str, choice: int = 0) -> tuple[int, Json]:
        """A tool call begins: its index and its chunk."""
        index = self._calls.get(choice, 0)
        self._calls[choice] = index + 1
        if not _text(name):
            raise ValueError("a tool call has no name")
        function = {"name": name, "arguments": ""}
        call = {"index": index, "id": _text(call_id), "type": "function", "function": function}
        return index, self._chunk({"tool_calls": [call]}, choice)

    def arguments(self, index: int, piece: str, choice: int = 0) -> Json:
        """A piece of the arguments of the call with that index."""
        return self._chunk(
            {"tool_calls": [{"index": index, "function": {"arguments": _text(piece)}}]}, choice
        )

    def called(self, choice: int = 0) -> bool:
        """Whether a tool was called."""
        return choice in self._calls

    def finish(self, reason: str, choice: int = 0) -> Json:
        """The last chunk of a choice."""
        return self._frame | {"choices": [{"index": choice, "delta": {}, "finish_reason": reason}]}

    def usage(self, usage: Usage) -> Json:
        """The chunk behind the last."""
        return self._frame | {"choices": [], "usage": write_usage(usage)}

    def _chunk(self, delta: Json, choice: int) -> Json:
        return self._frame | {"choices": [{"index": choice, "delta": delta, "finish_reason": None}]}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value

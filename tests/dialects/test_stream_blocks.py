"""Blocks cut out of deltas: what a block holds is told whole, also where its end was waited for."""

from types import SimpleNamespace
from typing import Any

import pytest

from ni.dialects.stream_blocks import BlockSplitter, Move, Step
from ni.dialects.tools import ToolOrigin, wrap


@pytest.mark.parametrize("arguments", ["ls -la", '{"other": "form"}', "{", wrap("ls -la")])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_input_of_a_custom_tool_is_told_whole_whatever_form_a_model_gave_it(
    arguments: str, size: int
) -> None:
    tools: Any = SimpleNamespace(call_id=str, origin=lambda name: ToolOrigin(name, custom=True))
    cutter, steps = BlockSplitter(tools), list[Step]()
    for at in range(0, len(arguments), size):
        call = {"index": 0, "id": "c", "function": {"name": "shell", "arguments": arguments[at : at + size]}}
        steps += cutter.feed({"tool_calls": [call]})
    steps += cutter.end()
    assert [move for move, _, _ in (steps[0], steps[-1])] == [Move.OPEN, Move.CLOSE]
    assert "".join(piece for move, _, piece in steps if move is Move.GROW) == (
        "ls -la" if arguments == wrap("ls -la") else arguments
    )

"""A model without tools of its own, as it reads a prompt with tools in it and writes its calls as text.

What it reads it finds by the form alone: lines of the system text that are JSON objects with `name` and `parameters`,
and `Result of <name>:` in the user's turn. It writes its calls in the ways in which models do: on lines of their own,
behind words and in a fence, or as a list, in turns by the number of turns in the conversation.
"""

import json
import re
from typing import Any

from tests.fakes.model import Heard, ScriptedReply

Json = dict[str, Any]
RESULT = re.compile(r"Result of ([A-Za-z0-9_.-]+)(, which failed)?:")
NAMED = re.compile(r"must call the tool `([^`]+)`")


def tools_in(system: str) -> tuple[str, ...]:
    """The names of the tools that the system text offers."""
    found = [json.loads(line) for line in system.splitlines() if line.startswith('{"name":')]
    assert all(tool.keys() <= {"name", "description", "parameters"} for tool in found)
    assert all(tool["parameters"]["type"] == "object" for tool in found)
    named = NAMED.search(system)
    return tuple(tool["name"] for tool in found if not named or tool["name"] == named[1])


def heard(system: str, texts: list[str], stops: tuple[str, ...]) -> Heard:
    """What the last turn says, by its texts: each result is the text behind its line."""
    said, results = [], []
    rest = iter(texts)
    for text in rest:
        if RESULT.fullmatch(text):
            results.append(next(rest))
        else:
            said.append(text)
    return Heard("".join(said), tools_in(system), tuple(results), stops=stops)


def written(said: ScriptedReply, turns: int) -> ScriptedReply:
    """The same answer with its calls in its text."""
    if not said.calls:
        return said
    lines = [
        json.dumps({"name": name, "parameters": arguments}, ensure_ascii=False)
        for name, arguments in said.calls
    ]
    ways = (
        "\n".join(lines),
        "I look into that.\n\n```json\n" + "\n".join(lines) + "\n```",
        "[" + ", ".join(lines) + "]",
    )
    return ScriptedReply(said.text + ways[turns // 2 % 3], said.thought, usage=said.usage)

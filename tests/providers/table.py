"""One table of conversations that every provider must carry alike, whatever its wire looks like."""

from dataclasses import dataclass, field
from typing import Any

from ni.domain.errors import BadRequest, Problem, UnsupportedParameter, UpstreamRefused
from tests.fakes.model import ARGUMENTS, SCHEMA_ANSWER, THOUGHT

Json = dict[str, Any]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@dataclass(frozen=True)
class Row:
    """A conversation, the fields beside it, and what must come back; `problem` where it must be refused."""

    messages: list[Json]
    fields: Json = field(default_factory=dict)
    text: str | None = None
    finish: str = "stop"
    calls: tuple[str, ...] = ()
    thinks: bool = False
    problem: tuple[type[Problem], ...] = ()


def said(role: str, content: Any, **more: Any) -> Json:
    """A message."""
    return {"role": role, "content": content, **more}


def calling(*ids: str) -> Json:
    """An assistant message that calls a tool per id: `a`, `b`, ..."""
    calls = [
        {
            "id": call_id,
            "type": "function",
            "function": {"name": "ab"[at], "arguments": '{"city":"Montréal"}'},
        }
        for at, call_id in enumerate(ids)
    ]
    return said("assistant", None, tool_calls=calls)


def result(call_id: str, content: str) -> Json:
    """A tool message."""
    return said("tool", content, tool_call_id=call_id)


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "Look it up.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
    for name in ("a", "b")
]
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "place",
        "schema": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 9}}},
    },
}
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
HELLO = said("user", "Bonjour, Zoë! 👋🏽")
ODD = "call.1:é|x"

ROWS: dict[str, Row] = {
    "a greeting": Row([HELLO], text=HELLO["content"]),
    "several turns": Row([said("user", "1"), said("assistant", "2"), said("user", "3")], text="3"),
    "neighbours of one role": Row([said("user", "eins"), said("user", "zwei")], text="einszwei"),
    "a system message in the middle": Row(
        [said("system", "Be kind."), said("user", "1"), said("assistant", "2"), said("system", "x"), HELLO],
        text=HELLO["content"],
    ),
    "only a system message": Row([said("system", "Greet.")], text="Greet."),
    "the assistant first": Row([said("assistant", "Hi, I am here."), HELLO], text=HELLO["content"]),
    "blank texts": Row(
        [said("system", " "), said("user", [{"type": "text", "text": "\n"}]), HELLO], text=HELLO["content"]
    ),
    "parallel tools": Row([HELLO], {"tools": TOOLS}, finish="tool_calls", calls=("a", "b")),
    "one tool forced": Row(
        [HELLO],
        {"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "b"}}},
        finish="tool_calls",
        calls=("b",),
    ),
    "any tool, one at a time": Row(
        [HELLO],
        {"tools": TOOLS, "tool_choice": "required", "parallel_tool_calls": False},
        finish="tool_calls",
        calls=("a", "b"),
    ),
    "tools forbidden": Row([HELLO], {"tools": TOOLS, "tool_choice": "none"}, text=HELLO["content"]),
    "results of parallel tools, out of order": Row(
        [HELLO, calling("c1", ODD), result(ODD, "zwölf"), result("c1", "7 °C")],
        {"tools": TOOLS},
        text="Results: 7 °C | zwölf",
    ),
    "a result and a word": Row(
        [HELLO, calling("c1"), result("c1", "7 °C"), said("user", "and?")],
        {"tools": TOOLS},
        text="Results: 7 °C",
    ),
    "a call without its result": Row(
        [HELLO, calling("c1"), HELLO], {"tools": TOOLS}, problem=(BadRequest, UpstreamRefused)
    ),
    "an image": Row([said("user", [{"type": "text", "text": "see"}, IMAGE])], text="see [1 images]"),
    "sound": Row(
        [said("user", [{"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}])],
        problem=(UnsupportedParameter, UpstreamRefused),
    ),
    "a JSON schema": Row([HELLO], {"response_format": SCHEMA}, text=SCHEMA_ANSWER),
    "reasoning": Row(
        [HELLO],
        {"reasoning_effort": "low", "max_completion_tokens": 9000},
        text=HELLO["content"],
        thinks=True,
    ),
    "a stop sequence": Row([said("user", "un deux trois")], {"stop": [" trois"]}, text="un deux"),
    "the output limit": Row(
        [said("user", "LENGTH")], {"max_tokens": 5}, text="Il était une f", finish="length"
    ),
    "a filtered answer": Row([said("user", "FILTER")], text="", finish="content_filter"),
    "an empty answer": Row([said("user", "EMPTY")], text=""),
    "sampling": Row(
        [HELLO], {"temperature": 1.7, "top_p": 0.4, "seed": 7, "user": "x"}, text=HELLO["content"]
    ),
}


def shape(row: Row, shows_thinking: bool) -> Json:
    """What the choice must look like."""
    return {
        "text": row.text,
        "thought": THOUGHT if row.thinks and shows_thinking else None,
        "calls": [(name, ARGUMENTS) for name in row.calls],
        "finish": row.finish,
    }

"""One person's words in every dialect: what a client of each would post, and what it would read in the answer."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.api.instance import MODEL
from tests.dialects.checkers import CHECKS, Event
from tests.fakes.echo import echoed

Turn = tuple[str, str]
"""Role and text."""
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}


@dataclass(frozen=True)
class Speaker:
    """A client of one dialect at one address."""

    name: str
    dialect: str
    path: str
    ask: Callable[[Iterable[Turn]], dict[str, Any]]
    tool: dict[str, Any]
    text_of: Callable[[dict[str, Any]], str]
    piece_of: Callable[[Event], str]
    call_of: Callable[[dict[str, Any]], tuple[str, Any]]

    def body(self, *turns: Turn, model: str = MODEL, **more: Any) -> dict[str, Any]:
        return {"model": model, **self.ask(turns), **more}

    def text(self, response: TestResponse) -> str:
        assert response.status_code == 200, response.data
        return echoed(self.text_of(json.loads(response.data)))

    def streamed(self, response: TestResponse) -> str:
        assert response.status_code == 200, response.data
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        return echoed("".join(map(self.piece_of, CHECKS[self.dialect](response.data))))

    def error(self, response: TestResponse) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(response.data)["error"]
        if self.dialect == "messages":
            assert json.loads(response.data)["type"] == "error"
            assert json.loads(response.data)["request_id"] == response.headers["X-NI-Request-ID"]
        else:
            assert told.keys() == {"message", "type", "param", "code"}
        return told


def _messages(turns: Iterable[Turn]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


def _items(turns: Iterable[Turn]) -> dict[str, Any]:
    kinds = {"user": "input_text", "assistant": "output_text"}
    return {
        "input": [
            {"type": "message", "role": role, "content": [{"type": kinds[role], "text": text}]}
            for role, text in turns
        ]
    }


def _blocks(turns: Iterable[Turn]) -> dict[str, Any]:
    messages = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns]
    return {"max_tokens": 4096, "messages": messages}


def _chat_text(told: dict[str, Any]) -> str:
    return str(told["choices"][0]["message"]["content"])


def _chat_piece(event: Event) -> str:
    return "".join(choice["delta"].get("content") or "" for choice in event.get("choices", ()))


def _chat_call(told: dict[str, Any]) -> tuple[str, Any]:
    function = told["choices"][0]["message"]["tool_calls"][0]["function"]
    return function["name"], json.loads(function["arguments"])


def _response_text(told: dict[str, Any]) -> str:
    return "".join(part["text"] for item in told["output"] for part in item.get("content", ()))


def _response_call(told: dict[str, Any]) -> tuple[str, Any]:
    return told["output"][-1]["name"], json.loads(told["output"][-1]["arguments"])


def _message_text(told: dict[str, Any]) -> str:
    return "".join(block.get("text", "") for block in told["content"])


def _message_call(told: dict[str, Any]) -> tuple[str, Any]:
    return told["content"][-1]["name"], told["content"][-1]["input"]


NESTED = {"type": "function", "function": {"name": "read", "parameters": SCHEMA}}
FLAT = {"type": "function", "name": "read", "parameters": SCHEMA}
BARE = {"name": "read", "input_schema": SCHEMA}
CHAT = "/v1/chat/completions"
AZURE = f"/openai/deployments/{MODEL}/chat/completions?api-version=2024-12-01-preview"


def _response_piece(event: Event) -> str:
    return str(event["delta"]) if event["type"] == "response.output_text.delta" else ""


def _message_piece(event: Event) -> str:
    return str(event.get("delta", {}).get("text", ""))


SPEAKERS = (
    Speaker("chat", "chat", CHAT, _messages, NESTED, _chat_text, _chat_piece, _chat_call),
    Speaker("cursor", "chat", CHAT, _items, FLAT, _chat_text, _chat_piece, _chat_call),
    Speaker("cursor-claude", "chat", CHAT, _blocks, BARE, _chat_text, _chat_piece, _chat_call),
    Speaker(
        "responses",
        "responses",
        "/v1/responses",
        _items,
        FLAT,
        _response_text,
        _response_piece,
        _response_call,
    ),
    Speaker(
        "messages", "messages", "/v1/messages", _blocks, BARE, _message_text, _message_piece, _message_call
    ),
    Speaker(
        "doubled", "messages", "/v1/v1/messages", _blocks, BARE, _message_text, _message_piece, _message_call
    ),
)

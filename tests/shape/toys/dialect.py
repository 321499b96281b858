"""A dialect of two fields: `{"model", "ask"}` in, `{"said"}` out; streamed, each piece is a line of text."""

from collections.abc import Mapping

import orjson

from ni.dialects import json_body
from ni.domain.call import Call, Json
from ni.domain.errors import Problem


class ToyDialect:
    """`POST /v1/toy`."""

    name = "toy"

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call. Raises `BadRequest` naming the field."""
        for field in ("model", "ask"):
            json_body.text(body.get(field), field)
        chat = {"messages": [{"role": "user", "content": body["ask"]}]}
        return Call(self.name, body["model"], bool(body.get("stream")), chat)

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """What the model said."""
        return orjson.dumps({"said": reply["choices"][0]["message"]["content"]})

    def stream(self, call: Call, model: str) -> "ToyStream":
        """The renderer of one stream."""
        return ToyStream()

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """The sentence, and the field that it is about."""
        return orjson.dumps({"wrong": message, "field": problem.param})


class ToyStream:
    """Renders one stream."""

    def chunk(self, chunk: Json) -> bytes:
        """The text of a chunk, on a line."""
        choices = chunk.get("choices") or [{}]
        text = choices[0].get("delta", {}).get("content") or ""
        return f"{text}\n".encode() if text else b""

    def end(self) -> bytes:
        """The last line."""
        return b".\n"

    def error(self, problem: Problem, message: str) -> bytes:
        """The sentence, on a line."""
        return f"! {message}\n".encode()

    def ping(self) -> bytes:
        """An empty line."""
        return b"\n"

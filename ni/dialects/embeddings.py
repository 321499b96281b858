"""OpenAI's embeddings: texts in, vectors out, as numbers or as base64 of little-endian 32-bit floats.

The source is OpenAI's reference of `POST /v1/embeddings`. Vectors are shown as the provider gave them: numbers as they
were written, and base64 unchanged where it was asked for and given.
"""

import base64
import struct
from collections.abc import Mapping
from typing import Any

import orjson

from ni.dialects import json_body
from ni.dialects.base import StreamRenderer
from ni.dialects.chat import DONE, PING, error_body
from ni.dialects.chat_validation import MAX_MODEL, MAX_TOKENS
from ni.dialects.conversation import check_texts
from ni.domain.call import Call, Json
from ni.domain.errors import Problem
from ni.domain.route import CallKind

_CARRIED = ("input", "dimensions", "encoding_format", "user", "input_type", "task_type", "truncate")
"""What providers take; `input_type` and `task_type` are Cohere's and Google's words for what a vector is for."""
_CHECKS = {
    "dimensions": json_body.whole(1, MAX_TOKENS),
    "encoding_format": json_body.one_of("float", "base64"),
    "user": json_body.text,
    "input_type": json_body.text,
    "task_type": json_body.text,
    "truncate": json_body.text,
}


class EmbeddingsDialect:
    """`POST /v1/embeddings`."""

    name = "embeddings"

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call. Raises `BadRequest` naming the field."""
        model = body.get("model")
        if type(model) is not str or not model.strip() or len(model) > MAX_MODEL:
            raise json_body.refuse("model", f"a non-empty string of at most {MAX_MODEL} characters")
        tokens = check_texts(body.get("input"), "input")
        for name, check in _CHECKS.items():
            if body.get(name) is not None:
                check(body[name], name)
        return Call(
            dialect=self.name,
            model=model,
            stream=False,
            body={name: body[name] for name in _CARRIED if body.get(name) is not None},
            form=self.name,
            kind=CallKind.EMBEDDING,
            token_field="input" if tokens else "",
        )

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """A list of embeddings; `reply` has `vectors`, each a list of numbers or base64, and `usage`."""
        shown = as_base64 if call.body.get("encoding_format") == "base64" else as_numbers
        data = [
            {"object": "embedding", "index": at, "embedding": shown(vector)}
            for at, vector in enumerate(reply["vectors"])
        ]
        counted = (reply.get("usage") or {}).get("prompt_tokens") or 0
        usage = {"prompt_tokens": counted, "total_tokens": counted}
        return orjson.dumps({"object": "list", "data": data, "model": model, "usage": usage})

    def stream(self, call: Call, model: str) -> StreamRenderer:
        """Nothing is streamed; answers of our own neither, for a name that is no route is an error here."""
        return _NoStream()

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """OpenAI's error object."""
        return error_body(problem, message)


class _NoStream:
    """Renders nothing."""

    def chunk(self, chunk: Json) -> bytes:
        """Nothing."""
        return b""

    def end(self) -> bytes:
        """`data: [DONE]`."""
        return DONE

    def error(self, problem: Problem, message: str) -> bytes:
        """One `data:` event with the error object."""
        return b"data: " + error_body(problem, message) + b"\n\n"

    def ping(self) -> bytes:
        """A comment line."""
        return PING


def as_base64(vector: Any) -> str:
    """The vector as base64 of 32-bit floats; one that came so is shown as it came."""
    if isinstance(vector, str):
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def as_numbers(vector: Any) -> list[float]:
    """The vector as numbers. Raises `ValueError` for base64 that holds no 32-bit floats."""
    if not isinstance(vector, str):
        numbers: list[float] = vector
        return numbers
    octets = base64.b64decode(vector, validate=True)
    if len(octets) % 4:
        raise ValueError("not 32-bit floats")
    return list(struct.unpack(f"<{len(octets) // 4}f", octets))

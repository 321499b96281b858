"""The seam between wire formats that clients speak and the line.

A dialect is pure: it parses JSON that was already read under limits into a `Call` in chat form, and renders chat-form
replies, chunks and problems back into its own shapes. It never sees keys, providers or the database.

How many input tokens a request in chat form has, estimated here: no provider is asked, and none of its words kept.

A quarter of the bytes of text, a sum for each image (Anthropic's figure for a full-sized one), and a few for each
message. What is charged is what the provider counts.

What of a request the gateway leaves out although it means something, as clauses of `X-NI-Warning`.

One closed table for each dialect, so that a header never holds a client's own text. Not named: what no answer depends
on (attribution, diagnostics, cache marks), values that are the default anyway, and members that nobody's reference
has. Pure. Sources: Anthropic's reference of Messages (with betas), OpenAI's of Responses, Open Responses.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import orjson

from ni.domain.call import Call, Json
from ni.domain.errors import Problem


class StreamRenderer(Protocol):
    """Turns the chunks of one stream into bytes of the client's event stream. State lives for one stream."""

    def chunk(self, chunk: Json) -> bytes:
        """The bytes for one `chat.completion.chunk`; empty if the client sees nothing of it."""

    def end(self) -> bytes:
        """The proper end of a complete stream (for chat: `data: [DONE]`)."""

    def error(self, problem: Problem, message: str) -> bytes:
        """One error event; the stream ends after it, without `end()`. `message` is translated."""

    def ping(self) -> bytes:
        """Bytes that keep the connection alive and mean nothing."""


class Dialect(Protocol):
    """One wire format."""

    name: str

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call. Raises `BadRequest` naming the field. `headers` has lower-case names."""

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """A whole reply: `reply` is a `chat.completion`; `model` is the route id to show."""

    def stream(self, call: Call, model: str) -> StreamRenderer:
        """The renderer of one stream."""

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """The error body in this dialect; `message` is translated."""


BYTES_PER_TOKEN, IMAGE_TOKENS, MESSAGE_TOKENS = 4, 1600, 4


def estimated_tokens(chat: Json) -> int:
    """The estimate for `messages` and `tools`."""
    images, text_bytes = 0, len(orjson.dumps(chat.get("tools") or []))
    for message in chat["messages"]:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            url = (part.get("image_url") or {}).get("url")
            images += url is not None
            text_bytes -= len(url or "")
        text_bytes += len(orjson.dumps(message))
    return text_bytes // BYTES_PER_TOKEN + IMAGE_TOKENS * images + MESSAGE_TOKENS * len(chat["messages"])


Matters = Callable[[Any], bool]


def other_than(*defaults: Any) -> Matters:
    """A test that is true for every value but the defaults."""
    return lambda value: value not in defaults


def is_present(value: Any) -> bool:
    """Whether the value is not empty."""
    return bool(value)


def dropped_members(body: Json, table: Mapping[str, Matters]) -> tuple[str, ...]:
    """The clause that names the members of a body that a table holds, or nothing. Null is absent."""
    return _clause(
        "parameters", [name for name in table if body.get(name) is not None and table[name](body[name])]
    )


def dropped_kinds(noun: str, kinds: Iterable[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """The clause that names kinds of items or blocks, or nothing; those that no reference has are `others`."""
    named = sorted(kind if kind in known else "others" for kind in kinds)
    return _clause(noun, named)


def kinds_of(entries: Any) -> set[str]:
    """The values of `type` in a list of objects."""
    listed = entries if isinstance(entries, list) else ()
    kinds = (entry.get("type") for entry in listed if isinstance(entry, dict))
    return {kind for kind in kinds if isinstance(kind, str)}


def _clause(noun: str, names: list[str]) -> tuple[str, ...]:
    return (f"dropped {noun}: {', '.join(dict.fromkeys(names))}",) if names else ()

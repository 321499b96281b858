"""The interface of a dialect, a wire format that clients use, and what several dialects share.

A dialect is pure: it parses JSON that was read under limits into a `Call` in chat form, and renders chat-form replies,
chunks and problems in its own shapes. It has no access to keys, providers or the database.

`dropped_members` and `dropped_kinds` name what the gateway leaves out of a request although it has a meaning, as
clauses of `X-NI-Warning`. The names come from closed tables, so the header never holds a client's own text. Without a
warning go fields that no answer depends on (attribution, diagnostics, cache marks), default values, and members that no
reference has.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, Protocol

import orjson

from ni.domain.call import Call, Json
from ni.domain.errors import Problem


class StreamRenderer(Protocol):
    """Turns the chunks of one stream into the bytes of the client's event stream; one instance for each stream."""

    def chunk(self, chunk: Json) -> bytes:
        """The bytes for one `chat.completion.chunk`; empty if the client is sent nothing for it."""

    def end(self) -> bytes:
        """The end of a complete stream (for chat: `data: [DONE]`)."""

    def error(self, problem: Problem, message: str) -> bytes:
        """One error event; the stream ends after it, without `end()`. `message` is translated."""

    def ping(self) -> bytes:
        """Bytes that keep the connection alive and that clients skip."""


class Dialect(Protocol):
    """One wire format. `name` is stored with each call."""

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
    """An estimate of the input tokens of `messages` and `tools`, made without a provider.

    A quarter of the bytes of text, Anthropic's figure for a full-sized image, and a few tokens for each message. The
    charge is what the provider counts.
    """
    images, text_bytes = 0, len(orjson.dumps(chat.get("tools") or []))
    for message in chat["messages"]:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            url = (part.get("image_url") or {}).get("url")
            images += url is not None
            text_bytes -= len(url or "")
        text_bytes += len(orjson.dumps(message))
    return text_bytes // BYTES_PER_TOKEN + IMAGE_TOKENS * images + MESSAGE_TOKENS * len(chat["messages"])


def named_events(events: Iterable[Json]) -> bytes:
    """The events as an event stream in which `event:` repeats the `type` of each object (Messages, Responses)."""
    return b"".join(
        b"event: " + str(event["type"]).encode() + b"\ndata: " + orjson.dumps(event) + b"\n\n"
        for event in events
    )


Matters = Callable[[Any], bool]
"""Whether a value of a dropped member has a meaning that the client should know is lost."""


def other_than(*defaults: Any) -> Matters:
    """A test that is true for every value but the defaults."""
    return lambda value: value not in defaults


def is_present(value: Any) -> bool:
    """Whether the value is not empty."""
    return bool(value)


def dropped_members(body: Json, table: Mapping[str, Matters]) -> tuple[str, ...]:
    """The clause that names the members of a body whose test in `table` is true; empty for none. Null is absent."""
    return _clause(
        "parameters", [name for name in table if body.get(name) is not None and table[name](body[name])]
    )


def dropped_kinds(noun: str, kinds: Iterable[str], known: Container[str] | None = None) -> tuple[str, ...]:
    """The clause that names kinds of items, blocks or tools; empty for none.

    Kinds that are not in `known`, which no reference has, are `others`: a client may have written anything there.
    """
    named = sorted(kind if known is None or kind in known else "others" for kind in kinds)
    return _clause(noun, named)


def kinds_of(entries: Any) -> set[str]:
    """The values of `type` in a list of objects."""
    listed = entries if isinstance(entries, list) else ()
    kinds = (entry.get("type") for entry in listed if isinstance(entry, dict))
    return {kind for kind in kinds if isinstance(kind, str)}


def _clause(noun: str, names: list[str]) -> tuple[str, ...]:
    return (f"dropped {noun}: {', '.join(dict.fromkeys(names))}",) if names else ()

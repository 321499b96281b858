"""A request as the line sees it.

The lingua franca is the *chat form*: the JSON of OpenAI's chat completions. A dialect turns what its client sent
into that form once; only what the line needs is lifted out, and the rest of the client's JSON travels in `body`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `body` is the chat form without `model`; `native` is the client's own JSON where it was not chat.

    `include_usage` says whether a chat stream ends with a usage chunk; `headers` are the few client headers that a
    provider may be shown (lower-case names, e.g. `anthropic-beta`).
    """

    dialect: str
    model: str
    stream: bool
    body: Json
    include_usage: bool = False
    native: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def messages(self) -> list[Json]:
        """The conversation, oldest first."""
        messages: list[Json] = self.body["messages"]
        return messages

    def images(self) -> Iterator[tuple[str, str]]:
        """Every image of the conversation: where it stands, as `messages[0].content[1]`, and its URL."""
        for at, message in enumerate(self.messages):
            content = message.get("content")
            for place, part in enumerate(content if isinstance(content, list) else ()):
                if part.get("type") == "image_url":
                    yield f"messages[{at}].content[{place}]", part["image_url"]["url"]

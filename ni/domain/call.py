"""`Call`: a parsed request, as the gateway's steps pass it on.

Its body is in *chat form*, the JSON of OpenAI's chat completions, into which each dialect translates its requests.
Fields that the gateway reads are attributes; the others stay in `body`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ni.domain.errors import Problem
from ni.domain.route import CallKind

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `body` is the chat form without `model`.

    `raw_body` is the client's own JSON where it was not chat. `passthrough_body` is that JSON as an upstream of the
    same dialect may be sent it; None where it may not. `untranslatable` is the problem to raise for every other
    upstream, where the chat form cannot say all that the client did. `form` is the form of `body`: `chat`, or the name
    of a dialect once the client's own body is sent.

    `include_usage` is whether a chat stream ends with a usage chunk. `headers` are the client headers that a provider
    may be shown, by lower-case name (`anthropic-beta`). `warnings` name what was left out or changed, in our own words
    only, for `X-NI-Warning`; `warnings_translated` are added where the chat form is sent. `kind` is what is asked for;
    `token_field` names the field that holds numbers of tokens in place of text, if one does.
    """

    dialect: str
    model: str
    stream: bool
    body: Json
    include_usage: bool = False
    raw_body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    passthrough_body: Json | None = None
    untranslatable: Problem | None = None
    form: str = "chat"
    warnings: tuple[str, ...] = ()
    warnings_translated: tuple[str, ...] = ()
    kind: CallKind = CallKind.CHAT
    token_field: str = ""

    @property
    def messages(self) -> list[Json]:
        """The conversation, oldest first; empty where the call holds none (texts for vectors)."""
        messages: list[Json] = self.body.get("messages", [])
        return messages

    def for_upstream(self, native_format: str) -> "Call":
        """The call in the form that is masked and sent. `native_format` is the dialect that the route takes as it is.

        `native_format` is empty where the route takes the chat form alone. Raises `Problem` where the chat form is
        needed and cannot say all that the client did.
        """
        if self.passthrough_body is not None and native_format == self.dialect:
            return replace(self, body=self.passthrough_body, form=self.dialect)
        if self.untranslatable is not None:
            raise self.untranslatable
        if self.warnings_translated:
            return replace(self, warnings=(*self.warnings_translated, *self.warnings), warnings_translated=())
        return self

    def warned(self, warnings: tuple[str, ...]) -> "Call":
        """The call with the warnings of the form in which it leaves."""
        return self if warnings is self.warnings else replace(self, warnings=warnings)

    def files(self) -> int:
        """How many files the conversation shows to the model."""
        contents = (message.get("content") for message in self.messages)
        parts = (part for content in contents if isinstance(content, list) for part in content)
        return sum(part.get("type") == "file" for part in parts)

    def images(self) -> Iterator[tuple[str, str]]:
        """Every image of the conversation: where it stands, as `messages[0].content[1]`, and its URL."""
        for at, message in enumerate(self.messages):
            content = message.get("content")
            for place, part in enumerate(content if isinstance(content, list) else ()):
                if part.get("type") == "image_url":
                    yield f"messages[{at}].content[{place}]", part["image_url"]["url"]

    def sounds(self) -> Iterator[str]:
        """Where the conversation holds sound."""
        for at, message in enumerate(self.messages):
            content = message.get("content")
            for place, part in enumerate(content if isinstance(content, list) else ()):
                if part.get("type") == "input_audio":
                    yield f"messages[{at}].content[{place}]"

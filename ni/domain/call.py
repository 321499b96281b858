"""A parsed request, and the labels that the client gave it.

Every dialect parses its request into the *chat form*: the JSON of OpenAI's chat completions. What the gateway decides
by are attributes of `Call`; all other JSON of the client stays in `body`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ni.domain.errors import Problem
from ni.domain.route import CallKind

Json = dict[str, Any]
PART_KINDS = frozenset({"text", "image_url", "input_audio", "file", "refusal"})
"""The kinds of parts that OpenAI's reference of chat completions defines."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with a body in the chat form.

    - `body`: the chat form without `model`; `form` is `chat`, or the dialect's name where `body` is the client's own.
    - `raw_body`: the client's own JSON where it was not in the chat form.
    - `passthrough_body`: `raw_body` as an upstream of the same dialect may be sent it, None where it may not.
    - `untranslatable`: why the chat form says less than the client did; other upstreams have to refuse the call.
    - `include_usage`: whether a chat stream ends with a usage chunk.
    - `headers`: the client headers that a provider may be shown, by lower-case name, e.g. `anthropic-beta`.
    - `warnings`: what was left out or changed, for `X-NI-Warning`; names of ours only, nothing that the client wrote.
    - `warnings_translated`: what is left out, too, where the call is sent in the chat form.
    - `kind`: an answer in words, or vectors. `token_field`: the field that holds token numbers in place of text.
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

    def for_upstream(self, spoken: str) -> "Call":
        """The call as it is masked and sent to an upstream whose own dialect is `spoken` (empty: only the chat form).

        Raises `untranslatable` where only the chat form can be sent and it says less than the client did.
        """
        if self.passthrough_body is not None and spoken == self.dialect:
            return replace(self, body=self.passthrough_body, form=self.dialect)
        if self.untranslatable is not None:
            raise self.untranslatable
        if self.warnings_translated:
            return replace(self, warnings=(*self.warnings_translated, *self.warnings), warnings_translated=())
        return self

    def warned(self, warnings: tuple[str, ...]) -> "Call":
        """The call with these `warnings`, which are those of the form in which it is sent."""
        return self if warnings is self.warnings else replace(self, warnings=warnings)

    def parts(self) -> Iterator[tuple[str, Json]]:
        """Every part of the conversation: where it stands, as `messages[0].content[1]`, and the part."""
        for at, message in enumerate(self.messages):
            content = message.get("content")
            for place, part in enumerate(content if isinstance(content, list) else ()):
                yield f"messages[{at}].content[{place}]", part

    def files(self) -> int:
        """How many file parts the messages hold."""
        return sum(part.get("type") == "file" for _, part in self.parts())

    def images(self) -> Iterator[tuple[str, str]]:
        """The place and the URL of every image."""
        return (
            (place, part["image_url"]["url"])
            for place, part in self.parts()
            if part.get("type") == "image_url"
        )

    def sounds(self) -> Iterator[str]:
        """The place of every audio part."""
        return (place for place, part in self.parts() if part.get("type") == "input_audio")

    def unknown_parts(self) -> Iterator[str]:
        """The place of every part of a kind that chat form does not define; only some servers can read those."""
        if self.form == "chat":
            yield from (place for place, part in self.parts() if part.get("type") not in PART_KINDS)


@dataclass(frozen=True, slots=True)
class UsageLabels:
    """Who a call was for, kept with its usage row: the user and the tag that the client named, empty for none."""

    end_user: str = ""
    tag: str = ""

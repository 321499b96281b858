"""Conversations for APIs that are not OpenAI's: turns of blocks, tool call ids, and images as bytes.

These APIs know two roles that alternate, take system text apart, refuse blank text, and require all results of one
turn's tool calls together in the next turn. `conversation_of` brings chat messages into that form; it is pure, and
images keep their URLs. `plain_id` writes ids of any client within `[a-zA-Z0-9_-]{1,64}`, and `original_id` reads them
back. `Images` fetches images by URL through the egress client: `https` to public addresses only, without redirects,
bounded in size and time. The kind is read from the bytes, not from the header: clients label PNG images as JPEG, and
providers refuse those.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, Literal

import orjson

from ni.domain.call import Json
from ni.domain.errors import BadRequest, UnsupportedParameter
from ni.domain.ids import base64url, from_base64url
from ni.outbound.addresses import refusal
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import AddressRefused, OutboundFault
from ni.outbound.http1 import Response

_MARK = "ni--"
_BREAKS = re.compile(r"[ \t\r\n]+")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FIT = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_LONGEST = 64


def plain_id(call_id: str) -> str:
    """The id in `[a-zA-Z0-9_-]{1,64}`."""
    if _FIT.fullmatch(call_id) and not call_id.startswith(_MARK):
        return call_id
    coded = _MARK + base64url(call_id.encode("utf-8", "surrogatepass"))
    if len(coded) <= _LONGEST:
        return coded
    return _MARK + "-" + sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:59]


def original_id(call_id: str) -> str:
    """What `plain_id` was given, unless only a digest of it is left."""
    if not call_id.startswith(_MARK) or call_id.startswith(_MARK + "-"):
        return call_id
    return from_base64url(call_id.removeprefix(_MARK)).decode("utf-8", "surrogatepass")


_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_HEAD = 64


def kind_of(content: bytes) -> str:
    """The media type that the first bytes tell, or nothing."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), "")


def kind_of_base64(content: str, claimed: str) -> str:
    """The media type that the bytes tell, else the one that was claimed. Raises `ValueError` for what is no base64."""
    try:
        kind = kind_of(b64decode(content[:_HEAD]))
    except binascii.Error as fault:
        raise ValueError("no base64") from fault
    return kind or claimed


OPENING = "(The conversation begins.)"
"""Stands in for a user's turn where a wire demands one and the client sent none."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words that are not blank; `cache` is a client's `cache_control`, on any kind of block."""

    text: str
    cache: Json | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image: base64 in `content` with its media type, or an address in `url`."""

    media_type: str = ""
    content: str = ""
    url: str = ""
    cache: Json | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF in base64."""

    content: str
    cache: Json | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the assistant made; `arguments` is always an object."""

    id: str
    name: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a tool call, with the tool's name, because Gemini matches results by name."""

    id: str
    name: str
    parts: tuple[Text | Image, ...]
    cache: Json | None = None
    failed: bool = False


CONTINUE = "Continue."
"""What the user says where the conversation may not end with the assistant."""
NOTED = "I have the result."
"""What the assistant says between a result and the user's words, where one turn may not hold both."""

Block = Text | Image | Document | ToolCall | ToolResult
Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: all consecutive content of one role."""

    role: Role
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class ProviderConversation:
    """System text, and turns that alternate and begin with the user."""

    system: tuple[Text, ...]
    turns: tuple[Turn, ...]


def conversation_of(messages: Sequence[Json]) -> ProviderConversation:
    """Messages in chat form as turns. Raises `BadRequest` for calls without results and for unknown parts."""
    gathered = _Gathered()
    for place, message in enumerate(messages):
        gathered.add(message, f"messages[{place}]")
    gathered.require_results("messages")
    system, turns = gathered.system, gathered.turns
    if not turns:
        turns.append(Turn("user", [system.pop() if system else Text(OPENING)]))
    if turns[0].role == "assistant":
        turns.insert(0, Turn("user", [Text(OPENING)]))
    return ProviderConversation(tuple(system), tuple(turns))


def ending_with_user(conversation: ProviderConversation, *, unless: bool = False) -> tuple[Turn, ...]:
    """The turns, with a word of the user's behind the assistant's last, unless the model continues that itself."""
    if unless or conversation.turns[-1].role == "user":
        return conversation.turns
    return (*conversation.turns, Turn("user", [Text(CONTINUE)]))


def in_separate_turns(turns: Iterable[Turn]) -> Iterator[Turn]:
    """The turns with tool calls and results in turns of their own, for models that refuse them beside text."""
    for turn in turns:
        kind = ToolCall if turn.role == "assistant" else ToolResult
        used: list[Block] = [block for block in turn.blocks if isinstance(block, kind)]
        others = [block for block in turn.blocks if not isinstance(block, kind)]
        if not used or not others:
            yield turn
        elif turn.role == "assistant":
            yield from (Turn("assistant", others), Turn("user", [Text(CONTINUE)]), Turn("assistant", used))
        else:
            yield from (Turn("user", used), Turn("assistant", [Text(NOTED)]), Turn("user", others))


def words_of(result: ToolResult) -> str:
    """The text of a tool's result."""
    return "".join(part.text for part in result.parts if isinstance(part, Text))


class CallIds:
    """The ids of the calls of one conversation, each of its own, and of their results.

    Servers count anew in each answer (`call_0`), or give two calls of one answer the same id; Claude refuses an id that
    comes again ("`tool_use` ids must be unique").
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._waiting: dict[str, list[str]] = {}  # ours for calls without a result, by the client's id
        self._last: dict[str, str] = {}

    def of_call(self, given: str) -> str:
        """The client's id, or one made of it where an earlier call has it."""
        made, number = given, 1
        while made in self._taken:
            number += 1
            made = f"{given}-{number}"
        self._taken.add(made)
        self._waiting.setdefault(given, []).append(made)
        self._last[given] = made
        return made

    def of_result(self, given: str) -> str:
        """The id of the earliest call of that id that waits for its result; of the last one if none does."""
        waiting = self._waiting.get(given)
        return waiting.pop(0) if waiting else self._last.get(given, given)


@dataclass(slots=True)
class _Gathered:
    """The conversation so far.

    `waiting` are calls without a result by the client's id, `results` come by ours.
    """

    system: list[Text] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    waiting: dict[str, list[ToolCall]] = field(default_factory=dict)
    results: dict[str, ToolResult] = field(default_factory=dict)
    ids: CallIds = field(default_factory=CallIds)

    def add(self, message: Json, path: str) -> None:
        role = message.get("role")
        if role in ("tool", "function"):
            self._result(message, path)
            return
        if role in ("system", "developer"):
            self.system += [block for block in _blocks(message, path) if isinstance(block, Text)]
            return
        self.require_results(path)
        if role == "assistant":
            calls = [(call.id, replace(call, id=self.ids.of_call(call.id))) for call in calls_of(message)]
            self._say("assistant", [*_blocks(message, path), *(call for _, call in calls)])
            for given_id, call in calls:
                self.waiting.setdefault(given_id, []).append(call)
        else:
            self._say("user", _blocks(message, path))

    def require_results(self, path: str) -> None:
        """Every call has its result, as OpenAI demands too."""
        if self.waiting:
            raise not_answered(path)

    def _result(self, message: Json, path: str) -> None:
        call_id = message.get("tool_call_id") or _named(self.waiting, message.get("name"))
        waiting = self.waiting.get(call_id)
        if not waiting:
            raise not_asked_for(path)
        call = waiting.pop(0)
        if not waiting:
            del self.waiting[call_id]
        parts = tuple(part for part in _blocks(message, path) if isinstance(part, Text | Image))
        failed = message.get("is_error") is True
        self.results[call.id] = ToolResult(call.id, call.name, parts, message.get("cache_control"), failed)
        if not self.waiting:
            self._flush()

    def _flush(self) -> None:
        """Put all results into one turn, in the order of their calls."""
        call_ids = [block.id for block in self.turns[-1].blocks if isinstance(block, ToolCall)]
        self._say("user", [self.results[call_id] for call_id in call_ids if call_id in self.results])
        self.results = {}

    def _say(self, role: Role, blocks: Iterable[Block]) -> None:
        added = list(blocks)
        if added and self.turns and self.turns[-1].role == role:
            self.turns[-1].blocks.extend(added)
        elif added:
            self.turns.append(Turn(role, added))


def not_answered(path: str) -> BadRequest:
    """Calls without results before the message at `path`."""
    return BadRequest(
        "An assistant message with `tool_calls` must be followed by a `tool` message for each of them.",
        param=path,
    )


def not_asked_for(path: str) -> BadRequest:
    """A result without its call at `path`."""
    return BadRequest(
        "A `tool` message must answer a call of the assistant message before it.",
        param=f"{path}.tool_call_id",
    )


def _named(waiting: Mapping[str, list[ToolCall]], name: Any) -> str:
    """The id of the waiting call of that name, for messages of the older `function` role."""
    return next((call_id for call_id, calls in waiting.items() if calls[0].name == name), "")


def _blocks(message: Json, path: str) -> list[Block]:
    content = message.get("content")
    cache = message.get("cache_control")
    if isinstance(content, str):
        return [Text(content, cache)] if content.strip() else []
    parts = content if isinstance(content, list) else []
    return [block for place, part in enumerate(parts) for block in _part(part, f"{path}.content[{place}]")]


def _part(part: Json, path: str) -> Iterator[Block]:
    kind, cache = part.get("type"), part.get("cache_control")
    if kind in ("text", "refusal"):
        words = part.get(kind) or ""
        if words.strip():
            yield Text(words, cache)
    elif kind == "image_url":
        yield _image((part.get("image_url") or {}).get("url") or "", cache, path)
    elif kind == "file" and (file := _file(part["file"], cache, f"{path}.file.file_data")):
        yield file
    else:
        raise UnsupportedParameter(
            "`%(field)s` is of a type that this model cannot read. Send text, images or PDF files in base64.",
            param=path,
            field=path,
        )


def _image(url: str, cache: Json | None, path: str) -> Image:
    if url[:5].lower() != "data:":
        return Image(url=url, cache=cache)
    claimed, content = data_of(url, path)
    claimed = claimed.replace("image/jpg", "image/jpeg")
    return Image(_kind(content, claimed, path), content, cache=cache)


def data_of(url: str, path: str) -> tuple[str, str]:
    """Media type and base64 of a data URL, whatever parameters it has (RFC 2397). Raises `BadRequest`."""
    head, _, content = url[5:].partition(",")
    media_type, *parameters = (part.strip().lower() for part in head.split(";"))
    if not parameters or parameters[-1] != "base64" or not content:
        raise _no_data_url(path)
    return media_type, _in_one_piece(content, path)


def _in_one_piece(content: str, path: str) -> str:
    """Base64 without the line breaks that `base64` and MIME write, and with the padding that others leave out.

    Raises `BadRequest` for what is no base64: clouds answer that without a name, or take it for another file.
    """
    if _BREAKS.search(content):
        content = _BREAKS.sub("", content)
    end = content.encode("ascii", "replace").translate(None, _BASE64).decode()
    digits = len(content) - len(end)
    if end not in ("", "=", "==") or not content.endswith(end) or digits % 4 == 1 or not digits:
        raise _no_data_url(path)
    return content + "=" * (-len(content) % 4)


def _file(file: Json, cache: Json | None, path: str) -> Document | Text | None:
    """A PDF, or the text of a text file, from a data URL or bare base64; None for other files."""
    given = file.get("file_data")
    if not given or given.startswith(("http://", "https://")):
        return None
    claimed, content = (
        data_of(given, path) if given[:5].lower() == "data:" else ("", _in_one_piece(given, path))
    )
    if _kind(content, claimed, path) == "application/pdf":
        return Document(content, cache)
    return _text_file(content, cache, path) if claimed.startswith("text/") else None


def _text_file(content: str, cache: Json | None, path: str) -> Text | None:
    try:
        words = b64decode(content, validate=True).decode()
    except ValueError as fault:
        raise _no_data_url(path) from fault
    return Text(words, cache) if words.strip() else None


def _kind(content: str, claimed: str, path: str) -> str:
    try:
        return kind_of_base64(content, claimed)
    except ValueError as fault:
        raise _no_data_url(path) from fault


def _no_data_url(path: str) -> BadRequest:
    return BadRequest("`%(field)s` must be a base64 data URL.", param=path, field=path)


def calls_of(message: Json) -> Iterator[ToolCall]:
    """The calls of a message of the assistant."""
    for call in message.get("tool_calls") or ():
        if call.get("type") == "custom":
            custom = call["custom"]
            yield ToolCall(call["id"], custom["name"], {"input": custom.get("input") or ""})
        else:
            function = call["function"]
            yield ToolCall(call["id"], function["name"], arguments_of(function.get("arguments")))
    if older := message.get("function_call"):
        yield ToolCall(f"call_{older['name']}", older["name"], arguments_of(older.get("arguments")))


def arguments_of(written: Any) -> Json:
    """Arguments as an object; text that is not a JSON object becomes its member `input`."""
    try:
        arguments = orjson.loads(written or "{}")
    except orjson.JSONDecodeError:
        arguments = written
    return arguments if isinstance(arguments, dict) else {"input": arguments}


_UNREADABLE = (
    "An image in `messages` could not be read from its address. Send it as a base64 data URL instead."
)


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Bytes of one image, and how long it may take."""

    octets: int = 5 * 1024 * 1024
    timeouts: Timeouts = Timeouts(first_byte_s=5.0, idle_s=5.0, total_s=10.0)  # noqa: RUF009 - it is frozen


def only_public(addresses: Sequence[str]) -> None:
    """Refuse all but public addresses, also those that the operator opened for providers of his own."""
    for address in addresses:
        if (reason := refusal(ip_address(address), ())) is not None:
            raise AddressRefused(f"an image leads to {address}: {reason}")


class Images:
    """Fetches images; `vet` is asked about the addresses, `kinds` are the media types that the model reads."""

    def __init__(
        self, egress: EgressClient, kinds: frozenset[str], limits: ImageLimits | None = None
    ) -> None:
        self._egress = egress
        self._kinds = kinds
        self._limits = limits or ImageLimits()
        self.vet = only_public
        self.scheme = "https://"

    def inlined(self, conversation: ProviderConversation) -> ProviderConversation:
        """The conversation with every image as bytes of a kind that the model reads. Raises `BadRequest`."""
        turns = tuple(
            Turn(turn.role, [self._block(block) for block in turn.blocks]) for turn in conversation.turns
        )
        return replace(conversation, turns=turns)

    def read(self, image: Image) -> Image:
        """The image as bytes of a kind that the model reads. Raises `BadRequest`."""
        if image.url:
            content = self._fetched(image.url)
            image = replace(image, url="", media_type=kind_of(content), content=b64encode(content).decode())
        if image.media_type not in self._kinds:
            raise BadRequest(
                "An image in `messages` is of a kind that this model does not read. It reads %(kinds)s.",
                param="messages",
                kinds=", ".join(sorted(self._kinds)),
            )
        return image

    def _block(self, block: Block) -> Block:
        if isinstance(block, ToolResult):
            parts = tuple(self.read(part) if isinstance(part, Image) else part for part in block.parts)
            return replace(block, parts=parts)
        return self.read(block) if isinstance(block, Image) else block

    def _fetched(self, url: str) -> bytes:
        if not url.startswith(self.scheme):
            raise BadRequest(_UNREADABLE, param="messages")
        try:
            return self._content(
                self._egress.send(Request("GET", url, {}, b"", self._limits.timeouts, self.vet))
            )
        except OutboundFault as fault:
            raise BadRequest(_UNREADABLE, param="messages") from fault

    def _content(self, response: Response) -> bytes:
        if response.status != 200:
            response.close()
            raise BadRequest(_UNREADABLE, param="messages")
        return response.read(self._limits.octets)

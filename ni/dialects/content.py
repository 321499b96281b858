"""Content parts of every dialect as chat parts, and the builder that puts a conversation together in chat form.

`chat_parts` reads text, images and files, each part on its own. Responses writes `input_text`, `output_text`,
`input_image`, `input_file`; Anthropic `image`, `document` and `search_result` with a `source`. Cache marks stay on the
part. Parts in chat form are unchanged.

`Conversation` takes messages, calls and results in the order of formats that keep them in blocks of turns (Anthropic)
or in separate items (Responses), and follows chat's rules: calls belong to the assistant's message, each result is a
message right behind it, and images that a tool returned follow in a user message, because a `tool` message holds text
only.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ni.dialects import json_body
from ni.domain.call import PART_KINDS, Json
from ni.domain.errors import BadRequest, Problem

Content = str | list[Json]
IMAGE_KINDS = ("image_url", "file", "input_audio", "video_url", "audio_url")
_TEXTS = frozenset({"text", "input_text", "output_text", "summary_text", "reasoning_text"})
_CHAT_KINDS = PART_KINDS - _TEXTS
_OF_SERVERS = frozenset({"video_url", "audio_url"})
"""Kinds of vLLM, SGLang and other servers of one's own."""
_LEFT_OUT = frozenset({"tool_reference", "container_upload"})


class UnknownPart(BadRequest):
    """A kind of content that chat form cannot express; an upstream that speaks the client's dialect may know it."""


def chat_parts(content: Any, path: str, *, others: bool = False) -> list[Json]:
    """The parts of a message's content, a string being one text part; `others`: see `chat_part`.

    Raises `BadRequest` naming the part.
    """
    if content is None:
        return []
    if isinstance(content, str):
        return [text_part(content)]
    if type(content) is not list:
        raise json_body.refuse(path, "a string or an array of content parts")
    parts = (chat_part(part, f"{path}[{place}]", others=others) for place, part in enumerate(content))
    return [part for part in parts if part is not None]


def chat_part(part: Any, path: str, *, others: bool = False) -> Json | None:
    """One part in chat form; None for a kind that only its own API can read.

    A kind that no API defines stays as it is with `others`. Raises `BadRequest`, `UnknownPart`.
    """
    if isinstance(part, str):
        return text_part(part)
    kind = json_body.an_object(part, path).get("type")
    json_body.filled_text(kind, f"{path}.type")
    if kind in _TEXTS:
        return _marked(text_part(joined(part.get("text"), f"{path}.text")), part, path)
    if kind == "image_url" and isinstance(
        part.get("image_url"), str
    ):  # as in Responses, which some clients mix
        return _marked(_input_image(part, path), part, path)
    if kind in _CHAT_KINDS or kind in _OF_SERVERS:
        return dict(part)
    if kind in _LEFT_OUT:
        return None
    read = _READERS.get(str(kind))
    if read is None:
        if others:
            return dict(part)
        raise _unknown(f"{path}.type", ("text", *sorted(_CHAT_KINDS), *_READERS))
    return _marked(read(part, path), part, path)


def _unknown(path: str, known: Iterable[str]) -> UnknownPart:
    return UnknownPart(
        "`%(field)s` is a kind of content that this gateway cannot pass on; it reads %(known)s.",
        param=path, field=path, known=", ".join(f"`{name}`" for name in known),
    )  # fmt: skip


def text_part(text: str) -> Json:
    """A text part."""
    return {"type": "text", "text": text}


def joined(text: Any, path: str) -> str:
    """The text of a string, or of an array of strings or text parts, which some clients send. Raises `BadRequest`."""
    if isinstance(text, str):
        return text
    if type(text) is not list:
        raise json_body.refuse(path, "a string")
    pieces = [piece.get("text") if isinstance(piece, dict) else piece for piece in text]
    return "".join(joined(piece, path) if not isinstance(piece, str) else piece for piece in pieces)


def _marked(read: Json, part: Json, path: str) -> Json:
    return read | json_body.cache_mark(part, path)


def _input_image(part: Json, path: str) -> Json:
    url = part.get("image_url")
    if isinstance(url, dict):
        url = url.get("url")
    if url is None and part.get("file_id") is not None:
        raise json_body.refuse(f"{path}.file_id", "left out: files stored at a provider cannot be read here")
    json_body.filled_text(url, f"{path}.image_url")
    detail = part.get("detail")
    if detail is not None:
        json_body.text(detail, f"{path}.detail")
    return {"type": "image_url", "image_url": {"url": url} | ({"detail": detail} if detail else {})}


def _input_file(part: Json, path: str) -> Json:
    known = {name: part[name] for name in ("file_data", "file_id", "filename") if part.get(name)}
    for name, value in known.items():
        json_body.text(value, f"{path}.{name}")
    if "file_data" not in known and "file_id" not in known:
        raise json_body.refuse(
            f"{path}.file_data", "the file as a data URL; files at other addresses are not fetched"
        )
    return {"type": "file", "file": known}


def _image(part: Json, path: str) -> Json:
    return {"type": "image_url", "image_url": {"url": _source_url(part, path)}}


def _source_url(part: Json, path: str) -> str:
    """Anthropic's `source` as one URL. Raises `BadRequest`, also for files that are stored at a provider."""
    source = json_body.an_object(part.get("source"), f"{path}.source")
    json_body.one_of("base64", "url")(source.get("type"), f"{path}.source.type")
    if source["type"] == "url":
        json_body.filled_text(source.get("url"), f"{path}.source.url")
        return str(source["url"])
    json_body.filled_text(source.get("media_type"), f"{path}.source.media_type")
    json_body.filled_text(source.get("data"), f"{path}.source.data")
    return f"data:{source['media_type']};base64,{source['data']}"


def _document(part: Json, path: str) -> Json:
    source = json_body.an_object(part.get("source"), f"{path}.source")
    title = part.get("title") if isinstance(part.get("title"), str) else ""
    if source.get("type") == "text":
        return text_part(_titled(title, joined(source.get("data"), f"{path}.source.data")))
    if source.get("type") == "content":
        return text_part(_titled(title, _paragraphs(source.get("content"), f"{path}.source.content")))
    if source.get("type") == "url":
        raise _unknown(f"{path}.source.type", ("base64", "text", "content"))
    return {
        "type": "file",
        "file": {"filename": title or "document.pdf", "file_data": _source_url(part, path)},
    }


def _search_result(part: Json, path: str) -> Json:
    for name in ("title", "source"):
        if part.get(name) is not None:
            json_body.text(part[name], f"{path}.{name}")
    title = f"{part.get('title') or ''} {part.get('source') or ''}".strip()
    return text_part(_titled(title, _paragraphs(part.get("content"), f"{path}.content")))


def _paragraphs(content: Any, path: str) -> str:
    """The texts of several blocks, which are chunks of a document and not pieces of a text."""
    if type(content) is not list:
        return joined(content, path)
    return "\n\n".join(joined([block], path) for block in content)


def _titled(title: str | None, text: str) -> str:
    return f"{title}\n{text}" if title else text


_READERS = {
    "input_image": _input_image,
    "input_file": _input_file,
    "image": _image,
    "document": _document,
    "search_result": _search_result,
}


class Conversation:
    """Builds the messages in chat form, oldest first.

    A `lenient` conversation leaves out what chat form cannot express and keeps the first such error in `missed`.
    """

    def __init__(self, *, lenient: bool = False) -> None:
        self.missed: Problem | None = None
        self._lenient = lenient
        self._messages: list[Json] = []
        self._shown: list[Json] = []  # images and files of tool results, until the last result of the turn

    def say(self, role: str, content: Content, **more: Any) -> None:
        """Add a message of text and images. An empty one is added too: the client may intend it."""
        self._flush_shown()
        self._messages.append({"role": role, "content": content, **more})

    def answer(self, content: Content, thought: Mapping[str, Any] | None = None) -> None:
        """Add an assistant's text with its thinking (`reasoning_content`, `thinking_blocks`).

        A text between calls and their results belongs to the turn that holds the calls.
        """
        last = self._messages[-1] if self._messages else None
        if last is not None and last.get("tool_calls") and last["content"] is None:
            last.update(thought or {}, content=content)
        else:
            self.say("assistant", content, **(thought or {}))

    def call(self, tool_call: Json, thought: Mapping[str, Any] | None = None) -> None:
        """Add a call to the assistant's turn if it is the last message, else to a new one."""
        self._flush_shown()
        last = self._messages[-1] if self._messages else None
        if last is None or last["role"] != "assistant":
            last = {"role": "assistant", "content": None}
            self._messages.append(last)
        last.update(thought or {})
        last.setdefault("tool_calls", []).append(tool_call)

    def result(self, call_id: str, parts: Content, **more: Any) -> None:
        """Add the result of a call; images among its parts follow after the last result of the turn."""
        text, shown = parts, []
        if isinstance(parts, list):
            shown = [part for part in parts if part.get("type") in IMAGE_KINDS]
            text = compact([part for part in parts if part.get("type") not in IMAGE_KINDS])
        self._messages.append({"role": "tool", "tool_call_id": call_id, "content": text, **more})
        if shown:
            self._shown += [{"type": "text", "text": f"Returned by the tool call {call_id}:"}, *shown]

    def miss(self, problem: Problem) -> None:
        """Note that a part was left out. Raises `problem` unless the conversation is lenient."""
        if not self._lenient:
            raise problem
        self.missed = self.missed or problem

    def append(self, message: Json) -> None:
        """Add a message that is in chat form already."""
        if message.get("role") != "tool":
            self._flush_shown()
        self._messages.append(message)

    def messages(self) -> list[Json]:
        """All messages."""
        self._flush_shown()
        return self._messages

    def _flush_shown(self) -> None:
        if self._shown:
            self._messages.append({"role": "user", "content": self._shown})
            self._shown = []


def compact(parts: Sequence[Json]) -> Content:
    """A string for no parts or for one text part without other members, as chat clients send it; else the parts."""
    if not parts:
        return ""
    if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        return str(parts[0]["text"])
    return list(parts)

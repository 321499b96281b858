"""Content parts of every dialect as chat parts: text, images, files; each part read on its own.

Responses writes `input_text`, `output_text`, `input_image`, `input_file`; Anthropic `image`, `document` and
`search_result` with a `source`. Cache marks stay on the part. Parts of chat form pass unchanged.
"""

from collections.abc import Iterable
from typing import Any

from ni.dialects import fields
from ni.domain.call import Json
from ni.domain.errors import BadRequest

_TEXTS = frozenset({"text", "input_text", "output_text", "summary_text", "reasoning_text"})
_CHAT = frozenset({"image_url", "input_audio", "file", "refusal"})
_LEFT_OUT = frozenset({"tool_reference", "container_upload"})


class UnknownPart(BadRequest):
    """A kind of content that chat form has no word for; an upstream that speaks the client's dialect may know it."""


def chat_parts(content: Any, path: str) -> list[Json]:
    """The parts of a message's content, a string being one text part. Raises `BadRequest` naming the part."""
    if content is None:
        return []
    if isinstance(content, str):
        return [text_part(content)]
    if type(content) is not list:
        raise fields.refuse(path, "a string or an array of content parts")
    parts = (chat_part(part, f"{path}[{place}]") for place, part in enumerate(content))
    return [part for part in parts if part is not None]


def chat_part(part: Any, path: str) -> Json | None:
    """One part; None for one that only its own API could read."""
    if isinstance(part, str):
        return text_part(part)
    kind = fields.an_object(part, path).get("type")
    fields.filled_text(kind, f"{path}.type")
    if kind in _TEXTS:
        return _marked(text_part(joined(part.get("text"), f"{path}.text")), part, path)
    if kind in _CHAT:
        return dict(part)
    if kind in _LEFT_OUT:
        return None
    read = _READERS.get(str(kind))
    if read is None:
        raise _unknown(f"{path}.type", ("text", *_READERS))
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
    """A text; some clients write an array of strings or of text parts where a string belongs."""
    if isinstance(text, str):
        return text
    if type(text) is not list:
        raise fields.refuse(path, "a string")
    pieces = [piece.get("text") if isinstance(piece, dict) else piece for piece in text]
    return "".join(joined(piece, path) if not isinstance(piece, str) else piece for piece in pieces)


def _marked(read: Json, part: Json, path: str) -> Json:
    return read | fields.cache_mark(part, path)


def _input_image(part: Json, path: str) -> Json:
    url = part.get("image_url")
    if isinstance(url, dict):
        url = url.get("url")
    if url is None and part.get("file_id") is not None:
        raise fields.refuse(f"{path}.file_id", "left out: files stored at a provider cannot be read here")
    fields.filled_text(url, f"{path}.image_url")
    detail = part.get("detail")
    if detail is not None:
        fields.text(detail, f"{path}.detail")
    return {"type": "image_url", "image_url": {"url": url} | ({"detail": detail} if detail else {})}


def _input_file(part: Json, path: str) -> Json:
    known = {name: part[name] for name in ("file_data", "file_id", "filename") if part.get(name)}
    for name, value in known.items():
        fields.text(value, f"{path}.{name}")
    if "file_data" not in known and "file_id" not in known:
        raise fields.refuse(
            f"{path}.file_data", "the file as a data URL; files at other addresses are not fetched"
        )
    return {"type": "file", "file": known}


def _image(part: Json, path: str) -> Json:
    return {"type": "image_url", "image_url": {"url": _source_url(part, path)}}


def _source_url(part: Json, path: str) -> str:
    """Anthropic's `source` as one URL. Files stored at a provider are not known here."""
    source = fields.an_object(part.get("source"), f"{path}.source")
    fields.one_of("base64", "url")(source.get("type"), f"{path}.source.type")
    if source["type"] == "url":
        fields.filled_text(source.get("url"), f"{path}.source.url")
        return str(source["url"])
    fields.filled_text(source.get("media_type"), f"{path}.source.media_type")
    fields.filled_text(source.get("data"), f"{path}.source.data")
    return f"data:{source['media_type']};base64,{source['data']}"


def _document(part: Json, path: str) -> Json:
    source = fields.an_object(part.get("source"), f"{path}.source")
    title = part.get("title") if isinstance(part.get("title"), str) else ""
    if source.get("type") == "text":
        return text_part(_titled(title, joined(source.get("data"), f"{path}.source.data")))
    if source.get("type") == "content":
        return text_part(_titled(title, joined(source.get("content"), f"{path}.source.content")))
    if source.get("type") == "url":
        raise _unknown(f"{path}.source.type", ("base64", "text", "content"))
    return {
        "type": "file",
        "file": {"filename": title or "document.pdf", "file_data": _source_url(part, path)},
    }


def _search_result(part: Json, path: str) -> Json:
    for name in ("title", "source"):
        if part.get(name) is not None:
            fields.text(part[name], f"{path}.{name}")
    title = f"{part.get('title') or ''} {part.get('source') or ''}".strip()
    return text_part(_titled(title, joined(part.get("content"), f"{path}.content")))


def _titled(title: str | None, text: str) -> str:
    return f"{title}\n{text}" if title else text


_READERS = {
    "input_image": _input_image,
    "input_file": _input_file,
    "image": _image,
    "document": _document,
    "search_result": _search_result,
}

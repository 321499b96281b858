"""Base64 and `data:` URLs whose bytes are text: the text is changed and encoded again. Other content stays.

Whoever unpacks such content, a provider or our own translation to another wire, must find nothing that was not looked
through here. So what white space, padding or percent-encoding may stand in it for anybody may stand in it here, and
what is declared as base64, or as text, and is none is refused.
"""

import codecs
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote, unquote_to_bytes

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/_=-]+")
_BLANKS = b" \t\r\n\x0b\x0c"
_LINES = re.compile(r"\s*(?:[^\s]{60,76}\r?\n|[^\s]+\s*\Z)")  # RFC 2045 and RFC 7468: lines of one length
_STANDARD = bytes.maketrans(b"-_", b"+/")
_TEXT_TYPE = re.compile(
    r"text/|(?:txt|md|csv|html|json|xml|yaml)\Z|.*[/+](?:json|xml|yaml|x-yaml|csv|javascript|toml|sql|x-ndjson|x-sh)\b",
    re.IGNORECASE,
)
_MEDIA_TYPE = re.compile(
    r"(?:image|audio|video|font)/|[a-z0-9]+\Z", re.IGNORECASE
)  # or `wav`, beside the data
_DATA_URL = re.compile(r"\s*data:[^,]*,", re.IGNORECASE)
_WORD = r"[\w!#$&^.+-]+"
_HEAD = re.compile(
    rf"\s*data:(?:{_WORD}/{_WORD})?(?:;\s?(?:(?:charset|codecs|boundary)=\"?[\w.:+-]+\"?|utf-?8|base64))*\s*",
    re.IGNORECASE,
)
"""Of a `data:` URL without a word of a person's: type, encoding."""
_PDF = b"%PDF-"
_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
_WIDE = {"utf-32-le": 4, "utf-32-be": 4, "utf-16-le": 2, "utf-16-be": 2}
_ZEROS = 0.2
"""The least share of zeros in wide characters of text that is mostly ASCII."""
_ASCII = frozenset(b"\t\n\r\x0c\x1b") | frozenset(range(32, 127))
_CONTROLS = (frozenset(range(1, 32)) | frozenset(range(127, 160))) - _ASCII
_MOST_CONTROLS = 0.05
_LEAST_ASCII = 0.75
_SAMPLE = 4096
_LEAST = 8  # characters of base64; less cannot hold anything personal
_SHORT = 200  # characters up to which a text without blanks may look like base64 by chance

Change = Callable[[str], str]


class UnreadableFile(ValueError):
    """What is declared as base64, or as text, and is not."""


def is_data_url(text: str) -> bool:
    """Whether the whole text may be a `data:` URL."""
    return _DATA_URL.match(text) is not None


def data_url(url: str, change: Change, decoded_there: bool = False) -> str:
    """A `data:` URL (RFC 2397) with its text changed, if it holds text. Other content stays, and prose is a text.

    `decoded_there` says that it stands where files do, so that somebody will decode it: raises `UnreadableFile`.
    """
    head, _, content = url.partition(",")
    media_type, *parameters = (part.strip() for part in head.lstrip()[len("data:") :].split(";"))
    charset = _charset(parameters)
    plain_head = _HEAD.fullmatch(head) is not None
    if any(parameter.lower() == "base64" for parameter in parameters):
        if not _is_base64(_packed(unquote(content))) and not (
            decoded_there and _holds_text(_packed(content))
        ):
            return f"{head},{change(content)}" if plain_head else change(url)
        body = base64_text(content, change, media_type, charset, decoded_there)
        return f"{head if plain_head else change(head)},{body}"
    decoded = _decoded(unquote_to_bytes(content), charset, nuls=True) if plain_head else None
    if decoded is None:
        return change(url)
    text, codec = decoded
    changed = change(text)
    return url if changed == text else f"{head},{quote(changed.encode(codec, 'replace'))}"


def base64_text(
    content: str, change: Change, media_type: str = "", charset: str = "", decoded_there: bool = False
) -> str:
    """Base64 with its text changed, if it holds text; what is no base64 is a text itself.

    With `decoded_there`, base64 with something else in it, or of a text by its media type that cannot be read, raises
    `UnreadableFile`.
    """
    is_text = _TEXT_TYPE.match(media_type) is not None
    is_media = not is_text and _MEDIA_TYPE.match(media_type) is not None
    if not is_text and len(content) > _SAMPLE and _is_binary_at_first(content[:_SAMPLE], is_media):
        return content  # most files that people send are images
    packed = _packed(unquote(content) if "%" in content else content)
    if not _is_base64(packed):
        if decoded_there and _holds_text(packed):
            raise UnreadableFile("base64")
        return change(content)
    octets = _octets(packed)
    decoded = _decoded(octets, charset, nuls=is_text or (not is_media and _is_readable(octets)))
    if decoded is None:
        if decoded_there and is_text and not octets.startswith(_PDF):
            raise UnreadableFile(media_type)
        by_chance = not media_type and (len(content) <= _SHORT or not _LINES.match(content))
        return change(content) if by_chance else content
    text, codec = decoded
    changed = change(text)
    if changed != text:
        return b64encode(changed.encode(codec, "replace")).decode()
    return content if media_type or _LINES.match(content) else change(content)


def _packed(content: str) -> bytes:
    """Without white space."""
    return content.encode("utf-8", "surrogatepass").translate(None, _BLANKS)


def _is_base64(packed: bytes) -> bool:
    """Whether it is base64 in either alphabet, with its padding or without."""
    if len(packed) < _LEAST:
        return False
    rest = packed.translate(None, _ALPHABET)
    return rest in (b"", b"=", b"==") and packed.endswith(rest)


def _holds_text(packed: bytes) -> bool:
    """Whether there is text for those who leave out what is no base64 between what is."""
    letters = _NO_BASE64.sub(b"", packed)
    pieces = (_octets(piece) for piece in letters.split(b"=") if len(piece) >= _LEAST)
    return any(_decoded(piece, "", nuls=_is_readable(piece)) is not None for piece in pieces)


def _octets(packed: bytes) -> bytes:
    """The bytes of base64, or of a piece of it; letters at its end that are no whole byte are left out."""
    standard = packed.translate(_STANDARD, b"=")
    if len(standard) % 4 == 1:
        standard = standard[:-1]
    return b64decode(standard + b"=" * (-len(standard) % 4))


def _is_binary_at_first(beginning: str, is_media: bool) -> bool:
    """Whether the beginning of some base64 shows that it is no text."""
    packed = _packed(beginning)
    if not _is_base64(packed):
        return False
    octets = _octets(packed)
    if octets.startswith(_PDF):
        return True
    if octets.startswith(tuple(_WIDE_MARKS)) or _wide(octets):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(octets)
    except UnicodeDecodeError:
        return not _is_readable(octets)
    return 0 in octets and (is_media or not _is_readable(octets))


def _is_readable(octets: bytes) -> bool:
    """Whether octets but NULs are text of one octet a character: ASCII for the most part, and few controls."""
    sample = octets[:_SAMPLE].replace(b"\0", b"")
    controls = sum(octet in _CONTROLS for octet in sample)
    letters = sum(octet in _ASCII for octet in sample)
    return bool(sample) and controls <= _MOST_CONTROLS * len(sample) and letters >= _LEAST_ASCII * len(sample)


def _decoded(octets: bytes, charset: str, *, nuls: bool) -> tuple[str, str] | None:
    """The text and its encoding; None where there is no text.

    With `nuls` there may be NULs in it. They are no letters for anybody, and are left out.
    """
    if octets.startswith(_PDF):
        return None
    for codec in _codecs(octets, charset):
        try:
            text = octets.decode(codec)
        except (UnicodeError, LookupError):
            continue
        if nuls or "\0" not in text:
            return text.replace("\0", ""), codec
    return None


def _codecs(octets: bytes, charset: str) -> Iterator[str]:
    yield from (codec for mark, codec in _WIDE_MARKS.items() if octets.startswith(mark))
    if wide := _wide(octets):
        yield wide
    yield from ("utf-8", charset) if charset else ("utf-8",)
    if _is_readable(octets):
        yield "latin-1"


def _wide(octets: bytes) -> str:
    """The encoding of two or four octets a character that octets without a mark are in; empty if they are not."""
    sample = octets[:_SAMPLE]
    if not sample or sample.count(0) < _ZEROS * len(sample):
        return ""
    for codec, width in _WIDE.items():
        text = sample[: len(sample) // width * width].decode(codec, "replace")
        if sum(character.isprintable() or character.isspace() for character in text) >= 0.95 * len(text):
            return codec if len(octets) % width == 0 else ""
    return ""


def _charset(parameters: list[str]) -> str:
    named = (parameter.partition("=") for parameter in parameters)
    return next((value.strip("\"' ") for name, _, value in named if name.lower() == "charset"), "")

"""Base64 and `data:` URLs whose bytes are text: the text is changed and encoded again. Other content stays."""

import codecs
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote_to_bytes

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_BREAKS = b"\r\n"
_LINE = re.compile(r"[^\r\n]{60,76}\r?\n")  # RFC 2045 and RFC 7468: lines of base64 are of one length
_STANDARD = bytes.maketrans(b"-_", b"+/")
_TEXT_TYPE = re.compile(
    r"text/|.*[/+](?:json|xml|yaml|x-yaml|csv|javascript|toml|sql|x-ndjson|x-sh)\b", re.IGNORECASE
)
_PDF = b"%PDF-"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PRINTABLE = frozenset(b"\t\n\r\x0c\x1b") | frozenset(range(32, 127))
_MOSTLY = 0.95
_SAMPLE = 4096
_LEAST = 8  # characters of base64; less cannot hold anything personal
_SHORT = 200  # characters up to which a text without blanks may look like base64 by chance

Change = Callable[[str], str]


def is_data_url(text: str) -> bool:
    """Whether the whole text is a `data:` URL."""
    return text[:5].lower() == "data:" and "," in text[:256]


def data_url(url: str, change: Change) -> str:
    """A `data:` URL (RFC 2397) with its text changed, if it holds text. Other content stays."""
    head, comma, content = url.partition(",")
    if not comma:
        return change(url)
    media_type, *parameters = head[5:].split(";")
    charset = _charset(parameters)
    if parameters and parameters[-1].strip().lower() == "base64":
        return f"{head},{base64_text(content, change, media_type, charset)}"
    decoded = _decoded(unquote_to_bytes(content), media_type or "text/plain", charset)
    if decoded is None:
        return change(url)
    text, codec = decoded
    changed = change(text)
    return url if changed == text else f"{head},{quote(changed.encode(codec, 'replace'))}"


def base64_text(content: str, change: Change, media_type: str = "", charset: str = "") -> str:
    """Base64 with its text changed, if it holds text; what is no base64 is a text itself."""
    if not _is_base64(content):
        return change(content)
    if len(content) > _SAMPLE and _is_binary(_octets(content[:_SAMPLE]), media_type):
        return content  # most files that people send are images
    decoded = _decoded(_octets(content), media_type, charset)
    if decoded is None:
        return content if media_type or len(content) > _SHORT else change(content)
    text, codec = decoded
    changed = change(text)
    return content if changed == text else b64encode(changed.encode(codec, "replace")).decode()


def _is_base64(content: str) -> bool:
    """Whether a text is base64 in either alphabet, with line breaks or without; quick, for it may be an image."""
    if len(content) < _LEAST or not content.isascii():
        return False
    if "\n" in content[:_SAMPLE] and not _LINE.match(content):
        return False
    rest = content.encode().translate(None, _ALPHABET + _BREAKS)
    return rest in (b"", b"=", b"==") and content.rstrip().endswith(rest.decode())


def _octets(content: str) -> bytes:
    """The bytes of base64, or of a piece of it; letters at its end that are no whole byte are left out."""
    standard = content.encode().translate(_STANDARD, _BREAKS + b"=")
    if len(standard) % 4 == 1:
        standard = standard[:-1]
    return b64decode(standard + b"=" * (-len(standard) % 4))


def _is_binary(beginning: bytes, media_type: str) -> bool:
    """Whether the beginning of some content shows that it is no text."""
    if beginning.startswith(_UTF_16) or _TEXT_TYPE.match(media_type):
        return False
    if beginning.startswith(_PDF) or 0 in beginning:
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return not _is_mostly_ascii(beginning)
    return False


def _is_mostly_ascii(octets: bytes) -> bool:
    sample = octets[:_SAMPLE]
    return sum(octet in _PRINTABLE for octet in sample) >= _MOSTLY * len(sample)


def _decoded(octets: bytes, media_type: str, charset: str) -> tuple[str, str] | None:
    """The text and its encoding; None where the content is no text."""
    if octets.startswith(_PDF):
        return None
    for codec in _codecs(octets, media_type, charset):
        try:
            text = octets.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text, codec
    return None


def _codecs(octets: bytes, media_type: str, charset: str) -> Iterator[str]:
    if octets.startswith(_UTF_16):
        yield "utf-16"
    yield "utf-8-sig" if octets.startswith(codecs.BOM_UTF8) else "utf-8"
    if _TEXT_TYPE.match(media_type):
        yield from (charset, "latin-1") if charset else ("latin-1",)
    elif _is_mostly_ascii(octets):
        yield "latin-1"


def _charset(parameters: list[str]) -> str:
    named = (parameter.strip().partition("=") for parameter in parameters)
    return next((value.strip("\"' ") for name, _, value in named if name.lower() == "charset"), "")

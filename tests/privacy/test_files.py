"""Files of text are looked through however they are encoded and wrapped, or refused; what only looks so is prose."""

import base64
import gzip
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import pytest

from ni.domain.errors import BadRequest
from tests.privacy.cast import call, caller, masked, sent, shield

SECRET = "marie.tremblay@acme.ca"
TEXT = f"Nom;Courriel\nFrançois-Élie Gagné;{SECRET}\nPriorité: élevée, à rappeler\n" * 3

CHARSETS = {
    "utf-8": "", "utf-8-sig": "", "utf-16": "", "utf-16-le": "", "utf-16-be": "", "utf-32": "", "utf-32-le": "",
    "utf-32-be": "", "latin-1": "", "cp1252": "windows-1252", "cp037": "cp037", "utf-7": "utf-7",
}  # fmt: skip
NULS: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "at the end": lambda octets: octets + b"\0",
    "between lines": lambda octets: octets.replace(b"\n", b"\n\0\0"),
    "in every second octet, and one more": lambda octets: octets.decode().encode("utf-16-le") + b"x",
    "in a value": lambda octets: octets.replace(b"@", b"\0@"),
}
Wrap = Callable[[str], str]


def _lines(width: int, end: str = "\n") -> Wrap:
    return lambda text: end.join(text[at : at + width] for at in range(0, len(text), width))


def _with(blank: str) -> Wrap:
    return lambda text: text[:40] + blank + text[40:]


WRAPS: dict[str, Wrap] = {
    "one piece": str,
    **{f"lines of {width}": _lines(width) for width in (4, 53, 64, 75, 76, 100)},
    **{f"lines ended by {end!r}": _lines(76, end) for end in ("\r\n", "\r", "\n  ", "\n\n")},
    "a last line break": lambda text: text + "\n",
    "a first line break": lambda text: "\n" + text,
    **{f"{blank!r} within": _with(blank) for blank in " \t\x0b\x0c"},
    "no padding": lambda text: text.rstrip("="),
    "letters of addresses": lambda text: text.replace("+", "-").replace("/", "_"),
}
DECLARED: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "file": lambda kind, content: {"type": "file", "file": {"file_data": f"data:{kind};base64,{content}"}},
    "file of Responses": lambda kind, content: {
        "type": "input_file", "filename": "a.txt", "file_data": f"data:{kind};base64,{content}"
    },
    "image": lambda kind, content: {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{content}"}},
    "document": lambda kind, content: {
        "type": "document", "source": {"type": "base64", "media_type": kind, "data": content}
    },
}  # fmt: skip


def _part(part: dict[str, Any]) -> str:
    """What leaves of a part, as JSON."""
    body = {"messages": [{"role": "user", "content": [part]}]}
    return json.dumps(shield().substitute(caller(), call(body)).body, ensure_ascii=False)


def _unpacked(json_text: str) -> str:
    """All that a lenient reader finds in long base64: blanks and odd characters left out, in any encoding."""
    value = unquote(max(re.findall(r'"((?:[^"\\]|\\.)*)"', json_text), key=len))
    letters = re.sub(
        r"[^A-Za-z0-9+/]", "", json.loads(f'"{value}"').rpartition(",")[2].translate({45: "+", 95: "/"})
    )
    octets = base64.b64decode(letters[: len(letters) // 4 * 4] + "A" * 0)
    read = [
        octets.decode(codec, "ignore")
        for codec in ("latin-1", "utf-16-le", "utf-16-be", "utf-32-le", "cp037")
    ]
    return " ".join([*read, octets.replace(b"\0", b"").decode("latin-1")])


def _encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("carrier", DECLARED)
def test_text_is_found_in_any_encoding_and_wrapping(carrier: str, wrap: str, charset: str) -> None:
    named = CHARSETS[charset]
    kind = f"text/plain;charset={named}" if named else "text/plain"
    if named and carrier == "document":
        kind = "text/plain"
    content = WRAPS[wrap](_encoded(TEXT.encode(charset)))
    try:
        left = _part(DECLARED[carrier](kind, content))
    except BadRequest:
        assert carrier == "document"
        assert charset == "cp037"  # the charset cannot be named there
        return
    assert SECRET not in _unpacked(left)
    assert "example.ca" in _unpacked(left)


@pytest.mark.parametrize("nuls", NULS)
@pytest.mark.parametrize(
    "kind",
    ["text/plain", "text/csv", "application/json", "application/octet-stream", "application/x-log", ""],
)
@pytest.mark.parametrize("carrier", DECLARED)
def test_nuls_hide_nothing(carrier: str, kind: str, nuls: str) -> None:
    left = _part(DECLARED[carrier](kind, _encoded(NULS[nuls](TEXT.encode()))))
    assert SECRET not in _unpacked(left)


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("field", ["file_data", "bytes", "b64_json"])
def test_a_file_without_a_type_is_looked_through(field: str, wrap: str) -> None:
    left = _part({"type": "file", "file": {field: WRAPS[wrap](_encoded(TEXT.encode()))}})
    assert SECRET not in _unpacked(left)


SPOILT: dict[str, Callable[[bytes], str]] = {
    "a star within": lambda octets: _encoded(octets)[:40] + "*" + _encoded(octets)[40:],
    "a hard space within": lambda octets: _encoded(octets)[:40] + "\u00a0" + _encoded(octets)[40:],
    "two pieces": lambda octets: _encoded(octets[:31]) + _encoded(octets[31:]),
    "more behind the padding": lambda octets: _encoded(octets + b"..") + "====AAAA",
    "quotes": lambda octets: f'"{_encoded(octets)}"',
    "compressed": lambda octets: _encoded(gzip.compress(octets)),
    "EBCDIC": lambda octets: _encoded(octets.decode().encode("cp037")),
}


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("carrier", DECLARED)
def test_what_cannot_be_looked_through_is_refused(carrier: str, spoilt: str) -> None:
    with pytest.raises(BadRequest) as refused:
        _part(DECLARED[carrier]("text/plain", SPOILT[spoilt](TEXT.encode())))
    assert refused.value.param in {"file_data", "url", "data"}
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("escaped", ["\n", "=", " ", "+", "/"])
def test_percent_encoded_base64_is_base64(escaped: str) -> None:
    content = base64.encodebytes(TEXT.encode()).decode() + " "
    left = _part(DECLARED["file"]("text/plain", content.replace(escaped, quote(escaped, safe=""))))
    assert SECRET not in _unpacked(left)


@pytest.mark.parametrize(
    "head", ["Data: ", "data:", "DATA: \n", " data: x; base64, ", "Data: the 3rd; Jean Tremblay; "]
)
@pytest.mark.parametrize("rest", [f"Jean Tremblay, {SECRET}, 100 %", f"{SECRET}, Jean Tremblay"])
def test_prose_that_begins_like_a_data_url_is_prose(head: str, rest: str) -> None:
    left = sent(masked(head + rest))
    assert "Tremblay" not in left
    assert SECRET not in left
    assert "%20" not in left
    assert left.startswith(head.partition("Jean")[0])


@pytest.mark.parametrize("parameter", ["name={}", 'name="{}"', "filename={};x=y"])
def test_a_name_in_the_head_of_a_data_url_is_hidden(parameter: str) -> None:
    head = f"text/plain;{parameter.format(SECRET)}"
    left = _part(DECLARED["file"](head, _encoded(b"nothing of anybody's")))
    assert SECRET not in left

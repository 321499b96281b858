"""Tool calls that a model writes into its answer as text, as `prompted_tools` asks it to. Pure.

A call is one JSON object, `{"name": ..., "parameters": {...}}`. `CallReader` reads an answer that comes in pieces and
tells calls from words: text that may open a call is held back until it cannot be one, and a call is given out when its
object is complete. Half a call is never given out, for it could not be taken back if the rest is no JSON.

Models also write fences and lists around calls, `arguments` for `parameters`, the call within `function` (OpenAI's
form), several calls behind each other and line breaks within strings, and forget the last brace: these are read. An
object of any other form, or with a name that was not offered, stays text.
"""

import json
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

_OPENER = re.compile(
    r"\s{0,8}(?:(?P<fence>`{1,3})[A-Za-z_]{0,16}\s{0,16})?(?P<list>\[\s{0,16})?(?P<object>\{)"
)
_MAY_OPEN = re.compile(r"\s{0,8}(?:`{1,3}[A-Za-z_]{0,16}\s{0,16})?(?:\[\s{0,16})?\Z")
_FIRST_MEMBER = re.compile(r'"(name|type|function|parameters|arguments)"\s{0,8}:\s{0,8}')
_OPENING_KEYS = ('"name"', '"type"', '"function"', '"parameters"', '"arguments"')
_LONGEST_HEAD = 64
_MEMBERS = frozenset({"name", "parameters", "arguments", "type", "function", "id"})
_IN_STRING = re.compile(r'["\\]')
_OUTSIDE = re.compile(r'["{}\[\]]')
_CLOSES = {"{": "}", "[": "]"}
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False)  # takes line breaks within strings
_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call: the tool's name, and its arguments as the source of a JSON object."""

    name: str
    arguments: str


Piece = str | WrittenCall


class CallReader:
    """Reads one answer. `names` are the tools that may be called; without `several`, only the first call counts."""

    def __init__(self, names: Iterable[str], *, several: bool = True) -> None:
        self.called = False
        self._names = frozenset(names)
        self._several = several
        self._text = ""  # not given out: it may open a call
        self._object: _OpenObject | None = None
        self._between = False  # behind a call, where separators mean nothing
        self._fence = self._list = ""  # what is open around the last call
        self._said = self._gap = ""

    def feed(self, text: str) -> Iterator[Piece]:
        """The words and calls that this piece of the answer completes."""
        self._text += text
        more = True
        while self._text and more:
            more = yield from (self._words() if self._object is None else self._grown(self._object))

    def end(self, *, cut: bool = False) -> Iterator[Piece]:
        """What is left; `cut`: a limit ended the answer, so what is incomplete stays so."""
        opened, self._object = self._object, None
        if opened is not None:
            call = None if cut else parse_call(opened.completed(), self._names)
            yield from self._found(opened, call)
        if self.called and not self._text.strip():
            self._text = ""
        yield from self._spoken(self._text)
        self._text = ""

    def _words(self) -> Generator[Piece, None, bool]:
        """Give out the text up to what may open a call, and open it. Whether there is more to do."""
        if self._between and not self._separated():
            return False
        opener = _OPENER.search(self._text)
        if opener:
            self._object = _OpenObject(opener, self._names)
            at, rest = opener.start(), opener.start("object")
        else:
            held = _MAY_OPEN.search(self._text)
            at = rest = held.start() if held else len(self._text)
        text, self._text = self._text[:at], self._text[rest:]
        yield from self._spoken(text)
        return self._object is not None

    def _separated(self) -> bool:
        """Leave out what stands between calls; whether something else has begun."""
        self._text = self._text.lstrip(" \t\r\n,;" + self._list)
        if self._fence and self._text.startswith(self._fence):
            self._text = self._text[len(self._fence) :].lstrip()
            self._fence = ""
        waits = not self._text or bool(self._fence and self._fence.startswith(self._text))
        self._between = waits
        return not waits

    def _grown(self, opened: "_OpenObject") -> Generator[Piece, None, bool]:
        """Add the text to the open object. Whether there is more to do."""
        end = opened.feed(self._text)
        self._text = self._text[end:]
        if opened.fails:
            self._object = None
            yield from self._spoken(opened.prefix + "{")  # a call may stand within
            self._text = opened.source()[1:] + self._text
        elif opened.complete:
            self._object = None
            yield from self._found(opened, parse_call(opened.source(), self._names))
        return self._object is None

    def _found(self, opened: "_OpenObject", call: WrittenCall | None) -> Iterator[Piece]:
        """An object as the call that it is, or as text."""
        if call is None:
            yield from self._spoken(opened.prefix + opened.source())
            return
        self._between, self._gap = True, _GAP if self._said else ""
        self._fence, self._list = opened.fence or self._fence, opened.list or self._list
        if self._several or not self.called:
            self.called = True
            yield call

    def _spoken(self, text: str) -> Iterator[Piece]:
        if text:
            yield self._gap + text
            self._said, self._gap = "said", ""


class _OpenObject:
    """A JSON object that is being written, perhaps a call.

    `prefix` is what stood before its brace; `fails`: it is no call, as its beginning tells.
    """

    def __init__(self, opener: re.Match[str], names: frozenset[str]) -> None:
        self.prefix = opener[0][:-1]
        self.fence, self.list = opener["fence"] or "", "]" if opener["list"] else ""
        self.fails = self.complete = False
        self._names = names
        self._likely = False
        self._parts: list[str] = []
        self._closers: list[str] = []
        self._in_string = self._escaped = False

    def feed(self, text: str) -> int:
        """Add text; how much of it belongs to the object."""
        end = self._end_in(text)
        self._parts.append(text[:end])
        if not self._likely:
            self._judge(self.source()[1:].lstrip())
        return end

    def source(self) -> str:
        """The object as it was written so far."""
        return "".join(self._parts)

    def completed(self) -> str:
        """The object with the braces that are missing at its end, unless it ends within a string."""
        return self.source() if self._in_string else self.source() + "".join(reversed(self._closers))

    def _end_in(self, text: str) -> int:
        at = 0
        while at < len(text):
            if self._escaped:
                self._escaped = False
                at += 1
                continue
            mark = (_IN_STRING if self._in_string else _OUTSIDE).search(text, at)
            if mark is None:
                break
            at = mark.end()
            self._pass(mark[0])
            if not self._closers:
                self.complete = True
                return at
        return len(text)

    def _pass(self, mark: str) -> None:
        if self._in_string:
            self._escaped = mark == "\\"
            self._in_string = self._escaped
        elif mark == '"':
            self._in_string = True
        elif mark in _CLOSES:
            self._closers.append(_CLOSES[mark])
        else:
            self._closers.pop()

    def _judge(self, head: str) -> None:
        """Tell by the first member whether this may be a call: `likely`, `fails`, or neither yet."""
        member = _FIRST_MEMBER.match(head)
        if member is None:
            begun = not head or any(name.startswith(head) or head.startswith(name) for name in _OPENING_KEYS)
            self.fails = self.complete or not begun or len(self.source()) > _LONGEST_HEAD
            return
        value = head[member.end() :]
        wanted = {"name": self._names, "type": ("function",)}.get(member[1])
        if wanted is None:
            self._likely = True
            return
        quoted = [f'"{word}"' for word in wanted]
        self._likely = any(map(value.startswith, quoted))
        self.fails = not self._likely and not any(word.startswith(value) for word in quoted)


def parse_call(source: str, names: frozenset[str]) -> WrittenCall | None:
    """The call that an object is; None if it is none, or calls what was not offered."""
    try:
        members = _members(source)
        if isinstance(members.get("function", ("",))[0], dict):
            members = _members(members["function"][1])
    except (ValueError, IndexError, RecursionError):
        return None
    if not members.keys() <= _MEMBERS:
        return None
    name = (members.get("name") or members.get("function") or ("",))[0]
    given = members.get("parameters") or members.get("arguments")
    arguments = _arguments(*given) if given else None
    return WrittenCall(name, arguments) if arguments and isinstance(name, str) and name in names else None


def _members(source: str) -> dict[str, tuple[Any, str]]:
    """The members of an object, each with its source. Raises `ValueError`, `IndexError`, `RecursionError`."""
    members = {}
    at = _behind_space(source, 1)
    while source[at] != "}":
        key, at = _DECODER.raw_decode(source, at)
        at = _behind_space(source, at)
        if source[at] != ":" or not isinstance(key, str):
            raise ValueError("no member")
        begins = _behind_space(source, at + 1)
        value, ends = _DECODER.raw_decode(source, begins)
        members[key] = (value, source[begins:ends])
        at = _behind_space(source, ends)
        if source[at] == ",":
            at = _behind_space(source, at + 1)
        elif source[at] != "}":
            raise ValueError("no object")
    return members


def _behind_space(source: str, at: int) -> int:
    found = _SPACE.match(source, at)
    return found.end() if found else at


def _arguments(value: Any, source: str) -> str | None:
    """The arguments as the source of an object, as they were written where that is JSON; None if they are no object."""
    if value is None:
        return "{}"
    if isinstance(value, str):  # as OpenAI's API writes them
        return value if isinstance(_parsed(value), dict) else None
    if not isinstance(value, dict):
        return None
    if _parsed(source) is not None:
        return source
    written = json.dumps(value, ensure_ascii=False)
    return written if _parsed(written) is not None else None


def _parsed(source: str) -> Any:
    try:
        return orjson.loads(source)
    except orjson.JSONDecodeError:
        return None

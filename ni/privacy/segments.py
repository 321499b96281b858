"""What a text is made of: paragraphs, and in each the prose, comments and string literals in which names may stand.

Nothing here knows a programming language. A paragraph ends at a blank line; a giant one is cut after a line that its
own content chooses, so that a line inserted above moves no later cut; a giant line is cut between words. What is
found in a paragraph depends on its characters and its mode alone.

Rewriting the values of JSON source and nothing else: white space, order and escapes stay as they were.

A string that holds JSON itself is entered in its turn, down to a fixed depth. Source that is no JSON is a text.
"""

import json
import re
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ni.domain.clock import paced
from ni.privacy.prefilter import paced_matches
from ni.privacy.words import has_no_code, literals, looks_like_code

CAP = 2048  # characters: what name finding is given at most
_ENOUGH = 512  # a giant paragraph is not cut into pieces below this
_BLANK = re.compile(r"\n[ \t\r]*\n\s*")
_FENCE = re.compile(r"^[ >\t]{0,12}(?:```|~~~)[ \t]*([\w+#.-]*)", re.MULTILINE)
_PROSE_FENCES = frozenset({"text", "txt", "markdown", "md", "plain", "plaintext", "email", "eml", "quote"})
_HUNK = re.compile(r"^(?:@@ |diff --git |--- \S|\+\+\+ \S|<<<<<<< |>>>>>>> )", re.MULTILINE)


class Mode(StrEnum):
    """What the lines around a paragraph say about it."""

    OPEN = "open"
    FENCED = "fenced"
    DIFF = "diff"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`text[start:end]`, and how to read it."""

    start: int
    end: int
    mode: Mode


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of the text, in order; between them stands white space alone."""
    mode, start = Mode.OPEN, 0
    for blank in paced_matches(_BLANK, text):
        mode = yield from _paragraph(text, start, blank.start(), mode)
        start = blank.end()
    yield from _paragraph(text, start, len(text), mode)


def _paragraph(text: str, start: int, end: int, mode: Mode) -> Generator[Paragraph, None, Mode]:
    """One paragraph, cut at the fences in it and at the cap; returns the mode of the next."""
    at = start
    if text.find("```", start, end) >= 0 or text.find("~~~", start, end) >= 0:
        for fence in _FENCE.finditer(text, start, end):
            yield from _pieces(text, at, fence.start(), mode)
            closing = mode is Mode.FENCED
            mode = Mode.OPEN if closing or fence[1].lower() in _PROSE_FENCES else Mode.FENCED
            at = fence.end()
    if mode is not Mode.DIFF and _HUNK.search(text, at, end):
        yield from _pieces(text, at, end, Mode.DIFF)
    else:
        yield from _pieces(text, at, end, mode)
    return mode


def _pieces(text: str, start: int, end: int, mode: Mode) -> Iterator[Paragraph]:
    while end - start > CAP:
        cut = _cut(text, start, min(start + CAP, end))
        yield Paragraph(start, cut, mode)
        start = cut
    if start < end:
        yield Paragraph(start, end, mode)


def _cut(text: str, start: int, limit: int) -> int:
    """Where a giant paragraph is cut: after a line, if need be after a sentence, a word, or anywhere."""
    line = text.find("\n", start + _ENOUGH, limit)
    last = line
    while line >= 0:
        before = text.rfind("\n", start, line) + 1
        if zlib.crc32(text[before:line].encode("utf-8", "surrogatepass")) % 8 == 0:
            return line + 1
        last, line = line, text.find("\n", line + 1, limit)
    if last >= 0:
        return last + 1
    for ending in (". ", "; ", '", ', ", ", " "):
        at = text.rfind(ending, start + _ENOUGH, limit)
        if at >= 0:
            return at + len(ending)
    return limit


def prose(piece: str, mode: Mode) -> list[tuple[int, int]]:
    """Where in a paragraph names may stand: ranges of prose, comments and string literals, in order."""
    if mode is Mode.OPEN and has_no_code(piece):
        return [(0, len(piece))]
    ranges: list[tuple[int, int]] = []
    at = 0
    for line in piece.splitlines(keepends=True):
        length = len(line.rstrip())
        if length:
            ranges += _line(piece, at, at + length, mode)
        at += len(line)
    return _joined(piece, ranges)


def _line(piece: str, start: int, end: int, mode: Mode) -> Iterator[tuple[int, int]]:
    """The ranges of one line in which names may stand."""
    if mode is Mode.DIFF and piece[start] in "+- ":
        start += 1
    line = piece[start:end]
    if (mode is Mode.OPEN and not looks_like_code(line)) or (mode is not Mode.OPEN and reads_as_prose(line)):
        yield start, end
    else:
        for first, last in literals(line):
            yield start + first, start + last


_SENTENCE = re.compile(r"^[^\W\d_][\w'’,;:. ()-]*$")


def reads_as_prose(line: str) -> bool:
    """Whether a line within code or a diff is a sentence all the same (docstrings, text files)."""
    stripped = line.strip()
    return stripped.count(" ") >= 3 and _SENTENCE.match(stripped) is not None and not looks_like_code(line)


def whole_lines(piece: str, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The lines on which the ranges stand, those that follow each other as one.

    What a comment or a literal stands in tells a name from a word of code.
    """
    lines: list[tuple[int, int]] = []
    for start, end in ranges:
        first, last = piece.rfind("\n", 0, start) + 1, piece.find("\n", end)
        last = len(piece) if last < 0 else last
        if lines and first <= lines[-1][1] + 1:
            lines[-1] = (lines[-1][0], last)
        else:
            lines.append((first, last))
    return lines


def _joined(piece: str, ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges of lines that follow each other, as one: a name may stand across a line's end."""
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        between = piece[joined[-1][1] : start] if joined else ""
        if between.isspace() and "\n" in between:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


_VALUE = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*+"|(?<![\w.+-])[1-9]\d{6,18}(?![\w.])')
_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")
_KEY = re.compile(r"[ \t\r\n]*:")
_DEEPEST = 8

# Gets the key under which a value stands and the value's text; gives the text to put in its place.
Rewrite = Callable[[str, str], str]
Rename = Callable[[str], str]


def kept(key: str) -> str:
    """The renaming that leaves every key as it is."""
    return key


def is_json(text: str) -> bool:
    """Whether the text is the source of a JSON object or list."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def rewritten(source: str, rewrite: Rewrite, rename: Rename = kept, key: str = "", depth: int = 0) -> str:
    """The source with each string, and each long whole number, passed through `rewrite`, and keys through `rename`."""
    if depth >= _DEEPEST or not is_json(source):
        return rewrite(key, source)
    pieces, at = [], 0
    for match in paced(_VALUE.finditer(source)):
        text = json.loads(match[0]) if match[0][0] == '"' else match[0]
        if _KEY.match(source, match.end()):
            key, changed = text, rename(text)
        else:
            changed = rewritten(text, rewrite, rename, key, depth + 1)
        if changed != text:
            pieces += [source[at : match.start()], _source(changed, match[0])]
            at = match.end()
    return "".join(pieces) + source[at:]


def _source(text: str, pattern: str) -> str:
    """The value as JSON source: a number where it was one and can be, else a string escaped as the pattern is."""
    if pattern[0] != '"' and re.fullmatch(r"[1-9]\d*", text):
        return text
    quoted = json.dumps(text, ensure_ascii=pattern.isascii() and "\\u" in pattern)
    return quoted.replace("/", "\\/") if _ESCAPED_SLASH.search(pattern) else quoted

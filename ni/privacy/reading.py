r"""A text as it is read: escapes decoded and typography folded, with the way back to what was written.

Eight steps, each of which is skipped at the cost of one search where there is nothing to do:

1. the lines of a notebook's cells, a string each (nbformat 4), become lines;
2. backslash escapes of JSON, C, Python, gettext, regular expressions and Markdown, however deep they are nested
   (`\n`, `\\n`, `\"`, `\u0040`, `\xc3\xa9`, `\303\251`, `\_`), and the colour codes of terminals (ECMA-48);
3. apostrophes that a literal of SQL, YAML or Pascal doubles (`'O''Keefe'`);
4. encoded words of mail headers (RFC 2047, form Q);
5. mail in quoted-printable (RFC 2045, 6.7): its octets and soft line breaks;
6. character references of HTML, and percent-encoding in form values (`phone=514%20555`; in a URL, under personal keys
   alone) and in e-mail addresses (`ana%40example.ca`);
7. blanks (Zs), dashes (Pd), digits of other scripts and full-width forms become those of ASCII, characters without
   width go, and letters are composed (NFC);
8. labels and values that run into each other, as text taken from a PDF has them, are set apart.

Patterns, structure and names read `Reading.text`. The source is changed only where a value was found.
Windows paths and the commands of LaTeX are no escapes.
"""

import html
import re
import unicodedata
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import StringIO
from itertools import islice
from urllib.parse import quote, unquote

from ni.domain.clock import paced
from ni.privacy import encoded_words, glued, quoted_printable
from ni.privacy.prefilter import paced_matches
from ni.privacy.reading_stages import Edit, Stage, characters
from ni.privacy.recognisers.urls import is_personal
from ni.privacy.words import MARK, is_mark

Pause = Callable[[], None]

_QUOTE, _APOSTROPHE, _BREAK = "\ue0f0", "\ue0f1", "\ue0f2"
"""Stand for decoded quotes and line breaks where what counts is how the source is laid out."""
_LAID_OUT = {'"': _QUOTE, "'": _APOSTROPHE, "`": _APOSTROPHE, "\n": _BREAK, "\r": _BREAK}
_DOCUMENT = 3
"""A line of source with so many escaped line breaks holds a document, not a literal; so does one without quotes."""
_OFTEN = 512  # edits between two offers of a pause


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of a source, and how a range of it leads back.

    `layout` is as long as `text`; in it, what was an escaped quote or line break within a literal is neither.
    """

    source: str
    text: str
    layout: str
    stages: tuple[Stage, ...] = ()

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the source that is read as this range of the text."""
        for stage in reversed(self.stages):
            start, end = stage.original(start, end)
        return start, end

    def written(self, start: int, end: int, value: str) -> str:
        """A value as the source would spell it in the place of this range of the text."""
        for stage in reversed(self.stages):
            value = stage.written(start, end, value)
            start, end = stage.original(start, end)
        return value


def read(source: str, pause: Pause | None = None) -> Reading:
    """The reading of a text; `pause` is called now and then in long ones."""
    text = layout = source
    stages = []
    for edits_of, spell in _STEPS:
        edits = edits_of(text)
        stage = Stage.of(text, _paced(edits, pause) if pause else edits, spell)
        if not stage.starts:
            continue
        laid_out = _layout(stage) if edits_of is _escapes else None
        layout = laid_out or (stage.text if layout is text else stage.repeated(layout))
        text = stage.text
        stages.append(stage)
    return Reading(source, text, layout, tuple(stages))


def _paced(edits: Iterator[Edit], pause: Pause) -> Iterator[Edit]:
    while some := list(islice(edits, _OFTEN)):
        pause()
        yield from some


# ---- 1. notebooks

_LINE_OF_CELL = re.compile(r"\\n\",(?:\n[ \t]{0,32}| ?)\"|(?<!\\)\"(?=\s{0,32}\])|(?<=\[)\"")


def _lines_of_cells(text: str) -> Iterator[Edit]:
    """Where one line of a cell ends and the next begins."""
    if '"cell_type"' in text or '"output_type"' in text:
        for match in paced_matches(_LINE_OF_CELL, text):
            yield *match.span(), "\n"


# ---- 2. backslashes and terminals

_COMMANDS = (
    r"(?:nabla|nu|neq?|not(?:ag|in)?|new(?:command|line|page|theorem)|noindent|nonumber|natural|"
    r"t(?:au|heta|imes|ext\w{0,12}|itle|able\w{0,12}|frac|abular|riangle|ilde|op|o)|"
    r"r(?:ho|ight\w{0,12}|angle|enewcommand|ule|floor|ceil|ef|m))(?![^\W\d_]|[\u0300-\u036f])"
)
_RUN = "{0,500}+"
"""How many octets one match takes; those that go on with a character may follow."""
_ESCAPES = re.compile(
    r"[\\\x1b](?:(?P<code>(?:(?<=\x1b)|\\{0,7}(?:x1[bB]|u001[bB]|033|e))\[[0-9;?]{0,24}[A-Za-z])"
    r"|(?<=\\)\\{0,7}(?:"
    rf"(?P<blank>(?!{_COMMANDS})[ntr])"
    r"|(?P<mark>[!-/:-@\[\]^_`{-~])"
    r"|u(?P<pair>[dD][89abAB][0-9a-fA-F]{2}\\{1,8}u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u(?P<four>[0-9a-fA-F]{4})"
    r"|u\{(?P<braced>[0-9a-fA-F]{1,6})\}"
    r"|U(?P<eight>[0-9a-fA-F]{8})"
    rf"|(?P<octets>x[0-9a-fA-F]{{2}}(?:\\{{1,8}}x[0-9a-fA-F]{{2}}){_RUN}(?:\\{{1,8}}x[89abAB][0-9a-fA-F]){{0,3}}"
    rf"|[2-3][0-7]{{2}}(?:\\{{1,8}}[2-3][0-7]{{2}}){_RUN}(?:\\{{1,8}}2[0-7]{{2}}){{0,3}})"
    r"|(?P<class>[bfvsBA](?=[\d(+]))"
    r"))"
)
_BLANKS = {"n": "\n", "t": "\t", "r": "\r"}
_PATH = re.compile(
    r"(?<!\w)[A-Za-z]:(?:\\{1,4}[A-Za-z_.$~%][\w.$~%()-]{0,80}(?: [\w.()-]{1,40}(?=\\))?){1,60}"
)
_OCTET = re.compile(r"\\{1,8}(?:x([0-9a-fA-F]{2})|([0-7]{3}))")
_UNICODE = re.compile(r"\\+u(?=[0-9a-fA-F]{4})")


def _escapes(text: str) -> Iterator[Edit]:
    """What the escapes of a text stand for."""
    if "\\" not in text and "\x1b" not in text:
        return
    matches = paced_matches(_PATH, text) if ":\\" in text else ()
    paths = [match.span() for match in matches if text[match.end() : match.end() + 1] != "@"]
    paths.reverse()
    for match in paced_matches(_ESCAPES, text):
        while paths and paths[-1][1] <= match.start():
            paths.pop()
        if paths and paths[-1][0] <= match.start():
            continue
        if match.lastgroup == "mark":
            yield match.start(), match.end(), match["mark"]
        elif match.lastgroup == "blank":
            yield match.start(), match.end(), _BLANKS[match["blank"]]
        else:
            yield from _decoded(match)


def _decoded(match: re.Match[str]) -> Iterator[Edit]:
    kind, (start, end) = match.lastgroup or "", match.span()
    value = match[kind]
    if kind == "octets":
        yield from _octets(match)
    elif kind in {"code", "class"}:
        yield start, end, "" if kind == "code" else " "
    elif kind == "pair":
        yield start, end, chr(0x10000 + ((int(value[:4], 16) & 0x3FF) << 10) + (int(value[-4:], 16) & 0x3FF))
    else:
        code = int(value, 16)
        if code <= 0x10FFFF:
            yield start, end, "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def _octets(match: re.Match[str]) -> Iterator[Edit]:
    """A run of octets, one edit for each character: UTF-8 where it is, else Latin-1."""
    octets = list(_OCTET.finditer(match.string, match.start(), match.end()))
    raw = bytes(int(octet[1], 16) if octet[1] else int(octet[2], 8) for octet in octets)
    for first, last, char in characters(raw):
        yield octets[first].start(), octets[last - 1].end(), char


def _escaped(char: str, held: Sequence[str], shown: bool) -> str:
    """Beyond ASCII, a character is escaped as those were that stood there."""
    if char.isascii() and not shown:
        return char
    sign = next((match[0] for piece in held if (match := _UNICODE.match(piece))), None)
    if sign:
        units = char.encode("utf-16-be", "surrogatepass")
        return "".join(f"{sign}{int.from_bytes(units[at : at + 2]):04x}" for at in range(0, len(units), 2))
    octets = next((match for piece in held if (match := _OCTET.match(piece)) and len(piece) > 3), None)
    if not octets or (char.isascii() and octets[2]):
        return char
    lead = octets[0][: -2 if octets[1] else -3]
    return "".join(f"{lead}{octet:02x}" if octets[1] else f"{lead}{octet:03o}" for octet in char.encode())


def _layout(stage: Stage) -> str | None:
    """The text with escaped quotes and breaks marked on the lines of source that hold literals; None without any."""
    marks, line_ends = array("L"), array("L")  # where one is read, and the end of its line of source
    breaks: dict[int, int] = {}
    quotes: dict[int, int] = {}
    begin, end = 0, -1
    for start, read, read_end in paced(zip(stage.starts, stage.read_starts, stage.read_ends, strict=True)):
        char = stage.text[read:read_end]
        if char not in _LAID_OUT:
            continue
        if end < start:
            begin = stage.source.rfind("\n", max(end, 0), start) + 1 or begin
            end = stage.source.find("\n", start)
            end = len(stage.source) if end < 0 else end
            breaks[end], quotes[end] = 0, sum(stage.source.count(sign, begin, end) for sign in "\"'`")
        breaks[end] += char == "\n"
        quotes[end] -= char in "\"'`"
        marks.append(read)
        line_ends.append(end)
    if not marks:
        return None
    layout, at = StringIO(), 0
    for read, end in paced(zip(marks, line_ends, strict=True)):
        if breaks[end] < _DOCUMENT and quotes[end]:
            layout.write(stage.text[at:read] + _LAID_OUT[stage.text[read]])
            at = read + 1
    layout.write(stage.text[at:])
    return layout.getvalue()


# ---- 3. doubled apostrophes

_DOUBLED = re.compile(r"(?<=[^\W\d_])''(?=[^\W\d_])")
_LITERAL_BEGINS = re.compile(r"(?:^|[\s(,=:>\[])[NE]?'(?!')")
_LONGEST_LITERAL = 200
_APOSTROPHES = "'’"


def _doubled(text: str) -> Iterator[Edit]:
    """Two apostrophes between letters, where a literal has begun in the same line; the sign that is read ends none."""
    if "''" not in text:
        return
    for match in paced_matches(_DOUBLED, text):
        start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - _LONGEST_LITERAL)
        if _LITERAL_BEGINS.search(text, start, match.start()):
            yield *match.span(), "’"


def _doubling(char: str, held: Sequence[str], _: bool) -> str:
    """An apostrophe is doubled where those were that stood there."""
    return "''" if char in _APOSTROPHES and held else char


# ---- 6. references and form values

_REFERENCES = re.compile(
    r"[&%+](?:(?<=&)(?:amp;){0,3}(?P<name>#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    rf"|(?<=%)(?P<percent>[0-9A-Fa-f]{{2}}(?:%[0-9A-Fa-f]{{2}}){_RUN}(?:%[89ABab][0-9A-Fa-f]){{0,3}})"
    r"|(?P<plus>(?<=[0-9A-Za-z)]\+)(?=[0-9A-Za-z(])))"
)
_FORM = re.compile(r"(?:^|[\s\"'?&#])[\w.\[\]-]{1,64}=[^\s\"'<>&=]{0,400}$")
_QUERY = re.compile(r"[?&#][\w.\[\]-]{1,64}=[^\s\"'<>&=]{0,400}$")
_FIELD_FOLLOWS = re.compile(r"[^\s\"'<>&/]{1,200}&(?:amp;)?[\w.\[\]-]{1,64}=")
_WINDOW = 480
_KEY_OF_VALUE = re.compile(r"[?&#]([\w.\[\]-]{1,64})=[^&=]*$")
_DOMAIN_FOLLOWS = re.compile(r"%40(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w@.-])")
_LOCAL_PART = re.compile(r"[\w+-]$")
_ONE = re.compile("%..")


def _references(text: str) -> Iterator[Edit]:
    """What references stand for, and percent-encoding in the values of a form that stands in no URL."""
    if "&" not in text and "%" not in text:
        return
    for match in paced_matches(_REFERENCES, text):
        start, end = match.span()
        if match.lastgroup == "name":
            char = html.unescape(f"&{match['name']};")
            if len(char) == 1:
                yield start, end, char
        elif _DOMAIN_FOLLOWS.match(text, start) and _is_local(text, start):
            yield start, start + 3, "@"
        elif _in_form(
            text, start, _QUERY if match.lastgroup == "plus" and not _is_sent(text, end) else _FORM
        ):
            yield from _percents(match) if match.lastgroup == "percent" else ((start, end, " "),)


def _is_sent(text: str, at: int) -> bool:
    """Whether another field follows in the same word: `name=Ana+Roy&city=Laval`, unlike `x=a+b`."""
    return _FIELD_FOLLOWS.match(text, at) is not None


def _in_form(text: str, at: int, pattern: re.Pattern[str]) -> bool:
    token = _token(text, at)
    if "=" not in token or not pattern.search(token):
        return False
    if "://" not in token:
        return True
    key = _KEY_OF_VALUE.search(token)
    return key is not None and is_personal(key[1])


def _is_local(text: str, at: int) -> bool:
    """Whether the local part of an e-mail address may end here: not in the user information of a URL."""
    token = _token(text, at)
    scheme, _, rest = token.rpartition("://")
    return _LOCAL_PART.search(token) is not None and (not scheme or re.search("[/?#]", rest) is not None)


def _token(text: str, at: int) -> str:
    """What stands before a position, back to a blank or a quote."""
    window = text[max(at - _WINDOW, 0) : at]
    begin = max(window.rfind(char) for char in " \n\t\"'<>")
    return window[begin:] if begin >= 0 else window


def _percents(match: re.Match[str]) -> Iterator[Edit]:
    octets = list(_ONE.finditer(match[0]))
    start = match.start()
    for first, last, char in characters(bytes(int(octet[0][1:], 16) for octet in octets)):
        if char.isprintable() or char in "\n\t":
            yield start + octets[first].start(), start + octets[last - 1].end(), char


def _referred(char: str, held: Sequence[str], _: bool) -> str:
    """What a form value cannot hold is percent-encoded where its neighbours were."""
    if char.isalnum() and char.isascii():
        return char
    return quote(char, safe="-._~@+") if any(piece[0] == "%" and unquote(piece) for piece in held) else char


# ---- 7. typography

_ZERO_WIDTH = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
)
_CLAUSES = frozenset("\u2014\u2015\u2e3a\u2e3b")
_LINES = "\x85\u2028\u2029"
_DIGITS_BEYOND = "\U000104a0-\U00011f59\U00016a60-\U00016b59\U0001d7ce-\U0001e959\U0001fbf0-\U0001fbf9"
"""Between these stand all digits beyond the first plane of Unicode, in few ranges: a pattern tries them one by one."""


@cache
def _folds() -> dict[str, str]:
    """One character for another: digits, full-width forms, blanks, dashes (the minus sign too), ends of lines."""
    folds = dict.fromkeys(_LINES, "\n") | {"\u2212": "-"}
    for char in map(chr, range(0x80, 0x20000)):
        category = unicodedata.category(char)
        if category == "Nd":
            folds[char] = str(unicodedata.decimal(char))
        elif category == "Zs":
            folds[char] = " "
        elif category == "Pd":
            folds[char] = "-"
        elif "\uff01" <= char <= "\uff5e":
            folds[char] = chr(ord(char) - 0xFEE0)
    return folds


@cache
def _typography() -> re.Pattern[str]:
    """What may be folded, or composed with what stands before it: one class first, so that looking is quick."""
    single, marks = re.escape("".join(sorted(char for char in _folds() if char < "\U00010000"))), MARK[1:-1]
    return re.compile(
        f"[{_ZERO_WIDTH}{single}{marks}\u1100-\u1112\u2126\u212a\u212b{_DIGITS_BEYOND}]"
        f"(?:(?<={MARK}){MARK}{{1,30}}|(?<=[\u1100-\u1112])[\u1161-\u1175][\u11a8-\u11c2]?)?"
    )


_NO_WIDTH = re.compile(f"[{_ZERO_WIDTH}]")


def _foldings(text: str) -> Iterator[Edit]:
    """Blanks, dashes, digits, characters without width, and letters in parts."""
    if text.isascii():
        return
    folds, done = _folds(), 0
    for match in paced_matches(_typography(), text):
        run, (start, end) = match[0], match.span()
        reads = folds.get(run)
        if reads is None and _NO_WIDTH.match(run):
            reads, end = "", start + 1  # a mark without width, and marks after it
        elif reads is None:
            start -= start > done and is_mark(run[0])
            reads = _NO_WIDTH.sub("", unicodedata.normalize("NFC", text[start:end]))
        elif run in _CLAUSES and not _between_digits(text, start):
            continue
        if reads != text[start:end]:
            yield start, end, reads
            done = end


def _between_digits(text: str, at: int) -> bool:
    """Whether a dash joins two groups of a number; else, a long one parts two clauses."""
    return text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit()


def _plainly(char: str, held: Sequence[str], _: bool) -> str:
    return char


_STEPS = (
    (_lines_of_cells, _plainly),
    (_escapes, _escaped),
    (_doubled, _doubling),
    (encoded_words.readings, encoded_words.spelled),
    (quoted_printable.readings, quoted_printable.spelled),
    (_references, _referred),
    (_foldings, _plainly),
    (glued.breaks, _plainly),
)
"""How each step reads, and how it spells what a stand-in has and the original had not."""

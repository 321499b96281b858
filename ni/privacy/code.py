"""Telling code from prose, line by line, in any language; and the comments and string literals within code.

A heuristic that errs towards prose: a line of code taken for prose costs time, prose taken for code may cost a name.
It counts characters instead of parsing, so that a long line costs no more than its length.
"""

import re
from collections.abc import Iterator

from ni.privacy.words import listed

_MARKS = '(){}[]=;<>_"`|$\\&'
OPENERS = frozenset(
    listed("""
    import def return const let var function func fn export static void public private protected
    namespace package struct enum class elif interface async await #include #define @override using
    yield raise throw assert del typedef typename template extern inline register volatile cdef cpdef
    """)
)
_DIRECTIVE = re.compile(
    r"#(?:\s*(?:include|define|undef|ifdef|ifndef|elif|endif|pragma)|if|else|error|warning|line|region|endregion)\b"
)
"""Orders to a preprocessor, which begin like a comment of other languages."""
_COMMENT_SIGNS = ("//", "/*", "# ", "#:", "--", "* ", "*/", "<!--", '"""', "'''")
_QUOTED = re.compile(r"\"(?<![^\s(]\")(?=[^\W\d_])([^\"(){}\[\]=;<>_|$\\&`]{1,80})\"(?=[\s).,;:!?]|$)")
"""Words in straight quotes, with nothing but a blank or a round bracket before them."""
_REMARK = re.compile(
    r"\((?:(?<=[\w.*] \()(?<!\b(?:if|or|in) \()(?<!\b(?:for|and|not) \()(?<!\b(?:elif|when|with) \()"
    r"(?<!\b(?:while|until|catch|match|throw) \()(?<!\b(?:switch|return|sizeof|typeof) \()"
    r"|(?<=^\()(?=[A-Z]))(?=\w)[^(){}\[\]=;<>_|$\\&\"`]{1,80}\)(?=[\s).,;!?]|:\s|$)"
)
"""What somebody adds in round brackets after a blank; the bracket of a call touches the name of what is called."""


def _without_remarks(line: str) -> str:
    """The line without its remarks in brackets and with the words alone of what it quotes."""
    if "(" not in line:
        return line
    first = _QUOTED.sub(r"\1", line) if line[0] != "(" else line
    return _REMARK.sub("", first).strip()


def looks_like_code(line: str) -> bool:
    """Whether one line is code rather than something that a person wrote to be read."""
    stripped = line.strip()
    if not stripped or stripped.startswith(_COMMENT_SIGNS) or _DIRECTIVE.match(stripped):
        return bool(stripped)
    stripped = _without_remarks(stripped)
    if not stripped:
        return False
    marks = sum(map(stripped.count, _MARKS))
    spaces = stripped.count(" ")
    first = stripped.split(None, 1)[0].lower()
    if first in OPENERS:
        marks += 2 if spaces > 1 else 4
    if " = " in stripped:
        marks += 3
    if first == "from" and " import " in stripped:
        return True
    if stripped[-1] in "{;([\\},)" or stripped.endswith(("=>", "->", "):", "&&", "||")):
        marks += 2 if stripped[-1] in ",)" else 3
    if stripped[0] in "}])@<$" or (stripped[0] in "\"'" and ('":' in stripped or "':" in stripped)):
        marks += 2
    return marks >= 3 and marks > spaces * 0.6


def has_no_code(text: str) -> bool:
    """Whether a whole paragraph is prose beyond doubt, at a glance: it has next to no characters of code."""
    return sum(map(text.count, _MARKS)) * 150 < len(text) and not any(
        sign in text for sign in ("//", "/*", "\n#", "\n* ", "import ")
    )


_LITERAL = re.compile(
    r"[/*\#<;%\"'`>-](?:"
    r"(?<![:\w\"'&].)(?:(?<=/)[/*]|(?<=\*)(?=\s)"
    rf"|(?<=\#)(?!{_DIRECTIVE.pattern.removeprefix('#')})(?![0-9a-fA-F]{{3,8}}\b)"
    r"|(?<=-)-(?=\s)|(?<=<)!--|(?<=;);|(?<=%)%|(?<=\")\"\"|(?<=')'')\s?(?P<comment>.{2,})"
    r"|"
    r"(?<=\")(?P<double>(?:[^\"\\]|\\.)*+)(?:\"|\\?$)|(?<=')(?<!\w')(?P<single>(?:[^'\\]|\\.)*+)(?:'|\\?$)"
    r"|(?<=`)(?P<tick>(?:[^`\\]|\\.)*+)(?:`|\\?$)"
    r"|(?<=>)(?P<markup>[^<>{}]{3,})<)"
)
"""The signs come before what each of them is: `re` finds where one of a few characters stands at once."""
_WORDY = re.compile(r"[^\W\d_]{2}")
_NO_NAME = re.compile(r"[\w.:/@$%{}\[\]<>=&?#|*+~^-]*$")
_CLOSING = re.compile(r"\s*(?:\*/|-->|\"\"\"|''')\s*$")


def literals(line: str) -> Iterator[tuple[int, int]]:
    """The comments and string literals of a line of code that could hold a name.

    A literal that is one lower-case word, a path or a pattern holds none.
    """
    for match in _LITERAL.finditer(line):
        group = match.lastgroup or "markup"
        start, end = match.span(group)
        closing = _CLOSING.search(line, max(end - 8, start), end) if group == "comment" else None
        end = closing.start() if closing else end
        value = line[start:end]
        if _WORDY.search(value) and not (_NO_NAME.match(value) and not value[:1].isupper()):
            yield start, end

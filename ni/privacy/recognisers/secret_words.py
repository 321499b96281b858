"""Whether a value looks drawn: how many kinds of characters it has, whether it is a placeholder, word or variable."""

import re

_DUMMY = re.compile(
    r"(?i)(?:your|example|changeme|placeholder|xxx|\*\*\*|\.\.\.|todo|dummy|sample|redacted|"
    r"none$|null$|true$|false$|undefined$|required$|optional$|"
    r"string$|process\.|os\.|env\.|self\.|this\.|config\.|settings\.|request\.|\$|%|https?:|/|"
    r"\w+\.\w+\(|[a-z_]\w*(?:::|->)[a-z_]|\.{1,2}/|[a-z_]+$|[A-Z_]+$|[a-z]+[A-Z][A-Za-z]*$|"
    r"[A-Z][a-z]+$|[a-z_]+(?:\.[a-z_]+)+$|[a-z]+(?:-[a-z]+)+$|[a-z_]+\d?(?:\.[a-z_]{2,}\d?)+$)"
)
_ELEMENT = re.compile(
    r"[A-Z]\w*(?:Controller|Handler|Action|Middleware|Listener)@\w+"
    r"|(?:[a-z]+[-_])*(?:input|field|button|btn|label|form|page|box|item|element|row|col|step|test|tab|link|view|modal"
    r"|hint|icon|section)[-_]?\d+[a-z]?"
)
_KINDS = tuple(map(re.compile, ("[a-z]", "[A-Z]", r"\d", r"[^\w.-]")))


def is_dummy(value: str) -> bool:
    """Whether it is a placeholder, a word, a variable or a call."""
    return _DUMMY.match(value) is not None or is_element(value)


def is_element(value: str) -> bool:
    """Whether it is the method of a route (`UserController@show2`) or a numbered element of a page (`input1`)."""
    return _ELEMENT.fullmatch(value) is not None


def kinds(value: str) -> int:
    """How many of these it has: small letters, capitals, digits, other signs."""
    return sum(kind.search(value) is not None for kind in _KINDS)


def is_drawn(value: str, shortest: int = 16) -> bool:
    """Whether it is long and mixed as nobody writes."""
    return (
        len(value) >= shortest
        and not is_dummy(value)
        and kinds(value) >= 2
        and re.search(r"\d", value) is not None
    )

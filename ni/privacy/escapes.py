"""Escapes in JSON source and in what models write: `\\u00e9`, `\\x41`, `\\_`, at any depth, and what they stand for."""

import re

ESCAPE = re.compile(
    r"(\\{1,8})u([0-9a-fA-F]{4})(?:(?<=[dD][89abAB][0-9a-fA-F]{2})\1u([dD][c-fC-F][0-9a-fA-F]{2}))?"
)
# Signs that Markdown, regular expressions and shells put a backslash before, and the octets of ASCII.
SIGN = re.compile(r"\\{1,8}(?:x([0-7][0-9a-fA-F])|([!#-&(-/:-@\[\]^_`{-~]))")


def decoded(escape: re.Match[str]) -> str:
    """The character that an escape, or a pair of them, stands for."""
    code = int(escape[2], 16)
    return chr(0x10000 + ((code & 0x3FF) << 10) + (int(escape[3], 16) & 0x3FF)) if escape[3] else chr(code)


def sign(escape: re.Match[str]) -> str:
    """The sign that an escape of ASCII stands for."""
    return chr(int(escape[1], 16)) if escape[1] else escape[2]


def unescaped(text: str) -> str:
    """The text with its escapes replaced by the characters they stand for."""
    return SIGN.sub(sign, ESCAPE.sub(decoded, text)) if "\\" in text else text


def escaped_like(pattern: str, text: str) -> str:
    """The text with what is not ASCII escaped as the pattern does it, if it does."""
    escape = ESCAPE.search(pattern) if "\\" in pattern else None
    if not escape:
        return text
    units = text.encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return "".join(chr(code) if code < 0x80 else f"{escape[1]}u{code:04x}" for code in codes)

"""Rewriting the values of JSON source and nothing else: white space, order and escapes stay as they were.

A string that holds JSON itself is entered in its turn, down to a fixed depth. Source that is no JSON is a text.
"""

import json
import re
from collections.abc import Callable

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
    made, at = [], 0
    for match in _VALUE.finditer(source):
        text = json.loads(match[0]) if match[0][0] == '"' else match[0]
        if _KEY.match(source, match.end()):
            key, changed = text, rename(text)
        else:
            changed = rewritten(text, rewrite, rename, key, depth + 1)
        if changed != text:
            made += [source[at : match.start()], _source(changed, match[0])]
            at = match.end()
    return "".join(made) + source[at:]


def _source(text: str, pattern: str) -> str:
    """The value as JSON source: a number where it was one and can be, else a string escaped as the pattern is."""
    if pattern[0] != '"' and re.fullmatch(r"[1-9]\d*", text):
        return text
    quoted = json.dumps(text, ensure_ascii=pattern.isascii() and "\\u" in pattern)
    return quoted.replace("/", "\\/") if _ESCAPED_SLASH.search(pattern) else quoted

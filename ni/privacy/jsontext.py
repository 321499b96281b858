"""Rewriting the strings of JSON source and nothing else: white space, numbers, order and escapes stay as they were.

A string that holds JSON itself is entered in its turn, down to a fixed depth. Source that is no JSON is a text.
"""

import json
import re
from collections.abc import Callable

_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*+"')
_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")
_KEY = re.compile(r"[ \t\r\n]*:")
_DEEPEST = 8


def is_json(text: str) -> bool:
    """Whether the text is the source of a JSON object or list."""
    stripped = text.lstrip()
    if not stripped.startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def rewritten(source: str, rewrite: Callable[[str], str], depth: int = 0) -> str:
    """The source with each string value passed through `rewrite`; keys stay."""
    if depth >= _DEEPEST or not is_json(source):
        return rewrite(source)
    made, at = [], 0
    for match in _STRING.finditer(source):
        if _KEY.match(source, match.end()):
            continue
        text = json.loads(match[0])
        changed = rewritten(text, rewrite, depth + 1)
        if changed != text:
            made += [source[at : match.start()], _quoted(changed, match[0])]
            at = match.end()
    return "".join(made) + source[at:]


def _quoted(text: str, pattern: str) -> str:
    """The string as JSON source, escaped as the pattern is: all that is not ASCII, or "
    "nothing that need not be."""
    quoted = json.dumps(text, ensure_ascii=pattern.isascii() and "\\u" in pattern)
    return quoted.replace("/", "\\/") if _ESCAPED_SLASH.search(pattern) else quoted

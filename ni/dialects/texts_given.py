"""The texts of embeddings and completions: one string, several, or token numbers, as OpenAI's reference has them."""

from typing import Any

from ni.dialects import fields

MOST_TEXTS = 2048
MOST_TOKENS = 1_000_000
_TOKEN = fields.whole(0, 2**31 - 1)


def check_texts(value: Any, name: str) -> bool:
    """Whether `value` holds token numbers. Raises `BadRequest` naming the entry that is neither text nor tokens."""
    if isinstance(value, str):
        fields.filled_text(value, name)
        return False
    if not fields.a_list(value, name, MOST_TOKENS):
        raise fields.refuse(name, "a non-empty string or array")
    if _is_number(value[0]):
        _check_tokens(value, name)
        return True
    return _check_entries(fields.a_list(value, name, MOST_TEXTS), name)


def texts_of(value: Any) -> list[Any]:
    """The texts one by one: strings, or lists of token numbers."""
    return value if isinstance(value, list) and not _is_number(value[0]) else [value]


def _check_entries(entries: list[Any], name: str) -> bool:
    tokens = False
    for place, entry in enumerate(entries):
        path = f"{name}[{place}]"
        if isinstance(entry, list):
            if not fields.a_list(entry, path, MOST_TOKENS):
                raise fields.refuse(path, "a non-empty string or array of token numbers")
            _check_tokens(entry, path)
            tokens = True
        else:
            fields.filled_text(entry, path)
    return tokens


def _check_tokens(tokens: list[Any], path: str) -> None:
    for place, token in enumerate(tokens):
        _TOKEN(token, f"{path}[{place}]")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float, bool)

"""Checks of single JSON values with the sentence that says what was wrong; the vocabulary of the dialects' validation.

Every check takes the value and its path (`messages[2].content`), which becomes `param` of the error. Booleans are never
taken for numbers. Pure.
"""

from collections.abc import Callable
from typing import Any

from ni.domain.call import Json
from ni.domain.errors import BadRequest

Check = Callable[[Any, str], None]


def refuse(path: str, expected: str) -> BadRequest:
    """The error that names the field and what it must be."""
    return BadRequest("`%(field)s` must be %(expected)s.", param=path, field=path, expected=expected)


def an_object(value: Any, path: str) -> Json:
    """`value` if it is an object. Raises `BadRequest`."""
    if type(value) is not dict:
        raise refuse(path, "an object")
    return value


def a_list(value: Any, path: str, most: int) -> list[Any]:
    """`value` if it is a list of at most `most` entries. Raises `BadRequest`."""
    if type(value) is not list:
        raise refuse(path, "an array")
    if len(value) > most:
        raise BadRequest(
            "`%(field)s` has %(count)s entries; the limit is %(limit)s.",
            param=path,
            field=path,
            count=len(value),
            limit=most,
        )
    return value


def text(value: Any, path: str) -> None:
    """A string, empty or not."""
    if type(value) is not str:
        raise refuse(path, "a string")


def filled_text(value: Any, path: str) -> None:
    """A string that is not empty."""
    if type(value) is not str or not value:
        raise refuse(path, "a non-empty string")


def flag(value: Any, path: str) -> None:
    """`true` or `false`."""
    if type(value) is not bool:
        raise refuse(path, "true or false")


def whole(least: int, most: int) -> Check:
    """An integer between the bounds, both included."""

    def check(value: Any, path: str) -> None:
        if type(value) is not int or not least <= value <= most:
            raise refuse(path, f"a whole number from {least} to {most}")

    return check


def number(least: float, most: float) -> Check:
    """A number between the bounds, both included."""

    def check(value: Any, path: str) -> None:
        if type(value) not in (int, float) or not least <= value <= most:
            raise refuse(path, f"a number from {least} to {most}")

    return check


def one_of(*choices: str) -> Check:
    """One of a closed set of strings."""

    def check(value: Any, path: str) -> None:
        if type(value) is not str or value not in choices:
            raise refuse(path, "one of " + ", ".join(f"`{choice}`" for choice in choices))

    return check


def cache_mark(holder: Json, path: str) -> Json:
    """The `cache_control` of a part, tool or call as fields to add: empty where there is none. Raises `BadRequest`."""
    if "cache_control" not in holder:
        return {}
    mark = an_object(holder["cache_control"], f"{path}.cache_control")
    for name in ("type", "ttl"):
        if name in mark:
            text(mark[name], f"{path}.cache_control.{name}")
    return {"cache_control": mark} if mark else {}


def text_or_object(value: Any, path: str) -> None:
    """A string, or an object that says more."""
    if type(value) not in (str, dict):
        raise refuse(path, "a string or an object")

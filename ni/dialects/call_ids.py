"""Ids of tool calls that are longer than upstreams take (64 characters), as short ones and back.

The short id is a digest of the long one, so that a call and its result agree without any memory, in this request and
in the next. What the way back needs is the request itself. Pure.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from ni.domain.call import Json

MOST = 64
_ID_FIELDS = ("id", "call_id", "tool_call_id", "tool_use_id")


def short_id(given: str) -> str:
    """`given` where it fits; else 45 characters made from it, always the same."""
    if len(given) <= MOST:
        return given
    return "call_" + hashlib.sha256(given.encode()).hexdigest()[:40]


def long_ids(body: Json) -> dict[str, str]:
    """Long ids by their short ones, as far as the request names any."""
    return {short_id(given): given for given in _ids(body.get("messages")) if len(given) > MOST} | {
        short_id(given): given for given in _ids(body.get("input")) if len(given) > MOST
    }


def _ids(entries: Any) -> Iterator[str]:
    """The ids in messages or items: their own, those of their calls, those of their blocks."""
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        yield from (value for name in _ID_FIELDS if isinstance(value := entry.get(name), str))
        for name in ("tool_calls", "content"):
            yield from _ids(entry.get(name))

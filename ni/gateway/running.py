"""Streams under way, by key: those of a key that was revoked, or has expired, are ended.

A key is looked at when a call arrives; a stream may run for a quarter of an hour after that. Every process looks at the
keys of its own streams every few seconds, so that it does not matter where a key was revoked.
"""

from collections.abc import Callable, Iterator, Set
from typing import Protocol

EVERY_S = 2.0


class Endable(Protocol):
    """A stream that can be ended from outside."""

    def pieces(self) -> Iterator[bytes]:
        """The bytes for the client."""

    def end(self) -> None:
        """End it soon, with an error event; from any greenlet, any number of times."""


class Running:
    """The streams of this process."""

    def __init__(self) -> None:
        self._streams: dict[str, set[Endable]] = {}

    def pieces(self, key_id: str, stream: Endable) -> Iterator[bytes]:
        """The stream's pieces; while they are read, it is one of its key's."""
        self._streams.setdefault(key_id, set()).add(stream)
        try:
            yield from stream.pieces()
        finally:
            self._streams[key_id].discard(stream)
            if not self._streams[key_id]:
                del self._streams[key_id]

    def end_revoked(self, invalid: Callable[[Set[str]], Set[str]]) -> int:
        """End the streams of keys that are not valid any more, as `invalid` says of those with streams; how many."""
        if not self._streams:
            return 0
        ended = [
            stream for key_id in invalid(self._streams.keys()) for stream in self._streams.get(key_id, ())
        ]
        for stream in ended:
            stream.end()
        return len(ended)

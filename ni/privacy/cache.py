"""What was found in which text, remembered without the text: offsets and labels under a keyed digest.

The digest is BLAKE2b keyed by the account's secret, so that neither another account nor a copy of the memory can ask
whether a sentence was seen. The least recently used entries go first; the bound counts offsets, not entries.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from ni.privacy.spans import Span

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Findings:
    """The spans of a text, settled, and where in it names may stand."""

    spans: tuple[Span, ...] = ()
    prose: tuple[Range, ...] = ()

    @property
    def weight(self) -> int:
        """How much of the cache it takes."""
        return 4 + len(self.spans) + len(self.prose)


def digest(key: bytes, kind: str, text: str) -> bytes:
    """The name of a text in the cache; `kind` holds everything else that the findings depend on."""
    state = hashlib.blake2b(kind.encode(), key=key[:64], digest_size=16)
    state.update(b"\0")
    state.update(text.encode("utf-8", "surrogatepass"))
    return state.digest()


class FindingsCache:
    """Bounded, least recently used first out. One instance serves all accounts: their keys differ."""

    def __init__(self, limit: int = 400_000) -> None:
        self._limit = limit
        self._weight = 0
        self._findings: OrderedDict[bytes, Findings] = OrderedDict()

    def get(self, name: bytes) -> Findings | None:
        """What was found under that name, which is thereby used."""
        found = self._findings.get(name)
        if found is not None:
            self._findings.move_to_end(name)
        return found

    def put(self, name: bytes, findings: Findings) -> None:
        """Remember, and forget what was not used for longest."""
        old = self._findings.pop(name, None)
        self._weight += findings.weight - (old.weight if old else 0)
        self._findings[name] = findings
        while self._weight > self._limit and len(self._findings) > 1:
            _, oldest = self._findings.popitem(last=False)
            self._weight -= oldest.weight

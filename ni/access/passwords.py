"""Passwords: which are good enough, and Argon2id (RFC 9106) to keep and check them.

Parameters are OWASP's second choice: 19 MiB, two passes, one lane. Text is normalised (NFKC), so that a password typed
on another keyboard is the same one. Checking a user who does not exist costs the same as checking one who does. In a
serving process the hash is computed in the thread pool of gevent's hub, two at a time, so that no request waits for it.
"""

import unicodedata
from collections.abc import Callable
from typing import Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ni.access.refusals import Refused
from ni.domain.secret import Secret

T = TypeVar("T")

LEAST, MOST = 12, 256
AT_ONCE = 2
_COMMON = frozenset(
    {
        "123456789012",
        "1234567890123",
        "qwertyuiop123",
        "qwertyuiopas",
        "password1234",
        "password12345",
        "passwordpassword",
        "administrator",
        "administrator1",
        "changemechangeme",
        "letmeinletmein",
        "iloveyouiloveyou",
        "welcome12345",
        "correcthorsebatterystaple",
        "motdepasse123",
        "motdepassemotdepasse",
        "northerninference",
        "abcdefghijkl",
        "1q2w3e4r5t6y",
        "qazwsxedcrfv",
        "trustno1trustno1",
        "canada123456",
    }
)
_LEAST_DISTINCT = 5


class Offload(Protocol):
    """Runs work that would block, and waits for its result."""

    def __call__(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises."""


def inline(work: Callable[[], T]) -> T:
    """Run the work here."""
    return work()


class ThreadOffload:
    """Runs work in the hub's thread pool. Build it in the process that serves."""

    def __init__(self) -> None:
        import gevent  # only a serving process has a hub
        from gevent.lock import BoundedSemaphore

        self._pool = gevent.get_hub().threadpool
        self._room = BoundedSemaphore(AT_ONCE)

    def __call__(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises; other greenlets run meanwhile."""
        with self._room:
            result: T = self._pool.apply(work)
            return result


class Passwords:
    """Hashes and checks passwords; `offload` runs the slow part elsewhere."""

    def __init__(self, offload: Offload = inline, memory_kib: int = 19 * 1024, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._offload = offload
        self._nobody = self._hasher.hash("nobody's password")

    def hash(self, password: Secret) -> str:
        """The encoded hash of a new password."""
        text = _normal(password)
        return self._offload(lambda: self._hasher.hash(text))

    def matches(self, password: Secret, encoded: str | None) -> bool:
        """Whether this is the password; without `encoded` (no such user, or no password) the answer takes as long."""
        text, against = _normal(password)[:MOST], encoded or self._nobody

        def check() -> bool:
            try:
                return self._hasher.verify(against, text)
            except (VerificationError, InvalidHashError):
                return False

        return self._offload(check) and bool(encoded)

    def is_dated(self, encoded: str) -> bool:
        """Whether the hash was made with other parameters and should be made anew at the next sign-in."""
        return self._hasher.check_needs_rehash(encoded)


def refuse_weak(password: Secret, *about: str) -> None:
    """Raises `Refused` unless the password is long enough, not common and not made of `about` (e-mail, name)."""
    text = _normal(password)
    if not LEAST <= len(text) <= MOST:
        raise Refused(
            "password", "A password needs between %(least)s and %(most)s characters.", least=LEAST, most=MOST
        )
    plain = text.casefold()
    if plain in _COMMON or len(set(plain)) < _LEAST_DISTINCT:
        raise Refused(
            "password", "This password is among the first that anyone would try. Choose another one."
        )
    words = (word.casefold() for known in about for word in (known, known.partition("@")[0]))
    if any(len(word) >= 4 and len(plain.replace(word, "")) < 8 for word in words):
        raise Refused("password", "This password is made of your name or address. Choose another one.")


def _normal(password: Secret) -> str:
    return unicodedata.normalize("NFKC", password.reveal())

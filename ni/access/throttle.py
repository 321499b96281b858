"""How often signing in may be tried: per address, which the database counts, and per network, which memory counts.

A try is counted before the password is looked at, in one conditional statement, so that many at once cannot slip
through; addresses that nobody has are counted the same way, at the same cost. After five tries an address pauses for
30 seconds, doubling to 15 minutes. Networks are an IPv4 /24 or an IPv6 /64.
"""

import hashlib
import math
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import sqlalchemy as sa

from ni.access.base import Base
from ni.access.refusals import SignInRefused, TooManyTries
from ni.access.rows import deleted
from ni.domain.clock import Clock
from ni.store.tables.access import sign_in_tries
from ni.store.unit import Change, Conflict
from ni.store.upsert import upsert

FREE_TRIES = 5
FIRST_PAUSE_MS = 30_000
LONGEST_PAUSE_MS = 15 * 60_000
FORGOTTEN_MS = 24 * 60 * 60_000
CEILING = 20
"""How many networks may use all their tries at the same time."""
_DOUBLINGS = range(math.ceil(math.log2(LONGEST_PAUSE_MS / FIRST_PAUSE_MS)) + 1)


class AddressThrottle:
    """Counts tries per e-mail address."""

    def __init__(self, base: Base) -> None:
        self._base = base

    def count(self, email: str) -> None:
        """Count a try. Raises `SignInRefused` while the address pauses."""
        subject, now_ms = _subject(email), self._base.now_ms()
        insert = upsert(self._base.database)
        row = {"subject": subject, "tries": 0, "tried_at": now_ms, "blocked_until": 0}
        first = (
            insert(sign_in_tries)
            .values({column: sa.bindparam(column) for column in row})
            .on_conflict_do_nothing()
        )
        tries = sign_in_tries.c.tries + 1
        pauses = [
            (tries == FREE_TRIES + doubling, now_ms + min(FIRST_PAUSE_MS * 2**doubling, LONGEST_PAUSE_MS))
            for doubling in _DOUBLINGS
        ]
        count = (
            sign_in_tries.update()
            .where(
                sign_in_tries.c.subject == subject,
                sign_in_tries.c.blocked_until <= now_ms,
            )
            .values(
                tries=tries,
                tried_at=now_ms,
                blocked_until=sa.case((tries < FREE_TRIES, 0), *pauses, else_=now_ms + LONGEST_PAUSE_MS),
            )
        )
        old = deleted(sign_in_tries, sign_in_tries.c.tried_at < now_ms - FORGOTTEN_MS)
        try:
            self._base.write(old, Change(first, row), Change(count, {}, expect=1))
        except Conflict:
            raise SignInRefused() from None

    def cleared(self, email: str) -> Change:
        """The part of a unit that forgets the tries of an address, after one that was right."""
        return deleted(sign_in_tries, sign_in_tries.c.subject == _subject(email))


@dataclass(slots=True)
class _Bucket:
    """Tries that are left; they come back at a steady rate up to a burst."""

    burst: int
    per_s: float
    left: float
    at: float

    def wait_s(self, now: float) -> int:
        """Seconds until there is a try to take; 0 if there is one now."""
        self.left = min(self.burst, self.left + (now - self.at) * self.per_s)
        self.at = now
        return 0 if self.left >= 1 else math.ceil((1 - self.left) / self.per_s)


class NetworkThrottle:
    """A token bucket per network, and one for all of them, in memory and bounded."""

    def __init__(self, clock: Clock, burst: int = 20, per_minute: int = 10, networks: int = 10_000) -> None:
        self._clock = clock
        self._burst = burst
        self._per_s = per_minute / 60
        self._most = networks
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._all = self._bucket(times=CEILING)

    def count(self, remote: str) -> None:
        """Count a try from an address (as the trusted proxies report it). Raises `TooManyTries`."""
        network, now = network_of(remote), self._clock.monotonic()
        bucket = self._buckets.pop(network, None) or self._bucket()
        self._buckets[network] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        wait_s = bucket.wait_s(now) or self._all.wait_s(now)
        if wait_s:
            raise TooManyTries(wait_s)
        bucket.left -= 1
        self._all.left -= 1

    def _bucket(self, times: int = 1) -> _Bucket:
        burst = self._burst * times
        return _Bucket(burst, self._per_s * times, burst, self._clock.monotonic())


def network_of(remote: str) -> str:
    """The /24 or /64 an address lies in; text that is no address is a network of its own."""
    try:
        address = ip_address(remote)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))


def _subject(email: str) -> bytes:
    return hashlib.sha256(email.encode("utf-8", "surrogatepass")).digest()

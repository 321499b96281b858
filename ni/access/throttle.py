"""How often signing in may be tried: per address and place, which the database counts, and per network, in memory.

A try is counted before the password is looked at, in one conditional statement, so that many at once cannot slip
through; addresses that nobody has are counted the same way, at the same cost. After five tries from one place (a
network, or a browser that signed in before) an address pauses there for 30 seconds, doubling to 15 minutes. After fifty
from anywhere it pauses everywhere, but for browsers that signed in before, and for the first three tries of each site
(an IPv4 /24 or an IPv6 /48) and one more every six hours: so an owner with a new browser gets in at once from where
nobody guesses, however many strangers do elsewhere. Networks are an IPv4 /24 or an IPv6 /64.

What that leaves to guess at one address in a day: 50 and 4 while it pauses first, 96 in its pauses of 15 minutes, and 7
of each site, 640 for 70 networks and 70,000 for ten thousand; against a password of at least 12 characters that is not
among the common ones. Each sign-in of the owner gives the first fifty back. Codes of a second factor have no such spare
tries: a stranger who has not got the password never comes so far.
"""

import hashlib
import math
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import sqlalchemy as sa

from ni.access.base import Base, deleted
from ni.access.refusals import SignInRefused, TooManyTries
from ni.domain.clock import Clock
from ni.store.database import upsert
from ni.store.tables.access import sign_in_tries
from ni.store.unit import Change, Conflict

FREE_TRIES = 5
FREE_TRIES_EVERYWHERE = 50
EVERYWHERE = "everywhere"
FIRST_PAUSE_MS = 30_000
LONGEST_PAUSE_MS = 15 * 60_000
FORGOTTEN_MS = 24 * 60 * 60_000
SPARE_TRIES = 3
SPARE_EVERY_MS = 6 * 60 * 60_000
SITE_BITS = 48
"""Of IPv6: what one customer is given, of which anybody can rent a few (RFC 6177)."""
CEILING = 20
"""How many networks may use all their tries at the same time; the first few of each are always looked at."""
_HALF = 16
_DOUBLINGS = range(math.ceil(math.log2(LONGEST_PAUSE_MS / FIRST_PAUSE_MS)) + 1)


class AddressThrottle:
    """Counts tries per e-mail address and place, and per address wherever they come from.

    `spare_tries` are those of a site that count although the address pauses everywhere.
    """

    def __init__(self, base: Base, spare_tries: int = SPARE_TRIES) -> None:
        self._base = base
        self._spare_tries = spare_tries

    def count(self, email: str, place: str = "", known: bool = False) -> None:
        """Count a try. Raises `SignInRefused` while the address pauses there.

        A `known` place is a browser that signed in before: what strangers try elsewhere is not held against it.
        """
        here = _Counted(_subject(email, place), FREE_TRIES)
        ways: list[tuple[_Counted, ...]] = [(here,)]
        if not known:
            ways = [(here, _Counted(_subject(email, EVERYWHERE), FREE_TRIES_EVERYWHERE))]
            if self._spare_tries:
                spare = _subject(email, f"spare of {site_of(place)}")
                ways.append((here, _Counted(spare, self._spare_tries, SPARE_EVERY_MS, SPARE_EVERY_MS)))
        if not any(self._counts(counted) for counted in ways):
            raise SignInRefused()

    def _counts(self, counted: "tuple[_Counted, ...]") -> bool:
        """Count a try everywhere where it counts, or nowhere if one of them pauses; whether it was counted."""
        now_ms = self._base.now_ms()
        old = deleted(sign_in_tries, sign_in_tries.c.tried_at < now_ms - FORGOTTEN_MS)
        try:
            self._base.write(old, *(part for each in counted for part in self._counting(each, now_ms)))
        except Conflict:
            return False
        return True

    def _counting(self, counted: "_Counted", now_ms: int) -> tuple[Change, Change]:
        insert = upsert(self._base.database)
        row = {"subject": counted.subject, "tries": 0, "tried_at": now_ms, "blocked_until": 0}
        first = (
            insert(sign_in_tries)
            .values({column: sa.bindparam(column) for column in row})
            .on_conflict_do_nothing()
        )
        tries = sign_in_tries.c.tries + 1
        pauses = [
            (
                tries == counted.free + doubling,
                now_ms + min(counted.pause_ms * 2**doubling, counted.longest_ms),
            )
            for doubling in _DOUBLINGS
        ]
        count = (
            sign_in_tries.update()
            .where(
                sign_in_tries.c.subject == counted.subject,
                sign_in_tries.c.blocked_until <= now_ms,
            )
            .values(
                tries=tries,
                tried_at=now_ms,
                blocked_until=sa.case((tries < counted.free, 0), *pauses, else_=now_ms + counted.longest_ms),
            )
        )
        return Change(first, row), Change(count, {}, expect=1)

    def cleared(self, email: str) -> Change:
        """The part of a unit that forgets the tries of an address from everywhere, after one that was right."""
        whose = sa.func.substr(sign_in_tries.c.subject, 1, _HALF)
        return deleted(sign_in_tries, whose == sa.literal(_digest(email), sa.LargeBinary))


@dataclass(frozen=True, slots=True)
class _Counted:
    subject: bytes
    free: int
    pause_ms: int = FIRST_PAUSE_MS
    longest_ms: int = LONGEST_PAUSE_MS


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
        wait_s, all_wait_s = bucket.wait_s(now), self._all.wait_s(now)
        if bucket.left <= self._burst - FREE_TRIES:
            wait_s = wait_s or all_wait_s
        if wait_s:
            raise TooManyTries(wait_s)
        bucket.left -= 1
        self._all.left = max(0.0, self._all.left - 1)

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


def site_of(place: str) -> str:
    """What a place is part of: of an IPv6 network the /48, of all else the place itself."""
    kind, _, network = place.partition(" ")
    try:
        return f"{kind} {ip_network(network).supernet(new_prefix=SITE_BITS)}" if ":" in network else place
    except ValueError:
        return place


def _subject(email: str, place: str) -> bytes:
    """32 bytes: half of them tell the address, half the place."""
    return _digest(email) + _digest(place)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_HALF]

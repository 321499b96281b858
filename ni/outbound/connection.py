"""Connections: `Connector` opens them, `Connection` reads and writes bytes with deadlines, `Pool` keeps idle ones.

To open one, the name is resolved once, every address is vetted, a vetted address is connected to, and TLS proves the
name. Nothing is sent, not even a SYN, before all addresses were vetted; no second look-up can lead elsewhere. No proxy
is used. A connection can be closed from any greenlet, on plain sockets and on gevent's. The pool is bounded in number,
idle time and age, so that changed addresses and ranges take effect within minutes.
"""

import errno
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from ni.domain.clock import PACE, Clock, give_way
from ni.outbound.addresses import Network, Origin, is_private, refusal, unwrap
from ni.outbound.errors import AddressRefused, Closed, ConnectFailed, Cut, NoDescriptor, TooSlow

_RECEIVE_BYTES = 64 * 1024
_SEND_BYTES = 256 * 1024
FLOOD_S = 0.02
FLOOD_BYTES = 64 * 1024
"""A peer floods once so much of it was at hand, for so long, without a wait for it: a busy loop finds less at hand."""
REST_S = 0.05
_FLOOD_PIECE = 8 * 1024


class Connection:
    """A socket to a vetted peer; `address` and `tls_spki` say who it is, `opened_at` and `idle_at` are monotonic."""

    __slots__ = (
        "_at_hand",
        "_in_use",
        "_received_s",
        "_sock",
        "_timeout_s",
        "_waited_s",
        "address",
        "buffer",
        "closed",
        "idle_at",
        "opened_at",
        "tls_spki",
    )

    def __init__(self, sock: socket.socket, address: str, tls_spki: str, opened_at: float) -> None:
        self._sock = sock
        self._timeout_s: float | None = -1.0
        self._in_use = False
        self._start_share(opened_at)
        self.address = address
        self.tls_spki = tls_spki
        self.opened_at = opened_at
        self.idle_at = opened_at
        self.buffer = b""
        self.closed = False

    def send(self, wire: bytes, timeout_s: float) -> None:
        """Write all bytes. Raises `TooSlow`, `Cut`, `Closed`."""
        self._wait_at_most(timeout_s)
        self._in_use = True
        self._start_share(time.monotonic())
        try:
            # Nearly always all of it: `sendall` asks the socket for its size first.
            sent = self._sock.send(wire)
            if sent < len(wire):
                self._send_rest(memoryview(wire)[sent:])
        except TimeoutError as fault:
            raise TooSlow("sending the request", timeout_s) from fault
        except (OSError, ValueError) as fault:
            raise self._ended() from fault
        finally:
            self._leave()

    def _send_rest(self, rest: memoryview) -> None:
        for at in range(0, len(rest), _SEND_BYTES):
            self._sock.sendall(rest[at : at + _SEND_BYTES])
            give_way()  # neither does `sendall`, as long as there is room

    def receive(self, timeout_s: float) -> bytes:
        """What arrives next, as it arrives; empty at the end. Raises `TooSlow`, `Cut`, `Closed`."""
        self._wait_at_most(timeout_s)
        self._in_use = True
        turns = PACE.turns
        try:
            arrived = self._sock.recv(_FLOOD_PIECE if self._floods else _RECEIVE_BYTES)
        except TimeoutError as fault:
            raise TooSlow("the next byte", timeout_s) from fault
        except (OSError, ValueError) as fault:  # ValueError: a TLS socket that was shut down under its reader
            raise self._ended() from fault
        finally:
            self._leave()
        if self.closed:  # what a reader still finds after our own shutdown is not the answer
            raise Closed("closed by our side")
        self._share(len(arrived), waited=turns != PACE.turns or not turns)
        return arrived

    @property
    def _floods(self) -> bool:
        return self._at_hand > FLOOD_BYTES and self._received_s - self._waited_s > FLOOD_S

    def _start_share(self, now_s: float) -> None:
        """Begin to count anew: the peer sends nothing before it is asked, or was waited for."""
        self._waited_s = self._received_s = now_s
        self._at_hand = 0

    def _share(self, arrived: int, *, waited: bool) -> None:
        """Give way to others (`recv` does not, as long as there is data).

        A peer that floods is read for a third of the time, in small pieces.
        """
        now_s = time.monotonic()
        self._at_hand += arrived
        if waited:
            self._start_share(now_s)
        elif self._at_hand > FLOOD_BYTES and now_s - self._waited_s > FLOOD_S:
            time.sleep(min(2 * (now_s - self._received_s), REST_S))
        give_way()
        self._received_s = time.monotonic()

    def quiet(self) -> bool:
        """Whether an idle connection is still open and silent: a peer that closed or spoke unasked is not reusable."""
        try:
            self._wait_at_most(0.0)
            self._sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except (OSError, ValueError, Closed):
            return False
        return False

    def close(self) -> None:
        """Shut the socket down, which wakes whoever waits on it; safe from any thread or greenlet, any number of times.

        The descriptor itself is released by the one who is using it, so that it cannot be reused under a reader.
        """
        if self.closed:
            return
        self.closed = True
        with suppress(OSError, ValueError):  # it may be gone already
            self._sock.shutdown(socket.SHUT_RDWR)
        if not self._in_use:
            self._sock.close()

    def _leave(self) -> None:
        self._in_use = False
        if self.closed:
            self._sock.close()

    def _ended(self) -> Closed | Cut:
        return Closed("closed by our side") if self.closed else Cut("the connection was cut")

    def _wait_at_most(self, timeout_s: float) -> None:
        if self.closed:
            raise Closed("closed by our side")
        if timeout_s != self._timeout_s:
            self._timeout_s = timeout_s
            try:
                self._sock.settimeout(timeout_s)
            except OSError as fault:
                raise Closed("closed by our side") from fault


Resolve = Callable[[str, int], Sequence[str]]
"""Gives the numeric addresses of a host; raises `OSError`."""

_NONE_LEFT = frozenset({errno.EMFILE, errno.ENFILE})

Vet = Callable[[Sequence[str]], None]
"""Raises whatever it likes to refuse the addresses; nothing was sent then."""


def system_resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that the operating system gives for a name, in its order of preference. Raises `OSError`."""
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))


def system_tls() -> ssl.SSLContext:
    """Certificates trusted by the operating system, or certifi's where it has none; TLS 1.2 or newer."""
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi  # only where the system brings no certificates

        context.load_verify_locations(certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True)
class Connector:
    """Opens connections; `private` are the networks that the operator opened."""

    private: Sequence[Network]
    resolve: Resolve
    clock: Clock
    connect_s: float
    make_tls: Callable[[], ssl.SSLContext] = system_tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self.make_tls()

    def open(self, origin: Origin, vet: Vet | None) -> Connection:
        """A new connection. Raises `AddressRefused`, `ConnectFailed`, and whatever `vet` raises."""
        addresses = self.look_up(origin)
        if vet is not None:
            vet(addresses)
        deadline = self.clock.monotonic() + self.connect_s
        failure: Exception = ConnectFailed(f"{origin.host} has no address")
        for address in addresses:
            left_s = deadline - self.clock.monotonic()
            if left_s <= 0:
                break
            try:
                return self._connect(origin, address, left_s)
            except (OSError, ValueError) as fault:  # ValueError: a host name that TLS cannot carry
                if getattr(fault, "errno", None) in _NONE_LEFT:
                    raise NoDescriptor(f"no descriptor is left for a connection to {origin.host}") from fault
                failure = fault
        raise ConnectFailed(f"no connection to {origin.host}: {type(failure).__name__}") from failure

    def look_up(self, origin: Origin) -> list[str]:
        """The addresses of a name, all of which may be reached. Raises `AddressRefused`, `ConnectFailed`."""
        try:
            addresses = [unwrap(text) for text in self.resolve(origin.host, origin.port)]
        except (OSError, UnicodeError) as fault:
            raise ConnectFailed(f"{origin.host} does not resolve") from fault
        except ValueError as fault:
            raise AddressRefused(f"{origin.host} resolves to something that is not an address") from fault
        for address in addresses:
            reason = refusal(address, self.private)
            if reason is None and origin.scheme == "http" and not is_private(address, self.private):
                reason = "plain http outside the private networks"
            if reason is not None:
                raise AddressRefused(f"{origin.host} leads to {address}: {reason}")
        return [str(address) for address in addresses]

    def _connect(self, origin: Origin, address: str, left_s: float) -> Connection:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.settimeout(left_s)
            sock.connect((address, origin.port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            spki = ""
            if origin.scheme == "https":
                sock = self._tls.wrap_socket(sock, server_hostname=origin.host)
                spki = _spki_sha256(sock.getpeercert(binary_form=True) or b"")
            peer = str(unwrap(sock.getpeername()[0]))
        except BaseException:
            sock.close()
            raise
        if peer != address:
            sock.close()
            raise AddressRefused(f"{origin.host}: connected to {peer} instead of {address}")
        return Connection(sock, peer, spki, self.clock.monotonic())


def _spki_sha256(certificate: bytes) -> str:
    """Hex SHA-256 of the certificate's SubjectPublicKeyInfo (RFC 7469 section 2.4 takes the same digest)."""
    from cryptography import x509  # heavy, and needed for TLS only
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(certificate).public_key()
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


_SWEEP_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How many idle connections in all, and how long they live (seconds)."""

    idle: int = 512
    idle_s: float = 60.0
    age_s: float = 300.0


class Pool:
    """Takes and gives; the newest idle connection first, because it is the least likely to have gone stale."""

    def __init__(self, clock: Clock, limits: PoolLimits) -> None:
        self._clock = clock
        self._limits = limits
        self._idle: dict[Origin, deque[Connection]] = {}
        self._swept_at = clock.monotonic()

    def take(self, origin: Origin) -> Connection | None:
        """A connection that is open, silent and young enough, or None."""
        waiting = self._idle.get(origin)
        now = self._clock.monotonic()
        while waiting:
            try:
                connection = waiting.pop()
            except IndexError:  # another thread was faster
                return None
            if self._fresh(connection, now) and connection.quiet():
                return connection
            connection.close()
        return None

    def give(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end; closes it instead if there are enough."""
        now = self._clock.monotonic()
        if now - self._swept_at > _SWEEP_EVERY_S:
            self._sweep(now)
        if connection.closed or len(self) >= self._limits.idle:
            connection.close()
            return
        connection.idle_at = now
        self._idle.setdefault(origin, deque()).append(connection)

    def clear(self) -> None:
        """Close all idle connections, e.g. because address ranges changed."""
        for origin in list(self._idle):
            for connection in self._idle.pop(origin, ()):
                connection.close()

    def __len__(self) -> int:
        return sum(map(len, self._idle.values()))

    def _fresh(self, connection: Connection, now: float) -> bool:
        limits = self._limits
        return now - connection.opened_at < limits.age_s and now - connection.idle_at < limits.idle_s

    def _sweep(self, now: float) -> None:
        self._swept_at = now
        for origin, waiting in list(self._idle.items()):
            while waiting and not self._fresh(waiting[0], now):
                waiting.popleft().close()
            if not waiting:
                del self._idle[origin]

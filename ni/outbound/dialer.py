"""Opening a connection to a name: resolve once, vet every address, connect to a vetted number, prove the name by TLS.

The order matters: nothing is sent, not even a SYN, before all addresses of the name were vetted, and the number that
was vetted is the number that is dialled, so that a second look-up cannot lead elsewhere. No proxy is ever used.
"""

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from ni.domain.clock import Clock
from ni.outbound.addresses import Network, is_private, refusal, unwrap
from ni.outbound.connection import Connection
from ni.outbound.faults import AddressRefused, ConnectFailed
from ni.outbound.target import Origin

Resolve = Callable[[str, int], Sequence[str]]
"""Gives the numeric addresses of a host; raises `OSError`."""

Vet = Callable[[Sequence[str]], None]
"""Raises whatever it likes to refuse the addresses; nothing was sent then."""


def system_resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that the operating system gives for a name, in its order of preference. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


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
class Dialer:
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
                failure = fault
        raise ConnectFailed(f"no connection to {origin.host}: {type(failure).__name__}") from failure

    def look_up(self, origin: Origin) -> list[str]:
        """The addresses of a name, all of which may be reached. Raises `AddressRefused`, `ConnectFailed`."""
        try:
            found = [unwrap(text) for text in self.resolve(origin.host, origin.port)]
        except (OSError, UnicodeError) as fault:
            raise ConnectFailed(f"{origin.host} does not resolve") from fault
        except ValueError as fault:
            raise AddressRefused(f"{origin.host} resolves to something that is not an address") from fault
        for address in found:
            reason = refusal(address, self.private)
            if reason is None and origin.scheme == "http" and not is_private(address, self.private):
                reason = "plain http outside the private networks"
            if reason is not None:
                raise AddressRefused(f"{origin.host} leads to {address}: {reason}")
        return [str(address) for address in found]

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

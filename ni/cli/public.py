"""`ni doctor --public https://name`: looks at this instance as its clients do, through proxy and certificate."""

import argparse
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ni.cli.context import Check, CliError, Context
from ni.domain.clock import SystemClock
from ni.outbound.addresses import parse_url
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.connection import Connector, system_resolve, system_tls
from ni.outbound.errors import AddressRefused, ConnectFailed, OutboundFault
from ni.outbound.http1 import Response
from ni.settings.values import url as read_url

CONNECT_S = 10.0
LEAST_DAYS = 14
MOST_SKEW_S = 5.0
LARGE = 3_000_000
LEAST_SPREAD_S = 0.2
"""The events of `/healthz/stream` are written over 0.4 s."""
_TIMEOUTS = Timeouts(first_byte_s=30.0, idle_s=30.0, total_s=60.0)
PAGE = "docs/proxies.md"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `doctor` for the look from outside."""
    parser.add_argument(
        "--public", metavar="URL", help="look at the instance through its public https address"
    )


def public_checks(context: Context, url: str) -> Iterator[Check]:
    """A line per finding; those that need an answer are left out where there is none. Raises `CliError`."""
    look = Look(context, url)
    yield look.address()
    yield look.name()
    reached = look.certificate()
    yield reached
    if reached.ok:
        yield from (look.answer(), look.clock(), look.large_body(), look.metrics(), look.stream())


class Look:
    """Asks `url`, with the gateway's own HTTP client, as any client would."""

    def __init__(self, context: Context, url: str) -> None:
        try:
            self._url = read_url(url)
        except ValueError as fault:
            raise CliError(f"--public {fault}.") from None
        if not self._url.startswith("https://"):
            raise CliError("--public takes an https address such as https://gateway.example.ca.")
        self._settings, self._clock = context.settings, SystemClock()
        self._connector = Connector(context.settings.private_networks, system_resolve, self._clock, CONNECT_S)
        self._client = EgressClient(self._connector, self._clock)

    def address(self) -> Check:
        """Whether the settings know the address: forms of the portal are refused where they do not."""
        ours, proxies = self._settings.public_url, self._settings.trusted_proxies
        same = ours == self._url
        finding = f"NI_PUBLIC_URL is {ours}, NI_TRUSTED_PROXIES is {proxies}"
        mend = f"Set NI_PUBLIC_URL={self._url}, and NI_TRUSTED_PROXIES=1 behind a proxy."
        return Check("public address", same and bool(proxies or self._settings.tls_cert), finding, mend)

    def name(self) -> Check:
        """Where the name leads."""
        mend = "Add an A or AAAA record that leads to the proxy. A private address needs NI_PRIVATE_NETWORKS here."
        try:
            found = self._connector.look_up(parse_url(self._url).origin)
        except (AddressRefused, ConnectFailed) as fault:
            return Check("public name", False, str(fault), mend)
        return Check("public name", True, ", ".join(found))

    def certificate(self) -> Check:
        """Whether TLS proves the name to this machine, and for how long it will."""
        origin = parse_url(self._url).origin
        mend = "Renew the certificate, with its whole chain: Cursor's servers trust public authorities alone."
        try:
            address = self._connector.look_up(origin)[0]
            plain = socket.create_connection((address, origin.port), CONNECT_S)
            with plain, system_tls().wrap_socket(plain, server_hostname=origin.host) as secured:
                until = ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"]))
        except (OutboundFault, OSError, KeyError) as fault:
            return Check("public certificate", False, _cause(fault), mend)
        days = int((until - time.time()) // 86400)
        return Check("public certificate", days >= LEAST_DAYS, f"valid for {days} days", mend)

    def answer(self) -> Check:
        """Whether it is this gateway that answers."""
        mend = f"The proxy does not reach the gateway on {self._settings.bind}; see {PAGE}."
        try:
            answer = self._ask("GET", "/healthz")
            body = b"".join(answer.pieces())
        except OutboundFault as fault:
            return Check("public answer", False, _cause(fault), mend)
        ok = answer.status == 200 and b'"ok"' in body
        return Check("public answer", ok, f"{answer.status}", mend)

    def clock(self) -> Check:
        """Whether the proxy's clock and ours agree: receipts, caps and sessions go by ours."""
        with suppress(OutboundFault, KeyError, ValueError):
            answer = self._ask("GET", "/healthz")
            told = parsedate_to_datetime(answer.headers["date"])
            skew_s = abs((datetime.now(UTC) - told).total_seconds())
            mend = "Have both machines follow NTP (timedatectl set-ntp true)."
            return Check("public clock", skew_s <= MOST_SKEW_S, f"{skew_s:.0f} s apart", mend)
        return Check(
            "public clock", False, "no Date header", "The proxy must pass the header Date.", needed=False
        )

    def large_body(self) -> Check:
        """Whether a body of 3 MB passes: without a key the gateway answers 401, a proxy with a limit 413."""
        mend = f"Take away the proxy's limit on bodies (client_max_body_size 0); see {PAGE}."
        headers = {"Content-Type": "application/json"}
        try:
            answer = self._ask("POST", "/v1/chat/completions", headers, b" " * LARGE)
        except OutboundFault as fault:
            return Check("public bodies", False, _cause(fault), mend)
        return Check("public bodies", answer.status == 401, f"{answer.status} for 3 MB without a key", mend)

    def metrics(self) -> Check:
        """Whether strangers see the numbers."""
        mend = "Set NI_METRICS_TOKEN, or NI_PUBLIC_URL to the https address: the numbers are for nobody else."
        try:
            answer = self._ask("GET", "/metrics")
        except OutboundFault as fault:
            return Check("public metrics", False, _cause(fault), mend)
        return Check("public metrics", answer.status != 200, f"{answer.status} for a stranger", mend)

    def stream(self) -> Check:
        """Whether a stream arrives as it is written. Buffered, all of it comes at its end."""
        mend = f"Have the proxy pass streams unbuffered (proxy_buffering off); see {PAGE}."
        try:
            answer = self._ask("GET", "/healthz/stream")
            times = [time.monotonic() for piece in answer.pieces() if piece]
        except OutboundFault as fault:
            return Check("public streams", False, _cause(fault), mend)
        spread_s = times[-1] - times[0] if times else 0.0
        finding = f"{answer.status}, {len(times)} pieces over {spread_s:.1f} s"
        passed = answer.status == 200 and spread_s > LEAST_SPREAD_S
        return Check("public streams", passed, finding, mend)

    def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Response:
        return self._client.send(Request(method, self._url + path, headers or {}, body, _TIMEOUTS))


def _cause(fault: Exception) -> str:
    """The fault in words; of a certificate that is not trusted, what TLS says about it."""
    return str(getattr(fault, "verify_message", "") or getattr(fault, "strerror", "") or fault)

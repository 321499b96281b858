"""The HTTP client of the gateway: sends one HTTP/1.1 request over a pooled, vetted connection and returns the response.

It follows no redirects, uses no proxy of the environment and no cookies, and retries nothing, except that a pooled
connection which the peer had closed before any byte of a response is replaced once by a new one (RFC 9112 section
9.3.1). Plain `http` is allowed into the operator's private networks only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ni.domain.clock import Clock
from ni.outbound.addresses import ParsedUrl, parse_url
from ni.outbound.connection import Connection, Connector, Pool, PoolLimits, Vet
from ni.outbound.errors import Cut, Malformed, TooLarge, TooSlow, Unanswered
from ni.outbound.http1 import HEAD_LIMIT, Deadlines, Response, ResponseHead, body_of, read_head, write_request

UNSENT_S = 2.0
"""How long to wait for the answer of a peer to which the request could not be written whole."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait: for the head of the response, between two pieces of its body, and for the whole of it.

    In a silence the reader of pieces gets an empty one each `beat_s`.
    """

    first_byte_s: float = 60.0
    idle_s: float = 120.0
    total_s: float = 900.0
    beat_s: float = 10.0

    def within(self, patience_s: float) -> "Timeouts":
        """The same with at most this long until the head, and until the reader hears of a silence."""
        first_byte_s, beat_s = min(self.first_byte_s, patience_s), min(self.beat_s, patience_s)
        return replace(self, first_byte_s=first_byte_s, beat_s=beat_s)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `vet` is called with the addresses, or a pooled connection's peer, before any byte is sent.

    `sent` is called with the body each time that it is about to be written to a connection.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeouts: Timeouts = field(default_factory=Timeouts)
    vet: Vet | None = None
    sent: Callable[[bytes], None] | None = None


class EgressClient:
    """Sends requests; built once by the factory and shared by all providers."""

    def __init__(self, connector: Connector, clock: Clock, limits: PoolLimits | None = None) -> None:
        self.clock = clock
        self._connector = connector
        self._pool = Pool(clock, limits or PoolLimits())
        self._target = lru_cache(maxsize=256)(parse_url)

    def send(self, request: Request) -> Response:
        """Send and wait for the head of the response. Raises `OutboundFault`, and whatever `vet` raises.

        A greenlet that is killed while it waits here closes the connection.
        """
        target = self._target(request.url)
        line = (request.method, target.path, target.authority)
        wire = write_request(line, request.headers, request.body)
        pooled = self._pool.take(target.origin)
        if pooled is not None:
            try:
                return self._exchange(pooled, request, target, wire)
            except Unanswered:
                pass  # the peer had closed it: not one byte came back
        fresh = self._connector.open(target.origin, request.vet)
        return self._exchange(fresh, request, target, wire, vetted=True)

    def addresses(self, url: str) -> Sequence[str]:
        """The vetted addresses that a request to `url` would go to now, without connecting. Raises `OutboundFault`."""
        return self._connector.look_up(self._target(url).origin)

    def forget(self) -> None:
        """Close all idle connections, so that the next requests resolve and are vetted anew."""
        self._pool.clear()

    def _exchange(
        self,
        connection: Connection,
        request: Request,
        target: ParsedUrl,
        wire: bytes,
        *,
        vetted: bool = False,
    ) -> Response:
        timeouts = request.timeouts
        try:
            if request.vet is not None and not vetted:
                request.vet((connection.address,))
            if request.sent is not None:
                request.sent(request.body)
            deadlines = Deadlines(self.clock, timeouts.idle_s, timeouts.total_s, timeouts.beat_s)
            head = self._ask(connection, wire, timeouts.first_byte_s)
            body, reusable = body_of(request.method, head)
        except BaseException:  # also a killed greenlet: a connection with half an exchange on it is of no use
            connection.close()
            raise
        response = Response(head, body, connection, deadlines)
        if reusable:
            response.when_read(lambda: self._pool.give(target.origin, connection))
        return response

    def _ask(self, connection: Connection, wire: bytes, first_byte_s: float) -> ResponseHead:
        try:
            connection.send(wire, first_byte_s)
        except Cut:  # a peer that refuses early has perhaps answered
            return self._early_answer(connection, min(first_byte_s, UNSENT_S))
        return self._final_head(connection, first_byte_s)

    def _early_answer(self, connection: Connection, within_s: float) -> ResponseHead:
        """The answer to a request that could not be written whole. Raises `Unanswered` where there is none."""
        try:
            return self._final_head(connection, within_s)
        except TooSlow as fault:
            raise Unanswered("the request could not be written") from fault

    def _final_head(self, connection: Connection, within_s: float) -> ResponseHead:
        """Read heads until one is final (1xx are skipped); what follows it stays in the buffer."""
        ends_at = self.clock.monotonic() + within_s
        while True:
            head = read_head(self._head_block(connection, ends_at, within_s))
            if head.status >= 200:
                return head
            if head.status == 101:
                raise Malformed("the peer switched protocols unasked")

    def _head_block(self, connection: Connection, ends_at: float, first_byte_s: float) -> bytes:
        buffer = connection.buffer
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            if len(buffer) > HEAD_LIMIT:
                raise TooLarge("the head of the response is too long")
            left_s = ends_at - self.clock.monotonic()
            if left_s <= 0:
                raise TooSlow("the first byte", first_byte_s)
            arrived = self._arriving(connection, buffer, left_s)
            buffer += arrived
        connection.buffer = buffer[end + 4 :]
        return buffer[:end]

    def _arriving(self, connection: Connection, so_far: bytes, left_s: float) -> bytes:
        try:
            arrived = connection.receive(left_s)
        except Cut as fault:
            raise (fault if so_far else Unanswered("the connection was cut before any answer")) from fault
        if not arrived:
            raise Cut("the head was cut") if so_far else Unanswered("the connection ended before any answer")
        return arrived

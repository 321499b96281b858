"""Faults of outgoing connections.

They are facts about transport, without an HTTP status and without text of the upstream; providers map them to
`Problem`s. Their messages name hosts and addresses, never headers or bodies.
"""


class OutboundFault(Exception):
    """Any failure of the egress; the connection that it concerns is closed."""


class AddressRefused(OutboundFault):
    """The name leads to an address that may not be reached, or plain `http` leads out of the private networks."""


class ConnectFailed(OutboundFault):
    """The name does not resolve, nobody answers there, or TLS could not prove the name."""


class NoDescriptor(ConnectFailed):
    """This process or machine may open no further file or socket: the other side has no part in it."""


class TooSlow(OutboundFault):
    """A deadline passed; `seconds` is how long was waited."""

    def __init__(self, phase: str, seconds: float) -> None:
        super().__init__(f"{phase} took longer than {seconds:g} s")
        self.seconds = seconds


class Cut(OutboundFault):
    """The connection ended before the response was complete."""


class Unanswered(Cut):
    """The connection ended before a single byte of the response: on a pooled one, a sign that it was stale."""


class Closed(OutboundFault):
    """Our own side closed the connection while it was in use."""


class Malformed(OutboundFault):
    """What came back is not HTTP/1.1, or not the event stream that it claims to be."""


class TooLarge(Malformed):
    """A head, line, event or body beyond its limit."""


class Unsendable(OutboundFault):
    """The request cannot be written: its address or a header value is not valid."""

"""The place of a call in a trace: which trace, below which span (W3C Trace Context, https://www.w3.org/TR/trace-context/).

What a client wrote is read by its grammar alone, and a header that breaks it is as good as none.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

HeaderLookup = Callable[[str], str | None]
"""Gives the value of a request's header, or None."""
_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[!-~]*)?")
_MEMBER = re.compile(
    r"(?:[a-z][_0-9a-z*/-]{0,255}|[a-z0-9][_0-9a-z*/-]{0,240}@[a-z][_0-9a-z*/-]{0,13})=[ !-+\--<>-~]{0,255}[!-+\--<>-~]"
)
_LONGEST = 512
_MOST_MEMBERS = 32
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class RemoteParent:
    """The client's span that a call belongs to; `state` is its `tracestate`, empty where it sent no valid one."""

    trace_id: bytes
    span_id: bytes
    sampled: bool
    state: str = ""


@dataclass(frozen=True, slots=True)
class TraceContext:
    """The trace of a call, and the span of the whole call in it.

    `parent` is the client's span, None where the trace begins here. `sampled` says whether its spans are exported, and
    `propagate` whether providers are sent the context.
    """

    trace_id: bytes
    span_id: bytes
    sampled: bool
    parent: RemoteParent | None = None
    propagate: bool = False

    def child(self, number: int) -> bytes:
        """The id of the call's span with this number, from 1: unique in the trace as the call's own id is."""
        return (int.from_bytes(self.span_id) ^ number).to_bytes(8)

    @property
    def log_fields(self) -> dict[str, str]:
        """The ids as log lines name them."""
        return {"trace_id": self.trace_id.hex(), "span_id": self.span_id.hex()}

    def headers(self, number: int) -> Mapping[str, str]:
        """What a provider is sent for the call's span with this number; nothing unless that was switched on."""
        if not self.propagate:
            return {}
        value = f"00-{self.trace_id.hex()}-{self.child(number).hex()}-{'01' if self.sampled else '00'}"
        state = self.parent.state if self.parent is not None else ""
        return {"traceparent": value} | ({"tracestate": state} if state else {})


def remote_parent(parent: str | None, state: str | None) -> RemoteParent | None:
    """The parent that the headers `traceparent` and `tracestate` name; None for one that breaks the grammar."""
    if not parent or len(parent) > _LONGEST:
        return None
    match = _PARENT.fullmatch(parent.strip(" \t"))
    if match is None:
        return None
    version, trace, span, flags, more = match.groups()
    if version == "ff" or (version == "00" and more) or not int(trace, 16) or not int(span, 16):
        return None
    sampled = bool(int(flags, 16) & _SAMPLED)
    return RemoteParent(bytes.fromhex(trace), bytes.fromhex(span), sampled, _state(state or ""))


def _state(text: str) -> str:
    """The list without empty members; nothing where one of them breaks the grammar, or there are too many."""
    if len(text) > _LONGEST:
        return ""
    members = [member for part in text.split(",") if (member := part.strip(" \t"))]
    names = {member.partition("=")[0] for member in members}
    valid = len(members) <= _MOST_MEMBERS and len(names) == len(members)
    return ",".join(members) if valid and all(map(_MEMBER.fullmatch, members)) else ""

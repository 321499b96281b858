"""What came back for a call: token counts in disjoint classes, the peer that answered, and how the call ended."""

from dataclasses import dataclass
from enum import StrEnum


class Counted(StrEnum):
    """Where token counts come from."""

    PROVIDER = "provider"
    COUNTED = "counted"
    ESTIMATED = "estimated"


class Outcome(StrEnum):
    """How a call ended."""

    COMPLETED = "completed"
    LOCAL = "local"
    DENIED = "denied"
    CLIENT_GONE = "client_gone"
    UPSTREAM_CUT = "upstream_cut"
    UPSTREAM_ERROR = "upstream_error"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens in disjoint classes: input is `uncached + cached + cache_write`.

    `reasoning` is part of `output`, and `cache_write_1h` (kept for an hour) part of `cache_write`.
    """

    uncached: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    source: Counted = Counted.PROVIDER
    cache_write_1h: int = 0

    @property
    def prompt(self) -> int:
        """All input tokens, as OpenAI's `prompt_tokens` counts them."""
        return self.uncached + self.cached + self.cache_write


@dataclass(frozen=True, slots=True)
class Peer:
    """The upstream that answered, as seen on the socket; empty where no connection was made."""

    address: str = ""
    tls_spki: str = ""
    upstream_request_id: str = ""
    http_status: int = 0

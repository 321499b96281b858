"""What the Custody, Playground and operator pages ask: protocols and frozen values, a part of `services`.

Custody and the playground belong to an account, whose id comes first; what the operator asks concerns the instance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ni.domain.route import Deployment, Price, Route
from ni.domain.secret import Secret
from ni.gateway.context import Client


@dataclass(frozen=True, slots=True)
class LogState:
    """The custody log now: its name, how many entries, its head as a signed note, and the keys that sign it."""

    origin: str
    size: int
    checkpoint: str
    public_keys: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verifier found of a record: intact in a log of this size, or why not; and when it looked."""

    intact: bool
    said: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Erasing:
    """What of a request's records to erase: some fields, or all of it (None). Reason and user stay on record."""

    names: frozenset[str] | None
    reason: str
    user_id: str


class Custody(Protocol):
    """What is on record of an account's requests. `receipts` says whether verifiable receipts are made here."""

    @property
    def receipts(self) -> bool:
        """Whether `receipt` can give anything."""

    def log(self) -> LogState | None:
        """The state of the log; None where records are kept without one."""

    def record(self, account_id: str, request_id: str) -> Mapping[str, Any] | None:
        """The record of a request in the shape of the API, or None if the account has none."""

    def verdict(self, account_id: str, request_id: str) -> Verdict | None:
        """Whether the record is in the log and unchanged; None if there is no receipt to check."""

    def receipt(self, account_id: str, request_id: str) -> bytes | None:
        """The verifiable receipt of a request, or None if the account has none."""

    def fields(self, account_id: str, request_id: str) -> Mapping[str, str]:
        """What the records of a request still disclose, as text by name; empty if that is nothing."""

    def erase(self, account_id: str, request_id: str, wish: Erasing) -> int:
        """Erase fields; how many went."""

    def account_key(self, account_id: str) -> Secret | None:
        """The key that links the account's records, in base64; None before the first one."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What was typed into the playground: a model name and one message, sent under one of the account's keys."""

    key_id: str
    model: str
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What left: the message as the provider saw it (None if nothing left), and the headers of the answer."""

    text: str | None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Talk:
    """An answer on its way: what left, then the text in pieces; reading the pieces may raise `Problem`."""

    sent: Sent
    pieces: Iterator[str]


class Playground(Protocol):
    """Sends a prompt through the gateway itself, with everything that a request with the key goes through."""

    def ask(self, account_id: str, prompt: Prompt, client: Client, *, stream: bool) -> Talk | None:
        """The answer, or None if the account has no such live key. Raises `Problem`, `ClientGone`."""


@dataclass(frozen=True, slots=True)
class DeploymentView:
    """A deployment: where it runs, how many routes it serves, and what is missing, as a sentence for the operator."""

    deployment: Deployment
    routes: int
    missing: str = ""


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account, for the operator's list; `min_evidence` as its owners demand it, empty for any."""

    id: str
    name: str
    time_zone: str
    people: int
    created_at: datetime
    balance_nanos: int = 0
    min_evidence: str = ""


@dataclass(frozen=True, slots=True)
class PricedRoute:
    """A route and its price today; `reason` says in a word why it cannot be called (`disabled`, `unpriced`, ...)."""

    route: Route
    price: Price | None
    reason: str = ""


class Operator(Protocol):
    """What the person who runs the instance may ask."""

    def deployments(self) -> Sequence[DeploymentView]:
        """All deployments of the catalog."""

    def accounts(self) -> Sequence[AccountView]:
        """All accounts by name."""

    def account(self, account_id: str) -> AccountView | None:
        """One account, or None if there is none of that id."""

    def create_account(self, name: str) -> Secret:
        """Make an account; the token of an invitation for its first owner. Raises `Refused`."""

    def prices(self) -> Sequence[PricedRoute]:
        """Every route the gateway knows, callable or not."""

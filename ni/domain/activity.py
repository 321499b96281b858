"""The activity log's words: who did which administrative act, and what was before and after it.

An `Activity` is a part of the journal unit that does what it tells. It becomes a record in the custody log in the same
transaction, so that nothing is done that cannot be recorded. It never holds a secret, nor what a call contained.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

OPERATOR = "operator"
"""The account id of records of the instance; no real account id has this form."""

Plain = str | int | bool | None | list[str]
Difference = tuple[str, Plain, Plain]
"""The name of what was changed, its value before and its value after; None stands for nothing."""


class Way(StrEnum):
    """The way by which somebody acts."""

    PORTAL = "portal"
    COMMAND = "command"
    API = "api"
    SSO = "sso"
    CHAT = "chat"
    GATEWAY = "gateway"


class ActivityKind(StrEnum):
    """What was done. Each has its words on the page *Activity* (`ni/web/portal/activity.py`)."""

    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_DELETED = "account.deleted"
    CREDIT_GRANTED = "credit.granted"
    PERSON_CREATED = "person.created"
    PERSON_CHANGED = "person.changed"
    PERSON_JOINED = "person.joined"
    PERSON_REMOVED = "person.removed"
    ROLE_CHANGED = "role.changed"
    OPERATOR_CHANGED = "operator.changed"
    LINK_ISSUED = "link.issued"
    LINK_WITHDRAWN = "link.withdrawn"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - a name of an act
    FACTOR_CHANGED = "second_factor.changed"
    SIGNED_IN = "sign_in.done"
    SIGN_IN_FAILED = "sign_in.failed"
    SESSION_MOVED = "session.moved"
    SESSION_ENDED = "session.ended"
    KEY_CREATED = "key.created"
    KEY_CHANGED = "key.changed"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    TOKEN_CREATED = "token.created"  # noqa: S105 - a name of an act
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - a name of an act
    CREDENTIAL_STORED = "credential.stored"
    CREDENTIAL_REMOVED = "credential.removed"
    MAPPING_MADE = "mapping.made"
    MAPPING_UNDONE = "mapping.undone"
    CATALOG_CHANGED = "catalog.changed"
    BUDGET_SET = "budget.set"
    BUDGET_REMOVED = "budget.removed"
    RECEIVER_ADDED = "receiver.added"
    RECEIVER_REMOVED = "receiver.removed"
    GROUP_ALLOWED = "group.allowed"
    GROUP_REMOVED = "group.removed"
    RECORD_ERASED = "record.erased"
    LOG_KEY_SHOWN = "log_key.shown"
    LOG_CHANGED = "log.changed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an e-mail address in the portal, a user of the machine at the command line, a key's id in a chat.

    `who` is empty for somebody who has not shown who they are; `address` is the network address they came from.
    """

    who: str
    way: Way
    address: str = ""


Acting = Callable[[], Actor]
"""Gives who acts at this moment: in a serving process that is who sent the request."""


def unattended() -> Actor:
    """The gateway itself, in its jobs."""
    return Actor("gateway", Way.GATEWAY)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act is about: its id, and the name by which people know it where there is one."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """One administrative act in an account, or of `OPERATOR` on the instance."""

    kind: ActivityKind
    account_id: str
    subject: Subject
    actor: Actor
    at_ms: int
    changes: tuple[Difference, ...] = ()

    def by(self, who: str) -> "Activity":
        """The same, with who has just shown who they are where that was not known."""
        return self if self.actor.who else replace(self, actor=replace(self.actor, who=who))


Tell = Callable[[ActivityKind, str, Subject, tuple[Difference, ...]], Activity]
"""Makes the record of an act, of who acts now: kind, account, subject, changes. It goes into the unit that does it."""


def differences(before: Mapping[str, Plain], after: Mapping[str, Plain]) -> tuple[Difference, ...]:
    """What differs between two descriptions, by name. An empty one stands for a thing that is not there."""
    names = dict.fromkeys((*before, *after))
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    return tuple((name, old, new) for name, old, new in pairs if old != new)

"""The cast of the portal's tests: Alice (owner), Bob (member of her account), Charlie (another account).

The services are kept in memory and strict: they refuse what the real ones refuse, and another account's objects are
not found. The scenes put them together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count

from ni.access.refusals import CodeWanted, Refused
from ni.domain.route import Route
from ni.domain.secret import Secret
from ni.web.portal.services import (
    CreatedKey,
    KeyView,
    Listed,
    MappingView,
    NewKey,
    NewPerson,
    Person,
    Profile,
    SignInThrottled,
    Visit,
)
from ni.web.portal.services_team import Membership, Role

NOW = datetime(2026, 11, 20, 15, 30, 12, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
WEAK = "passwordpassword"
RESET_TOKEN = "reset-link-of-at-least-32-characters"
SET_UP_TOKEN = "one-time-link-of-at-least-32-characters"
HOSTILE = '"><img src=x onerror=alert(1)>{{7*7}}<script>alert(2)</script>'

ALICE = Person(
    "user_alice", "account_a", "Boreal", "Alice Tremblay", "alice@example.ca", Role.OWNER, operator=True
)
BOB = Person("user_bob", "account_a", "Boreal", "Bob Roy", "bob@example.ca", Role.MEMBER)
CHARLIE = Person("user_charlie", "account_c", "Austral", "Charlie Côté", "charlie@example.ca", Role.OWNER)


@dataclass
class FakePeople:
    """Users with one password, and sessions in a dictionary."""

    users: dict[str, Person] = field(default_factory=lambda: {p.user_id: p for p in (ALICE, BOB, CHARLIE)})
    sessions: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    open_tokens: set[str] = field(default_factory=lambda: {SET_UP_TOKEN})
    reset_tokens: set[str] = field(default_factory=lambda: {RESET_TOKEN})
    with_codes: set[str] = field(default_factory=set)
    joined: dict[str, list[Membership]] = field(default_factory=dict)
    elsewhere: dict[str, Membership] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    failures: int = 0
    numbers: Iterator[int] = field(default_factory=count)

    def _begin(self, user_id: str) -> Secret:
        token = f"session-{next(self.numbers)}"
        self.sessions[token] = user_id
        return Secret(token)

    def set_up_open(self, token: str) -> bool:
        return token in self.open_tokens

    def set_up(self, token: str, person: NewPerson, visit: Visit) -> Secret | None:
        if token not in self.open_tokens:
            return None
        _refuse_weak(person.password)
        self.open_tokens.remove(token)
        made = Person(
            "user_first", "account_a", "default", person.name, person.email, Role.OWNER, operator=True
        )
        self.users[made.user_id] = made
        self.passwords[made.user_id] = person.password.reveal()
        return self._begin(made.user_id)

    def sign_in(self, email: str, password: Secret, visit: Visit) -> Secret | None:
        self.visits.append(visit)
        if self.failures >= 5:
            raise SignInThrottled(60)
        for user in self.users.values():
            if user.email == email and password.reveal() == self.passwords.get(user.user_id, PASSWORD):
                if user.user_id in self.with_codes:
                    raise CodeWanted(Secret(f"due-{user.user_id}"))
                return self._begin(user.user_id)
        self.failures += 1
        return None

    def finish_sign_in(self, token: str, code: str, visit: Visit) -> Secret | None:
        if not token.startswith("due-"):
            return None
        if code != "246810":
            raise Refused("code", "This code is wrong.")
        return self._begin(token.removeprefix("due-"))

    def reset_open(self, token: str) -> bool:
        return token in self.reset_tokens

    def reset(self, token: str, password: Secret) -> bool:
        _refuse_weak(password)
        self.reset_tokens.remove(token)
        self.passwords[ALICE.user_id] = password.reveal()
        return True

    def session(self, session: Secret) -> Person | None:
        user_id = self.sessions.get(session.reveal(), "")
        someone, where = self.users.get(user_id), self.elsewhere.get(session.reveal())
        if someone is None:
            return None
        someone = replace(someone, accounts=len(self.accounts(user_id)))
        if where is None:
            return someone
        return replace(someone, account_id=where.account_id, account_name=where.name, role=where.role)

    def accounts(self, user_id: str) -> Sequence[Membership]:
        first = self.users[user_id]
        mine = Membership(first.account_id, first.account_name, first.role)
        return [mine, *self.joined.get(user_id, [])]

    def switch(self, session: Secret, account_id: str) -> Secret | None:
        user_id = self.sessions[session.reveal()]
        found = [one for one in self.accounts(user_id) if one.account_id == account_id]
        if not found:
            return None
        del self.sessions[session.reveal()]
        moved = self._begin(user_id)
        self.elsewhere[moved.reveal()] = found[0]
        return moved

    def sign_out(self, session: Secret) -> None:
        self.sessions.pop(session.reveal(), None)

    def change_profile(self, user_id: str, profile: Profile) -> None:
        self.users[user_id] = replace(self.users[user_id], name=profile.name, language=profile.language)

    def change_password(self, person: Person, current: Secret, new: Secret, visit: Visit) -> Secret | None:
        user_id = person.user_id
        _refuse_weak(new)
        if current.reveal() != self.passwords.get(user_id, PASSWORD):
            return None
        self.passwords[user_id] = new.reveal()
        self.sessions = {token: whose for token, whose in self.sessions.items() if whose != user_id}
        return self._begin(user_id)


def _refuse_weak(password: Secret) -> None:
    if password.reveal() == WEAK:
        raise Refused(
            "password", "This password is among the first that anyone would try. Choose another one."
        )


@dataclass
class FakeKeys:
    """Keys by account."""

    kept: dict[str, list[KeyView]] = field(default_factory=dict)

    def list(self, account_id: str) -> Sequence[KeyView]:
        return sorted(self.kept.get(account_id, []), key=lambda key: key.revoked_at is not None)

    def find(self, account_id: str, key_id: str) -> KeyView | None:
        return next((key for key in self.kept.get(account_id, []) if key.id == key_id), None)

    def create(self, account_id: str, user_id: str, terms: NewKey, once: str) -> CreatedKey:
        if terms.expires_on and terms.expires_on < NOW.date():
            raise Refused("expires_at", "The expiry lies in the past.")
        mine = self.kept.setdefault(account_id, [])
        made = KeyView(f"key_{account_id}_{len(mine)}", terms, "x7Qa", NOW)
        mine.insert(0, made)
        return CreatedKey(made.id, Secret("ni_live_0a1b2c3d4e5f_" + "S" * 38 + "x7Qa"))

    def change(self, account_id: str, key_id: str, terms: NewKey) -> None:
        self._replace(account_id, key_id, terms=terms)

    def revoke(self, account_id: str, key_id: str) -> None:
        self._replace(account_id, key_id, revoked_at=NOW)

    def _replace(self, account_id: str, key_id: str, **changes: object) -> None:
        mine = self.kept[account_id]
        place = next(place for place, key in enumerate(mine) if key.id == key_id)
        mine[place] = replace(mine[place], **changes)  # type: ignore[arg-type]


@dataclass
class FakeRoutes:
    """A fixed catalog; Alice's account reaches one route more, with a credential of its own."""

    kept: Sequence[Route] = ()
    own: Sequence[Route] = ()

    def listed(self, account_id: str = "") -> Listed:
        own = self.own if account_id == ALICE.account_id else ()
        return Listed([*self.kept, *own], frozenset(route.id for route in own))

    def exists(self, text: str) -> bool:
        return any(route.id == text for route in (*self.kept, *self.own))


@dataclass
class FakeMappings:
    """Pinned names by account."""

    kept: dict[str, dict[str, MappingView]] = field(default_factory=dict)

    def list(self, account_id: str) -> Sequence[MappingView]:
        return [self.kept[account_id][name] for name in sorted(self.kept.get(account_id, {}))]

    def undo(self, account_id: str, name: str) -> bool:
        return self.kept.get(account_id, {}).pop(name, None) is not None

"""Single sign-on: which user a provider's identity is, which accounts its groups lead into, how long that is believed.

A person is known by issuer and subject. Whom nobody knows yet becomes the user with the same address if the provider
verified it, else a new user without a password. The provider's groups decide the accounts and roles that it granted;
memberships by invitation stay what they are. Each minute in which a session is used, the provider is asked again
(with its refresh token): if it ended the sign-in, or the groups lead nowhere any more, the session ends. Where it
cannot be asked, its last word counts for 15 minutes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from ni.access.accounts import Role
from ni.access.base import Base, deleted, inserted, updated
from ni.access.encryption import NONCE_BYTES, Binding, Cipher, DecryptionFailed, Encrypted
from ni.access.identity import (
    AuthorizationRequest,
    Identity,
    IdentityProvider,
    ProviderAway,
    SignOnRefused,
    subject_digest,
)
from ni.access.onboarding import Links, Purpose
from ni.access.refusals import Refused, TooManyTries
from ni.access.sessions import SessionProof, Sessions, about_person, ended
from ni.access.throttle import NetworkThrottle
from ni.access.users import valid_email
from ni.domain.activity import OPERATOR, Activity, ActivityKind, Actor, Difference, Subject, Way
from ni.domain.ids import object_id
from ni.domain.secret import Secret
from ni.store.tables.access import accounts, group_roles, identities, members, sessions, users
from ni.store.unit import Change, Conflict

GRANTED = "single sign-on"
"""What `members.granted_by` holds for memberships that groups gave."""
EVERYBODY = "*"
"""A group that everybody is in whom the provider signs in."""
BELIEVED_MS = 15 * 60_000
RANK = (Role.AUDITOR, Role.MEMBER, Role.OWNER)
"""Roles from the least to the most that they may: of several groups the most counts."""


@dataclass(frozen=True, slots=True)
class GroupRole:
    """People of the provider's group `group` are `role` in an account."""

    group: str
    account_id: str
    role: Role
    account_name: str = ""


class GroupRoles:
    """The table of groups, which the operator decides."""

    def __init__(self, base: Base) -> None:
        self._base = base

    def list(self) -> tuple[GroupRole, ...]:
        """All lines by group and account."""
        wanted = (
            sa.select(group_roles.c.group_name, group_roles.c.account_id, group_roles.c.role, accounts.c.name)
            .join(accounts, accounts.c.id == group_roles.c.account_id)
            .order_by(group_roles.c.group_name, accounts.c.name)
        )
        with self._base.database.read() as connection:
            return tuple(
                GroupRole(row[0], row[1], Role(row[2]), row[3]) for row in connection.execute(wanted)
            )

    def add(self, line: GroupRole) -> None:
        """Let a group into an account; in force when its people sign in or are asked for next. Raises `Refused`."""
        group = line.group.strip()
        if not 1 <= len(group) <= 200 or not group.isprintable():
            raise Refused("group", "A group has between 1 and 200 characters.")
        with self._base.database.read() as connection:
            if not connection.scalar(sa.select(sa.exists().where(accounts.c.id == line.account_id))):
                raise Refused("account", "There is no such account.")
        row = {"group_name": group, "account_id": line.account_id, "role": line.role.value}
        before = self._role(group, line.account_id)
        change = ("role", before.value if before else None, line.role.value)
        told = self._told(ActivityKind.GROUP_ALLOWED, group, line.account_id, change)
        self._base.write(_removed(group, line.account_id), inserted(group_roles, row), told)

    def remove(self, group: str, account_id: str) -> bool:
        """Let a group in no longer; False if there was no such line."""
        before = self._role(group, account_id)
        if before is None:
            return False
        change = ("role", before.value, None)
        told = self._told(ActivityKind.GROUP_REMOVED, group, account_id, change)
        self._base.write(_removed(group, account_id), told)
        return True

    def _role(self, group: str, account_id: str) -> Role | None:
        lines = self.list()
        return next((one.role for one in lines if (one.group, one.account_id) == (group, account_id)), None)

    def _told(self, kind: ActivityKind, group: str, account_id: str, change: Difference) -> Activity:
        return self._base.activity(kind, account_id, Subject(group), (change,))

    def of(self, groups: Sequence[str]) -> Mapping[str, Role]:
        """The role in each account for somebody in these groups."""
        held: dict[str, Role] = {}
        for line in self.list():
            if line.group == EVERYBODY or line.group in groups:
                held[line.account_id] = max(held.get(line.account_id, line.role), line.role, key=RANK.index)
        return held


def _removed(group: str, account_id: str) -> Change:
    return deleted(group_roles, group_roles.c.group_name == group, group_roles.c.account_id == account_id)


@dataclass(frozen=True, slots=True)
class _Known:
    user_id: str
    subject: str


REASONS = frozenset(
    {
        *("no account", "no email", "email", "unverified email", "too many groups", "access_denied"),
        *("state", "issuer", "subject", "no code", "no ID token", "token", "off"),
    }
)
"""Why a sign-in is refused, as records name it; everything else is an answer that the provider gave."""


class _OnRecord(SignOnRefused):
    """A refusal that is on record already."""


class SingleSignOn:
    """Signs people in by the provider's word. `provider` is None where the operator set none up."""

    def __init__(
        self,
        base: Base,
        provider: Callable[[], IdentityProvider | None],
        sessions_: Sessions,
        cipher: Cipher,
        networks: NetworkThrottle,
    ) -> None:
        self._networks = networks
        self._base = base
        self._provider = provider
        self._sessions = sessions_
        self._cipher = cipher
        self.groups = GroupRoles(base)

    @property
    def provider(self) -> IdentityProvider | None:
        """The provider of this instance."""
        return self._provider()

    def finish(
        self, asked: AuthorizationRequest, answer: Mapping[str, str], agent: str = "", former: str = ""
    ) -> Secret:
        """The id of a new session for who came back. Raises `SignOnRefused`, `ProviderAway`, `Refused`."""
        try:
            identity = self._required().finish(asked, answer)
            try:
                return self._signed_in(identity, agent, former)
            except Conflict:  # the same person's first sign-in, in another window: now they are known
                return self._signed_in(identity, agent, former)
        except _OnRecord:
            raise
        except SignOnRefused as refusal:
            self._record(str(refusal), refusal.email)
            raise
        except Refused:
            self._record("email")
            raise

    def _record(self, reason: str, email: str = "") -> None:
        """Put on record that somebody unknown was refused, as often as their network may try passwords.

        What strangers write into the provider's answer is not kept.
        """
        try:
            self._networks.count(self._base.acting().address)
        except TooManyTries:
            return
        why = (("reason", None, reason if reason in REASONS else "answer"),)
        self._base.write(self._told(ActivityKind.SIGN_IN_FAILED, OPERATOR, Subject("", email), why))

    def prove(self, proof: SessionProof) -> bool:
        """Whether the provider still stands behind a session; asks it at most once a minute, from one process."""
        now_ms, provider = self._base.now_ms(), self.provider
        believed = now_ms - proof.proved_at < BELIEVED_MS
        token = self._opened(proof)
        if provider is None:
            return False
        if not token or not self._claimed(proof, now_ms):
            return believed
        known = self._known(proof.identity_id)
        try:
            if known is None:
                raise SignOnRefused("unknown")
            identity = provider.renew(token, known.subject)
            return self._renewed(proof, known.user_id, identity)
        except ProviderAway:
            return believed
        except SignOnRefused:
            home, subject = about_person(self._base.database, known.user_id if known else "")
            told = self._told(ActivityKind.SESSION_ENDED, home, subject)
            self._base.write(deleted(sessions, sessions.c.id_hash == proof.id_hash), told)
            return False

    def log_out(self, token: str) -> None:
        """End the sessions that a back-channel logout names. Raises `SignOnRefused`, `ProviderAway`."""
        provider = self._required()
        named = provider.logout(token)
        where = [sessions.c.identity_id != ""]
        if named.subject:
            digest = subject_digest(provider.registration.issuer, named.subject)
            where.append(sessions.c.identity_id == digest)
        if named.session:
            where.append(sessions.c.provider_session == named.session)
        with self._base.database.read() as connection:
            people = connection.scalars(sa.select(sessions.c.user_id).where(*where).distinct()).all()
        about = [about_person(self._base.database, user_id) for user_id in people]
        told = [self._told(ActivityKind.SESSION_ENDED, home, subject) for home, subject in about]
        once = f"{provider.registration.issuer}\n{named.token_id}"
        try:
            self._base.write(*Links(self._base).taken(Purpose.LOGOUT, once), deleted(sessions, *where), *told)
        except Conflict:
            raise SignOnRefused("logout token") from None

    def _told(
        self, kind: ActivityKind, account_id: str, subject: Subject, changes: tuple[Difference, ...] = ()
    ) -> Activity:
        """The record of what the provider's word does; of a sign-in, it is the person's."""
        told = self._base.activity(kind, account_id, subject, changes)
        who = subject.name if kind is ActivityKind.SIGNED_IN else GRANTED
        return replace(told, actor=Actor(who, Way.SSO, told.actor.address))

    def _required(self) -> IdentityProvider:
        provider = self.provider
        if provider is None:
            raise SignOnRefused("off")
        return provider

    # ---------------------------------------------------------------------------------------------------------- sign-in

    def _signed_in(self, identity: Identity, agent: str, former: str) -> Secret:
        digest = subject_digest(self._required().registration.issuer, identity.subject)
        known = self._known(digest)
        user_id, made = self._introduced(identity, digest) if known is None else (known.user_id, ())
        home, subject = about_person(self._base.database, user_id)
        subject = Subject(user_id, subject.name or identity.email)
        kept, changes = self._memberships(subject, identity.groups or ())
        if not kept and known is None:
            raise SignOnRefused("no account", identity.email)
        if not kept:
            told = self._told(ActivityKind.SIGN_IN_FAILED, home, subject)
            gone = deleted(sessions, sessions.c.identity_id == digest)
            self._base.write(*changes, gone, told)
            raise _OnRecord("no account")
        proof = self._proof_columns(digest, identity)
        token, started = self._sessions.started(user_id, min(kept), agent, proof)
        told = self._told(ActivityKind.SIGNED_IN, min(kept), subject)
        self._base.write(*made, *changes, ended(former), started, told)
        return token

    def _introduced(self, identity: Identity, digest: str) -> tuple[str, tuple[object, ...]]:
        """The user for somebody who comes for the first time, and the changes that remember them."""
        if not identity.email:
            raise SignOnRefused("no email")
        email = valid_email(identity.email)
        with self._base.database.read() as connection:
            same = connection.scalar(sa.select(users.c.id).where(users.c.email == email))
        if same and not identity.email_verified:
            raise SignOnRefused("unverified email", email)
        user_id = same or object_id("usr", self._base.random)
        now_ms = self._base.now_ms()
        row = {"id": digest, "user_id": user_id, "subject": identity.subject, "created_at": now_ms}
        person = {
            "id": user_id,
            "email": email,
            "name": identity.name or email.partition("@")[0],
            "password_hash": "",
            "operator": 0,
            "created_at": now_ms,
        }
        told = self._told(ActivityKind.PERSON_CREATED, OPERATOR, Subject(user_id, email))
        made = () if same else (inserted(users, person), told)
        return user_id, (*made, inserted(identities, row))

    def _memberships(self, person: Subject, groups: Sequence[str]) -> tuple[set[str], tuple[object, ...]]:
        """The accounts that the person is in from now on, and the parts of a unit that make it so."""
        user_id = person.id
        wanted = self.groups.of(groups)
        held = sa.select(members.c.account_id, members.c.role, members.c.granted_by)
        with self._base.database.read() as connection:
            rows = connection.execute(held.where(members.c.user_id == user_id)).all()
        invited = {row[0] for row in rows if row[2] != GRANTED}
        granted = {row[0]: Role(row[1]) for row in rows if row[2] == GRANTED}
        changes: list[object] = []
        for account in sorted(granted.keys() - wanted.keys()):
            changes.append(deleted(members, members.c.user_id == user_id, members.c.account_id == account))
            lost = (("role", granted[account].value, None),)
            changes.append(self._told(ActivityKind.PERSON_REMOVED, account, person, lost))
        for account, role in sorted(wanted.items()):
            mine = (members.c.user_id == user_id, members.c.account_id == account)
            if account not in invited and account not in granted:
                row = {"user_id": user_id, "account_id": account, "role": role.value, "granted_by": GRANTED}
                gained = (("role", None, role.value),)
                changes += [
                    inserted(members, row),
                    self._told(ActivityKind.PERSON_JOINED, account, person, gained),
                ]
            elif account in granted and granted[account] is not role:
                other = (("role", granted[account].value, role.value),)
                changes += [
                    updated(members, {"role": role.value}, *mine),
                    self._told(ActivityKind.ROLE_CHANGED, account, person, other),
                ]
        return invited | wanted.keys(), tuple(changes)

    # ------------------------------------------------------------------------------------------------------------ proof

    def _renewed(self, proof: SessionProof, user_id: str, identity: Identity) -> bool:
        """Keep what the provider says now; whether an account is left."""
        said = identity.groups
        home, subject = about_person(self._base.database, user_id)
        kept, changes = self._memberships(subject, said) if said is not None else ({""}, ())
        mine = sessions.c.id_hash == proof.id_hash
        if not kept:
            gone = deleted(sessions, sessions.c.identity_id == proof.identity_id)
            self._base.write(*changes, gone, self._told(ActivityKind.SESSION_ENDED, home, subject))
            return False
        row = self._proof_columns(proof.identity_id, identity)
        if not identity.refresh_token:
            row.pop("refresh_sealed")
        row["provider_session"] = identity.session or proof.provider_session
        self._base.write(*changes, Change(sessions.update().where(mine).values(row), {}))
        return True

    def _claimed(self, proof: SessionProof, now_ms: int) -> bool:
        """Whether it is on this request to ask: refresh tokens are used once."""
        mine = (sessions.c.id_hash == proof.id_hash, sessions.c.asked_at == sa.literal(proof.asked_at))
        try:
            self._base.write(updated(sessions, {"asked_at": now_ms}, *mine))
        except Conflict:
            return False
        return True

    def _known(self, digest: str) -> _Known | None:
        wanted = sa.select(identities.c.user_id, identities.c.subject).where(identities.c.id == digest)
        with self._base.database.read() as connection:
            row = connection.execute(wanted).first()
        return _Known(*row) if row else None

    def _proof_columns(self, digest: str, identity: Identity) -> dict[str, object]:
        now_ms, sealed = self._base.now_ms(), None
        if identity.refresh_token:
            encrypted = self._cipher.encrypt(_place(digest), identity.refresh_token.reveal().encode())
            sealed = encrypted.nonce + encrypted.octets
        return {
            "identity_id": digest,
            "provider_session": identity.session,
            "asked_at": now_ms,
            "proved_at": now_ms,
            "refresh_sealed": sealed,
        }

    def _opened(self, proof: SessionProof) -> Secret:
        if not proof.refresh_sealed:
            return Secret("")
        sealed = Encrypted(proof.refresh_sealed[:NONCE_BYTES], proof.refresh_sealed[NONCE_BYTES:])
        try:
            return Secret(self._cipher.decrypt(_place(proof.identity_id), sealed).decode())
        except DecryptionFailed:  # the master secret was replaced: the provider cannot be asked
            return Secret("")


def _place(digest: str) -> Binding:
    return Binding("", "openid", digest)

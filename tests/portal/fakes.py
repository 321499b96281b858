"""More of the strict services in memory: the team, sign-ins, custody, the playground, the operator's view."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ni.access.refusals import Refused
from ni.domain.errors import CapReached
from ni.domain.route import Deployment, Route
from ni.domain.secret import Secret
from ni.gateway.context import Client
from ni.web.portal.services_instance import (
    AccountView,
    DeploymentView,
    Erasing,
    LogState,
    PricedRoute,
    Prompt,
    Sent,
    Talk,
    Verdict,
)
from ni.web.portal.services_team import AccountTerms, Enrolment, Membership, MemberView, Role, SessionView
from ni.web.portal.team_backing import picture
from tests.portal.cast import ALICE, BOB, CHARLIE, HOSTILE, NOW, PASSWORD, FakeKeys, FakePeople

INVITATION = "invitation-of-at-least-32-characters"
CODE = "246810"
RECORD_ID = "000000000000000b"


@dataclass
class FakeTeam:
    """People by account, and one open invitation to Alice's."""

    people: FakePeople
    invitations: dict[str, str] = field(default_factory=lambda: {INVITATION: ALICE.account_id})
    decided: dict[str, AccountTerms] = field(default_factory=dict)

    def members(self, account_id: str) -> Sequence[MemberView]:
        found = [person for person in self.people.users.values() if person.account_id == account_id]
        coded = self.people.with_codes
        return [MemberView(one.user_id, one.name, one.email, one.role, one.user_id in coded) for one in found]

    def set_role(self, account_id: str, user_id: str, role: Role) -> bool:
        if role is Role.MEMBER:
            self._spare_last_owner(account_id, user_id)
        self.people.users[user_id] = replace(self.people.users[user_id], role=role)
        return True

    def remove(self, account_id: str, user_id: str) -> bool:
        self._spare_last_owner(account_id, user_id)
        return self.people.users.pop(user_id, None) is not None

    def _spare_last_owner(self, account_id: str, user_id: str) -> None:
        owners = [one.user_id for one in self.members(account_id) if one.role is Role.OWNER]
        if owners == [user_id]:
            raise Refused("role", "An account needs an owner: make somebody else owner first.")

    def invite(self, account_id: str, role: Role) -> Secret:
        self.invitations[f"{INVITATION}-{role}"] = account_id
        return Secret(f"{INVITATION}-{role}")

    def invitation(self, token: str) -> str | None:
        return {ALICE.account_id: "Boreal", CHARLIE.account_id: "Austral"}.get(
            self.invitations.get(token, "")
        )

    def accept(self, token: str, email: str, name: str, password: Secret) -> str | None:
        account_id = self.invitations.pop(token, None)
        if account_id is None:
            return None
        made = replace(BOB, user_id="user_new", account_id=account_id, name=name, email=email)
        self.people.users[made.user_id] = made
        self.people.passwords[made.user_id] = password.reveal()
        return made.user_id

    def join(self, token: str, user_id: str) -> str | None:
        account_id, name = self.invitations.get(token, ""), self.invitation(token)
        if name is None:
            return None
        if any(one.account_id == account_id for one in self.people.accounts(user_id)):
            raise Refused("", "You are in this account already.")
        del self.invitations[token]
        self.people.joined.setdefault(user_id, []).append(Membership(account_id, name, Role.MEMBER))
        return account_id

    def clear_second_factor(self, account_id: str, user_id: str, *, by_operator: bool) -> bool:
        if all(one.user_id != user_id for one in self.members(account_id)):
            return False
        if not by_operator and self.people.joined.get(user_id):
            raise Refused(
                "", "This person also runs the instance or is in another account. The operator can do it."
            )
        self.people.with_codes.discard(user_id)
        return True

    def terms(self, account_id: str) -> AccountTerms:
        name = next(one.account_name for one in self.people.users.values() if one.account_id == account_id)
        return self.decided.get(account_id) or AccountTerms(name, "America/Toronto", commands=True)

    def change(self, account_id: str, terms: AccountTerms) -> None:
        if terms.name == "Taken":
            raise Refused("name", "There is an account with this name already.")
        self.decided[account_id] = terms


@dataclass
class FakeProtection:
    """Sign-ins of `people`, and second factors by user."""

    people: FakePeople
    factors: set[str] = field(default_factory=set)

    def sessions(self, user_id: str, here: Secret) -> Sequence[SessionView]:
        mine = [token for token, whose in self.people.sessions.items() if whose == user_id]
        return [SessionView(token, f"Browser {HOSTILE}", NOW, NOW, token == here.reveal()) for token in mine]

    def end_session(self, user_id: str, mark: str) -> bool:
        if self.people.sessions.get(mark) != user_id:
            return False
        del self.people.sessions[mark]
        return True

    def has_second_factor(self, user_id: str) -> bool:
        return user_id in self.factors

    def enrol(self, email: str, secret: Secret | None = None) -> Enrolment:
        return Enrolment(secret or Secret("JBSWY3DPEHPK3PXP"), picture("otpauth://totp/of-the-tests"))

    def enable(self, user_id: str, password: Secret, secret: Secret, code: str) -> Sequence[str]:
        self._require(password)
        if code != CODE:
            raise Refused("code", "This code is wrong.")
        self.factors.add(user_id)
        return [f"aaaa-bbbb-cccc-000{number}" for number in range(10)]

    def disable(self, user_id: str, password: Secret) -> None:
        self._require(password)
        self.factors.discard(user_id)

    def _require(self, password: Secret) -> None:
        if password.reveal() != PASSWORD:
            raise Refused("current", "The present password is not right.")


def record(request_id: str, model: str = HOSTILE) -> dict[str, Any]:
    """A record in the shape of the API, with a hostile model name unless told otherwise."""
    hops = [("NI", "CA", "", "C"), ("Bedrock", "CA", "ca-central-1", "B")]
    names = ("entity", "jurisdiction", "region", "evidence")
    return {
        "request_id": request_id, "created_at": "2026-11-20T15:30:12.000Z", "model": model,
        "route": "bedrock/mistral.mistral-large-2402-v1:0-ca", "resolved_tier": "managed_canadian_cloud",
        "resolved_provider": "Bedrock", "resolved_region": "ca-central-1", "resolved_jurisdiction": "CA",
        "residency_evidence": "B", "resolved_litellm_model": "bedrock/mistral.mistral-large-2402-v1:0",
        "outcome": "completed", "credential_source": "platform", "custody_path": "NI-CA -> Bedrock-CA",
        "pii": {"on": True, "counts": {"email": 1, "person": 2}},
        "hops": [dict(zip(names, hop, strict=True)) | {"at": "2026-11-20T15:30:12.123Z"} for hop in hops],
        "log": {"records": [{"kind": "open", "rec": "b" * 43}, {"kind": "close", "rec": "c" * 43}]},
    }  # fmt: skip


@dataclass
class FakeCustody:
    """One record of Alice's account, with a log and unchanged unless told otherwise; `erasures` are what was asked."""

    receipts: bool = True
    intact: bool = True
    erasures: list[Erasing] = field(default_factory=list)
    model: str = HOSTILE

    def log(self) -> LogState | None:
        known = LogState("ni.example/log", 1_234_567, "ni.example/log\n1234567\nabc=\n", ["ni.example+ab12"])
        return known if self.receipts else None

    def record(self, account_id: str, request_id: str) -> Mapping[str, Any] | None:
        return (
            record(request_id, self.model)
            if (account_id, request_id) == (ALICE.account_id, RECORD_ID)
            else None
        )

    def verdict(self, account_id: str, request_id: str) -> Verdict | None:
        known = self.receipt(account_id, request_id) is not None
        return Verdict(self.intact, "a changed field", 1_234_567, NOW) if known else None

    def receipt(self, account_id: str, request_id: str) -> bytes | None:
        known = self.receipts and self.record(account_id, request_id)
        return b'{"receipt":1}' if known else None

    def fields(self, account_id: str, request_id: str) -> Mapping[str, str]:
        gone = {name for one in self.erasures for name in one.names or ("client_model", "peer_ip")}
        kept = {"client_model": HOSTILE, "peer_ip": "192.0.2.7"}
        return {name: text for name, text in kept.items() if name not in gone}

    def erase(self, account_id: str, request_id: str, wish: Erasing) -> int:
        before = len(self.fields(account_id, request_id))
        self.erasures.append(wish)
        return before - len(self.fields(account_id, request_id))

    def account_key(self, account_id: str) -> Secret | None:
        return (
            Secret("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=") if account_id == ALICE.account_id else None
        )


@dataclass
class FakePlayground:
    """Echoes, with one name replaced; a model named `capped` is refused."""

    keys: FakeKeys

    def ask(self, account_id: str, prompt: Prompt, client: Client, *, stream: bool) -> Talk | None:
        if self.keys.find(account_id, prompt.key_id) is None:
            return None
        if prompt.model == "capped":
            raise CapReached(spent="4.99", cap="5.00", currency="CAD", estimate="0.10", reset_at="05:00")
        sent = prompt.text.replace("Marie Tremblay", "Louise Gagnon")
        headers = {"X-NI-Request-ID": RECORD_ID, "X-NI-PII": "on; person=1"}
        return Talk(Sent(sent, headers), self._said(prompt.text))

    def _said(self, text: str) -> Iterator[str]:
        yield "You said: "
        yield text


@dataclass
class FakeOperator:
    """An instance with three accounts at most."""

    routes: Sequence[Route] = ()
    made: list[str] = field(default_factory=list)

    def deployments(self) -> Sequence[DeploymentView]:
        azure = Deployment("azure-ca", "azure", "canadacentral", "CA")
        return [
            DeploymentView(Deployment("sandbox", "sandbox", "", "CA"), 1),
            DeploymentView(azure, 3, "Set AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY."),
        ]

    def accounts(self) -> Sequence[AccountView]:
        named = [(ALICE.account_id, "Boreal"), (CHARLIE.account_id, "Austral"), *((n, n) for n in self.made)]
        return [AccountView(id_, name, "America/Toronto", 2, NOW) for id_, name in named]

    def account(self, account_id: str) -> AccountView | None:
        return next((one for one in self.accounts() if one.id == account_id), None)

    def create_account(self, name: str) -> Secret:
        if name in [one.name for one in self.accounts()]:
            raise Refused("name", "There is an account with this name already.")
        self.made.append(name)
        return Secret(INVITATION)

    def prices(self) -> Sequence[PricedRoute]:
        reasons = ("", "unconfigured", "refused", "unpriced")
        return [PricedRoute(route, route.price, reasons[at % 4]) for at, route in enumerate(self.routes)]

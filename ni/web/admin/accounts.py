"""Accounts, their people and credentials, and the users of the instance."""

from collections.abc import Mapping, Sequence
from typing import Any

from ni.access.accounts import Account, AccountSettings, Role
from ni.access.admin_tokens import Resource
from ni.access.credentials import Credential, credential_fields
from ni.access.invitations import Invitation
from ni.access.members import Member, Members
from ni.access.onboarding import Link, Purpose, invitation_id
from ni.access.refusals import Refused
from ni.access.users import User
from ni.custody.activity import ActivityLog
from ni.domain.clock import rfc3339
from ni.domain.errors import NotFound, StillInUse
from ni.domain.pii_labels import Label
from ni.domain.providers import PROVIDERS
from ni.domain.secret import Secret
from ni.web.admin.declared import PAGING, AdminCall, AdminEndpoint, Json, paged
from ni.web.admin.problems import worded
from ni.web.admin.schemas import (
    FLAG,
    GRADE,
    INSTANT,
    LABELS,
    WORD,
    Schema,
    answered,
    fields,
    listed,
    one_of,
    or_null,
    text,
)

SETTINGS: Mapping[str, Schema] = {
    "name": text(100),
    "time_zone": text(60),
    "commands": FLAG,
    "min_evidence": GRADE,
    "shares_mappings": FLAG,
    "block_labels": LABELS,
}
ACCOUNT = answered(id=WORD, created_at=INSTANT, **SETTINGS)
ROLE = one_of(*(role.value for role in Role))
PERSON = answered(id=WORD, email=WORD, name=WORD, role=ROLE, second_factor=FLAG)
USER = answered(id=WORD, email=WORD, name=WORD, operator=FLAG, accounts={"type": "object"})
CREDENTIAL = answered(
    provider=WORD, last4=WORD, fingerprint=WORD, shown={"type": "object"}, created_at=INSTANT
)
BYOK = sorted(name for name in PROVIDERS if credential_fields(name))


def account_object(account: Account) -> Json:
    """An account as programs see it."""
    return {
        "id": account.id,
        "name": account.name,
        "time_zone": account.time_zone,
        "commands": account.commands,
        "min_evidence": account.min_evidence or None,
        "shares_mappings": account.shares_mappings,
        "block_labels": sorted(account.block_labels),
        "created_at": rfc3339(account.created_at),
    }


def changed_settings(account: Account, changes: Mapping[str, Any]) -> AccountSettings:
    """The settings of an account with some changed."""
    wanted = account_object(account) | dict(changes)
    return AccountSettings(
        wanted["name"],
        wanted["time_zone"],
        wanted["commands"],
        wanted["min_evidence"] or "",
        wanted["shares_mappings"],
        frozenset(map(Label, wanted["block_labels"])),
        account.locale,
    )


def list_accounts(call: AdminCall) -> Json:
    """The accounts that the token reaches."""
    accounts = call.services.access.accounts.list()
    return paged(call, [account_object(each) for each in accounts if call.token.reaches(each.id)])


def create_account(call: AdminCall) -> Json:
    """Make an account. Raises `Refused`."""
    accounts, body = call.services.access.accounts, call.body
    made = accounts.create(body["name"], **({"time_zone": body["time_zone"]} if "time_zone" in body else {}))
    if set(body) - {"name", "time_zone"}:
        made = accounts.change(made.id, changed_settings(made, body))
    return account_object(made)


def get_account(call: AdminCall) -> Json:
    """One account."""
    return account_object(call.account())


def change_account(call: AdminCall) -> Json:
    """Change what owners decide about an account. Raises `Refused`."""
    account = call.account()
    return account_object(
        call.services.access.accounts.change(account.id, changed_settings(account, call.body))
    )


def delete_account(call: AdminCall) -> None:
    """Delete an account that holds nothing any more. Raises `StillInUse`."""
    account_id = call.account().id
    try:
        call.services.access.accounts.delete(account_id)
    except Refused as refusal:
        raise worded(StillInUse(), refusal) from refusal


def person_object(member: Member) -> Json:
    """A person of an account as programs see them."""
    return {
        "id": member.user_id,
        "email": member.email,
        "name": member.name,
        "role": member.role.value,
        "second_factor": member.second_factor,
    }


def _members(call: AdminCall) -> Members:
    return call.services.access.members_of(call.account().id)


def list_people(call: AdminCall) -> Json:
    """The people of an account."""
    return paged(call, [person_object(each) for each in _members(call).list()])


def get_person(call: AdminCall) -> Json:
    """One person of an account. Raises `NotFound`."""
    member = _members(call).get(call.path["user_id"])
    if member is None:
        raise NotFound("There is no such person in this account.", param="user_id")
    return person_object(member)


def change_person(call: AdminCall) -> Json:
    """Change a person's role. Raises `NotFound`, and `Refused` for the last owner."""
    get_person(call)
    _members(call).set_role(call.path["user_id"], Role(call.body["role"]))
    return get_person(call)


def add_person(call: AdminCall) -> Json:
    """Let a user of the instance into an account, in place of another where one is named. Raises `Refused`."""
    body, leaves = call.body, None
    user = call.services.access.users.by_email(body["email"])
    if user is None:
        raise NotFound("There is no user with this address; invite them.", param="email")
    if body.get("leaves"):
        leaves = call.services.access.members_of(body["leaves"])
    members = _members(call)
    members.add(user.id, Role(body["role"]), leaves)
    added = members.get(user.id)
    assert added is not None
    return person_object(added)


def remove_person(call: AdminCall) -> None:
    """Remove a person from an account. Raises `NotFound`, and `Refused` for the last owner."""
    get_person(call)
    _members(call).remove(call.path["user_id"])


def invite_person(call: AdminCall) -> Json:
    """A link with which somebody joins the account, once."""
    account, role = call.account(), Role(call.body["role"])
    access = call.services.access
    token = access.links.issue(Link(Purpose.INVITE, account_id=account.id, role=role))
    ids = {each.id: each for each in access.invitations_of(account.id).list()}
    made = ids[invitation_id(token)]
    url = f"{call.services.public_url}/portal/{Purpose.INVITE}/{token.reveal()}"
    return {"id": made.id, "url": url, "role": role.value, "expires_at": rfc3339(made.expires_at)}


def invitation_objects(
    log: ActivityLog, account_id: str, invitations: Sequence[Invitation]
) -> Sequence[Mapping[str, Any]]:
    """Open invitations as programs see them; `made_by` is null where the activity log does not say it."""
    since = min((each.created_at for each in invitations), default=None)
    made = log.makers(account_id, [each.id for each in invitations], since) if since else {}
    return [
        {
            "id": each.id,
            "role": each.role.value,
            "made_by": made[each.id].who if each.id in made else None,
            "created_at": rfc3339(each.created_at),
            "expires_at": rfc3339(each.expires_at),
        }
        for each in invitations
    ]


def list_invitations(call: AdminCall) -> Json:
    """The links by which somebody could still join the account."""
    account_id = call.account().id
    invitations = call.services.access.invitations_of(account_id).list()
    return paged(call, invitation_objects(call.services.activity, account_id, invitations))


def withdraw_invitation(call: AdminCall) -> None:
    """End an invitation that nobody has used. Raises `NotFound`."""
    if not call.services.access.invitations_of(call.account().id).withdraw(call.path["invitation_id"]):
        raise NotFound("There is no such open invitation.", param="invitation_id")


def user_object(call: AdminCall, user: User) -> Json:
    """A user of the instance as programs see them; `accounts` are their roles by the account's id."""
    joined = call.services.access.accounts.of(user.id)
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "operator": user.operator,
        "accounts": {account.id: role.value for account, role in joined},
    }


def list_users(call: AdminCall) -> Json:
    """All users of the instance."""
    return paged(call, [user_object(call, each) for each in call.services.access.users.list()])


def get_user(call: AdminCall) -> Json:
    """One user of the instance. Raises `NotFound`."""
    user = call.services.access.users.get(call.path["user_id"])
    if user is None:
        raise NotFound("There is no such user.", param="user_id")
    return user_object(call, user)


def change_user(call: AdminCall) -> Json:
    """Promote a user to operator, or the other way round. Raises `NotFound`, and `Refused` for the last operator."""
    user, users = get_user(call), call.services.access.users
    (users.promote if call.body["operator"] else users.demote)(user["id"])
    return get_user(call)


def credential_object(credential: Credential) -> Json:
    """What programs may know of a stored credential."""
    return {
        "provider": credential.provider,
        "last4": credential.last4,
        "fingerprint": credential.fingerprint,
        "shown": dict(credential.shown),
        "created_at": rfc3339(credential.created_at),
    }


def list_credentials(call: AdminCall) -> Json:
    """The account's own provider credentials, without their secrets."""
    stored = call.services.access.credentials.list(call.account().id)
    return paged(call, [credential_object(each) for each in stored], "provider")


def store_credential(call: AdminCall) -> Json:
    """Store a credential in place of the one before. Raises `Refused`."""
    given = {name: Secret(value) for name, value in call.body.items()}
    account_id, provider = call.account().id, call.path["provider"]
    return credential_object(call.services.access.credentials.store(account_id, provider, given, call.maker))


def remove_credential(call: AdminCall) -> None:
    """Forget a credential. Raises `NotFound`."""
    if not call.services.access.credentials.remove(call.account().id, call.path["provider"]):
        raise NotFound("The account has no credential for this provider.", param="provider")


_ONE = "/accounts/{account_id}"
_PERSON = f"{_ONE}/people/{{user_id}}"
_CREDENTIALS = f"{_ONE}/credentials"
_SECRETS: Schema = {**fields(), "additionalProperties": text(8192)}
_NEW_PERSON = fields(("email", "role"), email=text(254), role=ROLE, leaves=or_null(text(60)))
INVITATION = answered(id=WORD, url=WORD, role=ROLE, expires_at=INSTANT)
OPEN_INVITATION = answered(id=WORD, role=ROLE, made_by=or_null(WORD), created_at=INSTANT, expires_at=INSTANT)

ENDPOINTS = (
    AdminEndpoint("listAccounts", "GET", "/accounts", Resource.ACCOUNTS, "List the accounts that the token reaches",
                  list_accounts, listed(ACCOUNT), query=PAGING),
    AdminEndpoint("createAccount", "POST", "/accounts", Resource.ACCOUNTS, "Make an account", create_account, ACCOUNT,
                  fields(("name",), **SETTINGS), made="/accounts/{id}", operator=True),
    AdminEndpoint("getAccount", "GET", _ONE, Resource.ACCOUNTS, "Read an account", get_account, ACCOUNT),
    AdminEndpoint("changeAccount", "PATCH", _ONE, Resource.ACCOUNTS, "Change an account; what is left out stays",
                  change_account, ACCOUNT, fields((), **SETTINGS)),
    AdminEndpoint("deleteAccount", "DELETE", _ONE, Resource.ACCOUNTS,
                  "Delete an account without live keys, usage and credit", delete_account, operator=True),
    AdminEndpoint("listPeople", "GET", f"{_ONE}/people", Resource.PEOPLE, "List the people of an account", list_people,
                  listed(PERSON), query=PAGING),
    AdminEndpoint("addPerson", "POST", f"{_ONE}/people", Resource.PEOPLE,
                  "Let a user of the instance into an account; they leave the account whose id `leaves` is", add_person,
                  PERSON, _NEW_PERSON, made=f"{_ONE}/people/{{id}}", operator=True),
    AdminEndpoint("getPerson", "GET", _PERSON, Resource.PEOPLE, "Read a person of an account", get_person, PERSON),
    AdminEndpoint("changePerson", "PATCH", _PERSON, Resource.PEOPLE, "Change a person's role", change_person, PERSON,
                  fields(("role",), role=ROLE)),
    AdminEndpoint("removePerson", "DELETE", _PERSON, Resource.PEOPLE, "Remove a person from an account", remove_person),
    AdminEndpoint("invitePerson", "POST", f"{_ONE}/invitations", Resource.PEOPLE,
                  "Make a link with which somebody joins the account, once", invite_person, INVITATION,
                  fields(("role",), role=ROLE)),
    AdminEndpoint("listInvitations", "GET", f"{_ONE}/invitations", Resource.PEOPLE,
                  "List the links by which somebody could still join the account", list_invitations,
                  listed(OPEN_INVITATION), query=PAGING),
    AdminEndpoint("withdrawInvitation", "DELETE", f"{_ONE}/invitations/{{invitation_id}}", Resource.PEOPLE,
                  "Withdraw an invitation that nobody has used", withdraw_invitation),
    AdminEndpoint("listUsers", "GET", "/users", Resource.PEOPLE, "List the users of the instance", list_users,
                  listed(USER), query=PAGING, operator=True),
    AdminEndpoint("getUser", "GET", "/users/{user_id}", Resource.PEOPLE, "Read a user of the instance", get_user, USER,
                  operator=True),
    AdminEndpoint("changeUser", "PATCH", "/users/{user_id}", Resource.PEOPLE,
                  "Let a user run the instance, or no longer", change_user, USER, fields(("operator",), operator=FLAG),
                  operator=True),
    AdminEndpoint("listCredentials", "GET", _CREDENTIALS, Resource.CREDENTIALS,
                  "List an account's own provider credentials (BYOK), without secrets", list_credentials,
                  listed(CREDENTIAL), query=PAGING),
    AdminEndpoint("storeCredential", "PUT", f"{_CREDENTIALS}/{{provider}}", Resource.CREDENTIALS,
                  "Store a provider credential in place of the one before", store_credential, CREDENTIAL, _SECRETS),
    AdminEndpoint("removeCredential", "DELETE", f"{_CREDENTIALS}/{{provider}}", Resource.CREDENTIALS,
                  "Forget a provider credential", remove_credential),
)  # fmt: skip

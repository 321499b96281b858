"""`ni apply FILE`: brings accounts, their people and keys to what a TOML file says, after showing the difference.

What the file leaves out stays as it is: an account, person or key that it does not name, and each member of one that it
does. `absent = true` removes one. Values are read and checked as the administration API does, and what cannot be done
is refused, all before the first change. Applying a file twice changes nothing the second time; keys are told apart by
their names.

The changes are made in the order in which they are shown, each in a transaction with its record: an account, its keys,
its people, then the next account. Where one of them fails, those before it are done and on record, the keys that were
made are printed, and applying the file again does the rest.
"""

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ni.access.accounts import TIME_ZONE, Account, Role
from ni.access.key_spec import columns_of, plain
from ni.access.key_text import Peppers
from ni.access.keys import Key, NewKey
from ni.access.members import roles_after
from ni.access.refusals import Refused
from ni.access.services import AccessServices
from ni.access.users import normal_email
from ni.cli.context import CliError, Commands, Context, read_bounded
from ni.domain.errors import BadRequest
from ni.factory.services import credential_keys
from ni.web.admin.accounts import ROLE, SETTINGS, account_object, changed_settings
from ni.web.admin.keys import spec_with
from ni.web.admin.schemas import FLAG, KEY_PROPERTIES, Schema, fields, require, text

MOST_BYTES = 1024 * 1024
Table = dict[str, Any]


def _tables(schema: Schema) -> Schema:
    return {"type": "array", "items": schema, "maxItems": 10_000}


_KEY = fields(("name",), **KEY_PROPERTIES, absent=FLAG)
_PERSON = fields(("email",), email=text(254), role=ROLE, absent=FLAG)
FILE = fields(
    ("accounts",),
    accounts=_tables(
        fields(("name",), **SETTINGS, absent=FLAG, keys=_tables(_KEY), people=_tables(_PERSON)),
    ),
)
"""What a file may hold."""


@dataclass(frozen=True, slots=True)
class ApplyStep:
    """One line of the difference, and how it is done; a step that makes a key gives it."""

    line: str
    do: Callable[[], NewKey | None]


def access_of(context: Context) -> AccessServices:
    """The services of accounts, people and keys for a command."""
    return AccessServices(
        context.base,
        Peppers(context.secrets.peppers),
        credential_keys(context.secrets),
        lambda version: context.secrets.derive(f"second-factor-{version}"),
        lambda: context.passwords,
        environ=context.settings.lookup,
    )


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `apply`."""
    parser = commands.add_parser(
        "apply", parents=[shared], help="bring accounts, people and keys to what a file says"
    )
    parser.add_argument("file", type=Path, help="TOML: [[accounts]], [[accounts.keys]], [[accounts.people]]")
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument("--dry-run", action="store_true", help="show the difference and do nothing")
    parser.set_defaults(run=apply_file)


def apply_file(context: Context, wanted: argparse.Namespace) -> None:
    """Show the difference, ask, and do it. Raises `CliError`, `Refused`."""
    steps = tuple(planned(access_of(context), _read(wanted.file)))
    lines = [step.line for step in steps]
    context.say(*(lines or ["Nothing differs."]))
    applied = bool(steps) and not wanted.dry_run and (wanted.yes or _confirmed(context, len(steps)))
    done: list[NewKey | None] = []
    try:
        for step in steps if applied else ():
            done.append(step.do())
    except Exception:
        context.say(
            f"Stopped: {len(done)} of {len(steps)} changes are done. Apply the file again for the rest."
        )
        _give(context, lines[: len(done)], done)
        raise
    _give(context, lines, done, applied=applied)


def _give(context: Context, lines: list[str], done: list[NewKey | None], *, applied: bool = True) -> None:
    """Print what was done, and the keys that were made: nobody can ask for their texts again."""
    keys = [{"id": key.id, "key": key.text.reveal()} for key in done if key]
    if keys:
        context.say("These keys are shown once; keep them like passwords:")
    context.give(
        {"changes": lines, "applied": applied, "keys": keys}, *(f"{key['id']}  {key['key']}" for key in keys)
    )


def _confirmed(context: Context, count: int) -> bool:
    context.say(f"Do these {count} changes? Write `yes`.")
    return sys.stdin.readline().strip() == "yes"


def _read(path: Path) -> Table:
    try:
        document = tomllib.loads(read_bounded(path, MOST_BYTES).decode())
        require(document, FILE)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise CliError(f"{path}: is no TOML ({fault}).") from fault
    except BadRequest as fault:
        raise CliError(f"{path}: {fault}") from fault
    return document


def planned(access: AccessServices, document: Table) -> Iterator[ApplyStep]:
    """What must be done, in order. Raises `Refused`, `CliError` for what cannot be."""
    for table in _normal(document):
        try:
            yield from _steps(access, table)
        except Refused as refusal:
            raise CliError(f"Account {table['name']!r}: {refusal}") from refusal


def _normal(document: Table) -> Iterator[Table]:
    """The accounts of a file, with names and addresses as they are kept. Raises `CliError` for one that is doubled."""
    for table in _once(document["accounts"], "account", "name", str.strip):
        place = f"account {table['name']!r}"
        keys = _once(table.get("keys", ()), f"key of {place}", "name", str.strip)
        people = _once(table.get("people", ()), f"person of {place}", "email", normal_email)
        yield {**table, "keys": keys, "people": people}


def _once(tables: Sequence[Table], what: str, member: str, normal: Callable[[str], str]) -> list[Table]:
    normalised = [{**table, member: normal(table[member])} for table in tables]
    for name, times in Counter(table[member] for table in normalised).items():
        if times > 1:
            raise CliError(f"The file has the {what} {name!r} {times} times; write it once.")
    return normalised


def _steps(access: AccessServices, table: Table) -> Iterator[ApplyStep]:
    """What must be done with one account, each refusal before the first step is done."""
    account = access.accounts.named(table["name"])
    settings = {name: table[name] for name in SETTINGS if name in table}
    if table.get("absent"):
        if account:
            yield from _removed(access, account)
        return
    there = account or _new_account(access, table["name"])
    wanted = changed_settings(there, settings)
    access.accounts.check(wanted, there.id)
    if account is None:
        yield ApplyStep(f"+ account {table['name']}{_listed(settings)}", _making(access, settings))
    elif wanted != changed_settings(account, {}):
        difference = _difference(account_object(account), settings)
        change = _quietly(access.accounts.change, account.id, wanted)
        yield ApplyStep(f"~ account {account.name}: {difference}", change)
    yield from _keys(access, replace(there, time_zone=wanted.time_zone), table)
    yield from _people(access, account, table)


def _new_account(access: AccessServices, name: str) -> Account:
    """The account that a step will make, as yet without an id."""
    return Account("", name, TIME_ZONE, "", commands=True, created_at=access.base.clock.now())


def _removed(access: AccessServices, account: Account) -> Iterator[ApplyStep]:
    access.accounts.check_deletion(account.id, keys_end=True)
    keys = access.keys_of(account.id)
    for key in keys.list():
        if key.revoked_at is None:
            yield ApplyStep(f"- key {key.spec.name} in {account.name}", _quietly(keys.revoke, key.id))
    yield ApplyStep(f"- account {account.name}", _quietly(access.accounts.delete, account.id))


def _quietly(change: Callable[..., object], *arguments: Any) -> Callable[[], None]:
    def do() -> None:
        change(*arguments)

    return do


def _making(access: AccessServices, settings: Mapping[str, Any]) -> Callable[[], None]:
    def do() -> None:
        zone = {"time_zone": settings["time_zone"]} if "time_zone" in settings else {}
        account = access.accounts.create(settings["name"], **zone)
        access.accounts.change(account.id, changed_settings(account, settings))

    return do


def _keys(access: AccessServices, account: Account, table: Table) -> Iterator[ApplyStep]:
    there = access.keys_of(account.id).list()
    for wanted in table["keys"]:
        same = [key for key in there if key.spec.name == wanted["name"] and key.revoked_at is None]
        if len(same) > 1:
            raise CliError(
                f"Account {table['name']!r} has several keys named {wanted['name']!r}; rename them first."
            )
        yield from _key(access, account, same[0] if same else None, wanted)


def _key(access: AccessServices, account: Account, key: Key | None, wanted: Table) -> Iterator[ApplyStep]:
    members = {name: value for name, value in wanted.items() if name != "absent"}
    place = f"{wanted['name']} in {account.name}"
    if wanted.get("absent"):
        if key:
            yield ApplyStep(f"- key {place}", _quietly(access.keys_of(account.id).revoke, key.id))
        return
    try:
        spec = spec_with(account, members, key.spec if key else None)
        if key and columns_of(spec) == columns_of(key.spec):
            return
        access.keys_of(account.id).check(spec, key.spec if key else None)
    except Refused as refusal:
        raise CliError(f"Key {place}: {refusal}") from refusal
    if key is None:
        yield ApplyStep(
            f"+ key {place}{_listed(members)}", lambda: _owner(access, account).create(spec, "command line")
        )
    else:
        difference = _difference(plain(key.spec), plain(spec))
        yield ApplyStep(
            f"~ key {place}: {difference}", _quietly(access.keys_of(account.id).edit, key.id, spec)
        )


def _owner(access: AccessServices, account: Account) -> Any:
    """The keys of an account by its name: it may have been made a step before."""
    made = access.accounts.named(account.name)
    if made is None:
        raise CliError(f"There is no account {account.name!r}.")
    return access.keys_of(made.id)


def _people(access: AccessServices, account: Account | None, table: Table) -> Iterator[ApplyStep]:
    there = {each.email: each for each in access.members_of(account.id).list()} if account else {}
    roles: Mapping[str, Role] = {each.user_id: each.role for each in there.values()}
    for wanted in table["people"]:
        user = access.users.by_email(wanted["email"])
        if user is None:
            raise CliError(
                f"There is no user with the address {wanted['email']!r}; invite them, or `ni user create`."
            )
        member = there.get(user.email)
        role = Role(wanted.get("role", member.role if member else Role.MEMBER))
        place = f"{user.email} in {table['name']}"
        roles = roles_after(roles, user.id, None if wanted.get("absent") else role)
        if wanted.get("absent"):
            if member and account:
                yield ApplyStep(f"- person {place}", _quietly(access.members_of(account.id).remove, user.id))
        elif member is None:
            yield ApplyStep(f"+ person {place}: {role}", _joining(access, table["name"], user.id, role))
        elif account and member.role is not role:
            change = _quietly(access.members_of(account.id).set_role, user.id, role)
            yield ApplyStep(f"~ person {place}: {member.role} -> {role}", change)


def _joining(access: AccessServices, name: str, user_id: str, role: Role) -> Callable[[], None]:
    def do() -> None:
        account = access.accounts.named(name)
        if account is None:
            raise CliError(f"There is no account {name!r}.")
        access.members_of(account.id).add(user_id, role)

    return do


def _listed(members: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name} {_word(value)}" for name, value in members.items() if name != "name")
    return f": {told}" if told else ""


def _difference(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """The members that differ, e.g. `rpm none -> 60`."""
    differing = [name for name in wanted if _comparable(before[name]) != _comparable(wanted[name])]
    return ", ".join(f"{name} {_word(before[name])} -> {_word(wanted[name])}" for name in differing)


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return "none" if value is None else str(value)

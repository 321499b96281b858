"""`ni apply FILE`: brings accounts, their people and keys to what a TOML file says, after showing the difference.

What the file leaves out stays as it is: an account, person or key that it does not name, and each member of one that it
does. `absent = true` removes one. Values are read and checked as the administration API does, all of them before the
first change. Applying a file twice changes nothing the second time; keys are told apart by their names.

The changes are made in the order in which they are shown, each in a transaction with its record: an account, its keys,
its people, then the next account. Where one of them fails, those before it are done and on record, the keys that were
made are printed, and applying the file again does the rest.
"""

import argparse
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ni.access.accounts import TIME_ZONE, Account, Role
from ni.access.key_spec import check_spec, plain
from ni.access.key_text import Peppers
from ni.access.keys import Key, NewKey
from ni.access.services import AccessServices
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
    for table in document["accounts"]:
        account = access.accounts.named(table["name"])
        settings = {name: table[name] for name in SETTINGS if name in table}
        if table.get("absent"):
            if account:
                yield from _removed(access, account)
            continue
        if account is None:
            yield ApplyStep(f"+ account {table['name']}{_listed(settings)}", _making(access, settings))
        else:
            yield from _changed(access, account, settings)
        yield from _keys(access, account, table)
        yield from _people(access, account, table)


def _removed(access: AccessServices, account: Account) -> Iterator[ApplyStep]:
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


def _changed(access: AccessServices, account: Account, settings: Mapping[str, Any]) -> Iterator[ApplyStep]:
    difference = _difference(account_object(account), settings)
    if difference:
        wanted = changed_settings(account, settings)
        yield ApplyStep(
            f"~ account {account.name}: {difference}", _quietly(access.accounts.change, account.id, wanted)
        )


def _keys(access: AccessServices, account: Account | None, table: Table) -> Iterator[ApplyStep]:
    there = access.keys_of(account.id).list() if account else ()
    for wanted in table.get("keys", ()):
        same = [key for key in there if key.spec.name == wanted["name"] and key.revoked_at is None]
        if len(same) > 1:
            raise CliError(
                f"Account {table['name']!r} has several keys named {wanted['name']!r}; rename them first."
            )
        yield from _key(access, _to_be(access, account, table), same[0] if same else None, wanted)


def _key(access: AccessServices, account: Account, key: Key | None, wanted: Table) -> Iterator[ApplyStep]:
    members = {name: value for name, value in wanted.items() if name != "absent"}
    place = f"{wanted['name']} in {account.name}"
    if wanted.get("absent"):
        if key:
            yield ApplyStep(f"- key {place}", _quietly(access.keys_of(account.id).revoke, key.id))
        return
    spec = spec_with(account, members, key.spec if key else None)
    check_spec(spec, access.base.clock.now())
    if key is None:
        yield ApplyStep(
            f"+ key {place}{_listed(members)}", lambda: _owner(access, account).create(spec, "command line")
        )
    elif spec != key.spec:
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


def _to_be(access: AccessServices, account: Account | None, table: Table) -> Account:
    """The account as earlier steps leave it, as far as the days of its keys need it."""
    zone = table.get("time_zone", account.time_zone if account else TIME_ZONE)
    made_at = access.base.clock.now()
    there = account or Account("", table["name"], zone, "", commands=True, created_at=made_at)
    return replace(there, time_zone=zone)


def _people(access: AccessServices, account: Account | None, table: Table) -> Iterator[ApplyStep]:
    there = {each.email: each for each in access.members_of(account.id).list()} if account else {}
    for wanted in table.get("people", ()):
        user = access.users.by_email(wanted["email"])
        if user is None:
            raise CliError(
                f"There is no user with the address {wanted['email']!r}; invite them, or `ni user create`."
            )
        member, role = there.get(user.email), Role(wanted.get("role", Role.MEMBER))
        place = f"{user.email} in {table['name']}"
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

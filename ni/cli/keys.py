"""`ni key`: create, list, edit, rotate and revoke API keys. `create` and `rotate` print the text of a key, once.

The options of `create` and `edit` and the JSON of `list` are made from the fields that `ni.access.key_spec` describes.
"""

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from ni.access.accounts import EVIDENCE, Account
from ni.access.key_spec import KEY_FIELDS, FieldKind, KeyField, KeySpec, fields_of, plain, spec_from
from ni.access.keys import Key
from ni.access.members import Members
from ni.access.users import normal_email
from ni.cli.context import CliError, Commands, Context, add_yes
from ni.domain.caller import Network, Priority, network_of
from ni.domain.money import parse_amount
from ni.domain.pii_labels import Label
from ni.domain.route import Tier
from ni.web.exports import key_object


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `key create`, `list`, `edit`, `rotate` and `revoke`."""
    group = commands.add_parser("key", help="create, list, edit, rotate and revoke API keys").add_subparsers(
        required=True
    )
    create = group.add_parser("create", parents=[shared], help="make a key and print it, once")
    create.add_argument("--account", help="name or id (default: default)")
    add_options(create)
    create.set_defaults(run=create_key)
    listing = group.add_parser("list", parents=[shared], help="list the keys of an account")
    listing.add_argument("--account", help="name or id (default: default)")
    listing.set_defaults(run=list_keys)
    edit = group.add_parser("edit", parents=[shared], help="change what a key may do")
    edit.add_argument("id", help="as `key list` shows it")
    add_options(edit, changes=True)
    edit.set_defaults(run=edit_key)
    rotate = group.add_parser("rotate", parents=[shared], help="give a key a new text and print it, once")
    rotate.add_argument("id", help="as `key list` shows it")
    rotate.add_argument(
        "--overlap", type=_overlap, default=timedelta(), metavar="TIME",
        help="how long the text of before is let in as well: 30m, 24h or 7d (default: not at all)",
    )  # fmt: skip
    rotate.set_defaults(run=rotate_key)
    revoke = group.add_parser("revoke", parents=[shared], help="end a key for good")
    revoke.add_argument("id", help="as `key list` shows it")
    add_yes(revoke)
    revoke.set_defaults(run=revoke_key)


def _amount(text: str) -> int:
    try:
        return parse_amount(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write an amount such as 5.00") from None


def day(text: str) -> date:
    """An ISO date of an option. Raises `ArgumentTypeError`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write a date such as 2027-06-30") from None


def _overlap(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,4})([mhd])", text)
    if match is None:
        raise argparse.ArgumentTypeError("write a time such as 30m, 24h or 7d")
    return (
        int(match[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[match[2]]
    )


def _network(text: str) -> Network:
    try:
        return network_of(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write a network such as 203.0.113.0/24") from None


def _switch(field: KeyField) -> Mapping[str, Any]:
    """A flag, or `on` and `off` where the field is on unless it is switched off."""
    return {"choices": ["on", "off"], "default": "on"} if field.default else {"action": "store_true"}


def _several(choices: type[Tier] | type[Label], **more: Any) -> Mapping[str, Any]:
    return {"action": "append", "choices": [choice.value for choice in choices], **more}


ARGUMENTS: Mapping[FieldKind, Callable[[KeyField], Mapping[str, Any]]] = {
    FieldKind.TEXT: lambda field: {"required": True},
    FieldKind.TIERS: lambda field: _several(Tier),
    FieldKind.AMOUNT: lambda field: {"type": _amount, "metavar": "AMOUNT"},
    FieldKind.COUNT: lambda field: {"type": int, "metavar": "N"},
    FieldKind.SWITCH: _switch,
    FieldKind.LAST_DAY: lambda field: {"type": day, "metavar": "DATE"},
    FieldKind.EVIDENCE: lambda field: {
        "choices": [grade for grade in sorted(EVIDENCE) if grade],
        "default": "",
    },
    FieldKind.LABELS: lambda field: _several(Label, type=str.upper, metavar="LABEL"),
    FieldKind.WORDS: lambda field: {"action": "append", "metavar": field.option.lstrip("-").upper()},
    FieldKind.NETWORKS: lambda field: {"action": "append", "type": _network, "metavar": "CIDR"},
    FieldKind.PERSON: lambda field: {"default": "", "metavar": "PERSON"},
    FieldKind.PRIORITY: lambda field: {
        "choices": [each.value for each in Priority],
        "default": field.default,
    },
}
"""How `add_argument` is called for each kind of field."""


def add_options(
    parser: argparse.ArgumentParser, spec_class: type[KeySpec] = KeySpec, *, changes: bool = False
) -> None:
    """An option for each field of a specification; where it `changes` a key, one that is not given changes nothing."""
    for field in fields_of(spec_class):
        asked = dict(ARGUMENTS[field.kind](field))
        if changes:
            asked |= {"default": argparse.SUPPRESS}
            asked.pop("required", None)
            if asked.get("action") == "store_true":
                asked["action"] = argparse.BooleanOptionalAction
            elif field.kind in CLEARED:
                asked["type"] = _or_none(asked.get("type", str))
        parser.add_argument(field.option, dest=field.name, help=field.help, **asked)


CLEARED = frozenset({FieldKind.AMOUNT, FieldKind.COUNT, FieldKind.LAST_DAY})
"""Kinds of fields that `key edit` takes back with the word `none`."""


def _or_none(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: None if text == "none" else read(text)


def spec_asked(wanted: argparse.Namespace, time_zone: str, spec_class: type[KeySpec] = KeySpec) -> KeySpec:
    """The specification that the options ask for. Raises `Refused`."""
    answers = {field.name: _answer(field, getattr(wanted, field.name)) for field in fields_of(spec_class)}
    return spec_from(answers, time_zone, spec_class)


def _answer(field: KeyField, given: Any) -> Any:
    match field.kind:
        case FieldKind.TIERS:
            return frozenset(map(Tier, given)) if given else field.default
        case FieldKind.LABELS:
            return frozenset(map(Label, given or ()))
        case FieldKind.WORDS | FieldKind.NETWORKS:
            return frozenset(given or ())
        case FieldKind.SWITCH:
            return given in (True, "on")
        case FieldKind.PRIORITY:
            return Priority(given)
    return given


def create_key(context: Context, wanted: argparse.Namespace) -> None:
    """Make a key; it ends with the day `--expires` in the account's time zone."""
    account = context.account(wanted.account)
    spec = _owned(context, account, spec_asked(wanted, account.time_zone))
    created = context.keys_of(account).create(spec, "command line")
    context.say("This key is shown once; keep it like a password:")
    context.give({"key": created.text.reveal(), "id": created.id}, created.text.reveal())


def edit_key(context: Context, wanted: argparse.Namespace) -> None:
    """Change the fields of a key that options name; the others stay. Raises `CliError`."""
    account, key = _found(context, wanted.id)
    given = {
        field.name: _answer(field, getattr(wanted, field.name))
        for field in KEY_FIELDS
        if field.name in wanted
    }
    before = {field.name: getattr(key.spec, field.name) for field in KEY_FIELDS}
    spec = _owned(context, account, spec_from({**before, **given}, account.time_zone))
    if not context.keys_of(account).edit(key.id, spec):
        raise CliError(_NO_KEY.format(wanted.id))
    context.say("The key is changed; servers that run heed it within 5 seconds.")
    context.give({"id": key.id} | plain(spec), key.id)


def rotate_key(context: Context, wanted: argparse.Namespace) -> None:
    """Give a key a new text; the one of before is let in for the overlap. Raises `CliError`."""
    account, key = _found(context, wanted.id)
    created = context.keys_of(account).rotate(key.id, wanted.overlap)
    if created is None:
        raise CliError(_NO_KEY.format(wanted.id))
    context.say("This key is shown once; keep it like a password:")
    context.give({"key": created.text.reveal(), "id": created.id}, created.text.reveal())


_NO_KEY = "There is no live key with the id {!r}; `ni key list` shows the ids."


def _found(context: Context, key_id: str) -> tuple[Account, Key]:
    """A key of any account that was not revoked, and its account. Raises `CliError`."""
    for account in context.accounts.list():
        key = context.keys_of(account).get(key_id)
        if key is not None and key.revoked_at is None:
            return account, key
    raise CliError(_NO_KEY.format(key_id))


def _owned(context: Context, account: Account, spec: KeySpec) -> KeySpec:
    """The specification, whose owner may be named by an address."""
    people = Members(context.base, account.id).list() if "@" in spec.owner_id else ()
    owner = next(
        (each.user_id for each in people if each.email == normal_email(spec.owner_id)), spec.owner_id
    )
    return replace(spec, owner_id=owner)


def list_keys(context: Context, wanted: argparse.Namespace) -> None:
    """List the keys of an account, never their text."""
    keys, now = context.keys_of(context.account(wanted.account)).list(), context.base.clock.now()
    context.give([key_object(key, now) for key in keys], *(_line(key, now) for key in keys))


def revoke_key(context: Context, wanted: argparse.Namespace) -> None:
    """End a key of any account: only the operator can run this command. On a terminal it asks first."""
    context.confirm(f"Revoke the key {wanted.id}? Programs that use it are refused at once.", wanted.yes)
    if not any(context.keys_of(account).revoke(wanted.id) for account in context.accounts.list()):
        raise CliError(_NO_KEY.format(wanted.id))
    context.say("The key is revoked; servers that run refuse it within 5 seconds.")
    context.give({"id": wanted.id, "revoked": True})


def _line(key: Key, now: datetime) -> str:
    blocks = f"  blocks {', '.join(sorted(key.spec.block_labels))}" if key.spec.block_labels else ""
    tags = f"  tags {', '.join(sorted(key.spec.tags))}" if key.spec.tags else ""
    soon = "  expires soon" if key.reminds(now) else ""
    return f"{key.id}  {key.status(now):7}  ...{key.last4}  {key.spec.name}{blocks}{tags}{soon}"

"""`ni key`: create, list and revoke API keys. The text of a key is printed once, on standard output, by `create`.

The options of `create` and the JSON of `list` are made from the fields that `ni.access.key_spec` describes.
"""

import argparse
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from ni.access.accounts import EVIDENCE
from ni.access.key_spec import FieldKind, KeyField, KeySpec, fields_of, plain, spec_from
from ni.access.keys import Key
from ni.cli.context import CliError, Commands, Context, add_yes
from ni.domain.clock import rfc3339
from ni.domain.money import parse_amount
from ni.domain.pii_labels import Label
from ni.domain.route import Tier


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `key create`, `key list` and `key revoke`."""
    group = commands.add_parser("key", help="create, list and revoke API keys").add_subparsers(required=True)
    create = group.add_parser("create", parents=[shared], help="make a key and print it, once")
    create.add_argument("--account", help="name or id (default: default)")
    add_options(create)
    create.set_defaults(run=create_key)
    listing = group.add_parser("list", parents=[shared], help="list the keys of an account")
    listing.add_argument("--account", help="name or id (default: default)")
    listing.set_defaults(run=list_keys)
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
}
"""How `add_argument` is called for each kind of field."""


def add_options(create: argparse.ArgumentParser, spec_class: type[KeySpec] = KeySpec) -> None:
    """An option for each field of a specification."""
    for field in fields_of(spec_class):
        create.add_argument(field.option, dest=field.name, help=field.help, **ARGUMENTS[field.kind](field))


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
        case FieldKind.SWITCH:
            return given in (True, "on")
    return given


def create_key(context: Context, wanted: argparse.Namespace) -> None:
    """Make a key; it ends with the day `--expires` in the account's time zone."""
    account = context.account(wanted.account)
    created = context.keys_of(account).create(spec_asked(wanted, account.time_zone), "command line")
    context.say("This key is shown once; keep it like a password:")
    context.give({"key": created.text.reveal(), "id": created.id}, created.text.reveal())


def list_keys(context: Context, wanted: argparse.Namespace) -> None:
    """List the keys of an account, never their text."""
    keys, now = context.keys_of(context.account(wanted.account)).list(), context.base.clock.now()
    context.give([_shown(key, now) for key in keys], *(_line(key, now) for key in keys))


def revoke_key(context: Context, wanted: argparse.Namespace) -> None:
    """End a key of any account: only the operator can run this command. On a terminal it asks first."""
    context.confirm(f"Revoke the key {wanted.id}? Programs that use it are refused at once.", wanted.yes)
    if not any(context.keys_of(account).revoke(wanted.id) for account in context.accounts.list()):
        raise CliError(f"There is no live key with the id {wanted.id!r}; `ni key list` shows the ids.")
    context.say("The key is revoked; servers that run refuse it within 5 seconds.")
    context.give({"id": wanted.id, "revoked": True})


def _shown(key: Key, now: datetime) -> dict[str, object]:
    state = {"id": key.id, "status": key.status(now), "last4": key.last4}
    instants = {"created_at": key.created_at, "last_used_at": key.last_used_at, "revoked_at": key.revoked_at}
    return state | plain(key.spec) | {name: _instant(moment) for name, moment in instants.items()}


def _line(key: Key, now: datetime) -> str:
    blocks = f"  blocks {', '.join(sorted(key.spec.block_labels))}" if key.spec.block_labels else ""
    return f"{key.id}  {key.status(now):7}  ...{key.last4}  {key.spec.name}{blocks}"


def _instant(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None

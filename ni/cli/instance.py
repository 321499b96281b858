"""`ni init` makes what an instance needs before it serves; `ni doctor` says what is missing and how to mend it.

Running `init` again changes nothing that is there. `doctor` changes nothing; what it checks of deployments and of the
custody log comes in through `Parts.checks`.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence

import sqlalchemy as sa

from ni.cli.context import Check, CliError, Commands, Context, Parts
from ni.cli.migration import migrate
from ni.cli.public import add_options, public_checks
from ni.domain.errors import StoreUnavailable
from ni.settings.secret_files import SecretsError, adopt, create
from ni.store import schema
from ni.store.schema import SchemaError
from ni.store.tables.access import accounts
from ni.store.unit import Change
from ni.store.write_faults import ASIDE_FILE, set_aside

LEAST_FREE = 0.05
AFTER = (
    "What is missing is needed by the routes of that provider only. `python -m ni catalog check` asks those that are "
    "configured whether they let you in and still serve each route."
)


def add_init(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `init`."""
    parser = commands.add_parser(
        "init", parents=[shared], help="make or upgrade folders, secrets and the database"
    )
    parser.add_argument(
        "--no-link", action="store_true", help="print no set-up link: `serve` is about to print one"
    )
    parser.set_defaults(run=init)


def add_doctor(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `doctor`."""
    parser = commands.add_parser(
        "doctor", parents=[shared], help="say what is configured, missing and how to mend it"
    )
    add_options(parser)
    parser.set_defaults(run=doctor)


def init(context: Context, wanted: argparse.Namespace) -> None:
    """Make what is missing, upgrade the schema, and print the set-up link while there is no user."""
    home = context.settings.home
    upgraded = make_instance(context, wanted.parts)
    link = None if wanted.no_link else context.set_up_link()
    if link:
        context.say("There is no user yet. Open this link once, within 30 minutes, to make the first one:")
    context.give(
        {
            "home": str(home),
            "database": context.database.url.render_as_string(),
            "upgraded": upgraded,
            "set_up_url": link,
        },
        *([link] if link else []),
    )


def make_instance(context: Context, parts: Parts) -> bool:
    """Make what is missing of an instance and upgrade its schema; whether the schema was changed."""
    home = context.settings.home
    home.mkdir(parents=True, exist_ok=True)
    _protect(context)
    upgraded = migrate(context)
    context.accounts.ensure_default()
    for step in parts.after_init:
        context.say(step(context))
    return upgraded


def _protect(context: Context) -> None:
    """Make secrets for a new instance. One with rows must have its own: new ones could not open what it stores."""
    database, home = context.database, context.settings.home
    database.make_file()
    if schema.state(database) is schema.State.EMPTY:
        adopt(home, context.given_secrets)
        for path in create(home, os.urandom):
            context.say(f"Made {path}.")
    _ = context.secrets  # read and checked


def doctor(context: Context, wanted: argparse.Namespace) -> int:
    """Print all checks; 1 if something that is needed is broken."""
    checks = list(_checks(context, wanted.parts))
    if wanted.public:
        checks += public_checks(context, wanted.public)
    context.give(
        [
            {
                "check": check.name,
                "ok": check.ok,
                "needed": check.needed,
                "found": check.found,
                "mend": check.mend,
            }
            for check in checks
        ],
        *(_line(check, context) for check in checks),
    )
    if any(not check.needed for check in checks):
        context.say(AFTER)
    context.say(*_verdict(checks))
    return int(any(check.needed and not check.ok for check in checks))


def _verdict(checks: Sequence[Check]) -> Iterator[str]:
    """Whether the instance can serve, what broke, and how much waits for a provider."""
    broken = [check.name for check in checks if check.needed and not check.ok]
    missing = sum(not check.needed and not check.ok for check in checks)
    if broken:
        yield f"Not ready: {', '.join(broken)} must be mended first."
        return
    waits = f" {missing} deployments or lists wait for what is named above; nothing else needs them."
    yield "Ready to serve." + (waits if missing else "")


def _checks(context: Context, parts: Parts) -> Iterator[Check]:
    yield Check("python", sys.version_info[:2] <= (3, 13), sys.version.split()[0], "Use Python 3.11 to 3.13.")
    yield Check("settings", True, f"serves {context.settings.public_url}")
    yield _try("secrets", lambda: (context.secrets, "present, readable by their owner alone")[1])
    yield _try("schema", lambda: _schema(context))
    yield _try("database write", lambda: _write(context))
    yield _disk(context)
    yield _aside(context)
    for checks in parts.checks:
        yield from checks(context)


def _try(name: str, look: Callable[[], str]) -> Check:
    """The check that `look` returns what is there, or raises a refusal that says how to mend it."""
    try:
        return Check(name, True, look())
    except (SecretsError, SchemaError, CliError, StoreUnavailable, OSError) as refusal:
        return Check(name, False, "not usable", str(refusal))


def _schema(context: Context) -> str:
    context.require_database()
    schema.require_current(context.database)
    return f"current, {context.database.engine.dialect.name}"


def _write(context: Context) -> str:
    """Write a statement that changes no row: it still needs the write lock and a writable disk."""
    context.base.write(Change(accounts.update().where(sa.false()).values(name="unused"), {}, expect=0))
    return "works"


def _disk(context: Context) -> Check:
    home = context.settings.home
    if not home.is_dir():
        return Check("disk", False, f"{home} does not exist", "Run `python -m ni init`.")
    usage = shutil.disk_usage(home)
    return Check(
        "disk",
        usage.free / usage.total > LEAST_FREE,
        f"{usage.free // 2**20} MiB free",
        f"Free some space: less than 5 % of the disk under {home} is left.",
    )


def _aside(context: Context) -> Check:
    """Whether units of the journal were set aside, because the database refused them."""
    count = set_aside(context.settings.home)
    finding = f"{count} units set aside" if count else "everything could be written"
    mend = (
        f"Look at {context.settings.home / ASIDE_FILE}: these calls ran and were settled by an estimate, or not at "
        "all. Correct their accounts by hand (`ni account credit`), then move the file away."
    )
    return Check("journal", not count, finding, mend)


def _line(check: Check, context: Context) -> str:
    if check.ok:
        return f"{context.painted('ok     ', 'green')}  {check.name}: {check.found}"
    state = context.painted("BROKEN ", "red") if check.needed else context.painted("missing", "yellow")
    return f"{state}  {check.name}: {check.found}. {check.mend}"

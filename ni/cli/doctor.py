"""`ni doctor`: what is configured, what is missing and how to mend it, one line each.

It changes nothing but one row that it writes and takes back. What providers need comes in through `Parts.checks`.
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from ni.cli.context import Check, CliError, Commands, Context, Parts
from ni.domain.errors import StoreUnavailable
from ni.settings.secret_files import SecretsError
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


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `doctor`."""
    parser = commands.add_parser(
        "doctor", parents=[shared], help="say what is configured, missing and how to mend it"
    )
    parser.set_defaults(run=doctor)


def doctor(context: Context, wanted: argparse.Namespace) -> int:
    """Print all checks; 1 if something that is needed is broken."""
    checks = list(_checks(context, wanted.parts))
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
        *(_line(check) for check in checks),
    )
    if any(not check.needed for check in checks):
        context.say(AFTER)
    return int(any(check.needed and not check.ok for check in checks))


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
    """A check whose refusal says how to mend it."""
    try:
        return Check(name, True, look())
    except (SecretsError, SchemaError, CliError, StoreUnavailable, OSError) as refusal:
        return Check(name, False, "not usable", str(refusal))


def _schema(context: Context) -> str:
    context.require_database()
    schema.require_current(context.database)
    return f"current, {context.database.engine.dialect.name}"


def _write(context: Context) -> str:
    """A statement that touches no row still needs the write lock and a writable disk."""
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
    """Units of the journal that the database would not take."""
    count = set_aside(context.settings.home)
    found = f"{count} units set aside" if count else "everything could be written"
    mend = (
        f"Look at {context.settings.home / ASIDE_FILE}: these calls ran and were settled by an estimate, or not at "
        "all. Correct their accounts by hand (`ni account credit`), then move the file away."
    )
    return Check("journal", not count, found, mend)


def _line(check: Check) -> str:
    if check.ok:
        return f"ok       {check.name}: {check.found}"
    return f"{'BROKEN ' if check.needed else 'missing'}  {check.name}: {check.found}. {check.mend}"

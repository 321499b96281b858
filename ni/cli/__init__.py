"""The command line: one file per group of commands.

With `--json` a command prints one JSON value on standard output and nothing else; sentences for people go to standard
error. An error is one clear line and exit status 1, wrong usage is 2.
"""

import argparse
import logging
import sqlite3
import sys
from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError

import ni
from ni.access.refusals import Refused
from ni.cli import backup, instance, serve
from ni.cli.context import CliError, Context, Parts
from ni.cli.parser import CommandParser, HeadedParser
from ni.custody.logs import CustodyRefused
from ni.domain.errors import StoreUnavailable
from ni.metering.balance import CurrencyChanged
from ni.resources import as_called
from ni.settings import Settings
from ni.settings.secret_files import SecretsError
from ni.settings.values import SettingsError
from ni.store.backup import BackupError
from ni.store.database import unavailable
from ni.store.schema import SchemaError

GROUPS = (
    instance.add_init,
    serve.add,
    instance.add_doctor,
    backup.add_backup,
    backup.add_restore,
)
LONGEST_MESSAGE = 1500
REFUSALS = (
    CliError,
    SettingsError,
    SecretsError,
    SchemaError,
    BackupError,
    CurrencyChanged,
    Refused,
    StoreUnavailable,
    CustodyRefused,
    OSError,
)


def main(arguments: Sequence[str], parts: Parts | None = None) -> int:
    """Run one command and return the exit status. `parts` are commands and checks that need more packages."""
    parts = parts or Parts()
    logging.basicConfig(level=logging.ERROR, format="%(message)s", stream=sys.stderr)
    parser = _parser(parts)
    if not arguments:
        sys.stdout.write(parser.format_help())
        return 0
    wanted = parser.parse_args(arguments)
    try:
        context = Context(Settings.load(wanted.settings(wanted)), wanted.json)
        try:
            return int(wanted.run(context, wanted) or 0)
        finally:
            context.close()
    except REFUSALS as refusal:
        return _refused(refusal)
    except (DBAPIError, sqlite3.DatabaseError) as fault:
        return _refused(unavailable(fault))


def _refused(refusal: Exception) -> int:
    """Say why a command was refused; its exit status."""
    sys.stderr.write(f"ni: {_one_line(as_called(str(refusal)))}\n")
    return 1


def _one_line(sentence: str) -> str:
    """The sentence without control characters and line ends: it may quote a file from elsewhere."""
    line = "".join(each if each.isprintable() else " " for each in sentence)
    return line if len(line) <= LONGEST_MESSAGE else f"{line[:LONGEST_MESSAGE]}…"


def _parser(parts: Parts) -> argparse.ArgumentParser:
    parser = HeadedParser(
        prog="ni", description="Northern Inference: an OpenAI-compatible gateway of one's own."
    )
    parser.add_argument("--version", action="version", version=f"Northern Inference {ni.__version__}")
    parser.set_defaults(parts=parts, parser=parser, settings=lambda _: {})
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print one JSON value on standard output")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=CommandParser
    )
    for add in (*GROUPS, *parts.groups):
        add(commands, shared)
    return parser

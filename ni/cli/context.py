"""What commands share: `Context` with settings, database, secrets and access services, made on demand; output; files.

All commands but `init` and `doctor` check through `Context.base` that the schema is this program's. `Parts`
holds the commands, steps of `init` and checks of `doctor` that need more packages; commands get it as `parts`.
"""

import argparse
import json
import os
import pwd
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ni.access.accounts import DEFAULT, Account, Accounts
from ni.access.base import Base
from ni.access.key_text import Peppers
from ni.access.keys import AccountKeys, KeyTools
from ni.access.onboarding import Link, Links, Onboarding, Purpose
from ni.access.passwords import Passwords
from ni.access.users import Users
from ni.custody.record_writer import custody_writers
from ni.domain.activity import Actor, Way
from ni.domain.clock import SystemClock
from ni.metering.balance import hold_currency
from ni.resources import as_called
from ni.settings import Settings
from ni.settings.secret_files import Secrets, adopt
from ni.store import schema
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.writer import Writer

COLOURS: Mapping[str, int] = MappingProxyType({"green": 32, "yellow": 33, "red": 31})
"""SGR codes (ECMA-48) of the colours in use."""


class CliError(Exception):
    """Why a command cannot be done, in one line."""


def who_runs_this() -> Actor:
    """The machine's user who runs the command, by name if it has one."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run as a number
        name = str(os.getuid())
    return Actor(name, Way.COMMAND)


class Context:
    """One run of the command line; `as_json` says whether results are printed as JSON."""

    def __init__(self, settings: Settings, as_json: bool) -> None:
        self.settings = settings
        self._as_json = as_json

    @cached_property
    def database(self) -> Database:
        """The database, with its schema unchecked."""
        return Database(self.settings.database_url)

    @property
    def given_secrets(self) -> dict[str, Path]:
        """Mounted files of this instance's secrets, by the name of the secret."""
        settings = self.settings
        given = {
            "pepper": settings.pepper_file,
            "master": settings.master_file,
            "custody.seed": settings.custody_seed_file,
        }
        return {name: path for name, path in given.items() if path}

    @cached_property
    def secrets(self) -> Secrets:
        """The secret files, after those that are mounted took their place. Raises `SecretsError`."""
        adopt(self.settings.home, self.given_secrets)
        return Secrets.load(self.settings.home)

    @cached_property
    def base(self) -> Base:
        """Database, journal, clock and randomness for services, after checks of schema and currency.

        Raises `CliError`, `SchemaError`, `CurrencyChanged`.
        """
        self.require_database()
        schema.require_current(self.database)
        hold_currency(self.database, self._journal, self.settings.currency)
        return Base(self.database, self._journal, SystemClock(), os.urandom, who_runs_this)

    @cached_property
    def passwords(self) -> Passwords:
        """Argon2id password hashes, computed in this thread."""
        return Passwords()

    @property
    def users(self) -> Users:
        """The users of the instance."""
        return Users(self.base, self.passwords)

    @property
    def accounts(self) -> Accounts:
        """The accounts of the instance."""
        return Accounts(self.base)

    @property
    def onboarding(self) -> Onboarding:
        """Creates users and resets their passwords."""
        return Onboarding(self.base, self.users, self.passwords)

    def account(self, name: str | None) -> Account:
        """The account of that name or id; without one, that which `init` made, whatever its name. Raises `CliError`."""
        account = self.accounts.named(name) if name else None
        account = account or self.accounts.get(name or DEFAULT)
        if account is None:
            raise CliError(
                f"There is no account {name or DEFAULT!r}; `ni account list` shows names and ids of those there are."
            )
        return account

    def keys_of(self, account: Account) -> AccountKeys:
        """The keys of an account."""
        return AccountKeys(KeyTools(self.base, Peppers(self.secrets.peppers)), account.id)

    def link(self, link: Link) -> str:
        """The absolute address of a new one-time link."""
        token = Links(self.base).issue(link).reveal()
        return f"{self.settings.public_url}/portal/{link.purpose}/{token}"

    def set_up_link(self) -> str | None:
        """A one-time link that creates the first user; None if there is a user."""
        return None if self.users.any() else self.link(Link(Purpose.SET_UP))

    def require_database(self) -> None:
        """Raises `CliError` if the SQLite file does not exist: opening it would make an empty one."""
        path = self.database.url.database
        if self.database.sqlite and not (path and os.path.exists(path)):  # noqa: PTH110 - not always a path
            raise CliError(f"There is no database at {path}; run `python -m ni init` first.")

    def say(self, *sentences: str) -> None:
        """Print sentences for people on standard error."""
        sys.stderr.write("".join(f"{as_called(sentence)}\n" for sentence in sentences))

    def give(self, value: Any, *lines: str) -> None:
        """Print the result on standard output: `value` as JSON with `--json`, else `lines`."""
        text = json.dumps(value) if self._as_json else as_called("\n".join(lines))
        sys.stdout.write(text + "\n" if text else "")
        sys.stdout.flush()

    def confirm(self, question: str, agreed: bool) -> None:
        """Ask on a terminal whether something that ends is meant. Raises `CliError` for any answer but yes.

        Nothing is asked with `--yes` or `--json`, nor where no person types: scripts say what they mean.
        """
        if agreed or self._as_json or not sys.stdin.isatty():
            return
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes", "o", "oui"):
            raise CliError("Nothing was changed.")

    def painted(self, text: str, colour: str) -> str:
        """The text in a colour of `COLOURS` where standard output is a terminal and `NO_COLOR` is not set."""
        plain = self._as_json or not sys.stdout.isatty() or self.settings.lookup("NO_COLOR") is not None
        return text if plain else f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"

    def close(self) -> None:
        """Close the database and the writer, if they were opened."""
        if "_writer" in self.__dict__:
            self._writer.close()
        if "database" in self.__dict__:
            self.database.close()

    @cached_property
    def _writer(self) -> Writer:
        return Writer(self.database, custody_writers(self.database, os.urandom))

    @cached_property
    def _journal(self) -> DirectJournal:
        return DirectJournal(self._writer)


Commands = Any
"""What `add_subparsers` returns; argparse keeps the type private."""
AddGroup = Callable[[Commands, argparse.ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `doctor`. Only checks that are `needed` and not `ok` make its exit status 1."""

    name: str
    ok: bool
    found: str
    mend: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """`groups` register commands, `after_init` steps return a sentence to print, `checks` give lines to `doctor`."""

    groups: tuple[AddGroup, ...] = ()
    after_init: tuple[Callable[[Context], str], ...] = ()
    checks: tuple[Callable[[Context], Iterable[Check]], ...] = ()


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Add `--yes` to a command that ends something and asks first."""
    parser.add_argument("--yes", action="store_true", help="do not ask, on a terminal, whether it is meant")


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line per row, each column as wide as its widest cell; all rows have as many cells as the first, the head."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of the file. Raises `CliError` beyond `most`, and `OSError`."""
    with path.open("rb") as file:
        octets = file.read(most + 1)
    if len(octets) > most:
        raise CliError(f"{path}: is longer than {most // 2**20} MiB.")
    return octets

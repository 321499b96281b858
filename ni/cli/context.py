"""What a command works with: settings, and from them the database, the secrets and the access services, made on demand.

Everything but `init` and `doctor` first makes sure that the schema is the one this program was written for.

What other packages bring to the command line, handed in by whoever puts the packages together.

The commands here need only access and the store. Groups of commands of other packages (catalog, custody, ...), what
`init` does beside its own steps, and what `doctor` checks of providers come in through this one value, which every
command finds in its arguments as `parts`.

Rows of words as columns of a terminal.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ni.access.account_keys import AccountKeys, KeyTools
from ni.access.accounts import DEFAULT, Account, Accounts
from ni.access.base import Base
from ni.access.key_format import Peppers
from ni.access.onboarding import Link, Links, Onboarding, Purpose
from ni.access.passwords import Passwords
from ni.access.users import Users
from ni.domain.clock import SystemClock
from ni.metering.balance import hold_currency
from ni.settings import Settings
from ni.settings.secret_files import Secrets
from ni.store import schema
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.writer import Writer


class CliError(Exception):
    """Why a command cannot be done, in one line."""


class Context:
    """One run of the command line."""

    def __init__(self, settings: Settings, as_json: bool) -> None:
        self.settings = settings
        self._as_json = as_json

    @cached_property
    def database(self) -> Database:
        """The database, whatever its schema."""
        return Database(self.settings.database_url)

    @cached_property
    def secrets(self) -> Secrets:
        """The secret files. Raises `SecretsError`."""
        return Secrets.load(self.settings.home)

    @cached_property
    def base(self) -> Base:
        """What access stands on, once schema and currency are known to be right.

        Raises `SchemaError`, `CurrencyChanged`.
        """
        self.require_database()
        schema.require_current(self.database)
        hold_currency(self.database, self._journal, self.settings.currency)
        return Base(self.database, self._journal, SystemClock(), os.urandom)

    @cached_property
    def passwords(self) -> Passwords:
        """Argon2id, in this thread."""
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
        """How users are made."""
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
        """A link with which the first user is made; None once there is one."""
        return None if self.users.any() else self.link(Link(Purpose.SET_UP))

    def require_database(self) -> None:
        """Raises `CliError` if the SQLite file does not exist: opening it would make an empty one."""
        path = self.database.url.database
        if self.database.sqlite and not (path and os.path.exists(path)):  # noqa: PTH110 - not always a path
            raise CliError(f"There is no database at {path}; run `python -m ni init` first.")

    def say(self, *sentences: str) -> None:
        """Tell a person something, on standard error."""
        sys.stderr.write("".join(f"{sentence}\n" for sentence in sentences))

    def give(self, value: Any, *lines: str) -> None:
        """The result: `value` as JSON if that was asked for, else `lines` on standard output."""
        text = json.dumps(value) if self._as_json else "\n".join(lines)
        sys.stdout.write(text + "\n" if text else "")
        sys.stdout.flush()

    def close(self) -> None:
        """Close what was opened."""
        if "_writer" in self.__dict__:
            self._writer.close()
        if "database" in self.__dict__:
            self.database.close()

    @cached_property
    def _writer(self) -> Writer:
        return Writer(self.database, [])

    @cached_property
    def _journal(self) -> DirectJournal:
        return DirectJournal(self._writer)


Commands = Any
"""What `add_subparsers` returns; argparse keeps the type private."""
AddGroup = Callable[[Commands, argparse.ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `doctor`: `ok`, or what is found and how to mend it. Only `needed` ones decide the exit status."""

    name: str
    ok: bool
    found: str
    mend: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """`after_init` are steps that say in a sentence what they did; `checks` give lines to `doctor`."""

    groups: tuple[AddGroup, ...] = ()
    after_init: tuple[Callable[[Context], str], ...] = ()
    checks: tuple[Callable[[Context], Iterable[Check]], ...] = ()


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line per row, columns as wide as their widest cell; the rows are equally long, and the first is the head."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]

"""What other packages bring to the command line, handed in by whoever puts the packages together.

The commands here need only access and the store. Groups of commands of other packages (catalog, custody, ...), what
`init` does beside its own steps, and what `doctor` checks of providers come in through this one value, which every
command finds in its arguments as `parts`.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ni.cli.context import Context

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

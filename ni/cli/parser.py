"""The parser of the command line: commands under headings, and what a mistyped one may have meant.

A group of commands that is named alone prints its help. Wrong usage is one line on standard error and exit status 2.
"""

import argparse
import difflib
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "Start and look after": ("init", "serve", "doctor", "upgrade", "backup", "restore"),
    "People, accounts and keys": ("user", "account", "key", "token", "credential", "apply", "sso"),
    "Money and alerts": ("usage", "budget", "alert"),
    "Models and where they run": ("provider", "deployment", "catalog", "local", "residency"),
    "Proof and privacy": ("activity", "custody", "pii"),
    "Shell": ("completion",),
}
"""The commands of `ni --help`; one that is named nowhere comes last, under a heading of its own."""
_WRONG = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")
_UNKNOWN = re.compile(r"unrecognized arguments: (--[\w-]+)")


class CommandParser(argparse.ArgumentParser):
    """A parser of `argparse` whose errors suggest what was meant."""

    def error(self, message: str) -> NoReturn:
        """Print one line, or the help of a group that was named alone, and exit with status 2."""
        if message.startswith("the following arguments are required") and subcommands(self):
            self.print_help(sys.stderr)
            raise SystemExit(2)
        self.exit(2, f"{self.prog}: {self._told(message)}\n")

    def _told(self, message: str) -> str:
        wrong, unknown = _WRONG.search(message), _UNKNOWN.search(message)
        if wrong and wrong[1] not in ("", None) and message.startswith("argument") and subcommands(self):
            return f"There is no command {wrong[1]!r}." + self._meant(wrong[1], list(subcommands(self)))
        if wrong:
            return message + self._meant(wrong[1], re.findall(r"'?([\w./:-]+)'?", wrong[2]))
        if unknown:
            takers = [parser.prog for parser in walk(self) if unknown[1] in options(parser)]
            if takers:
                return f"{message}. That is an option of {' and '.join(f'`{name}`' for name in takers[:3])}."
            known = [option for parser in walk(self) for option in options(parser)]
            return message + "." + self._meant(unknown[1], known)
        return f"{message}. See `{self.prog} --help`."

    def _meant(self, word: str, known: list[str]) -> str:
        close = difflib.get_close_matches(word, known, n=1, cutoff=0.55)
        return f" Did you mean `{close[0]}`?" if close else f" See `{self.prog} --help`."


class HeadedParser(CommandParser):
    """The parser of `ni` itself."""

    def format_help(self) -> str:
        """What `ni` is, its commands under headings, and where to go on."""
        known = subcommands(self)
        named = {name for names in HEADINGS.values() for name in names}
        rest = tuple(name for name in known if name not in named)
        width = max(map(len, known), default=0)
        lines = [f"usage: {self.prog} COMMAND ...", "", str(self.description)]
        for heading, names in {**HEADINGS, "More": rest}.items():
            found = [name for name in names if name in known]
            if found:
                lines += ["", heading, *(f"  {name:{width}}  {help_of(self, name)}" for name in found)]
        lines += [
            "",
            f"`{self.prog} COMMAND --help` says more of a command, `{self.prog} --version` which version this is.",
            "With --json a command prints one JSON value, for programs.",
        ]
        return "\n".join(lines) + "\n"


def _action(parser: argparse.ArgumentParser) -> Any:
    """The action that holds the parser's commands; None where it has none. `argparse` keeps the type private."""
    found = (action for action in parser._actions if isinstance(action.choices, dict))  # noqa: SLF001
    return next(found, None)


def subcommands(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The parser's commands by name; empty for one that has none."""
    action = _action(parser)
    return action.choices if action is not None else {}


def help_of(parser: argparse.ArgumentParser, name: str) -> str:
    """The line of help of one of the parser's commands."""
    action = _action(parser)
    listed = action._choices_actions if action is not None else ()  # noqa: SLF001
    return next((str(entry.help) for entry in listed if entry.dest == name), "")


def options(parser: argparse.ArgumentParser) -> list[str]:
    """The long options of a command, without those of its commands."""
    names = (name for action in parser._actions for name in action.option_strings)  # noqa: SLF001
    return sorted(name for name in names if name.startswith("--"))


def walk(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and those of all its commands."""
    yield parser
    for each in subcommands(parser).values():
        yield from walk(each)

"""`ni completion`: a script that lets bash, zsh or fish complete commands and options.

It is made from the parser, so that it knows each command. `source <(ni completion bash)` loads it; or store it where
the shell looks for completions.
"""

import argparse
from collections.abc import Iterator, Mapping

from ni.cli.context import Commands, Context
from ni.cli.parser import help_of, options, subcommands

SHELLS = ("bash", "zsh", "fish")


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `completion`."""
    parser = commands.add_parser(
        "completion",
        parents=[shared],
        help="print a script that completes commands in a shell",
        epilog="Load it with: source <(ni completion bash)   or: ni completion fish | source",
    )
    parser.add_argument("shell", choices=SHELLS)
    parser.set_defaults(run=print_script)


def print_script(context: Context, wanted: argparse.Namespace) -> None:
    """Print the script for a shell."""
    script = script_for(wanted.shell, wanted.parser)
    context.give({"shell": wanted.shell, "script": script}, script)


def script_for(shell: str, parser: argparse.ArgumentParser) -> str:
    """The script for one of `SHELLS`."""
    if shell == "fish":
        return "\n".join(_fish(parser))
    words = dict(_words(parser))
    return _zsh(words) if shell == "zsh" else _bash(words)


def _words(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, str]]:
    """What may follow each path of commands, as words with blanks between."""
    yield path, " ".join([*subcommands(parser), *options(parser)])
    for name, each in subcommands(parser).items():
        yield from _words(each, f"{path} {name}".strip())


def _cases(words: Mapping[str, str]) -> str:
    return "\n".join(f"    '{path}') words='{after}' ;;" for path, after in words.items())


_FUNCTION = """\
_ni_words() {{
  local path='' word words
  for word in "$@"; do
    case "$word" in -*) ;; *) path="${{path:+$path }}$word" ;; esac
  done
  while :; do
    case "$path" in
{cases}
    *) case "$path" in *' '*) path="${{path% *}}"; continue ;; *) path=''; continue ;; esac ;;
    esac
    break
  done
  printf '%s' "$words"
}}
"""


def _bash(words: Mapping[str, str]) -> str:
    return _FUNCTION.format(cases=_cases(words)) + (
        "_ni() {\n"
        '  local current="${COMP_WORDS[COMP_CWORD]}"\n'
        '  COMPREPLY=($(compgen -W "$(_ni_words "${COMP_WORDS[@]:1:COMP_CWORD-1}")" -- "$current"))\n'
        "}\n"
        "complete -o default -F _ni ni"
    )


def _zsh(words: Mapping[str, str]) -> str:
    return (
        "#compdef ni\n"
        + _FUNCTION.format(cases=_cases(words))
        + (
            "_ni() {\n"
            '  local -a found; found=(${=$(_ni_words "${(@)words[2,CURRENT-1]}")})\n'
            "  compadd -a found || _files\n"
            "}\n"
            "compdef _ni ni"
        )
    )


def _fish(parser: argparse.ArgumentParser) -> Iterator[str]:
    """A line for each command and option, on the condition that its path has been written."""
    yield "complete -c ni -f"
    yield from _fish_of(parser, ())


def _fish_of(parser: argparse.ArgumentParser, path: tuple[str, ...]) -> Iterator[str]:
    known = subcommands(parser)
    written = "; and ".join(f"__fish_seen_subcommand_from {name}" for name in path)
    first = f"not __fish_seen_subcommand_from {' '.join(known)}" if known else ""
    for name, each in known.items():
        condition = "; and ".join(filter(None, (written, first)))
        told = help_of(parser, name).replace("'", "")
        yield f"complete -c ni -n '{condition}' -a {name} -d '{told}'"
        yield from _fish_of(each, (*path, name))
    for option in options(parser) if path else ():
        yield f"complete -c ni -n '{written}' -l {option.removeprefix('--')}"

"""The commands that a person can type in a conversation, and the bare number that answers a list.

A command is the whole first line of the prompt: text that goes on after it is prose that mentions one. Words are
compared without regard to case, because telephones write capitals; a route id is not.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from ni.inchat.prompt import starts_typed, typed


class Command(StrEnum):
    """What can be asked for; a bare number answers a list."""

    HELP = "ni-help"
    MODELS = "ni-models"
    MAP = "ni-map-model"
    UNMAP = "ni-unmap"
    STATUS = "ni-status"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Typed:
    """A command with its argument, if it has one."""

    command: Command
    argument: str = ""


_LINE = re.compile(r"(ni-[a-z]+(?:-[a-z]+)?)(?:[ \t]+(\S+))?[ \t]*", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,4}")
_BY_WORD = {command.value: command for command in Command if command is not Command.NUMBER}


def recognise(text: str) -> Typed | None:
    """The command in the text of a user message, or None. Costs next to nothing where there is none."""
    start = starts_typed(text)
    if start[:3].lower() == "ni-":
        return _command(typed(text))
    if start[:1].isdigit():
        prompt = typed(text)
        return Typed(Command.NUMBER, prompt) if _NUMBER.fullmatch(prompt) else None
    return None


def _command(prompt: str) -> Typed | None:
    line = _LINE.fullmatch(prompt.split("\n", 1)[0].rstrip("\r"))
    command = _BY_WORD.get(line.group(1).lower()) if line else None
    if line is None or command is None:
        return None
    argument = (line.group(2) or "").strip("`\"'")
    if argument and command is not Command.MAP:
        return None
    return Typed(command, argument)

"""The commands that a person can type in a conversation, the bare number that answers a list, and where both stand.

A command is the whole first line of the prompt: text that goes on after it is prose that mentions one. Words are
compared without regard to case, because telephones write capitals; a route id is not.

Tools send the prompt inside tags (`<user_query>`, `<task>`), after other blocks (`<system-reminder>...`), before
others (`<environment_details>...`), or in quotes. Only whole blocks and known tags are skipped; any other text before a
command makes it a mere mention. Every step moves forward, so that a long message costs no more than its length.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from ni.domain.call import Call, Json

PROMPT_TAGS = frozenset(
    {
        "user_query",
        "task",
        "user_message",
        "user_request",
        "user_input",
        "user",
        "prompt",
        "question",
        "query",
        "feedback",
        "answer",
        "request",
        "message",
        "new_task",
    }
)
MOST_BLOCKS = 32
_QUOTES = "\"'`“”„‘’«»"
_SPEECH = re.compile(rf"[^\s{_QUOTES}]")
_OPENING = re.compile(r"<([A-Za-z][A-Za-z0-9_-]{0,63})(?:\s[^<>]{0,500})?>")
_BLOCK = re.compile(r"\n[ \t]*<[A-Za-z]")
_CLOSING = re.compile(r"</([A-Za-z][A-Za-z0-9_-]{0,63})>")


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


def last_turn(call: Call) -> tuple[str, Json | None]:
    """The text of the last user message, empty if there is none, and the assistant message right before it.

    Instructions (`system`, `developer`) that some tools put last are passed over; anything else after the user's
    message, such as a tool's result, means that nobody just typed something.
    """
    spoken = (
        message for message in reversed(call.messages) if message["role"] not in ("system", "developer")
    )
    last = next(spoken, None)
    if last is None or last["role"] != "user":
        return "", None
    before = next(spoken, None)
    return text_of(last), before if before is not None and before["role"] == "assistant" else None


def text_of(message: Json) -> str:
    """The text of a message; text parts are joined by line ends, other parts left out."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))


def typed(text: str) -> str:
    """The prompt within its wrapping; the text itself where there is none."""
    return _without_trailing(text[_prompt_start(text) :])


def starts_typed(text: str) -> str:
    """The first few characters of the prompt, found without looking at the rest: enough to dismiss most messages."""
    start = _prompt_start(text)
    return text[start : start + 16]


def _prompt_start(text: str) -> int:
    at = 0
    for _ in range(MOST_BLOCKS):
        at = _skip(text, at)
        opening = _OPENING.match(text, at)
        if opening is None:
            return at
        name = opening.group(1)
        if name.lower() in PROMPT_TAGS:
            at = opening.end()
            continue
        end = text.find(f"</{name}>", opening.end())
        if end < 0:
            return at
        at = end + len(name) + 3
    return at


def _skip(text: str, at: int) -> int:
    """The place of the first character from `at` on that is neither white space nor a quotation mark."""
    found = _SPEECH.search(text, at)
    return found.start() if found else len(text)


def _without_trailing(text: str) -> str:
    """Cut the first closing prompt tag with what follows, or whole blocks that begin at the start of a line."""
    for closing in _CLOSING.finditer(text):
        if closing.group(1).lower() in PROMPT_TAGS:
            text = text[: closing.start()]
            break
    block = _BLOCK.search(text)
    if block is not None and _prompt_start(text[block.start() :]) == len(text) - block.start():
        text = text[: block.start()]
    return text.strip().strip(_QUOTES).strip()

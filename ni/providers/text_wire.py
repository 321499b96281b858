"""OpenAI's older completions read as chat: the text of each choice becomes its content.

Servers write `choices[].text`, whole or in pieces; all else is as on the chat wire, so the same reader does the rest.
"""

from typing import Any


def as_chat(told: Any, part: str) -> Any:
    """The answer with its texts where chat has them; `part` is `message` or `delta`."""
    if not isinstance(told, dict) or not isinstance(told.get("choices"), list):
        return told
    return {**told, "choices": [_choice(choice, part) for choice in told["choices"]]}


def _choice(choice: Any, part: str) -> Any:
    if not isinstance(choice, dict) or "text" not in choice:
        return choice
    rest = {name: value for name, value in choice.items() if name != "text"}
    return {**rest, part: {"content": choice["text"]}}

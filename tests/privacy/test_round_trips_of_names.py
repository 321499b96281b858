"""Five hundred round trips: names in every form that people and models give them, in every field of an answer."""

import itertools
import json
from collections.abc import Callable
from typing import Any

from ni.domain.call import Json
from ni.privacy.masking import Masked
from tests.privacy.cast import call, caller, says, sent, shield
from tests.privacy.streaming import streamed

PEOPLE = (
    "Keith Wilson", "Élodie Bissonnette", "Jean-Luc Gagnon", "Siobhán O'Connor", "Priya Raghavan",
    "Marie-Ève Lavoie-Roy", "Chidi Okonjo", "Nathalie L'Heureux", "José García", "Anh Nguyen", "Tariq Haddad",
    "Oksana Kravets", "Karonhiio Delisle", "Ludwig van Dijk",
)  # fmt: skip
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in Markdown": lambda name: f"- **{name}**: _{name}_ | `{name}` | [{name}](#x)",
    "bold inside": lambda name: f"{name.split()[0]} **{name.split()[-1]}**",
    "possessive": lambda name: f"{name}'s file and {name.split()[-1]}’s",
    "given name alone": lambda name: f"Dear {name.split()[0]}, how are you?",
    "surname first": lambda name: f"{name.split()[-1]}, {name.split()[0]}",
    "initial": lambda name: f"Signed by {name[0]}. {name.split()[-1]}.",
    "initial last": lambda name: f"Ask {name.split()[0]} {name.split()[-1][0]}. today",
}


def _content(result: Masked, text: str) -> str:
    return _whole(result, {"content": text})["content"]  # type: ignore[no-any-return]


def _reasoning(result: Masked, text: str) -> str:
    return _whole(result, {"reasoning_content": text})["reasoning_content"]  # type: ignore[no-any-return]


def _refusal(result: Masked, text: str) -> str:
    return _whole(result, {"refusal": text})["refusal"]  # type: ignore[no-any-return]


def _arguments(result: Masked, text: str) -> str:
    function = {"name": "send", "arguments": json.dumps({"to": text})}
    calls = _whole(result, {"tool_calls": [{"id": "1", "type": "function", "function": function}]})[
        "tool_calls"
    ]
    return json.loads(calls[0]["function"]["arguments"])["to"]  # type: ignore[no-any-return]


def _stream(result: Masked, text: str) -> str:
    return "".join(streamed(result.restorer, list(text)))


def _cut_in_two(result: Masked, text: str) -> str:
    read = {"".join(streamed(result.restorer, [text[:cut], text[cut:]])) for cut in range(len(text))}
    assert len(read) == 1
    return read.pop()


def _whole(result: Masked, message: Json) -> Any:
    reply = result.restorer.reply({"choices": [{"index": 0, "message": {"role": "assistant", **message}}]})
    return reply["choices"][0]["message"]


WAYS = (_content, _reasoning, _refusal, _arguments, _stream, _cut_in_two)


def test_of_five_hundred_round_trips_nearly_all_give_back_the_original() -> None:
    wrong, count = [], 0
    for name in PEOPLE:
        result = shield([name]).substitute(caller(), call(says(f"{name}.")))
        made = sent(result).removesuffix(".")
        for form, way in itertools.product(FORMS, WAYS):
            count += 1
            read = way(result, FORMS[form](made))
            if read != FORMS[form](name):
                wrong.append((name, form, way.__name__, FORMS[form](made), read))
    assert count >= 500
    assert len(wrong) / count <= 0.01, wrong

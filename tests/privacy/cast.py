"""Who speaks in the tests of privacy: an account, a finder that knows certain names, and the way there and back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ni.domain.call import Call, Json
from ni.domain.caller import Caller
from ni.domain.route import Tier
from ni.privacy.masking import Masked, Substitution, derived
from ni.privacy.spans import Label, Span

PEOPLE = (
    "Jean Tremblay",
    "Marie-Ève Côté",
    "Siobhán O'Brien",
    "Nguyen Thi Lan",
    "Chidi Okoye",
    "Agnès Dubois",
    "王小明",
    "Priya",
    "Анна Иванова",
    "김민준",
    "J. Tremblay",
    "Jean P. Tremblay",
)


@dataclass(frozen=True)
class KnownNames:
    """Finds exactly the names that it was told, in any case."""

    names: Sequence[str] = PEOPLE
    version: str = "told"

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        return [
            [
                Span(match.start(), match.end(), Label.PERSON, certain=False)
                for name in self.names
                for match in re.finditer(re.escape(name), text, re.IGNORECASE)
            ]
            for text in texts
        ]


def caller(account: str = "acc_alice", pii: bool = True) -> Caller:
    return Caller(account, "key_1", "laptop", frozenset(Tier), pii=pii)


def shield(names: Sequence[str] = PEOPLE) -> Substitution:
    return Substitution(KnownNames(names), derived(b"an instance's secret of 32 bytes"))


def call(body: Json) -> Call:
    return Call("chat", "sandbox/echo-local", False, body)


def says(*texts: str) -> Json:
    return {"messages": [{"role": "user", "content": text} for text in texts]}


def masked(*texts: str) -> Masked:
    return shield().substitute(caller(), call(says(*texts)))


def sent(result: Masked, at: int = 0) -> str:
    text: str = result.body["messages"][at]["content"]
    return text


def answered(result: Masked, text: str) -> str:
    """What the client reads when the model answers `text` in one piece."""
    reply = result.restorer.reply(
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}
    )
    restored: str = reply["choices"][0]["message"]["content"]
    return restored

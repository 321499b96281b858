"""What the cells of a text say together: which records are about people, and which addresses they contain."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ni.privacy.spans import Label
from ni.privacy.structure.cell import Cell
from ni.privacy.structure.keys import Meaning, meaning, normal
from ni.privacy.structure.meanings import NEUTRAL, Kind
from ni.privacy.words import fold

_LOCAL = re.compile(r"[^\W\d_]{2,}")
_TELLING = re.compile(r"@[\w-]+\.|^\+?[\d (.)-]{10,20}$")
_SHORTEST = 3
_LONG = 4
_PROVING = frozenset(
    {
        Label.PHONE,
        Label.EMAIL,
        Label.DOB,
        Label.SIN,
        Label.HEALTH_CARD,
        Label.PASSPORT,
        Label.DRIVER_LICENCE,
        Label.CREDIT_CARD,
    }
)
_NAMING = frozenset({Kind.NAME, Kind.GIVEN, Kind.FAMILY})
MAILBOXES = frozenset(
    [
        "info",
        "support",
        "admin",
        "sales",
        "contact",
        "hello",
        "help",
        "team",
        "office",
        "noreply",
        "reply",
        "service",
        "mail",
        "web",
        "billing",
        "news",
        "jobs",
        "security",
        "press",
        "privacy",
        "legal",
        "abuse",
        "root",
        "postmaster",
        "webmaster",
        "dev",
        "ops",
        "test",
        "user",
        "github",
        "bonjour",
        "ventes",
        "accueil",
        "reception",
        "comptabilite",
        "facturation",
        "soutien",
        "courriel",
        "accounts",
        "careers",
    ]
)


@dataclass(slots=True)
class Record:
    """What the keys and the addresses of one record say."""

    people: int = 0
    things: int = 0
    ordinals: set[str] = field(default_factory=set)
    locals: list[str] = field(default_factory=list)

    @property
    def of_person(self) -> bool:
        """Whether it is about a person."""
        return self.people > self.things

    @property
    def of_thing(self) -> bool:
        """Whether it is about a thing."""
        return self.things > 0 and not self.of_person

    @property
    def paired(self) -> bool:
        """Whether it has both a first and a last something."""
        return len(self.ordinals) > 1

    def agrees(self, words: Sequence[str]) -> bool:
        """Whether an address of the record is made of one of these words, or of initials and one."""
        folded = [fold(word).replace("'", "").replace("-", "") for word in words]
        return any(_made_of(local, folded) for local in self.locals)


def _made_of(local: str, words: Sequence[str]) -> bool:
    pieces = _LOCAL.findall(local)
    joined = "".join(pieces)
    if joined in MAILBOXES:
        return False
    for word in words:
        if len(word) < _SHORTEST:
            continue
        if word in pieces and word not in MAILBOXES:
            return True
        if len(word) >= _LONG and len(joined) == len(word) + 1 and word in joined:
            return True
        others = [other for other in words if other != word]
        if (
            len(words) > 1
            and word in joined
            and any(other[0] in joined.replace(word, "", 1)[:1] for other in others if other)
        ):
            return True
        if joined in (
            word,
            *(f"{other[:1]}{word}" for other in others),
            *(f"{word}{other[:1]}" for other in others),
        ):
            return True
    return False


def records(text: str, cells: Iterable[Cell], pause: Callable[[], None]) -> dict[tuple[int, int], Record]:
    """The records by table and row."""
    found: dict[tuple[int, int], Record] = defaultdict(Record)
    for cell in cells:
        pause()
        record = found[cell.table, cell.row]
        said = meaning(cell.key)
        if said:
            _note(record, said, cell.key)
        if cell.parent:
            _under(record, meaning(cell.parent))
        value = text[cell.start : min(cell.end, cell.start + 100)]
        if not cell.key and _TELLING.search(value):
            record.people += 1
        if "@" in value:
            record.locals += [
                fold(part.rpartition(" ")[2].rpartition("<")[2]) for part in value.split("@")[:-1]
            ]
    return found


def _note(record: Record, said: Meaning, key: str) -> None:
    if said.kind in _NAMING or said.label in _PROVING:
        record.people += 1
    elif said.kind is Kind.ORDINAL:
        record.ordinals.add(normal(key)[0])
    elif said.kind in (Kind.PERSONAL, Kind.THING) and " ".join(normal(key)) not in NEUTRAL:
        record.people += said.kind is Kind.PERSONAL
        record.things += said.kind is Kind.THING


def _under(record: Record, parent: Meaning | None) -> None:
    if parent and parent.kind in (*_NAMING, Kind.ROLE):
        record.people += 1
    elif parent and parent.kind is Kind.THING:
        record.things += 1

"""The pairs of one request: which surrogate was issued for which original. It lives for the request and is then gone.

Nothing is drawn at random: the account's key and the original decide, so that the next turn finds the same pairs.
A draw is repeated while the surrogate occurs in the request, equals another one, or stands inside another one; and at
first also while a part by which a model may cite it (the last four digits, the year of birth) is another's.
"""

from collections.abc import Iterator

from ni.domain.errors import DetectionFailed
from ni.privacy.entries import CueKind, Entry
from ni.privacy.people_of_request import RequestPeople
from ni.privacy.spans import Label
from ni.privacy.surrogates.draw import Draw
from ni.privacy.surrogates.values import subscriber, surrogate
from ni.privacy.words import WORD, Breaks, Vocabulary, fold
from ni.privacy.written_forms import NUMBERS, Builder, Forms, Issued, numeral, partial, telling

_ATTEMPTS = 160
_FROM_RANGE = 100
_PARTS_APART = 24  # attempts in which the parts of a value must be its own
_PATIENCE = 600  # attempts of one request that are given up for that


class Vault:
    """Issues surrogates for one request; `key` is the account's, `vocabulary` what the request says."""

    def __init__(self, key: bytes, vocabulary: Vocabulary) -> None:
        self._key = key
        self._vocabulary = vocabulary
        self._people = RequestPeople(key, self._name_is_free)
        self._entries: dict[str, Entry] = {}
        self._values: dict[str, tuple[Label, Entry]] = {}
        self._spelled: dict[str, Entry] = {}  # by the folded surrogate as it was spelled in the request
        self._issued: dict[tuple[Label, str], str] = {}
        self._owners: dict[tuple[str, ...], str] = {}  # words of a whole surrogate -> its original
        self._inside: dict[tuple[str, ...], str] = {}  # any run of words within one -> its original
        self._words: set[str] = set()
        self._partial: dict[tuple[CueKind, str], str] = {}  # a part of a surrogate -> its original
        self._patience = _PATIENCE

    def forms(self, breaks: Breaks) -> Forms:
        """Every form in which a model may write what was issued."""
        people = self._people
        issued = Issued(
            people.entries.values(), self._values.values(), people.known, people.middle, self._vocabulary
        )
        return Builder(issued).build(breaks, self._spelled)

    def meet(self, name: str) -> None:
        """Learn from a full name which part is given and which family, before anything is issued."""
        self._people.meet(name)

    def issue(self, label: Label, original: str) -> str:
        """The surrogate of a value. Raises `DetectionFailed` when none is to be had."""
        known = self._issued.get((label, original))
        if known is None:
            try:
                known = self._people.name(original) if label is Label.PERSON else self._value(label, original)
            except LookupError:
                raise DetectionFailed from None
            self._issued[label, original] = known
        return known

    def spelled(self, surrogate: str, form: str, reads: str, written: str) -> None:
        """A surrogate was written in the form of a value that reads as one thing and is written as another."""
        folded = fold(surrogate)
        issued = self._people.entries.get(folded) or self._entries.get(folded)
        entry = self._spelled.setdefault(folded, issued or Entry(surrogate, reads))
        entry.surfaces[form] = written

    def _name_is_free(self, name: str) -> bool:
        folded = fold(name)
        return folded not in self._entries and folded not in self._words and not self._vocabulary.has(folded)

    def _value(self, label: Label, original: str) -> str:
        owner = _owner(label, original)
        subject = f"{label}:{owner}"
        for attempt in range(_ATTEMPTS):
            draw = Draw(self._key, subject, attempt, self._people.borrowed, self._people.handle)
            # A range that is exhausted, or a remnant of a value: any text of its shape, then longer ones.
            shape = original + "a0" * max(attempt - _FROM_RANGE - 50, 0)
            made = surrogate(label, original, draw) if attempt < _FROM_RANGE else draw.like(shape)
            if made == original and attempt > 8:
                return original  # nothing in it identifies anybody
            apart = attempt >= _PARTS_APART or self._parts_are_its_own(label, made, owner)
            if made != original and apart and self._accepted(label, made, original, subject):
                self._register(label, made, original, owner)
                return made
        raise LookupError("no surrogate is free")

    def _parts_are_its_own(self, label: Label, made: str, owner: str) -> bool:
        """Whether nothing else in the request has the parts by which a model may cite this surrogate."""
        if self._patience <= 0:
            return True
        cited = telling(label, partial(label, made))
        free = not any(
            self._partial.get(part, owner) != owner or self._vocabulary.says_digits(part[1]) for part in cited
        )
        self._patience -= not free
        return free

    def _accepted(self, label: Label, made: str, original: str, owner: str) -> bool:
        folded = fold(made)
        entry = self._entries.get(folded)
        if folded == fold(original) or (entry and entry.surfaces.get(made, original) != original):
            return False
        if self._vocabulary.has(folded) or (label in NUMBERS and self._vocabulary.spells(numeral(made))):
            return False
        if label in {
            Label.EMAIL,
            Label.SECRET,
        }:  # an address is made of the person's surrogates; a secret is too long
            return entry is None or made in entry.surfaces
        return self._stands_apart(tuple(WORD.findall(folded)), owner)

    def _stands_apart(self, words: tuple[str, ...], owner: str) -> bool:
        """Whether these words are not part of another surrogate, nor another part of them."""
        runs = set(_runs(words))
        if self._inside.get(words, owner) != owner or any(
            self._owners.get(run, owner) != owner for run in runs
        ):
            return False
        names = self._people.entries
        if any(len(run) == 1 and run[0] in names for run in runs) and self._owners.get(words) != owner:
            return False
        self._owners[words] = owner
        self._inside.update(dict.fromkeys(runs, owner))
        self._words.update(words)
        return True

    def _register(self, label: Label, made: str, original: str, owner: str) -> None:
        folded = fold(made)
        entry = self._entries.setdefault(folded, Entry(made, original, label is Label.SECRET))
        entry.surfaces.setdefault(made, original)
        self._values.setdefault(folded, (label, entry))
        for part in partial(label, made):
            self._partial.setdefault(part, owner)


def _owner(label: Label, original: str) -> str:
    """What the ways of writing one value share: they get one surrogate."""
    if label is Label.SECRET:
        return original
    number = subscriber(original) if label is Label.PHONE else None
    return number or "".join(WORD.findall(fold(original)))


def _runs(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield words[start:end]

"""The pairs of one request: which surrogate was issued for which original. It lives for the request and is then gone.

Nothing is drawn at random: the account's key and the original decide, so that the next turn finds the same pairs.
A draw is repeated while the surrogate occurs in the request, equals another one, or stands inside another one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ni.domain.errors import DetectionFailed
from ni.privacy.draw import Draw
from ni.privacy.identities import stand_in
from ni.privacy.names_of_people import cased_like, gender, parts, titled
from ni.privacy.recognisers.address import street_line
from ni.privacy.spans import Label
from ni.privacy.surrogates.table import formats, surrogate
from ni.privacy.vocabulary import Vocabulary
from ni.privacy.words import WORD, fold, without_accents

_ATTEMPTS = 160
_FROM_RANGE = 100


@dataclass(slots=True)
class Entry:
    """One original. `surfaces` holds every form of the surrogate that was sent with the form of the original it hid."""

    surrogate: str
    original: str
    exact: bool = False
    surfaces: dict[str, str] = field(default_factory=dict)

    def restored(self, written: str) -> str | None:
        """The original in the form in which a model wrote the surrogate; None where that form proves nothing."""
        known = self.surfaces.get(written)
        if known is not None or self.exact:
            return known
        original = self._cased(written)
        dropped = written.isascii() and not self.surrogate.isascii()
        return without_accents(original) if dropped else original

    def _cased(self, written: str) -> str:
        if written.isupper() and not self.surrogate.isupper():
            return self.original.upper()
        if written.islower() and not self.surrogate.islower():
            return self.original.lower()
        if self.original.isupper() or self.original.islower():
            return titled(self.original) if written[:1].isupper() and not written.isupper() else self.original
        return self.original


class Vault:
    """Issues surrogates for one request; `key` is the account's, `vocabulary` what the request says."""

    def __init__(self, key: bytes, vocabulary: Vocabulary) -> None:
        self._key = key
        self._vocabulary = vocabulary
        self._entries: dict[str, Entry] = {}
        self._issued: dict[tuple[Label, str], str] = {}
        self._given: dict[str, bool] = {}
        self._parts: dict[str, str] = {}
        self._bases: dict[str, str] = {}
        self._owners: dict[tuple[str, ...], str] = {}  # words of a whole surrogate -> its original
        self._inside: dict[tuple[str, ...], str] = {}  # any run of words within one -> its original
        self._words: set[str] = set()

    @property
    def entries(self) -> dict[str, Entry]:
        """By the folded form of the surrogate."""
        return self._entries

    def meet(self, name: str) -> None:
        """Learn from a full name which part is given and which family, before anything is issued."""
        found = parts(name)
        if len(found) > 1:
            for part in found:
                self._given.setdefault(fold(part.text), part.given)

    def issue(self, label: Label, original: str) -> str:
        """The surrogate of a value. Raises `DetectionFailed` when none is to be had."""
        known = self._issued.get((label, original))
        if known is None:
            try:
                known = self._person(original) if label is Label.PERSON else self._value(label, original)
            except LookupError:
                raise DetectionFailed from None
            self._issued[label, original] = known
        return known

    # ---- people

    def _person(self, name: str) -> str:
        made, at = [], 0
        for part in parts(name):
            made += [name[at : part.start], self.part(part.text, part.given)]
            at = part.end
        return "".join(made) + name[at:]

    def part(self, part: str, given: bool) -> str:
        """The surrogate of one part of a name, in its case. Raises `LookupError`."""
        known = self._parts.get(part)
        if known is None:
            known = self._parts[part] = self._new_part(part, given)
        return known

    def _borrowed(self, part: str, given: bool) -> str:
        """The surrogate of a part of a name within another value, whose spelling says nothing about the name's."""
        base = self._bases.get(fold(part))
        return cased_like(part, base) if base else self.part(part, given)

    def _new_part(self, part: str, given: bool) -> str:
        folded = fold(part)
        base = self._bases.get(folded)
        if base and self._surface(cased_like(part, base), part, self._entries[fold(base)]):
            return cased_like(part, base)
        given = self._given.get(folded, given or gender(part) is not None)
        base = stand_in(self._key, part, given, self._name_is_free)
        self._bases.setdefault(folded, base)
        entry = self._entries[fold(base)] = Entry(base, part)
        self._surface(cased_like(part, base), part, entry)
        return cased_like(part, base)

    def _surface(self, made: str, original: str, entry: Entry) -> bool:
        """Remember a form; False where that form already stands for another one."""
        return entry.surfaces.setdefault(made, original) == original

    def _name_is_free(self, name: str) -> bool:
        folded = fold(name)
        return folded not in self._entries and folded not in self._words and not self._vocabulary.has(folded)

    # ---- everything else

    def _value(self, label: Label, original: str) -> str:
        owner = original if label is Label.SECRET else "".join(WORD.findall(fold(original)))
        subject = f"{label}:{owner}"
        for attempt in range(_ATTEMPTS):
            draw = Draw(self._key, subject, attempt, self._borrowed)
            # A range that is exhausted, or a remnant of a value: any text of its shape, then longer ones.
            shape = original + "a0" * max(attempt - _FROM_RANGE - 50, 0)
            made = surrogate(label, original, draw) if attempt < _FROM_RANGE else draw.like(shape)
            if made == original and attempt > 8:
                return original  # nothing in it identifies anybody
            if made != original and self._accepted(label, made, original, subject):
                self._register(label, made, original)
                return made
        raise LookupError("no surrogate is free")

    def _accepted(self, label: Label, made: str, original: str, owner: str) -> bool:
        folded = fold(made)
        entry = self._entries.get(folded)
        if folded == fold(original) or (entry and entry.surfaces.get(made, original) != original):
            return False
        if self._vocabulary.has(folded):
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
        if (
            any(len(run) == 1 and run[0] in self._entries for run in runs)
            and self._owners.get(words) != owner
        ):
            return False
        self._owners[words] = owner
        self._inside.update(dict.fromkeys(runs, owner))
        self._words.update(words)
        return True

    def _register(self, label: Label, made: str, original: str) -> None:
        entry = self._entries.setdefault(fold(made), Entry(made, original, label is Label.SECRET))
        self._surface(made, original, entry)
        for other_made, other in _repeated(label, made, original):
            folded = fold(other_made)
            if folded not in self._entries and not self._vocabulary.has(folded):
                self._entries[folded] = Entry(other_made, other, surfaces={other_made: other})


def _repeated(label: Label, made: str, original: str) -> Iterator[tuple[str, str]]:
    """Other forms in which a model is likely to repeat a value, beside the form of the original."""
    if label is Label.ADDRESS:
        lines = street_line(made), street_line(original)
        if lines[0] and lines[1]:
            yield made[slice(*lines[0])], original[slice(*lines[1])]
    yield from zip(formats(label, made), formats(label, original), strict=False)


def _runs(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield words[start:end]

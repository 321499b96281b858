"""What is known of single words: given names, surnames, words of English and of French, words that the model has met.

A small model cannot know every name by heart. So each word that only ever names people is shown to it as its kind
("a given name") instead of as itself, and a word that nobody knows as unknown; words with another meaning (Rose,
Pierre, Mark) stay what they are. The model was trained on text marked in the same way.
"""

import gzip
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ni.privacy.forms import is_family, is_given

FRENCH_PACKAGE = "fr_core_news_sm"
FOLDER = Path(__file__).with_name("people")
GIVEN, FAMILY, EITHER, UNKNOWN = "xgivenx", "xfamilyx", "xeitherx", "xunknownx"

_CAPITALISED = (
    "monday tuesday wednesday thursday friday saturday sunday january february april june july august september "
    "october november december english french canadian american british european indian chinese inuktitut christmas "
    "german spanish italian portuguese russian japanese korean arabic posix changelog traceback whitespace "
    "easter internet google microsoft amazon python unicode github gitlab linux windows "
    "iban nas ramq ohip cra rrsp tfsa reer celi"
)
CAPITALISED = frozenset(_CAPITALISED.split())
"""Words written with capitals, those of forms and offices among them, that name nobody on their own."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """A set of spaCy's 64-bit hashes in eight bytes each."""

    ordered: "array[int]"  # quoted: arrays have no type parameter before Python 3.12

    @classmethod
    def of(cls, hashes: Iterable[int]) -> "Hashes":
        """The set of these."""
        return cls(array("Q", sorted(hashes)))

    def __contains__(self, value: int) -> bool:
        at = bisect_left(self.ordered, value)
        return at < len(self.ordered) and self.ordered[at] == value


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words in lower case; French forms and words the model has met as spaCy's hashes."""

    given: frozenset[str]
    family: frozenset[str]
    english: frozenset[str]
    french: Hashes
    met: Hashes

    def is_word(self, word: str) -> bool:
        """Whether this, in lower case, is a word of English or French with a meaning of its own."""
        from spacy.strings import get_string_id

        return word in self.english or get_string_id(word) in self.french

    def roles(self, word: str) -> tuple[bool, bool]:
        """Whether this, in lower case, or a part of it between hyphens, is a given name, and whether it is a surname.

        Names stand in the lists with their accents and without; what no list has is judged by its form.
        """
        parts = {word, *word.split("-")}
        given, family = not parts.isdisjoint(self.given), not parts.isdisjoint(self.family)
        if given or family or self.is_word(word):
            return given, family
        return is_given(word), is_family(word)

    def kind(self, word: str) -> str | None:
        """How the word, in any case, is shown to the model; None where it stays itself."""
        lower = word.lower()
        if not lower.replace("-", "").replace("'", "").replace("’", "").isalpha() or self.is_word(lower):
            return None
        given, family = self.roles(lower)
        if given or family:
            return EITHER if given and family else GIVEN if given else FAMILY
        from spacy.strings import get_string_id

        return None if get_string_id(word) in self.met or get_string_id(word.title()) in self.met else UNKNOWN

    def mark(self, doc: Any) -> Any:
        """Shows each word of a spaCy document as its kind."""
        for token in doc:
            if len(token) > 1 and (kind := self.kind(token.text)):
                token.norm_ = kind
        return doc


def read_words(name: str) -> frozenset[str]:
    """The lines of one of our compressed lists."""
    return frozenset(gzip.decompress((FOLDER / f"{name}.txt.gz").read_bytes()).decode().split("\n"))


def french_words() -> Hashes:
    """Hashes of the forms and lemmas in the tables of the installed French pipeline.

    Read before the models are: the tables are large and short-lived, and what they leave free is used again.
    """
    from spacy.lookups import Lookups
    from spacy.strings import get_string_id

    spec = find_spec(FRENCH_PACKAGE)
    if spec is None or spec.origin is None:
        raise ImportError(FRENCH_PACKAGE)
    [path] = Path(spec.origin).parent.glob("*/lemmatizer/lookups/lookups.bin")
    tables = Lookups().from_bytes(path.read_bytes())
    forms = tables.get_table("lemma_lookup")
    lemmas: Iterable[str] = (lemma for words in forms.values() for lemma in words)
    listed = (word for words in tables.get_table("lemma_index").values() for word in words)
    return Hashes.of({*forms.keys(), *(get_string_id(word) for word in (*lemmas, *listed))})


def read_lexicon(nlp: Any, french: Hashes) -> Lexicon:
    """The lexicon for a pipeline, with the words that it has met in its own training."""
    from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH_SMALL
    from spacy.lang.fr.stop_words import STOP_WORDS as FRENCH_SMALL

    met = Hashes.of({nlp.vocab.strings[word] for word in nlp.vocab.strings})
    words = read_words("english") | read_words("technical") | CAPITALISED | ENGLISH_SMALL | FRENCH_SMALL
    return Lexicon(read_words("given"), read_words("family"), words, french, met)

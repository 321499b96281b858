"""People in lines of Latin languages that the network was not trained on: what it says there needs evidence.

A line is in another language where its small words say so. There the network takes verbs and nouns for names, so that
a listed given name, a title, a phrase of introduction or capitals within a sentence have to agree with it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ni.privacy.lexicon import Lexicon, WordKind
from ni.privacy.names.model import LOWER, Token, Word, case_of
from ni.privacy.names.people_names import gender
from ni.privacy.spans import Label, Span
from ni.privacy.words import ENGLISH, FRENCH, GERMAN, OTHERS, SHARED

HOME = (ENGLISH | FRENCH) - SHARED
_ACCENTED = re.compile(r"[áíóúñãõìòäößåøłęąśćżźńčšžřěůőűășțğışý]")
_SIGNS = ("¿", "¡")
_JOINING = "de la del las los von van der den zu y da do dos das di af ter ten"
_PARTICLES = frozenset(_JOINING.split())
_ADDRESSED = (
    "herr herrn frau fräulein señor señora señorita sr sra srta don doña senhor senhora dona signor signora signore "
    "sig dott dr prof ing pan pani pana panu panią panem meneer mevrouw mevr dhr"
)
_DEAR = (
    "lieber liebe liebes sehr geehrter geehrte estimado estimada querido querida caro cara gentile egregio beste "
    "geachte drogi droga szanowny szanowna hola hallo ciao olá ola oi cześć hej"
)
_NOUNS = (
    "damen herren kollegen kolleginnen kunden kunde kundin freunde team eltern mitarbeiter cliente clientes cliënt "
    "señores señoras amigos amici colleghi collega państwo gast gäste tag morgen abend welt mundo mondo allemaal "
    "der die den el patient patientin"
)
_INTRODUCED = (
    "me llamo|mi nombre es|se llama|soy|ich heiße|ich heisse|heißt|mein name ist|mi chiamo|si chiama|il mio nome è"
    "|meu nome é|me chamo|chamo-me|sou|nazywam się|mam na imię|jestem|ik heet|mijn naam is|ik ben"
)
_NEVER = OTHERS | SHARED | ENGLISH | FRENCH | frozenset(f"{_ADDRESSED} {_DEAR} {_NOUNS}".split())
_CUE = re.compile(
    rf"(?i)(?<![^\W_])(?:(?:{'|'.join(sorted(_ADDRESSED.split(), key=len, reverse=True))})\.?"
    rf"|{'|'.join(_DEAR.split())}|{_INTRODUCED})[ \t]+$"
)
_LABEL = re.compile(r"^[ \t>*-]*[^\W\d_]+(?: [^\W\d_]+)?[ \t]*[:：][ \t]*$")
_AFTER_LABEL = re.compile(r"[ \t]*(?:[,;|(\n]|$)")
_BEGINS = re.compile(r"(?:^|[.!?:\n¿¡«\"“(*•-])[ \t]*$")
_LONGEST = 4


class TextLine(NamedTuple):
    """Tokens `first` to `end` of a text, which are one line."""

    first: int
    end: int
    german: bool


def foreign_lines(tokens: Sequence[Token]) -> list[TextLine]:
    """The lines in another language; of a text that is in one, those that tell none as well."""
    counted = []
    first = 0
    for at in (*(at for at, token in enumerate(tokens) if token.text == "\n"), len(tokens)):
        counted.append((first, at, *_votes([token.text for token in tokens[first:at]])))
        first = at + 1
    whole = sum(other - home for _, _, other, home, _ in counted) > 0
    german = any(told for *_, told in counted)
    return [
        TextLine(first, end, german)
        for first, end, other, home, _ in counted
        if other > home or (whole and other == home)
    ]


def _votes(words: list[str]) -> tuple[int, int, bool]:
    """How many words are of other languages, how many of English or French, and whether some are German."""
    small = [word.lower() for word in words]
    mixed = any(word != low for word, low in zip(words, small, strict=True))
    said = [
        low
        for before, word, low in zip(("", *words), words, small, strict=False)
        if word == low or not before[-1:].isalnum()
    ]
    other = sum(word in OTHERS or word in _SIGNS for word in said)
    other += mixed and sum(
        word == low and low not in OTHERS and _ACCENTED.search(low) is not None
        for word, low in zip(words, small, strict=True)
    )
    return other, sum(word in HOME for word in small), not GERMAN.isdisjoint(said)


class Foreign:
    """What is left of the people that the network found in a text, and those that a cue announces."""

    def __init__(self, text: str, tokens: Sequence[Token], words: Sequence[Word], lexicon: Lexicon) -> None:
        self._text, self._tokens, self._words, self._lexicon = text, tokens, words, lexicon
        self._lines = foreign_lines(tokens)
        self._small = case_of(text) == LOWER

    def judged(self, spans: list[Span]) -> list[Span]:
        """The spans, those in lines of other languages cut to what has evidence, in order and apart."""
        if not self._lines:
            return spans
        kept = set(spans)
        for line in self._lines:
            if line.first == line.end:
                continue
            start, end = self._tokens[line.first].start, self._tokens[line.end - 1].end
            here = [span for span in spans if start <= span.start < end]
            kept.difference_update(here)
            kept.update(self._of_line(line, here))
        return sorted(kept)

    def _of_line(self, line: TextLine, spans: list[Span]) -> Iterator[Span]:
        found = [(span.start, span.end) for span in spans]
        for first, end in self._runs(line):
            start, stop = self._tokens[first].start, self._tokens[end - 1].end
            before = self._text[self._text.rfind("\n", 0, start) + 1 : start]
            seen = any(low < stop and start < high for low, high in found)
            if _CUE.search(before) or (seen and self._evident(line, first, end, before)):
                yield Span(start, stop, Label.PERSON, certain=False)

    def _runs(self, line: TextLine) -> Iterator[tuple[int, int]]:
        """Words written like names, one beside the other, with particles between them."""
        at = line.first
        while at < line.end:
            end = at
            while end < min(line.end, at + _LONGEST + 2) and self._is_part(end, at):
                end += 1
            last = end
            while last > at and self._tokens[last - 1].text in _PARTICLES:
                last -= 1
            if last > at:
                yield at, last
            at = max(end, at + 1)

    def _is_part(self, at: int, first: int) -> bool:
        token, word = self._tokens[at], self._words[at].kind
        if at > first and self._text[self._tokens[at - 1].end : token.start] != " ":
            return False
        if token.text in _PARTICLES:
            return at > first
        if token.text.lower() in _NEVER or not token.text[0].isalpha():
            return False
        return token.text[0].isupper() or (
            self._small and word.is_only_name and token.text in self._lexicon.given
        )

    def _evident(self, line: TextLine, first: int, end: int, before: str) -> bool:
        """Whether more than the network says that a run of words is somebody."""
        parts = [at for at in range(first, end) if self._tokens[at].text not in _PARTICLES]
        if any(self._is_given(at) for at in parts):
            return True
        if _LABEL.match(before) and _AFTER_LABEL.match(self._text, self._tokens[end - 1].end):
            return True
        if line.german or _BEGINS.search(before):
            return False
        return len(parts) > 1 or self._words[first].kind is WordKind.FAMILY

    def _is_given(self, at: int) -> bool:
        """Whether a word is listed as a given name and has no other meaning, or is one of the best known."""
        text, kind = self._tokens[at].text.lower(), self._words[at].kind
        return (
            kind.is_given and text in self._lexicon.given and (kind.is_only_name or gender(text) is not None)
        )

"""People in the names of documents: `jean_tremblay_cv.pdf`, `CV_JeanTremblay.docx`, `Bail - Ana Roy.pdf`.

Files of programs are called after what they do, and are left alone: only documents, pictures and recordings count.
A given name beside a surname is a person; one name is, beside a word for a paper that people have of themselves.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ni.privacy.people.lists import PARTICLES
from ni.privacy.prefilter import paced_matches
from ni.privacy.spans import Label, Span
from ni.privacy.structure.shapes import is_listed_family, is_listed_given, is_of_things, is_word
from ni.privacy.words import fold, listed

DOCUMENTS = (
    "pdf|docx?|odt|rtf|pages|xlsx?|ods|csv|pptx?|txt|jpe?g|png|heic|tiff?|mp3|m4a|wav|mp4|mov|zip|eml|msg|vcf"
)
"""Endings of the names of documents, pictures and recordings, as a pattern."""
_WORD = r"[^\W_][\w'’&()+-]{0,80}"
_WORDS = rf"{_WORD}(?: {_WORD}){{0,3}}"
_FILE = re.compile(
    rf"(?i)(?<![\w'’&()+.-])(?P<stem>{_WORDS}(?:(?: [-–—] |, ){_WORDS}){{1,3}}|{_WORD}(?:\.{_WORD}){{0,3}}?)"
    rf"\.(?:{DOCUMENTS})(?![\w-]|\.\w)"
)
"""A name with blanks in it has a dash or a comma between its parts."""
_SPACED = re.compile(rf"(?i)(?<![\w&()+.-]){_WORD}(?: {_WORD}){{1,4}}\Z")
"""Up to five words with blanks alone between them: somebody's name has to stand among them."""
_ENDING = re.compile(rf"(?i)\.(?:{DOCUMENTS})(?![\w-]|\.\w)")
_LONGEST_NAME = 160
_CAPITALS = "A-ZÀ-ÖØ-Þ"
_PIECE = re.compile(
    rf"(?:[Ss]ainte?|[Ss]te?)-[{_CAPITALS}][^\W\d_{_CAPITALS}]+|[{_CAPITALS}]?[^\W\d_{_CAPITALS}]+|[{_CAPITALS}]+(?![^\W\d_{_CAPITALS}])"
)
_TOKEN = re.compile(r"[^\W_]+")
_JOINTS = re.compile(r"[-_. +'’]?|, ")
_PAPERS = frozenset(
    listed("""
    cv resume resumes curriculum vitae contract contrat lease bail offer offre embauche passport passeport permis
    licence license t4 t4a t1 rl1 releve paystub payslip paie patient ordonnance prescription referral consent
    consentement will testament deed divorce diploma diplome transcript reference lettre letter naissance birth
    marriage mariage deces death id carte identite nas sin ssn application candidature evaluation avertissement
    warning termination congediement demission resignation claim reclamation medical dossier portrait headshot
    signature signed signe statement recu receipt
    """)
)
_ABOUT = frozenset(
    listed("""
    scan photo picture img image copy copie final draft v notes note report rapport file fichier form formulaire
    doc document new old version rev page invoice facture bill order letter call appel meeting reunion interview
    entrevue recording cover employee employe client customer tenant locataire of for de du la le et and pour hr rh
    certificate certificat agreement entente card pay soleil
    """)
)
_SAINTS = ("saint-", "sainte-", "st-", "ste-")
_SHORTEST = 3
_MOST_PARTS = 4


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word of the name of a file, and whether it may be part of somebody's name."""

    start: int
    end: int
    low: str
    nameable: bool


def file_names(text: str) -> Iterator[Span]:
    """The people after whom documents are called."""
    for file in _files(text):
        pieces = [_piece(match) for match in _PIECE.finditer(text, *file.span("stem"))]
        personal = not _PAPERS.isdisjoint(fold(word) for word in _TOKEN.findall(file["stem"])) or any(
            fold(piece.low) in _PAPERS for piece in pieces
        )
        for run in _runs(text, pieces):
            if _is_person(run, personal):
                yield Span(run[0].start, run[-1].end, Label.PERSON)
    for ending in paced_matches(_ENDING, text):
        yield from _before(text, ending.start())


def _before(text: str, end: int) -> Iterator[Span]:
    """Who is named in the last words of the name of a file with blanks: `carte-soleil Ana Roy.jpg`."""
    start = max(text.rfind("\n", 0, end) + 1, end - _LONGEST_NAME)
    words = _SPACED.search(text[start:end])
    pieces = [_piece(match) for match in _PIECE.finditer(text, start + words.start(), end)] if words else []
    personal = any(fold(piece.low) in _PAPERS for piece in pieces)
    for run in _runs(text, pieces):
        if len(run) > 1 and run[-1].end == end and _is_person(run, personal):
            yield Span(run[0].start, run[-1].end, Label.PERSON)


def _files(text: str) -> Iterator[re.Match[str]]:
    """The names of documents, each found from its ending."""
    for ending in paced_matches(_ENDING, text):
        start = max(text.rfind("\n", 0, ending.start()) + 1, ending.start() - _LONGEST_NAME)
        for file in _FILE.finditer(text, start, ending.end()):
            if file.end() == ending.end():
                yield file


def _piece(match: re.Match[str]) -> _Piece:
    low = match[0].lower()
    folded = fold(low)
    plain = folded in _PAPERS or folded in _ABOUT or len(low) == 1
    named = is_listed_given(low) or is_listed_family(low) or low in PARTICLES
    nameable = not plain and (named or not (is_word(low) or is_of_things(low)))
    return _Piece(*match.span(), low, nameable)


def _runs(text: str, pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Words that may be names and stand beside each other."""
    numbered = enumerate(pieces)

    def group(at_piece: tuple[int, _Piece]) -> int:
        return sum(not _follows(text, pieces, at) for at in range(1, at_piece[0] + 1))

    for _, run in groupby(numbered, key=group):
        kept = [piece for _, piece in run]
        if kept[0].nameable:
            yield kept


def _follows(text: str, pieces: Sequence[_Piece], at: int) -> bool:
    before, piece = pieces[at - 1], pieces[at]
    return before.nameable and piece.nameable and _JOINTS.fullmatch(text, before.end, piece.start) is not None


def _is_person(run: Sequence[_Piece], personal: bool) -> bool:
    """Whether these words are somebody's name; `personal` says that the file is a paper about a person."""
    names = [piece.low for piece in run if piece.low not in PARTICLES]
    if not names or len(run) > _MOST_PARTS:
        return False
    certain = [name for name in names if not is_word(name) and not is_of_things(name)]
    listed_ones = [name for name in certain if is_listed_given(name) or is_listed_family(name)]
    if len(names) > 1 and (listed_ones or personal):
        given = any(map(is_listed_given, names))
        family = any(is_listed_family(name) or name.startswith(_SAINTS) for name in names)
        return (given and family) or (personal and len(certain) == len(names))
    return personal and bool(listed_ones) and min(map(len, listed_ones)) >= _SHORTEST

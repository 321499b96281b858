"""Surrogates of values that are said in words: the words of another number, or of another address of e-mail."""

import re
from collections.abc import Callable

from ni.privacy.recognisers.spoken import DIGITS, ENGLISH, FRENCH, SIGN, SIGNS, WORD, digits_said
from ni.privacy.surrogates.draw import Draw
from ni.privacy.words import listed

Maker = Callable[[str, Draw], str]
_ALIKE = tuple(
    map(
        listed,
        (
            "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
            "twenty thirty forty fifty sixty seventy eighty ninety",
            "onze douze treize quatorze quinze seize",
            "trente quarante cinquante",
        ),
    )
)
"""Words of numbers that may stand for each other."""

_PIECE = re.compile(rf"\d|{WORD.pattern.removeprefix('(?i)')}", re.IGNORECASE)


def said_number(original: str, maker: Maker, draw: Draw) -> str | None:
    """Another number in words; None where the original is written in figures."""
    if any(map(str.isdigit, original)):
        return _said_in_part(original, maker, draw)
    if not WORD.match(original):
        return None
    words = list(WORD.finditer(original))
    said = digits_said([word[0] for word in words])
    digits = iter(maker(said, draw) if said else draw.digits(len(words)))
    names = FRENCH if _is_french(words) else ENGLISH

    def another(word: re.Match[str]) -> str:
        digit = next(digits, "0")
        lower = word[0].lower()
        if lower in DIGITS:
            chosen = names[int(digit)]
        else:
            chosen = draw.pick(next((alike for alike in _ALIKE if lower in alike), (lower,)))
        return chosen.capitalize() if word[0][0].isupper() else chosen

    return WORD.sub(another, original)


def _said_in_part(original: str, maker: Maker, draw: Draw) -> str | None:
    """Another number of which as many digits are said; None where none are."""
    words = list(WORD.finditer(original))
    if not words or digits_said([word[0] for word in words]) is None:
        return None
    figures = WORD.sub(lambda word: DIGITS[word[0].lower()], original)
    made = iter([char for char in maker(re.sub(r"\D", "", figures), draw) if char.isdigit()])
    names = FRENCH if _is_french(words) else ENGLISH
    return _PIECE.sub(
        lambda piece: next(made, "0") if piece[0].isdigit() else names[int(next(made, "0"))], original
    )


def _is_french(words: list[re.Match[str]]) -> bool:
    french = sum(word[0].lower() in FRENCH for word in words)
    return french > sum(word[0].lower() in ENGLISH for word in words)


def said_mail(original: str, maker: Maker, draw: Draw) -> str | None:
    """Another address in words; None where the original is written with its signs."""
    if "@" in original or not SIGN.search(original):
        return None
    words: dict[str, str] = {}

    def sign(match: re.Match[str]) -> str:
        char = SIGNS[match["sign"].lower()]
        words.setdefault(char, match[0])
        return char

    plain = SIGN.sub(sign, original)
    if plain.count("@") != 1:
        return None
    return "".join(words.get(char, char) for char in maker(plain, draw))

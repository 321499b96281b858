"""Surrogates of dates of birth."""

import re

from ni.privacy.draw import Draw
from ni.privacy.recognisers.dates import _MONTH, ENGLISH, FRENCH

_NUMBER_OR_WORD = re.compile(r"\d+|[^\W\d_]+")


def another(original: str, draw: Draw) -> str:
    """Another date in the same shape and language, at most three years away."""
    numbers = [len(match[0]) for match in re.finditer(r"\d+", original)]
    if numbers == [8]:
        return f"{_year(int(original[:4]), draw)}{1 + draw.below(12):02}{1 + draw.below(28):02}"
    worded = re.search(rf"(?i){_MONTH}", original) is not None
    first_is_month = re.match(r"0?[1-9]\D|1[0-2]\D", original) is not None

    def redrawn(match: re.Match[str]) -> str:
        word = match[0]
        if not word.isdigit():
            return _month(word, draw)
        if re.match("(?:st|nd|rd|th|er|ère)", original[match.end() :]):
            return word
        if len(word) == 4:
            return str(_year(int(word), draw))
        if len(numbers) == 3 and match.end() == len(original) and len(word) == 2 and numbers[0] != 4:
            return f"{(int(word) + 1 + draw.below(3)) % 100:02}"
        day = 10 + draw.below(19) if worded or not first_is_month else 10 + draw.below(3)
        return str(day if len(word) == 2 else 1 + draw.below(9))

    return _in_order(original, _NUMBER_OR_WORD.sub(redrawn, original), draw)


def _in_order(original: str, made: str, draw: Draw) -> str:
    """Numeric dates keep month and day possible in both readings: both parts at most 12."""
    match = re.fullmatch(r"(\d{4}\D|)(\d\d?)(\D)(\d\d?)(\D\d{2,4}|)", made)
    if not match:
        return made
    month, day = (
        f"{1 + draw.below(9 if len(part) == 1 else 12):0{len(part)}}" for part in (match[2], match[4])
    )
    return f"{match[1]}{month}{match[3]}{day}{match[5]}"


def _year(year: int, draw: Draw) -> int:
    away = 1 + draw.below(3)
    return year + away if draw.below(2) and year + away < 2010 else year - away


def _month(word: str, draw: Draw) -> str:
    """Another month in the language and length of the word; a word that is no month stays."""
    for months in (*ENGLISH, *FRENCH):
        if word.lower() in (month.lower() for month in months):
            drawn = draw.pick(
                [month for month in months if month.lower() != word.lower() and month.lower() != "may"]
            )
            return (
                drawn.upper() if word.isupper() else drawn.lower() if word.islower() else drawn.capitalize()
            )
    return word

"""Dates of birth: how one is written, which days it may mean, and another one in the same shape and language.

A surrogate is at most three years away, so that an age stays plausible. `05/03/1984` may be read in two ways, and so
may its surrogate; `25/03/1984` in one, and its surrogate too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ni.privacy.recognisers.dates import ENGLISH, FRENCH
from ni.privacy.surrogates.chooser import Draw
from ni.privacy.words import fold

_MORE_NAMES = {"sept": 9, "fev": 2, "dec": 12, "aout": 8}
MONTHS = {
    **{fold(name): at for names in (*ENGLISH, *FRENCH) for at, name in enumerate(names, 1)},
    **_MORE_NAMES,
}
"""The number of a month by its folded name or abbreviation."""
_PART = re.compile(r"\d+|[^\W\d_]+")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|ère|re)(?![^\W_])", re.IGNORECASE)
_TIME = re.compile(r"T\d\d:\d\d", re.IGNORECASE)
"""Where a time of day begins after a date (ISO 8601): it says nothing of the day, and stays."""
_LATEST = 2010


@dataclass(frozen=True, slots=True)
class Day:
    """A day of birth; parts that were not written are 0."""

    year: int
    month: int
    day: int

    @property
    def possible(self) -> bool:
        """Whether there may be such a day."""
        return self.month <= 12 and self.day <= 31


Roles = tuple[tuple[int, int, str], ...]
"""Start, end and meaning (`y`, `m`, `d`, or `n` for a month's name) of the parts of a date."""


def readings(text: str) -> list[Roles]:
    """What the parts of a date may mean: one reading, or two where day and month may change places."""
    time = _TIME.search(text)
    found = list(_PART.finditer(text, 0, time.start() if time else len(text)))
    numbers = [part for part in found if part[0].isdigit()]
    named = [part for part in found if fold(part[0]) in MONTHS]
    if named:
        return [_named(named[0], numbers)]
    sizes = [len(part[0]) for part in numbers]
    if sizes == [8]:
        at = numbers[0].start()
        return [((at, at + 4, "y"), (at + 4, at + 6, "m"), (at + 6, at + 8, "d"))]
    if sizes == [4]:
        return [((*numbers[0].span(), "y"),)]
    if len(numbers) != 3:
        return []
    orders = ("ymd", "ydm") if sizes[0] == 4 else ("mdy", "dmy")
    made = [
        tuple((*part.span(), role) for part, role in zip(numbers, order, strict=True)) for order in orders
    ]
    possible = [roles for roles in made if day_of(text, roles).possible]
    return possible[:1] if sizes[0] == 4 else possible


def _named(month: re.Match[str], numbers: list[re.Match[str]]) -> Roles:
    roles = [(*month.span(), "n")]
    for number in numbers:
        is_year = len(number[0]) == 4 or (number is numbers[-1] and len(numbers) > 1)
        roles.append((*number.span(), "y" if is_year else "d"))
    return tuple(sorted(roles))


def day_of(text: str, roles: Roles) -> Day:
    """The day that a date means in one reading."""
    values = {"y": 0, "m": 0, "d": 0}
    for start, end, role in roles:
        if role == "n":
            values["m"] = MONTHS[fold(text[start:end])]
        else:
            values[role] = int(text[start:end])
    return Day(values["y"], values["m"], values["d"])


def another(original: str, draw: Draw) -> str:
    """Another date in the same shape and language, at most three years away."""
    known = readings(original)
    if not known:
        return draw.like(original)
    was = day_of(original, known[0])
    wanted = _drawn(known, was, draw)
    made, at = [], 0
    for start, end, role in known[0]:
        made += [original[at:start], _part(original[start:end], role, wanted)]
        suffix = _ORDINAL.match(original, end) if role == "d" else None
        made.append(ordinal_ending(wanted.day, suffix[0]) if suffix else "")
        at = suffix.end() if suffix else end
    return "".join(made) + original[at:]


def _drawn(known: list[Roles], was: Day, draw: Draw) -> Day:
    """The day that stands in."""
    year = _year(was.year, draw)
    named = any(role == "n" for *_, role in known[0])
    widths = {role: end - start for start, end, role in known[0]}
    months = [month for month in range(1, 10 if widths.get("m") == 1 else 13) if month != was.month]
    month = draw.pick([month for month in months if not named or month != 5])
    if named or len(known) == 1:
        days = range(10, 29) if widths.get("d") == 2 else range(2, 10)
        if not named and was.day > 12:
            days = range(13, 29)
    else:
        days = range(1, 10 if widths.get("d") == 1 else 13)
    choices = [day for day in days if day not in {month, was.day}] or list(days)
    return Day(year, month, draw.pick(choices))


def ordinal_ending(day: int, like: str = "th") -> str:
    """What makes a day an ordinal, in the language of another ending; French has one for the first alone."""
    if like.lower() in {"er", "re", "ère"}:
        return "er" if day == 1 else ""
    return "th" if day in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _year(year: int, draw: Draw) -> int:
    away = 1 + draw.below(3)
    if year < 100:
        return (year + away) % 100 if draw.below(2) else (year - away) % 100
    return year + away if draw.below(2) and year + away < _LATEST else year - away


def _part(word: str, role: str, day: Day) -> str:
    """One part of the date that stands in, as wide as the original's."""
    if role == "n":
        return _month_like(word, day.month)
    value = {"y": day.year, "m": day.month, "d": day.day}[role]
    return str(value).zfill(len(word))


def _month_like(word: str, month: int) -> str:
    """The month in the language, length and case of another one's name."""
    names = next(
        (names for names in (*ENGLISH, *FRENCH) if fold(word) in map(fold, names)),
        FRENCH[1] if fold(word) in {"fev", "aout"} else ENGLISH[1],
    )
    name = names[month - 1]
    return name.upper() if word.isupper() else name.lower() if word.islower() else name.capitalize()


def pairs(made: str, original: str) -> Iterator[tuple[Day, Day]]:
    """The days of a surrogate with the days of the original for which they stand, one for each reading."""
    for mine, theirs in zip(readings(made), readings(original), strict=False):
        yield day_of(made, mine), day_of(original, theirs)

"""Dates of birth: what a written date may mean, a surrogate in the same format, and its other written forms.

A surrogate is at most three years off, so that an age stays plausible (more where so many dates stand in a request that
those days are taken); an age that a model computes cannot be restored.
`05/03/1984` has two readings, and so has its surrogate; `25/03/1984` has one, and so has its surrogate. `forms` gives
each format in which a model may write the surrogate, with the original in the same format.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from ni.privacy.recognisers.dates import ENGLISH, FRENCH
from ni.privacy.recognisers.months import OTHER
from ni.privacy.surrogates.draw import Draw
from ni.privacy.words import fold

_MORE_NAMES = {"sept": 9, "fev": 2, "dec": 12, "aout": 8}
MONTHS = {
    **{fold(name): at for names in OTHER for at, name in enumerate(names, 1)},
    **{fold(name): at for names in (*ENGLISH, *FRENCH) for at, name in enumerate(names, 1)},
    **_MORE_NAMES,
}
"""The number of a month by its folded name or abbreviation."""
_PART = re.compile(r"\d+|[^\W\d_](?:[^\W\d_]|[\u0900-\u0d7f])*")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|ère|re)(?![^\W_])", re.IGNORECASE)
_TIME = re.compile(r"T\d\d:\d\d", re.IGNORECASE)
"""Where a time of day begins after a date (ISO 8601): it says nothing of the day, and stays."""
_LATEST = 2010
_NEAR = 3  # draws that are at most three years off


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
    date_parts = list(_PART.finditer(text, 0, time.start() if time else len(text)))
    numbers = [part for part in date_parts if part[0].isdigit()]
    named = [part for part in date_parts if fold(part[0]) in MONTHS]
    if named:
        return [_named(named, numbers)]
    sizes = [len(part[0]) for part in numbers]
    if sizes == [8]:
        at = numbers[0].start()
        return [((at, at + 4, "y"), (at + 4, at + 6, "m"), (at + 6, at + 8, "d"))]
    if sizes == [4]:
        return [((*numbers[0].span(), "y"),)]
    if len(numbers) != 3:
        return []
    orders = ("ymd", "ydm") if sizes[0] == 4 else ("mdy", "dmy")
    candidates = [
        tuple((*part.span(), role) for part, role in zip(numbers, order, strict=True)) for order in orders
    ]
    possible = [roles for roles in candidates if day_of(text, roles).possible]
    return possible[:1] if sizes[0] == 4 else possible


def _named(months: list[re.Match[str]], numbers: list[re.Match[str]]) -> Roles:
    roles = [(*month.span(), "n") for month in months]
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


def another_date(original: str, draw: Draw) -> str:
    """Another date in the same shape and language, at most three years away."""
    known = readings(original)
    if not known:
        return draw.like(original)
    was = day_of(original, known[0])
    wanted = _drawn(known, was, draw)
    pieces, at = [], 0
    for start, end, role in known[0]:
        pieces += [original[at:start], _part(original[start:end], role, wanted)]
        suffix = _ORDINAL.match(original, end) if role == "d" else None
        pieces.append(ordinal_ending(wanted.day, suffix[0]) if suffix else "")
        at = suffix.end() if suffix else end
    return "".join(pieces) + original[at:]


def _drawn(known: list[Roles], was: Day, draw: Draw) -> Day:
    """The surrogate day for a day with these readings."""
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
    away = 1 + draw.below(3 + 12 * max(0, draw.attempt - _NEAR))
    if year < 100:
        return (year + away) % 100 if draw.below(2) else (year - away) % 100
    return year + away if draw.below(2) and year + away < _LATEST else year - away


def _part(word: str, role: str, day: Day) -> str:
    """One part of the surrogate date, as wide as the original's."""
    if role == "n":
        return _month_like(word, day.month)
    value = {"y": day.year, "m": day.month, "d": day.day}[role]
    return str(value).zfill(len(word))


def _month_like(word: str, month: int) -> str:
    """The month in the language, length and case of another one's name."""
    names = next(
        (names for names in (*ENGLISH, *FRENCH, *OTHER) if fold(word) in map(fold, names)),
        FRENCH[1] if fold(word) in {"fev", "aout"} else ENGLISH[1],
    )
    name = names[month - 1]
    return name.upper() if word.isupper() else name.lower() if word.islower() else name.capitalize()


def pairs(stand_in: str, original: str) -> Iterator[tuple[Day, Day]]:
    """The days of a surrogate with the days of the original for which they stand, one for each reading."""
    for mine, theirs in zip(readings(stand_in), readings(original), strict=False):
        yield day_of(stand_in, mine), day_of(original, theirs)


_SAME_SEPARATOR = re.compile(r"[0-9]+([-/. ]| [-/.] |[\u2010-\u2015])[0-9]+\1[0-9]+")


def numeric(written: str) -> bool:
    """Whether digits are written as a date: three groups with one separator."""
    return _SAME_SEPARATOR.fullmatch(written) is not None


_MONTHS = (("en", ENGLISH[0]), ("en", ENGLISH[1]), ("fr", FRENCH[0]), ("fr", FRENCH[1]))
_ORDERS = ("{d} {m}", "{m} {d}", "{d} of {m}", "{d} {m} {y}", "{m} {d} {y}", "{d} of {m} {y}")
_MONTH_OF_YEAR = "{m} {y}"


def _day_as_said(language: str, day: int) -> str:
    return "1er" if language == "fr" and day == 1 else str(day)


def _day_in_two_digits(language: str, day: int) -> str:
    return f"{day:02}"


def _day_as_ordinal(language: str, day: int) -> str:
    return f"{day}{ordinal_ending(day, 'th' if language == 'en' else 'er')}"


_DAYS = (_day_as_said, _day_in_two_digits, _day_as_ordinal)


def _worded(day: Day) -> Iterator[str]:
    """A day with the name of its month, in every language, order and form of the day."""
    for (language, names), order, shown in product(_MONTHS, _ORDERS, _DAYS):
        yield order.format(d=shown(language, day.day), m=names[day.month - 1], y=day.year)


def _months(day: Day) -> Iterator[str]:
    """The month and year in every language."""
    yield from (_MONTH_OF_YEAR.format(m=names[day.month - 1], y=day.year) for _, names in _MONTHS)


def _short_years(day: Day) -> Iterator[str]:
    """A month and the last digits of its year: `Mar '84`."""
    yield from (f"{names[day.month - 1]} {day.year % 100:02}" for _, names in _MONTHS)


def with_apostrophe(written: str) -> bool:
    """Whether two digits are written as a year."""
    return re.search(r"['’][0-9]{2}$", written) is not None


def _plain(day: Day) -> Iterator[str]:
    """A day in digits, in every order and width."""
    for month, date in ((f"{day.month:02}", f"{day.day:02}"), (str(day.month), str(day.day))):
        yield f"{day.year} {month} {date}"
        for year in (str(day.year), f"{day.year % 100:02}"):
            yield from (f"{date} {month} {year}", f"{month} {date} {year}")


def _full_year(stand_in: Day, original: Day) -> tuple[Day, Day]:
    """Both days with four digits of the year: two digits are of the last hundred years."""
    if stand_in.year >= 100 or original.year >= 100:
        return stand_in, original
    century = (1900 if stand_in.year > 26 else 2000), (1900 if original.year > 26 else 2000)
    return (
        Day(stand_in.year + century[0], stand_in.month, stand_in.day),
        Day(original.year + century[1], original.month, original.day),
    )


def forms(stand_in: str, original: str) -> Iterator[tuple[str, str, Callable[[str], bool] | None]]:
    """Each form of a surrogate, the same form of the original, and what must be true of it as it is written."""
    for mine, theirs in (_full_year(*pair) for pair in pairs(stand_in, original)):
        if not (mine.year and mine.month and theirs.month):
            continue
        yield from ((*form, None) for form in zip(_months(mine), _months(theirs), strict=True))
        short = zip(_short_years(mine), _short_years(theirs), strict=True)
        yield from ((*form, with_apostrophe) for form in short)
        if not (mine.day and theirs.day):
            continue
        yield from ((*form, None) for form in zip(_worded(mine), _worded(theirs), strict=True))
        yield from ((*form, numeric) for form in zip(_plain(mine), _plain(theirs), strict=True))
        yield _together(mine), _together(theirs), None


def usual_forms(stand_in: str, original: str) -> Iterator[tuple[str, str, Callable[[str], bool] | None]]:
    """Those of the forms that models write most: the whole day, in digits or with the full name of the month."""
    for mine, theirs in (_full_year(*pair) for pair in pairs(stand_in, original)):
        if mine.year and mine.month and mine.day and theirs.month and theirs.day:
            yield from ((*form, None) for form in zip(_in_full(mine), _in_full(theirs), strict=True))
            yield from ((*form, numeric) for form in zip(_in_digits(mine), _in_digits(theirs), strict=True))
            yield _together(mine), _together(theirs), None


def _in_full(day: Day) -> Iterator[str]:
    for language, names in (("en", ENGLISH[0]), ("fr", FRENCH[0])):
        shown, name = _day_as_said(language, day.day), names[day.month - 1]
        yield from (f"{shown} {name} {day.year}", f"{name} {shown} {day.year}")


def _in_digits(day: Day) -> Iterator[str]:
    month, date = f"{day.month:02}", f"{day.day:02}"
    yield from (f"{day.year} {month} {date}", f"{date} {month} {day.year}", f"{month} {date} {day.year}")


def _together(day: Day) -> str:
    return f"{day.year}{day.month:02}{day.day:02}"

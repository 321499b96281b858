"""A date of birth in the formats in which a model may write it, for surrogate and original alike.

An age that was computed cannot be put back: the surrogate is at most three years off, and nothing more.
"""

import re
from collections.abc import Iterator
from itertools import product

from ni.privacy.entries import Check
from ni.privacy.recognisers.dates import ENGLISH, FRENCH
from ni.privacy.surrogates.birth_dates import Day, ordinal_ending, pairs

_SAME_SEPARATOR = re.compile(r"[0-9]+([-/. ]|[\u2010-\u2015])[0-9]+\1[0-9]+")


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
    """A month and its year."""
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


def _full_year(made: Day, original: Day) -> tuple[Day, Day]:
    """Both days with four digits of the year: two digits are of the last hundred years."""
    if made.year >= 100 or original.year >= 100:
        return made, original
    century = (1900 if made.year > 26 else 2000), (1900 if original.year > 26 else 2000)
    return (
        Day(made.year + century[0], made.month, made.day),
        Day(original.year + century[1], original.month, original.day),
    )


def forms(made: str, original: str) -> Iterator[tuple[str, str, Check | None]]:
    """Each form of a surrogate, the same form of the original, and what must be true of it as it is written."""
    for mine, theirs in (_full_year(*pair) for pair in pairs(made, original)):
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


def _together(day: Day) -> str:
    return f"{day.year}{day.month:02}{day.day:02}"

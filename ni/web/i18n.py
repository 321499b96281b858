"""Language of a page (English or Canadian French), and its numbers, money, days and times.

The language is the account's, else the cookie's, else the browser's. Everything is formatted by Babel in `en_CA` or
`fr_CA` (plain `fr` prints a wrong dollar). Money comes as integer nanos and is shown exactly, with at least two places.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, dates, numbers
from flask import Flask, g, request
from flask_babel import Babel, get_locale, get_timezone, gettext

from ni.domain.errors import Problem
from ni.domain.money import NANOS, format_amount

LANGUAGES = {"en": "English", "fr": "Français"}
LOCALES = {"en": "en_CA", "fr": "fr_CA"}
LANGUAGE_COOKIE = "ni_language"
TRANSLATIONS = Path(__file__).parent / "translations"
_DIGITS_BELOW_A_CENT = len(str(NANOS // 100)) - 1


def install(app: Flask, preferred: Callable[[], str], time_zone: Callable[[], str]) -> None:
    """Set up Flask-Babel and the template filters.

    `preferred` returns the signed-in person's language, empty for none.
    """
    Babel(
        app,
        default_locale="en_CA",
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=lambda: LOCALES[choose(preferred())],
        timezone_selector=time_zone,
    )
    app.jinja_env.filters.update(
        money=money,
        money_scale=money_scale,
        number=number,
        moment=moment,
        aligned=aligned,
        decimals=decimals,
        clock=clock,
        stamp_clock=stamp_clock,
        duration=duration,
        duration_scale=duration_scale,
        exact=format_amount,
        percent=percent,
        rounded=rounded,
        to_cents=to_cents,
        utc=utc,
        iso_day=iso_day,
        price=price_per_million,
        size=size,
        span=span,
    )


def choose(preferred: str) -> str:
    """`en` or `fr`: the person's choice, the account's, the cookie's, the client's first one, else English."""
    for language in (preferred, g.get("account_language", ""), request.cookies.get(LANGUAGE_COOKIE, "")):
        if language in LANGUAGES:
            return language
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def speak(language: str) -> None:
    """Let the rest of the request be in the language of its account; an empty one changes nothing."""
    if language:
        g.account_language = language


def current_language() -> str:
    """`en` or `fr`: the language of the current request's page."""
    return str(_locale().language)


def translated_message(problem: Problem) -> str:
    """The problem's sentence in the language of the request."""
    return problem.message_in(gettext)


def number(value: int) -> str:
    """A whole number with the language's grouping."""
    return _number(value, str(_locale()))


@lru_cache(maxsize=8192)
def _number(value: int, locale: str) -> str:
    return str(numbers.format_decimal(value, locale=locale))


def size(tokens: int) -> str:
    """A token count in thousands or millions, rounded down as vendors do: 128 K, 1 M."""
    if tokens >= 1_000_000:
        return f"{number(tokens // 1_000_000)}\u00a0M"
    return f"{number(tokens // 1000)}\u00a0K" if tokens >= 1000 else number(tokens)


def money(nanos: int, currency: str, least_decimals: int = 2) -> str:
    """An amount exactly as stored, e.g. `$0.000063`, `0,000063 $`."""
    return _money(nanos, currency, least_decimals, str(_locale()))


@lru_cache(maxsize=8192)
def _money(nanos: int, currency: str, least_decimals: int, locale: str) -> str:
    """`money`, cached: a page shows hundreds of amounts, most of them more than once, and formatting is slow."""
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    places = "0." + "0" * least_decimals + "#" * (9 - least_decimals)
    amount = Decimal(nanos) / NANOS
    shown = pattern.replace("0.00", places)
    return str(numbers.format_currency(amount, currency, shown, locale=locale, currency_digits=False))


def rounded(nanos: int, currency: str) -> str:
    """An amount to two decimals; to two significant digits below a cent, so that it is never a false zero."""
    return rounded_in(str(_locale()), nanos, currency)


def rounded_in(locale: str, nanos: int, currency: str) -> str:
    """`rounded` in a language other than that of a page."""
    digits = len(str(abs(nanos)))
    places = 2 if not nanos or digits > _DIGITS_BELOW_A_CENT else min(9, 11 - digits)
    step = 10 ** (9 - places)
    return _money((abs(nanos) + step // 2) // step * step * (-1 if nanos < 0 else 1), currency, 2, locale)


def to_cents(nanos: int, currency: str) -> str:
    """An amount to two decimals."""
    return money(round(nanos, -7), currency)


def duration(ms: int) -> str:
    """A time span: milliseconds below a second, then seconds with one or two decimals."""
    if ms < 1000:
        return f"{number(ms)}\u00a0ms"
    seconds = numbers.format_decimal(Decimal(ms) / 1000, "0.00" if ms < 10_000 else "0.0", locale=_locale())
    return f"{seconds}\u00a0s"


def money_scale(nanos: Sequence[int], currency: str) -> Sequence[str]:
    """The amounts of a scale, all with as many decimals as the finest needs."""
    places = decimals(nanos)
    return [money(each, currency, places) for each in nanos]


def duration_scale(ms: Sequence[int]) -> Sequence[str]:
    """The time spans of a scale: all in milliseconds, or in seconds with as many decimals as the finest needs."""
    if max(ms, default=0) < 1000:
        return [duration(each) for each in ms]
    places = max(len(f"{each % 1000:03d}".rstrip("0")) for each in ms)
    pattern = "0." + "0" * places if places else "0"
    return [
        f"{numbers.format_decimal(Decimal(each) / 1000, pattern, locale=_locale())}\u00a0s" for each in ms
    ]


def span(us: int) -> str:
    """A time span given in microseconds: below ten milliseconds with decimals."""
    if us >= 10_000:
        return duration(round(us / 1000))
    return f"{numbers.format_decimal(Decimal(us) / 1000, '0.##', locale=_locale())}\u00a0ms"


def percent(value: float) -> str:
    """A number of percent, with one decimal below a hundred."""
    shown = numbers.format_decimal(value, "0.#" if abs(value) < 100 else "#,##0", locale=_locale())
    return f"{shown}\u00a0%" if current_language() == "fr" else f"{shown}%"


def utc(value: datetime) -> str:
    """An instant in UTC, as ISO 8601 writes it."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def decimals(amounts: Iterable[int]) -> int:
    """The most decimals that one of the amounts needs to be shown exactly, at least 2."""
    return max((len(format_amount(nanos).partition(".")[2]) for nanos in amounts), default=2)


def aligned(nanos: int, currency: str, places: int) -> str:
    """An amount like `money`, filled with figure spaces (U+2007) so that decimal signs stand below each other."""
    missing = places - len(format_amount(nanos).partition(".")[2])
    return money(nanos, currency) + "\u2007" * missing


def price_per_million(nano_usd: int) -> str:
    """A price of the catalog, in US dollars per million tokens."""
    return money(nano_usd, "USD")


def moment(value: datetime) -> str:
    """A day and time in the account's time zone, in the order of ISO 8601, which both languages of Canada use."""
    return f"{value.astimezone(_zone()):%Y-%m-%d %H:%M}"


def clock(value: datetime) -> str:
    """The time of day, to the second, in the account's time zone."""
    return f"{value.astimezone(_zone()):%H:%M:%S}"


def stamp_clock(text: str) -> str:
    """The time of day, to the millisecond, in the account's time zone, of an RFC 3339 text; another stays as it is."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{value.astimezone(_zone()):%H:%M:%S.%f}"[:-3]


def iso_day(value: datetime) -> str:
    """The day in the account's time zone, as ISO 8601 writes it."""
    return f"{value.astimezone(_zone()):%Y-%m-%d}"


def colon() -> str:
    """What stands between a name and its value; French has a no-break space before it."""
    return "\u00a0: " if current_language() == "fr" else ": "


def long_day(day: date) -> str:
    """A day in words, as the page's language writes it: `September 1, 2026`, `1er septembre 2026`."""
    written = str(dates.format_date(day, "long", locale=_locale()))
    return f"1er{written[1:]}" if current_language() == "fr" and day.day == 1 else written


def _locale() -> Locale:
    """The page's language; read once in a page, which asks for it hundreds of times."""
    if "ni_locale" not in g:
        locale: Any = get_locale()
        g.ni_locale = locale if isinstance(locale, Locale) else Locale.parse("en_CA")
    cached: Locale = g.ni_locale
    return cached


def _zone() -> tzinfo:
    """The account's time zone, read once in a page."""
    if "ni_zone" not in g:
        g.ni_zone = get_timezone()
    zone: tzinfo = g.ni_zone or UTC
    return zone

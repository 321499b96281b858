"""Draws that look random and are not: the same key and the same original always give the same draws.

The stream is HMAC-SHA256 in counter mode (as in NIST SP 800-108), so that nobody without the account's secret can
tell which original stands behind a surrogate by trying names.

Names that nobody has on purpose: built of syllables, pronounceable in English and French, and never a common word.

They name streets, and people when the curated lists are exhausted. Each attempt adds room: the third syllable makes
tens of thousands, numbers of further syllables as many as are asked for.
"""

import hmac
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ni.privacy.words import listed

T = TypeVar("T")

# Gives the surrogate of one part of a name, as a person's name would use it; True asks for a given name.
NamePart = Callable[[str, bool], str]


def no_names(part: str, given: bool) -> str:
    """For kinds that contain no names: the part itself."""
    return part


# Gives the local part of a person's surrogate for a local part; the second argument draws a digit. None: nobody's.
Handle = Callable[[str, Callable[[], str]], str | None]


def no_handles(local: str, digit: Callable[[], str]) -> str | None:
    """For a request in which nobody is known."""
    return None


@dataclass(slots=True)
class Draw:
    """One stream of draws for one original; `attempt` tells a repeated draw from the first."""

    key: bytes
    subject: str
    attempt: int = 0
    name: NamePart = no_names
    handle: Handle = no_handles
    _blocks: int = field(default=0, init=False)
    _pool: int = field(default=0, init=False)
    _size: int = field(default=1, init=False)

    def below(self, limit: int) -> int:
        """A number from 0 to `limit - 1`."""
        if self._size < limit << 32:  # the bias of a remainder stays below one in four thousand million
            self._refill()
        self._pool, drawn = divmod(self._pool, limit)
        self._size //= limit
        return drawn

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.below(len(choices))]

    def digits(self, count: int) -> str:
        """So many digits."""
        return str(self.below(10**count)).zfill(count) if count else ""

    def like(self, text: str) -> str:
        """The text with each letter and digit replaced by an ASCII one of its class; the rest stays."""
        return "".join(self._like(char) for char in text)

    def _like(self, char: str) -> str:
        if char.isdigit():
            return self.pick(string.digits)
        if char.isalpha():
            return self.pick(string.ascii_uppercase if char.isupper() else string.ascii_lowercase)
        return char

    def _refill(self) -> None:
        message = f"{self._blocks}:{self.attempt}:{self.subject}".encode("utf-8", "surrogatepass")
        self._pool = int.from_bytes(hmac.digest(self.key, message, "sha256"))
        self._size = 1 << 256
        self._blocks += 1


def refit(pattern: str, symbols: str) -> str:
    """The symbols in the format of the pattern: its separators stay, its letters and digits are replaced in order."""
    left = iter(symbols)
    return "".join(next(left, "") if char.isalnum() else char for char in pattern)


_FIRST = listed("""
    Alder Ambre Arden Auber Avel Balder Barde Belan Bereg Birke Bran Brevo Cade Calver Carde Chante
    Clarve Corbe Daln Darve Delor Dorne Eber Elver Ember Falco Farne Feren Galen Garde Glen Halver Harde
    Iver Jarve Kelme Kerve Lander Larde Lorme Maren Melde Merle Narve Nelde Norre Olver Orne Parve Perre
    Quille Rande Renve Rosel Salve Sarne Selde Solve Tarne Telme Torve Ulver Valde Verne Wende
""")
_LAST = listed("""
    beck bray by cour court cy dale den din don dy ford gan gard gny grave ham hurst ieux ion ley lieu
    lin loy lyn mont mor nay nel ner nois quet ray rel ret ric ron sault set son ston tal ter thorpe
    tier tin ton val vel ven ville vin wick wyn
""")
_MIDDLE = listed("""
    ba be bo da de do fa fe ga go la le li lo ma me mi mo na ne no ra re ri ro sa se ta te ti to va ve
    vi
""")
_VOWELS = "AEIOU"


def invented(draw: Draw, vowel: bool | None = None) -> str:
    """A name of two syllables or more; beginning with a vowel or not, where that is asked for."""
    first = draw.pick([name for name in _FIRST if vowel is None or (name[0] in _VOWELS) == vowel])
    middle = "".join(draw.pick(_MIDDLE) for _ in range(min(draw.attempt // 12, 12)))
    return first + middle + draw.pick(_LAST)


def street_name(draw: Draw) -> str:
    """The name of a street that exists nowhere we know of."""
    return invented(draw)

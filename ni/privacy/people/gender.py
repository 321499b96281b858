"""Which given names are women's and which are men's, over all origins, in Latin and other letters.

`gender.txt.gz` has two lines of folded names, women's and men's: from the United States' public-domain counts of
given names (nine in ten bearers of one sex), the locales of Faker and nomquamgender's table of the world's names. A
name that is neither is not listed.
"""

import gzip
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("gender.txt.gz")


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    women, men = gzip.decompress(_FILE.read_bytes()).decode().splitlines()
    return frozenset(women.split()), frozenset(men.split())


def listed_gender(folded: str) -> str | None:
    """`f` or `m` for a folded given name; None where the list does not tell."""
    women, men = _lists()
    return "f" if folded in women else "m" if folded in men else None

"""Makes the word lists of `ni/privacy/people`: `python -m ni.privacy.training.lists`.

`given` and `family` come from Faker's providers and `origins.toml`, with the surnames of the United States census that
are borne by more than one person in about 200,000 (package `names`, MIT; public data); `english` is Debian's
`wamerican` (SCOWL), its words in lower case.
"""

import gzip
import importlib.util
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from ni.privacy.lexicon import FOLDER
from ni.privacy.people.family import SURROGATE_FAMILY
from ni.privacy.people.given import FEMININE, MASCULINE, SURROGATE_FEMININE, SURROGATE_MASCULINE
from ni.privacy.training.people import origins

DICTIONARY = Path("/usr/share/dict/american-english")
CENSUS_SURNAMES = 12_000
SHORTEST = 2


def census(file: str, most: int) -> list[str]:
    """The most frequent names of a census list, in lower case."""
    spec = importlib.util.find_spec("names")
    if spec is None or spec.origin is None:
        sys.exit("Install the package `names`, version 0.3.0.")
    lines = (Path(spec.origin).parent / file).read_text("ascii").splitlines()
    return [line.split()[0].lower() for line in lines[:most]]


def parts(names: Iterable[str]) -> set[str]:
    """Every word of the names, in lower case, whole and in its hyphenated parts; particles are left out."""
    words = {word.lower().replace("’", "'") for name in names for word in name.split()}
    return {
        part for word in words for part in (word, *word.split("-")) if len(part) > SHORTEST or part == word
    }


def write(name: str, words: Iterable[str]) -> None:
    """Writes a list, sorted; the same words give the same bytes."""
    kept = sorted(word for word in words if len(word) >= SHORTEST)
    (FOLDER / f"{name}.txt.gz").write_bytes(gzip.compress("\n".join(kept).encode(), 9, mtime=0))
    sys.stdout.write(f"{name}: {len(kept)} words\n")


def main() -> None:
    """Writes the three lists."""
    FOLDER.mkdir(exist_ok=True)
    particles = {"de", "da", "do", "dos", "des", "du", "la", "le", "van", "von", "der", "den", "di", "el", "al", "bin",
                 "ben", "st", "mc", "mac", "of", "the", "and", "et", "ter", "ten", "zu", "zur", "af", "av"}  # fmt: skip
    given = parts(name for origin in origins() for name in origin.first)
    given |= {*census("dist.female.first", 2000), *census("dist.male.first", 1200)}
    family = parts(name for origin in origins() for name in origin.last) | parts(SURROGATE_FAMILY)
    family |= set(census("dist.all.last", CENSUS_SURNAMES))
    curated = parts((*FEMININE, *MASCULINE, *SURROGATE_FEMININE, *SURROGATE_MASCULINE))
    write("given", (given - particles) | curated)
    write("family", family - particles)
    listed = DICTIONARY.read_text("utf-8").splitlines()
    write("english", (word for word in listed if re.fullmatch(r"[a-zéèêñçâ]+", word)))


if __name__ == "__main__":
    main()

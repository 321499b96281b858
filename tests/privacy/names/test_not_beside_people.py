"""Acronyms, hours, days, places and firms are nobody, in sentences of either language; people in them are found."""

from itertools import product

import pytest

from ni.privacy.names.tagger import Tagger

ACRONYMS = ("NACHA", "RCIC", "CPSO", "NINO", "PEI", "WSIB", "COPD", "MRN", "FINTRAC")
OF_ACRONYMS = (
    "The {} file is due.",
    "Ask {} for the form.",
    "Le formulaire {} est requis.",
    "{} and EFT files",
)
HOURS = (
    "Lunch is at 4:02 PM, the call at 10 AM.", "Sun 02:00-04:00 is the window.", "Sent: Tue, 14 Oct 2025",
    "Wed. 3 March, 2 PM to 4 PM",
)  # fmt: skip
PLACES = ("Sault Ste. Marie", "Ville-Marie")
OF_PLACES = ("The office in {} is closed.", "Flights go to {} on weekdays.", "Le conseil de {} a voté.")
FIRMS = ("Raymond Chabot Grant Thornton", "Grant Thornton")
OF_FIRMS = ("The auditor is {}.", "Le vérificateur est {}.", "We pay {} monthly.")
PLAIN = (
    *(shape.format(word) for word, shape in product(ACRONYMS, OF_ACRONYMS)), *HOURS,
    *(shape.format(word) for word, shape in product(PLACES, OF_PLACES)),
    *(shape.format(word) for word, shape in product(FIRMS, OF_FIRMS)),
)  # fmt: skip
WITH_PEOPLE = (
    ("Marie called from Sault Ste. Marie at 4:02 PM.", "Marie"),
    ("Sun Li joined on Sun 3 May", "Sun Li"),
    ("Mon médecin est Raymond Chabot, tél. 514-555-0143", "Raymond Chabot"),
    ("Bonjou, non m se Guerline Saintilus, mwen fèt an Ayiti.", "Guerline Saintilus"),
    ("Mwen rele Woodley, pitit mwen gen 4 an.", "Woodley"),
    ("Ang pangalan ko ay Rosalinda Magbanua, siya ang kapatid ko.", "Rosalinda Magbanua"),
    ("Nino Rossi sent the PEI form.", "Nino Rossi"),
)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_person_is_left_alone(tagger: Tagger, text: str) -> None:
    assert [text[span.start : span.end] for span in tagger.find([text])[0]] == []


@pytest.mark.parametrize(("text", "person"), WITH_PEOPLE)
def test_people_beside_it_are_found(tagger: Tagger, text: str, person: str) -> None:
    assert person in [text[span.start : span.end] for span in tagger.find([text])[0]]

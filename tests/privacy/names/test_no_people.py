"""Words that the network took for people: labels of numbers, buildings, rivers, forms of dates, words of programs."""

import pytest

from ni.privacy.names.tagger import Tagger

NOBODY = (
    "Tél. 418-589-0806 | Téléc. 418 589-2180", "Téléc.: (418) 589-2180", "Bur. 418 589-2180",
    "Le tournoi est à l'aréna Maurice-Richard.", "rendez-vous au centre Paul-Sauvé demain",
    "la salle Wilfrid-Pelletier",
    "L'école Marguerite-Bourgeoys est fermée.", "la bibliothèque Gabrielle-Roy ouvre à neuf heures",
    "The Mackenzie is the longest river in the country.", "We paddled along the Fraser, then up the Nelson.",
    "the Fraser flows west", "She worked as a line cook. Line cooks wanted.",
    "# the form is YYYYWwwd or YYYYDDD", "msg = 'Server refuses to brew coffee because it is a teapot'",
    "Les îles Ascension et Saint Helena sont loin.", "Il part pour Amerika'ya demain",
    "Née à Lubumbashi le 6 juin 1988.", "She was born in Kandahar and raised in Bukavu.", "Tourtière du Lac: 2 lb",
    "Driver 2: OLN G2209-77829-11204",
    '{"default":"Xpresspost"}', "Ship with Loomis, Purolator or Canpar.",
)  # fmt: skip
SOMEBODY = {
    "Appelez Maurice Richard au 418-589-0806": ["Maurice Richard"],
    "Téléc. de Réjean Bolduc : 418 589-2180": ["Réjean Bolduc"],
    "J'ai vu Marie-Claude Roy au centre.": ["Marie-Claude Roy"],
    "The Okafor file is late.": ["Okafor"],
    "msg = 'Priya refuses to sign'": ["Priya"],
    "Line Tremblay est absente.": ["Line Tremblay"],
    "Mme Saint Pierre est arrivée.": ["Saint Pierre"],
    "Rose-Aimée Saint Laurent était là.": ["Rose-Aimée Saint Laurent"],
    "We met Fraser along the river.": ["Fraser"],
}


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@pytest.mark.parametrize("text", NOBODY)
def test_nobody_is_seen_in_labels_places_and_words_of_programs(tagger: Tagger, text: str) -> None:
    assert [text[span.start : span.end] for span in tagger.find([text])[0]] == []


@pytest.mark.parametrize(("text", "names"), list(SOMEBODY.items()))
def test_a_person_beside_them_is_still_seen(tagger: Tagger, text: str, names: list[str]) -> None:
    assert [text[span.start : span.end] for span in tagger.find([text])[0]] == names

"""Names that their place announces: behind a title and a particle, in lists with numbers, contracts and queries."""

from itertools import product

import pytest

from ni.privacy.spans import Label
from tests.privacy.cast import masked, sent
from tests.privacy.structure.reading import labelled, people

FULL = ("Quillane Vosterby", "Rose Baker", "Ngozi Uchenna", "Zofia Wiśniewska", "Marie-Soleil Bélanger")
PLACES = (
    "00:00:12.000 --> 00:00:15.000\n<v {}>Good morning everyone.",
    "- {} (604 794-8216)\n- none",
    "1. {} ((902) 918-3140)",
    'LEASE between {} (the "Landlord") and the city',
    "BAIL entre {} (ci-après le « Locateur ») et la ville",
    "Pay to the order of {}   $1,200.00",
    "SELECT id FROM person WHERE name LIKE '%{}%';",
    'Feedback from {}: "too slow"',
    "Message de {} (hier)",
    "**{}** ([ana@acme.ca](mailto:ana@acme.ca))",
    "select * from crm.users u where u.name = '{}';",
)


@pytest.mark.parametrize(("name", "place"), list(product(FULL, PLACES)))
def test_a_name_is_found_where_its_place_announces_it(name: str, place: str) -> None:
    assert name in people(place.format(name))


@pytest.mark.parametrize("title", ["Dr.", "Mrs.", "Mme", "M.", "Madame", "Prof."])
@pytest.mark.parametrize("name", ["de la Torre", "van der Berg", "bin Salman", "von Wartburg", "du Plessis"])
def test_a_surname_with_particles_is_found_behind_a_title(title: str, name: str) -> None:
    assert any(name.rpartition(" ")[2] in found for found in people(f"{title} {name} called today."))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT id FROM products WHERE name = 'Hammer';",
        "- Reception (514 555-0199)",
        'the "Agreement" (the "Contract")',
        "<v-btn color='primary'>Save</v-btn>",
        "de la ville au lac, du pont de la rivière",
    ],
)
def test_things_in_such_places_are_nobody(text: str) -> None:
    assert people(text) == []


@pytest.mark.parametrize("born", ["1975-08-02", "02/08/1975", "1999/12/31"])
@pytest.mark.parametrize("sign", [" | ", ",", ";", "\t"])
def test_a_date_of_birth_in_rows_about_people_needs_no_header(born: str, sign: str) -> None:
    rows = [
        sign.join((name, f"514-555-010{at}", born))
        for at, name in enumerate(("Ana Roy", "Luc Roy", "Jean Côté"))
    ]
    assert labelled("\n".join(rows)).count((Label.DOB, born)) == 1
    assert (Label.DOB, "2024-03-05") not in labelled("\n".join(rows).replace(born, "2024-03-05"))


@pytest.mark.parametrize(
    "handle",
    ["qvosterby", "quillane.vosterby", "quillane_vosterby", "vosterby-quillane", "quillanev", "vosterbyq"],
)
@pytest.mark.parametrize(
    "place",
    [
        '{{"login": "{}", "fullName": "Quillane Vosterby"}}',
        "Full name: Quillane Vosterby\nnet share /home/{}/docs",
        "Full name: Quillane Vosterby\nask {} about it",
    ],
)
def test_the_user_name_of_somebody_who_is_named_does_not_leave(handle: str, place: str) -> None:
    assert handle not in sent(masked(place.format(handle)))

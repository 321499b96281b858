"""Mail in quoted-printable is read: its values are found, their stand-ins are written so, and all comes back."""

import quopri
from itertools import product

import pytest

from ni.privacy.reading import read
from tests.privacy.cast import answered, masked, sent

HEADER = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
VALUES = (
    "Agnès Dubois",
    "Marie-Ève Côté",
    "ana.roy@acme-sante.ca",
    "819-555-0182",
    "123 rue de l’Église",
    "né le 3 août 1969",
)
SENTENCES = (
    "Bonjour, je suis {}, à bientôt.",
    "Voilà un long début de ligne qui s'arrête à peu près là : {} et la suite",
    "{}",
)


def _encoded(text: str) -> str:
    octets = quopri.encodestring(text.encode()).decode()
    return octets.replace("@", "=40").replace("-", "=2D")


@pytest.mark.parametrize(("value", "sentence"), list(product(VALUES, SENTENCES)))
def test_a_value_in_quoted_printable_is_another_when_it_is_decoded(value: str, sentence: str) -> None:
    text = HEADER + _encoded(sentence.format(value))
    result = masked(text)
    decoded = quopri.decodestring(sent(result)).decode()
    assert value.removeprefix("né le ") not in decoded
    assert decoded != quopri.decodestring(text).decode()
    assert answered(result, sent(result)) == text


def test_letters_are_read_without_the_header_too() -> None:
    text = "je suis Agn=C3=A8s Dubois"
    result = masked(text)
    assert "Dubois" not in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(
    "text",
    [
        "x=40 and y=2D",
        "a =\nb",
        "url?a=C3&b=A9",
        "x=C3 y=A9",
        "key=AA=BB",
        "the quoted-printable form of = is =3D",
    ],
)
def test_equals_signs_elsewhere_are_read_as_they_are(text: str) -> None:
    assert read(text).text == text

"""The language of a segment, by small words and letters."""

import pytest

from ni.privacy.languages import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Could you thank her for the flowers?", "en"),
        ("Peux-tu la remercier pour les fleurs ?", "fr"),
        ("BONJOUR, VEUILLEZ REDÉMARRER LE SERVEUR.", "fr"),
        ("L'ordinateur d'Émilie est brisé", "fr"),
        ("He met Zoë and Renée at the café in Québec", "en"),
        ("Jean Tremblay", "en"),
        ("", "en"),
        ("12 345 $", "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_long_text_is_judged_by_its_beginning() -> None:
    assert language_of("the cat is on the mat " * 100 + "le la les " * 100_000) == "en"

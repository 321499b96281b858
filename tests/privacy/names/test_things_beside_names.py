"""Words of code and of products that look like names, beside neighbours that are people."""

import pytest

from ni.privacy.names.tagger import Tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@pytest.mark.parametrize(
    "text",
    [
        "from x import (\n    allclose,\n    amax,\n    amin,\n    angle,\n    any,\n    append,\n)",
        "PLUS: Final[int]\nMINUS: Final[int]\nSTAR: Final[int]\nSLASH: Final[int]\nDOT: Final[int]\nAT: Final[int]",
        "# Handle inputs like doc.to_array(ORTH)\nattrs = [attrs]",
        'paths = ["Microsoft Edge", "Google Chrome", "Edge Dev", "Edge Canary"]',
        "regions:\n  Spain: Madrid\n  Italy: Rome\n",
        "hope this helps, grace period ends on sunday",
        "Roger that, mark the ticket as done",
        "on estime l'intégrale par Monte-Carlo et la distance par celle de Jaro-Winkler.",
    ],
)
def test_words_of_code_products_and_phrases_are_nobody(tagger: Tagger, text: str) -> None:
    assert [text[span.start : span.end] for span in tagger.find([text])[0]] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Please ask Grace about the period of the lease.", "Grace"),
        ("I met Roger Tremblay in Laval yesterday.", "Roger Tremblay"),
        ("Amina,\nBogdan,\nGhislaine,\nThierry,\nSandrine,\nwere all there.", "Amina"),
        ("Jasper Kowalchuk works at Microsoft with Zeynep.", "Jasper Kowalchuk"),
        ("Madame Denise Spain est arrivée hier soir.", "Denise Spain"),
    ],
)
def test_people_with_such_names_are_found(tagger: Tagger, text: str, name: str) -> None:
    assert name in [text[span.start : span.end] for span in tagger.find([text])[0]]

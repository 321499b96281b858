"""Names of documents that are called after people; files of programs and of products stay."""

from itertools import product

import pytest

from ni.privacy.structure.file_names import file_names
from tests.privacy.cast import answered, masked, sent

PEOPLE = (("jean", "tremblay"), ("Kwaku", "Addo"), ("Parminder", "Sandhu"), ("zofia", "wiśniewska"))
SHAPES = (
    "{0}_{1}_cv.pdf", "CV_{0}_{1}.docx", "{1}-{0}-passport-scan.jpg", "lettre.{0}.{1}.odt", "{1}_{0}_offer.pdf",
    "{0} {1} - T4 2023.pdf", "Bail - {0} {1}.pdf", "{1}, {0} - bulletin.xlsx",
)  # fmt: skip
PLACES = (
    "see {}",
    "/home/data/HR/{}",
    'open("uploads/{}")',
    "-rw-r--r-- 1 root root 20311 Mar  5 10:22 {}",
    "C:\\Docs\\{}",
)
STAY = (
    "jordan_river_map.png", "monte_carlo_results.csv", "kafka_connect_guide.pdf", "contract_template.docx",
    "quarterly_report_final_v2.pdf", "terms-of-service.pdf", "cover_letter_example.docx", "requirements.txt",
    "medical_report_template.pdf", "jean_tremblay.py", "madison.css", "IMG_20240102_101112.jpg", "lorem-ipsum.txt",
    "release_notes_v1.2.txt", "spring_boot_reference.pdf", "offer_letter.pdf",
)  # fmt: skip


def _found(text: str) -> list[str]:
    return [text[span.start : span.end] for span in file_names(text)]


@pytest.mark.parametrize(("person", "shape", "place"), list(product(PEOPLE, SHAPES, PLACES)))
def test_the_person_in_the_name_of_a_document_is_found(
    person: tuple[str, str], shape: str, place: str
) -> None:
    text = place.format(shape.format(*person))
    found = " ".join(_found(text))
    assert all(part in found for part in person)
    assert not any(word in found for word in ("cv", "CV", "passport", "Bail", "T4"))


@pytest.mark.parametrize(("person", "shape"), list(product(PEOPLE, SHAPES)))
def test_it_gets_another_name_in_the_same_shape_and_comes_back(person: tuple[str, str], shape: str) -> None:
    text = f"see {shape.format(*person)}"
    result = masked(text)
    assert not any(part in sent(result) for part in person)
    assert sent(result).rpartition(".")[2] == text.rpartition(".")[2]
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(("name", "place"), list(product(STAY, PLACES)))
def test_the_files_of_programs_and_templates_stay(name: str, place: str) -> None:
    assert _found(place.format(name)) == []

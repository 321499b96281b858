"""Names by their header, key, column and neighbours; and what stands in the same places and is no name."""

import pytest

from ni.privacy import structure
from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.spans import Label, Span
from tests.privacy.structure.reading import people

NAMED = {
    "Customer name: Imre Szalai": ["Imre Szalai"],
    "Nom de l'élève : L'Heureux": ["L'Heureux"],
    "Nom : SZALAI, Imre": ["SZALAI, Imre"],
    "Patient: Dr. Odalys Ferro, PhD": ["Odalys Ferro"],
    "Emergency contact: Odalys Ferro (mother) 555-0134": ["Odalys Ferro"],
    "Signataire : Me Louis de la Durantaye": ["Louis de la Durantaye"],
    "Attendees: Imre Szalai, Odalys Ferro and Tunde Bakare": ["Imre Szalai", "Odalys Ferro", "Tunde Bakare"],
    '{"assignee": "imre szalai"}': ["imre szalai"],
    '{"authors": ["Imre Szalai", "Odalys Ferro"]}': ["Imre Szalai", "Odalys Ferro"],
    'new Patient("Imre", "Szalai")': ["Imre", "Szalai"],
    "name,email\nImre Szalai,is@example.ca\n": ["Imre Szalai"],
    '"Szalai, Imre";514-555-0134\n"Ferro, Odalys";514-555-0135\n': ["Szalai, Imre", "Ferro, Odalys"],
    "Szalai,Imre,imre.szalai@example.ca,Nipigon": ["Szalai", "Imre"],
    "From: Imre Szalai <i@example.ca>\nCc: Odalys Ferro <o@example.ca>": ["Imre Szalai", "Odalys Ferro"],
    'git commit --author="Imre Szalai <i@example.ca>"': ["Imre Szalai"],
    "Imre Szalai <i@example.ca> <1+i@users.example.org>": ["Imre Szalai"],
    "Write to Imre Szalai <i@example.ca> today": ["Imre Szalai"],
    "What is your last name?\nSzalai": ["Szalai"],
    "Marc: on se voit demain midi?\nJulie : oui, à midi pile": ["Marc", "Julie"],
    "Imre Szalai DOB: 1980-01-01": ["Imre Szalai"],
    "Keith Wilson <wilson_keith@example.ca>": ["Keith Wilson"],
    "Rental form. Applicant: Imre Szalai. Co-applicant: Odalys Ferro. Rent: 900": [
        "Imre Szalai",
        "Odalys Ferro",
    ],
    "联系人：王小明": ["王小明"],
    "성명: 김민준": ["김민준"],
    "ФИО: Иванова Анна Петровна": ["Иванова Анна Петровна"],
    "الاسم: يوسف حداد": ["يوسف حداد"],
    "नाम: अनीता शर्मा": ["अनीता शर्मा"],
    "Ονοματεπώνυμο: Γιώργος Νικολάου": ["Γιώργος Νικολάου"],
    "שם: דוד כהן": ["דוד כהן"],
    "姓,名\n王,小明\n": ["王", "小明"],
}


@pytest.mark.parametrize("text", NAMED)
def test_a_name_is_found_by_what_stands_around_it(text: str) -> None:
    assert people(text) == NAMED[text]


def test_a_column_is_one_of_names_where_most_of_its_cells_are() -> None:
    text = "Wer | Was\n--- | ---\nImre Szalai | 3\nPriya Raman | 4\nTunde Bakare | 1\nOrtrun Vell | 7\n"
    assert people(text) == ["Imre Szalai", "Priya Raman", "Tunde Bakare", "Ortrun Vell"]


@pytest.mark.parametrize(
    "text",
    [
        "Visite à domicile : l'usagère Odalys Ferro est bien orientée.",
        "Avez-vous vu la carte d'accès de Odalys Ferro ? Elle était là.",
        "Address: care of Odalys Ferro, who has moved away since then",
        "Company: we asked what the customer thought of Odalys Ferro",
    ],
)
def test_a_label_in_a_sentence_says_nothing_of_the_whole_sentence(text: str) -> None:
    name = text.index("Odalys")
    guess = Span(name, name + len("Odalys Ferro"), Label.PERSON, certain=False)
    assert structure.outside([guess], structure.not_people(text)) == [guess]


def test_a_model_ends_a_name_that_a_label_cut_short() -> None:
    text = "Applicant: Imre Szalai Co-applicant: Odalys Ferro"
    guess = Span(text.index("Imre"), text.index(" Co-"), Label.PERSON, certain=False)
    announced = [Span(guess.start, guess.start + 4, Label.PERSON)]
    assert structure.agreed(text, announced, [guess]) == [Span(guess.start, guess.end, Label.PERSON)]
    assert structure.agreed(
        "Imre,Szalai", [Span(0, 4, Label.PERSON)], [Span(0, 11, Label.PERSON, False)]
    ) == [Span(0, 4, Label.PERSON)]


NOBODY = (
    "name: build",
    "name: Deploy to production\nruns-on: ubuntu-latest",
    '{"name": "lodash", "version": "4.17.21", "type": "module"}',
    '{"name": "Chelsea", "price": 41, "sku": "C-1"}',
    "name,version\nHandlebars,4.7\nMorgan,1.10\nJasmine,5.1\n",
    "city,province\nVictoria,BC\nRegina,SK\nSidney,BC\n",
    "owner: postgres",
    "Owner: Platform Team",
    "author: The pandas development team",
    "patient: N/A",
    "first: 10, last: 20",
    "def f(name: str, owner: User = None, author: Author): ...",
    "let user = User.find(params.first)",
    "madison = jordan * 596\nreturn madison or chelsea",
    '{ key: "first_name", label: "First name", patient: true }',
    "contact = config.contact.default",
    "Company: Tremblay et Fils",
    "Title: Director\nCity: Sidney",
    "status,owner\nactive,admin\nactive,root\n",
    "Ruby: 3.2 or later is required here",
)


@pytest.mark.parametrize("text", NOBODY)
def test_a_thing_is_no_person_although_its_key_is_name(text: str) -> None:
    assert people(text) == []


def test_first_and_last_names_in_columns_are_hidden_in_the_prose_around_them() -> None:
    text = "first,last,shoe\nOdalys,Ferro,41\nImre,Szalai,44\n\nPlease tell Odalys that Szalai has called."
    detector = Detector(NoNames(), DetectionPolicy(), FindingsCache())
    values = [text[span.start : span.end] for span in scan_text(detector, b"k" * 32, text)]
    assert values == ["Odalys", "Ferro", "Imre", "Szalai", "Odalys", "Szalai"]

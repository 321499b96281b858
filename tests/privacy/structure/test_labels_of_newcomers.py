"""Labels in the languages of newcomers announce people, numbers and dates; labels themselves are nobody."""

from itertools import product

import pytest

from ni.privacy.spans import Label
from ni.privacy.structure import find, not_people

NAMES = ("Pangalan", "Non konple", "Họ tên", "ਨਾਮ", "الاسم", "姓名")
PHONES = ("Telepono", "Điện thoại", "ਫ਼ੋਨ", "رقم الهاتف", "联系电话")
BIRTHS = (
    "Kapanganakan",
    "Petsa ng kapanganakan",
    "Ngày sinh",
    "Dat nesans",
    "ਜਨਮ ਮਿਤੀ",
    "تاريخ الميلاد",
    "出生日期",
)
ADDRESSES = ("Tirahan", "Địa chỉ", "ਪਤਾ", "العنوان", "住址")
ROLES = (
    "caregiver", "nanny", "roommate", "neighbour", "coloc", "colocataire", "proprio", "voisine", "aidante", "tante",
    "uncle", "niece",
)  # fmt: skip
VALUES = (
    (Label.PERSON, NAMES, ("Rosalinda Magbanua", "Guerline Saintilus")),
    (Label.PHONE, PHONES, ("431-557-8812", "6042738841")),
    (Label.DOB, BIRTHS, ("1975-06-05", "05/06/1975")),
    (Label.ADDRESS, ADDRESSES, ("8060 Granville Avenue", "12877 76 Avenue")),
    (Label.PASSPORT, ("رقم جواز السفر", "جواز السفر"), ("RL4418290", "A12345678")),
)
CASES = [(label, key, value) for label, keys, values in VALUES for key, value in product(keys, values)]


def found(text: str) -> set[tuple[Label, str]]:
    return {(span.label, text[span.start : span.end]) for span in find(text)}


@pytest.mark.parametrize(("label", "key", "value"), CASES)
@pytest.mark.parametrize("shape", ["{}: {}", "{} : {}\n", "- **{}**: {}"])
def test_a_label_of_newcomers_announces_its_value(label: Label, key: str, value: str, shape: str) -> None:
    assert (label, value) in found(shape.format(key, value))


@pytest.mark.parametrize(("key", "name"), list(product(ROLES, ("Yannick", "Lorraine", "Fatim Diallo"))))
@pytest.mark.parametrize(
    "shape", ['{{"{}": "{}", "phone": "450-638-2210"}}', "{} = {}; status = ok", "{}: {}"]
)
def test_a_lone_name_is_found_beside_a_key_for_a_person(key: str, name: str, shape: str) -> None:
    assert (Label.PERSON, name) in found(shape.format(key, name))


@pytest.mark.parametrize("name", ["Thandiwe Mabuza", "Ludivine Charest-Poulin", "Jean Tremblay"])
@pytest.mark.parametrize(
    "shape", ["GET /search?q={}&type=person HTTP/1.1", "/x?a=1&query={}", "https://x.ca/?search={}#t"]
)
def test_a_name_in_a_search_is_found(name: str, shape: str) -> None:
    assert (Label.PERSON, name) in found(shape.format(name))


@pytest.mark.parametrize("names", [("Kusugak", "Pelagie"), ("O'Neil", "Tuan")])
def test_filters_of_odata_are_read(names: tuple[str, str]) -> None:
    last, first = (name.replace("'", "''") for name in names)
    people = found(f"/patients?$filter=lastName eq '{last}' and firstName eq '{first}'")
    assert {(Label.PERSON, first), (Label.PERSON, last)} <= people


@pytest.mark.parametrize(
    "text",
    [
        "رقم الملف: RL4418290", "数据库: mysql", "?q=red shoes&page=2", "?q=select all from users",
        "?query=Quick Start",
        "neighbour = get_neighbour(node); nanny = None", "roommate: required", "proprio: true", "status eq 'Active'",
        "if (uncle eq 'Red Black') {", "voisin: le champ suivant",
    ],
)  # fmt: skip
def test_what_only_looks_like_these_is_nobody(text: str) -> None:
    assert not [value for label, value in found(text) if label is Label.PERSON]


@pytest.mark.parametrize("key", [*NAMES, *PHONES, *ADDRESSES])
def test_the_label_itself_is_nobody(key: str) -> None:
    text = f"{key}: 4418290 Granville Avenue"
    assert any(text[start:end] == key for start, end in not_people(text))


@pytest.mark.parametrize("word", ["GRADE", "EMPNO", "CATEG"])
def test_heads_of_columns_in_capitals_are_nobody(word: str) -> None:
    text = f"NAME;{word};SIN\nTREMBLAY JEAN;A;046454286"
    assert any(text[start:end] == word for start, end in not_people(text))

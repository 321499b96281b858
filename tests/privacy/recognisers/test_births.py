"""Dates of birth in the languages that people write them in, in records and in brackets behind a child's name."""

import re
from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.spans import Label
from ni.privacy.surrogates.birth_dates import MONTHS
from ni.privacy.words import fold
from tests.privacy.cast import answered, masked, sent

SAID = (
    ("nací el {}", "4 de agosto de 1992"), ("nacida el {}", "12 de enero de 1971"), ("geboren am {}", "3. März 1959"),
    ("Geburtsdatum: {}", "14. Dezember 1988"), ("nato il {}", "12 aprile 1970"),
    ("nata a Torino il {}", "3 maggio 1965"),
    ("nascido em {}", "5 de maio de 1981"), ("ur. {}", "7 lipca 1966"), ("urodzona {}", "21 września 1990"),
    ("geboren op {}", "9 maart 1977"), ("född {}", "2 augusti 1983"), ("doğum tarihi: {}", "6 Ekim 1979"),
    ("mwen fèt {}", "12 jen 1985"), ("родился {}", "12.03.1977"), ("родилась {}", "8 июля 1993"),
    ("ولد في {}", "12/03/1977"), ("تاريخ الميلاد: {}", "4 أغسطس 1992"), ("जन्म तिथि: {}", "12 अगस्त 1970"),
    ("生年月日：{}", "1980年3月4日"), ("生年月日{}", "1980年3月4日"), ("생년월일: {}", "1980년 3월 4일"),
    ("ngày sinh: {}", "4 tháng 8 năm 1992"), ("née en {}", "septembre 1980"), ("birthdate: {}", "July 1980"),
    ("b. {}", "3/3/49"), ("'naiss' => '{}'", "1970-03-04"), ("dt_nais={}", "1970-03-04"),
    ("1 BIRT\n2 DATE {}", "30 DEC 1961"), ("народилась {}", "14 березня 1991"), ("تاريخ ميلادي {}", "12/05/1984"),
    ("born {}", "1988-Jan-17"),
    ("DOB {}", "95/08/11"), ("née le {}", "1990 mai 04"), ("DCSROY\nDBB{}\nDAJQC", "19611230"),
)  # fmt: skip
CARRIERS = ("{}", "Note: {}.", "- {}\n- ok", "{}, tel. 514-555-0143")
FAMILIES = (
    "child Yusra ({}).",
    "Kids: Yusra (2016/12/25), Ilyas ({}), Maya",
    "Enfants : Léa ({}) et Tom",
    "her daughter Maya ({})",
)
OTHER_DATES = (
    "The release was on 4 de agosto de 2024.",
    "Fonction née en JavaScript, version b. 2",
    "ur. 7, nr 12",
    "the kids version (2024-01-02) is out",
    "El informe del 4 de agosto de 1992 está aquí",
    "Erschienen am 3. März 1959",
    "in July 1980 the firm moved",
    "1 DEAT\n2 DATE 30 DEC 1961",
)


def _found(text: str) -> set[str]:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return {text[span.start : span.end] for span in spans if span.label is Label.DOB}


def _months(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]{3,}", text) if fold(word) in MONTHS]


@pytest.mark.parametrize(("said", "carrier"), list(product(SAID, CARRIERS)))
def test_a_date_beside_a_word_for_a_birth_is_found_and_comes_back(
    said: tuple[str, str], carrier: str
) -> None:
    cue, date = said
    text = carrier.format(cue.format(date)) if "\n" not in cue else cue.format(date)
    assert any(date in found for found in _found(text))
    result = masked(text)
    assert date not in sent(result)
    assert answered(result, sent(result)) == text
    assert len(_months(sent(result))) == len(_months(text))  # in the same language


@pytest.mark.parametrize(
    ("family", "date"), list(product(FAMILIES, ("2019-02-11", "03/09/2021", "2016/2/5")))
)
def test_the_date_in_brackets_behind_the_name_of_a_child_is_found(family: str, date: str) -> None:
    assert date in _found(family.format(date))


@pytest.mark.parametrize("text", OTHER_DATES)
def test_other_dates_stay(text: str) -> None:
    assert _found(text) == set()

"""An answer that repeats what was sent comes back equal: initials before surnames, and values with rare signs."""

import pytest

from tests.privacy.cast import answered, call, caller, says, sent, shield

INITIALS = (
    ("W. F. Haldane", "Prepared by W. F. Haldane."),
    ("W.F. Haldane", "W.F. Haldane and his aunt"),
    ("E F Marchetti", "paid by E F Marchetti today"),
    ("B OKAFOR", "TRANSFER TO B OKAFOR 12.00"),
    ("L.-A. Thivierge", "Signé : L.-A. Thivierge, notaire."),
    ("Haldane, W. F.", '"Haldane, W. F.",Geology'),
    ("Thivierge, L.-A.", "Thivierge, L.-A.; suite"),
    ("C. S. T. Abioye-Hart", "— C. S. T. Abioye-Hart"),
    ("L. v. Marchetti", "See L. v. Marchetti, 2011."),
)
VALUES = (
    "PID|1||884||HALDANE^RUTH||19710302|F|||77 RUE DES CÈDRES^^SOREL^QC^J3P 4K1||",
    "PID|1||884||HALDANE^RUTH||19710302|F|||912 av Bellerive^APP 6^Magog^QC^J1X 3C4^CAN",
    "INSERT INTO p(nom,prenom) VALUES ('Haldane','N''Koulou');",
    "Reach us at 318 Rue Saint-Aubert, #7 | Sorel J3P 4K1",
    "@\nANSI 636012080001DL00310485DLDCSHALDANE\nDACRUTH\nDAG1450 PHARMACY AVE\nDAKM1R2J6\nDAQH0441-28798-75219",
    '"@ANSI 636028080001DL00310485DLDCSHALDANE\\nDAG88 RUE DES ERABLES\\nDAQH2142180379-03\\nDAKJ7Y2B9"',
    "P<CANHALDANE<<RUTH<<<<<<<<<<<<<<<<<<<<<<<<<<<\nGA302117<6CAN7103025F2909114<<<<<<<<<<<<<<04",
)


@pytest.mark.parametrize(("name", "text"), INITIALS)
@pytest.mark.parametrize("account", ["acc_one", "acc_two", "acc_three"])
def test_a_name_with_initials_comes_back_as_it_was_sent(name: str, text: str, account: str) -> None:
    result = shield([name]).substitute(caller(account), call(says(text)))
    assert sent(result) != text
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize("text", VALUES)
@pytest.mark.parametrize("account", ["acc_one", "acc_two", "acc_three"])
def test_a_value_with_signs_of_its_format_comes_back_as_it_was_sent(text: str, account: str) -> None:
    result = shield([]).substitute(caller(account), call(says(text)))
    assert sent(result) != text
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(
    ("text", "left"), [(VALUES[4], "PHARMACY M1R HALDANE"), (VALUES[5], "ERABLES J7Y HALDANE")]
)
def test_nothing_of_the_barcode_of_a_licence_stays(text: str, left: str) -> None:
    result = shield([]).substitute(caller(), call(says(text)))
    assert not any(part in sent(result) for part in left.split())


def test_the_city_of_an_hl7_address_stays() -> None:
    result = shield([]).substitute(caller(), call(says(VALUES[0])))
    assert "^^SOREL^QC^" in sent(result)
    assert "CÈDRES" not in sent(result)


def test_a_letter_before_a_surname_in_other_words_is_no_initial() -> None:
    """`a` before the surrogate of `OKAFOR` is an article, whatever letter stands for `B`."""
    result = shield(["B OKAFOR"]).substitute(caller(), call(says("paid B OKAFOR")))
    letter, surname = sent(result).removeprefix("paid ").split()
    answer = f"{letter.lower()} {surname.title()}"
    assert answered(result, answer) == f"{letter.lower()} Okafor"

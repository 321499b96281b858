"""People in statements of banks, blocks of factories and names of papers; user names that have a mailbox."""

from itertools import product

import pytest

from tests.privacy.structure.reading import people

PAYEES = ("FREDELINE CADET", "OKSANA PYLYPCHUK", "KWABENA OFORI", "MUNIRAH SAID ABDI", "MAUDE CARDIN-WESLEY")
LINES = (
    "VIREMENT INTERAC A {}            120,00", "02 NOV  VIR INTERAC DE {} REF CA8xKq2Z     75,00",
    "INTERAC E-TRANSFER FROM {}  75.00", "INTERAC E-TRF SENT {}", "E-TRANSFER ***k2x {}\t40.00",
    "CHQ 0114 {}            9,00",
    "CHEQUE 114 {}",
)  # fmt: skip
NO_PAYEES = (
    "VIREMENT INTERAC DE MINISTERE FAMILLE   588,10", "INTERAC PURCHASE SHOPPERS DRUG MART 22.10",
    "E-TRANSFER FEE   1.50",
    "VIREMENT INTERAC RECU", "INTERAC ACHAT METRO PLUS", "VIREMENT DE COMPTE EPARGNE", "CHQ 0114   950,00",
    "E-TRANSFER CANCELLED BY SENDER",
)  # fmt: skip
FILES = (
    "-rw-r--r-- 1 rh rh 911 Nov  1 12:00 {}.jpg", "carte-soleil {}.pdf", "{}.docx", "CV {}.docx", "see '{}.pdf' please",
)  # fmt: skip
BEARERS = ("Wilfrid Saint-Jean", "Ana Roy", "Jean Tremblay")
NO_BEARERS = (
    "notes de réunion mardi.docx",
    "total budget final.xlsx",
    "spring release plan.pdf",
    "photo de la cour.jpg",
)


@pytest.mark.parametrize(("payee", "line"), list(product(PAYEES, LINES)))
def test_the_payee_of_a_statement_is_found(payee: str, line: str) -> None:
    assert people(line.format(payee)) == [payee]


@pytest.mark.parametrize("line", NO_PAYEES)
def test_a_line_of_a_statement_without_a_payee_stays(line: str) -> None:
    assert people(line) == []


@pytest.mark.parametrize("key", ["last_name", "first_name", "lastName", "full_name"])
@pytest.mark.parametrize("carrier", ['{} {{ "{}" }}', "  {}   {{ '{}' }}", '{}{{"{}"}}'])
def test_the_value_in_the_block_of_a_key_is_a_name(key: str, carrier: str) -> None:
    assert people(carrier.format(key, "Sewepagaham")) == ["Sewepagaham"]


@pytest.mark.parametrize(
    "text", ['status { "Kahgee" }', "first_name { Faker::Name.first_name }", '[]string{"Kahgee"}']
)
def test_another_block_is_nobody(text: str) -> None:
    assert people(text) == []


@pytest.mark.parametrize(("name", "carrier"), list(product(BEARERS, FILES)))
def test_a_paper_with_blanks_in_its_name_is_called_after_somebody(name: str, carrier: str) -> None:
    assert people(carrier.format(name)) == [name]


@pytest.mark.parametrize("name", NO_BEARERS)
def test_a_paper_about_a_thing_is_nobody(name: str) -> None:
    assert people(name) == []


OWNERS = ("asfaw.g", "t.kakfwi", "nkiruka_d", "dsewepagaham.k")
BESIDE = (
    "VALUES (7,'{0}','{0}@habesha.example')",
    "login {0}, mail {0}@acme.ca",
    "{0}@acme.ca\nassigned: {0}",
)


@pytest.mark.parametrize(("owner", "carrier"), list(product(OWNERS, BESIDE)))
def test_a_user_name_is_found_beside_its_mailbox(owner: str, carrier: str) -> None:
    assert owner in people(carrier.format(owner))


@pytest.mark.parametrize("box", ["info", "customer.care", "no-reply", "team.web", "orders_fr"])
@pytest.mark.parametrize("carrier", BESIDE)
def test_a_mailbox_of_nobody_is_no_user_name(box: str, carrier: str) -> None:
    assert people(carrier.format(box)) == []


def test_a_part_of_a_path_or_of_a_longer_word_is_no_user_name() -> None:
    assert people("asfaw.g@acme.ca in src/asfaw.g/main and x-asfaw.gz") == []


@pytest.mark.parametrize("name", ["Esi", "Maya", "Rosalba"])
@pytest.mark.parametrize(
    "carrier",
    ["Kids in house: {} (9), Callum (6)", "2 kids: {} (6), pets Rex", "Enfants : {} (7 ans)", "nos filles {} (4 ans)",
     "my children, {} (née 2019-02-11) and others"],
)  # fmt: skip
def test_a_child_with_its_age_in_brackets_is_found(name: str, carrier: str) -> None:
    assert name in people(carrier.format(name))


@pytest.mark.parametrize(
    "text", ["children of Node (2) and Leaf (3)", "Sons of Anarchy (2008)", "child: Node (see 2)"]
)
def test_other_children_are_nobody(text: str) -> None:
    assert people(text) == []


@pytest.mark.parametrize("handle", ["bblackned", "mwapachee", "zmoukoko"])
@pytest.mark.parametrize("key", ["Reporter", "Assignee", "Rapporteur"])
def test_a_user_name_in_a_column_for_who_does_something_is_found(key: str, handle: str) -> None:
    assert handle in people(f"Issue key,{key},Status\nHR-1,{handle},open\nHR-2,jenkins,open\n")


@pytest.mark.parametrize("program", ["jenkins", "svcdeploy", "dependabot", "unassigned", "platform"])
def test_a_program_in_such_a_column_is_nobody(program: str) -> None:
    assert people(f"Issue key,Assignee,Status\nHR-1,{program},open\n") == []


@pytest.mark.parametrize("key", ["community", "Communauté", "hamlet"])
def test_a_community_beside_people_is_nobody(key: str) -> None:
    rows = f"name,{key},phone\nAalukie Kotierk,Igloolik,867-934-0166\nQajaaq Ellsworth,Iqaluit,867-979-0120\n"
    assert people(rows) == ["Aalukie Kotierk", "Qajaaq Ellsworth"]


@pytest.mark.parametrize("label", ["Чоловік", "Дружина", "Муж", "Донька"])
def test_a_word_for_a_relative_in_cyrillic_letters_is_a_label(label: str) -> None:
    assert people(f"{label}: Тарас Гнатюк, 12.03.1985") == ["Тарас Гнатюк"]

"""People beside and within brackets, braces, quotes and signs; and code with the same signs, which names nobody."""

import pytest

from ni.privacy import structure
from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names.worker.pool import NamesPool
from ni.privacy.spans import Label
from ni.privacy.words import looks_like_code

PEOPLE = ("Michael Johnson", "Mireille Gendron", "Abiodun Fashola", "Marie-Claude Bouchard")
REMARKS = (
    "{} (absent)", "- {} (vacation)", "1. {} (manager)", "{} (she/her)", "{} (née Brandt)", "{} (1931-2019)",
    "Regards, {} (she/her)", "{} (44) v. the City (51)", "({})", 'Sold by {} ("Seller") in Ottawa.',
    'BETWEEN: {} (the "Landlord") AND: the City (the "Tenant")', '{} said "I quit" (again).', '{} ("Seller")',
)  # fmt: skip
CODE = (
    "if (Ready) {", "while (Waiting) next()", "return (Total)", 'printf ("Hello %s", name);', "gtk_init (&argc);",
    "foo = Bar (Baz)", "public Account(Owner owner) {", "(defun greet (Name) (print Name))", 'f("Seller")',
    "} else if (Done) {", 'log.info("Started", Total)', "for (Item item : items)",
    '("ARS", "Argentina pesosi"),', '[("BMD", "Bermuda dollari"), ("NPR", "Nepal rupiyasi")]', "class Order (Base):",
)  # fmt: skip


def _people(names: NamesPool, text: str) -> list[str]:
    spans = scan_text(Detector(names, DetectionPolicy(), FindingsCache()), b"k" * 32, text)
    return [text[span.start : span.end] for span in spans if span.label is Label.PERSON]


@pytest.mark.parametrize("carrier", REMARKS)
@pytest.mark.parametrize("person", PEOPLE)
def test_somebody_beside_a_remark_in_brackets_is_found(names: NamesPool, person: str, carrier: str) -> None:
    assert person in _people(names, carrier.format(person))


@pytest.mark.parametrize("line", CODE)
def test_a_call_is_no_remark(names: NamesPool, line: str) -> None:
    assert looks_like_code(line)
    assert _people(names, line) == []


@pytest.mark.parametrize(
    "line", ["联系人:陈志强(儿子)", "住在朝阳区(北京)附近", "担当:田中太郎(東京)", "담당자 김민준(팀장)"]
)
def test_a_bracket_that_touches_characters_without_blanks_is_a_remark(line: str) -> None:
    assert not looks_like_code(line)


ENCLOSED = (
    "\\textbf{{{}}}", "\\author{{Ana Roy \\and {}}}", "\\author[1]{{{}}}", "{} & 514 555-0134 \\\\",
    "{{{{{}}}}}", "{{{}}}",
    "  author = {{{}}},", "@article{{z24, author = {{{} and Roy, Ana}}, year={{2024}}}}", "<{}>", "<v {}>So be it.",
    "[{}](https://example.ca/m)", "A[CEO: {}] --> B[CTO: Ana Roy]", "SET @n = N'{}';", "x_y: {}",
    "[10:03] d_m: {}", "MG = {}",
)  # fmt: skip
THINGS = (
    "[Monte Carlo](https://example.org)", "{San Diego}", "<Santa Clara>",
    "city_x = San Jose", "\\section{Random Forest}",
    "[Visual Studio](x)", "theme_font: Helvetica Neue", "a_b: Los Angeles", "<Grace Period>",
    "Map<String, List<Order>> m;",
    "\\textit{Saint Laurent}", "build_os: Ubuntu Server", "x_y: Grant Access", "[Apache Kafka](x)", "{Victoria Falls}",
)  # fmt: skip


@pytest.mark.parametrize("carrier", ENCLOSED)
@pytest.mark.parametrize("person", PEOPLE)
def test_a_whole_name_between_signs_is_found(names: NamesPool, person: str, carrier: str) -> None:
    assert person in _people(names, carrier.format(person))


@pytest.mark.parametrize("text", THINGS)
def test_a_thing_between_signs_is_nobody(names: NamesPool, text: str) -> None:
    assert _people(names, text) == []


MESSAGES = (
    "PID|1||MRN44120^^^CHUM||{0}^{1}^M||19370922|F", "NK1|1|{0}^{1}|SPO", "OBX|1|XCN|88^{0}^{1}^^DR",
    "NM1*QC*1*{0}*{1}****MI*98~",
    "{0}^{1}^A", "1.{0}/{1} MR", "Passenger: {0}/{1} MRS", "%B4539288040723861^{0}/{1}^2709101000000000?",
    "P<CAN{0}<<{1}<CLAIRE<<<<<<<<<<<<<<<<\nGA482917<4CAN8703094F2707158<<<<<<<<<<<<<<<<04", "1 NAME {1} /{0}/",
)  # fmt: skip
SIGNS = (
    "TCP/IP DR", "IN/OUT MS", "READ/WRITE MS", "AND/OR MR", "HEAD^MASTER", "WBC^White Count", "x^y",
    "NM1*85*2*ACME CLINIC*****XX*1~",
    "std::cout << A << B;", "git log HEAD^ main^2", "ADT^A01", "PID|1||44^^^CHUM",
)  # fmt: skip


@pytest.mark.parametrize("carrier", MESSAGES)
@pytest.mark.parametrize("person", [("SMITH", "JOHN"), ("BERTHIAUME", "ALICE"), ("TREMBLAY", "MARC")])
def test_both_names_in_a_message_of_a_trade_are_found(carrier: str, person: tuple[str, str]) -> None:
    text = carrier.format(*person)
    people = {text[span.start : span.end] for span in structure.find(text) if span.label is Label.PERSON}
    assert people.issuperset(person)


@pytest.mark.parametrize("text", SIGNS)
def test_the_signs_of_messages_alone_name_nobody(text: str) -> None:
    assert structure.find(text) == []


@pytest.mark.parametrize("person", ["Marie", "Sanjay", "Léopoldine", "Mireille Gendron"])
@pytest.mark.parametrize("carrier", ["✅ {} - done", "🎂 {}", "- ⚠️ {} is late", "Merci {} 🙏 à demain"])
def test_an_emoji_hides_nobody(names: NamesPool, person: str, carrier: str) -> None:
    assert _people(names, carrier.format(person)) == [person]


def test_an_emoji_parts_two_people(names: NamesPool) -> None:
    assert _people(names, "Team: Marie 🎉 Paul 🎉 Chantal") == ["Marie", "Paul", "Chantal"]


@pytest.mark.parametrize("text", ["🚀 Deploy done", "✅ Tests passed", "⭐ Rating: 5", "🔥 Redis is down"])
def test_an_emoji_makes_nobody(names: NamesPool, text: str) -> None:
    assert _people(names, text) == []


@pytest.mark.parametrize("after", ["..Default::default()", "id: Uuid::new_v4()", "role: Role::Admin"])
def test_a_path_of_a_type_is_no_key(names: NamesPool, after: str) -> None:
    text = f'let p = Person {{ name: "Michael Johnson".into(), {after} }};'
    assert _people(names, text) == ["Michael Johnson"]

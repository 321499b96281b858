"""Stand-ins do not run out: four hundred values of one kind, script, gender, ending and size in one request."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice, product

import pytest

from ni.privacy.names.people_names import script
from ni.privacy.reading import read
from ni.privacy.spans import Label
from ni.privacy.vault import Vault
from ni.privacy.words import Vocabulary, listed
from tests.privacy.cast import answered, call, caller, masked, says, sent, shield

KEY = b"the secret of an account"
MANY = 400

LETTERS = {
    "greek": "αβγδεζηθικλμνοπρτυφχω",
    "hebrew": "אבגדהוזחטיכלמנסעפצקרשת",
    "arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "devanagari": "कखगघचछजझटठडढतथदधनपफबभमयरलव",
    "gurmukhi": "ਕਖਗਘਚਛਜਝਟਠਡਢਤਥਦਧਨਪਫਬਭਮਯਰਲਵ",
    "armenian": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրց",
    "hangul": "김이박최정강조윤장임한오서신권황안송류전민준서연지우하은도현예수",
    "han": "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗伟芳娜敏静丽强磊军洋勇艳杰涛明",
    "kana": "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ",
}
STARTS = listed("Ба Во Гле Дро Жу За Ко Ла Мо Но Пе Ру Си То Фе Хо Чу Ша Ще Ри")
STEMS = listed("лан рит сок мел дуб вор зим нек пал тир жен бог гус руд лим кач дов сев мир лот")
ENDINGS = listed("""
    ов ова ин ская ный енко ук ич дзе ович овна ична а й слав
""")


def _alike(start: str, letters: str, size: int) -> Iterator[str]:
    """Words of these letters that begin alike, as they come."""
    return ((start + "".join(word)).capitalize() for word in product(letters, repeat=size - len(start)))


def _issued(values: Sequence[str], label: Label = Label.PERSON) -> list[str]:
    """The stand-ins of values that stand in one request."""
    vault = Vault(KEY, Vocabulary(values))
    for value in values if label is Label.PERSON else ():
        vault.introduce(value)
    return [vault.issue(label, value) for value in values]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("written", ["Иван {}", "{}", "{} Козлов"])
def test_no_ending_of_names_in_cyrillic_runs_out(written: str, ending: str) -> None:
    names = [written.format(start + stem + ending) for start, stem in product(STARTS, STEMS)][:MANY:2]
    made = _issued(names)
    assert len(set(made)) == len(names)
    assert {script(word) for name in made for word in name.split()} == {"cyrillic"}


@pytest.mark.parametrize("letters", LETTERS)
@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("written", ["{}", "{last} {}"])
def test_no_size_of_names_in_other_letters_runs_out(written: str, size: int, letters: str) -> None:
    last = LETTERS[letters][:2]
    words = islice(_alike("", LETTERS[letters], size), MANY)
    names = list(dict.fromkeys(written.format(word, last=last) for word in words if word not in last))
    assert len(set(_issued(names))) == len(names)


@pytest.mark.parametrize("ending", ["", "a", "s", "ette"])
@pytest.mark.parametrize("start", ["B", "M", "É"])
@pytest.mark.parametrize("written", ["{} Tremblay", "Jean {}", "{0}-{0}e Roy"])
def test_no_shape_of_names_in_latin_letters_runs_out(written: str, start: str, ending: str) -> None:
    words = islice(_alike(start, "belmroniva", 5), MANY // 2)
    names = [written.format(word + ending) for word in words]
    assert len(set(_issued(names))) == len(names)


NUMBERED = {
    Label.PHONE: ("416-967-{}", "967-{}", "+33 6 12 34 {}", "+44 20 7946 {}", "0{}123456", "{}"),
    Label.SIN: ("130 69{}", "046{}45", "123-45-{}"),
    Label.CREDIT_CARD: ("4539 1488 0343 {}", "37828224631{}", "30569309025{}", "12{}"),
    Label.DOB: ("19{}-05-14", "05/{}/1984", "{}", "March 14, {}", "mars {}", "5/4/{}"),
    Label.IP: ("10.20.{}.7", "2001:db8::{}"),
    Label.MAC: ("00:1b:44:11:{}:b7",),
    Label.IBAN: ("GB29 NWBK 6016 1331 92{}", "NO93860{}17947"),
    Label.BANK_ACCOUNT: ("12345-003-{}", "{}"),
    Label.PASSPORT: ("AB{}", "Z{}"),
    Label.DRIVER_LICENCE: ("T1234-{}", "{}"),
    Label.HEALTH_CARD: ("9876 54{}", "TREJ {} 1234", "{}"),
    Label.POSTAL_CODE: ("H2X {}", "H{}", "{}"),
    Label.ADDRESS: ("{} Main Street", "{}, rue Ontario", "Apt {}", "P.O. Box {}", "Hauptstraße {}"),
    Label.EMAIL: ("ana{}@bell.ca", "info@bell{}.ca", "{}@bell.ca"),
    Label.SECRET: ("{}", "hunter{}", "sk-{}"),
    Label.ORG: ("Vexa {} Inc.",),
}


@pytest.mark.parametrize(
    ("label", "shape"), [(label, shape) for label in NUMBERED for shape in NUMBERED[label]]
)
def test_no_kind_of_values_runs_out(label: Label, shape: str) -> None:
    values = [shape.format(f"{at:04}") for at in range(1000, 1000 + MANY)]
    assert len(set(_issued(values, label))) == len(values)


RUSSIANS = listed("""
    Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков
    Алексеев Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Захаров
    Зайцев Соловьёв Борисов Яковлев Григорьев Романов Воробьёв Сергеев Фролов Александров Дмитриев
    Королёв Гусев Киселёв Максимов Поляков Виноградов Ковалёв Белов Медведев Антонов Тарасов Жуков
    Баранов Филиппов Комаров Давыдов Беляев Герасимов Богданов Осипов Сидоров Матвеев Титов Марков
""")


def test_what_is_drawn_late_comes_back() -> None:
    text = "\n".join(f"Иван {name}: 1" for name in RUSSIANS)
    result = shield([f"Иван {name}" for name in RUSSIANS]).substitute(caller(), call(says(text)))
    assert not [name for name in RUSSIANS if f"{name}:" in sent(result)]
    assert answered(result, sent(result)) == text


DIGITS = [char for char in map(chr, range(0x80, 0x110000)) if unicodedata.category(char) == "Nd"]
ZEROS = [char for char in DIGITS if unicodedata.decimal(char) == 0]
VALUES = ("card: 4539 1488 0343 6467", "tel. 416-967-1111", "SIN 046 454 286", "born 1950-05-14")


def test_digits_of_every_script_are_read_as_digits() -> None:
    assert len(ZEROS) > 50
    assert [char for char in DIGITS if read(f"n {char}").text != f"n {unicodedata.decimal(char)}"] == []


@pytest.mark.parametrize("text", VALUES)
def test_a_value_in_digits_of_any_script_is_replaced_and_comes_back(text: str) -> None:
    for zero in ZEROS:
        written = "".join(chr(ord(zero) + int(char)) if char.isdigit() else char for char in text)
        result = masked(written)
        assert not set(sent(result)) & set(DIGITS), written
        assert answered(result, sent(result)) == written

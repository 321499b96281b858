"""Stand-ins are like what they hide: gender, letters, hyphens, prefixes, accents, initials, order; mail agrees."""

import re
from collections.abc import Callable

import pytest
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from ni.privacy.names.people_names import script
from ni.privacy.people import lists
from ni.privacy.people.lists import SURROGATE_FEMININE, SURROGATE_MASCULINE
from ni.privacy.spans import Label
from ni.privacy.vault import Vault
from ni.privacy.words import Vocabulary, compact, fold, listed, without_accents
from tests.privacy.cast import call, caller, says, sent, shield

WOMEN = {
    "English": "Sally Margaret Heather Tiffany Gwendolyn Beverley Rosemary Kayleigh Jacqueline Bethany Harriet Imogen",
    "French": "Élodie Élise Océane Maëlys Ginette Jocelyne Mireille Marie-Ève Anne-Sophie Line Manon Huguette Aurore",
    "Indian": "Priya Lakshmi Sunita Deepika Ananya Kavitha Shreya Pooja Meenakshi Savitri Radhika Swati Anjali Nandini",
    "Arabic": "Fatima Aisha Khadija Zainab Layla Mariam Noura Yasmin Amina Samira Hanan Rania",
    "African": "Ngozi Chiamaka Amara Adaeze Folake Abena Akua Wanjiru Thandiwe Nomvula Fatoumata Aminata",
    "East Asian": "Yuki Sakura Haruka Michiko Mei-Ling Xiaoli Hyejin Soo-Ah Linh Thuy Kiyoko Ayumi",
    "Slavic": "Svetlana Oksana Ludmila Katarzyna Agnieszka Natalya Yelena Zuzana Ivana Milica Olena Halyna",
    "Iberian": "María Guadalupe Lucía Catarina Beatriz Dolores Inês Consuelo Pilar Fernanda Ximena Rosario",
    "Italian and Greek": "Giulia Francesca Chiara Eleni Konstantina Dimitra Alessandra Paola",
    "Persian and Turkish": "Shirin Parisa Nasrin Ayşe Elif Zeynep Fatma Soraya",
    "Germanic": "Ingrid Annika Heike Ursula Liesbeth Astrid Birgitta Solveig Katja Greta",
}
MEN = {
    "English": "Keith Trevor Nigel Bradley Gregory Spencer Howard Douglas Geoffrey Desmond Clifford Ethan",
    "French": "Étienne Jean-Luc Thibault Yves Réjean Gaétan Jean-François Pierre-Luc Benoît Mathis Rémi Normand Gilles",
    "Indian": "Arjun Rajesh Vikram Suresh Harish Karthik Venkatesh Balwinder Sanjay Anand Ganesh Rohan Ashok",
    "Arabic": "Mohammed Ahmed Yousef Khalid Omar Tariq Hassan Ibrahim Mustafa Bilal Faisal Karim",
    "African": "Chinedu Emeka Kwame Kofi Tunde Babatunde Sipho Mamadou Ousmane Oluwaseyi Thabo Kwabena",
    "East Asian": "Hiroshi Kenji Takeshi Daisuke Minh Joon-Ho Sang-Hoon Jianguo Haruto Satoshi Guowei Kazuo",
    "Slavic": "Dmitri Vladimir Bogdan Wojciech Zbigniew Oleksandr Miroslav Jaroslav Sergei Andriy Piotr Tomasz",
    "Iberian": "José Alejandro João Miguel Santiago Javier Joaquín Thiago Rodrigo Ignacio Gonzalo Pablo",
    "Italian and Greek": "Giovanni Matteo Luca Konstantinos Dimitrios Giuseppe Alessandro Stavros",
    "Persian and Turkish": "Reza Mehdi Cyrus Mehmet Mustafa Emre Behnam Farhad",
    "Germanic": "Jürgen Lars Sven Hendrik Matthias Björn Wolfgang Johannes Dieter Magnus",
}
PAIRS = [(name, "f", origin) for origin, names in WOMEN.items() for name in names.split()]
PAIRS += [(name, "m", origin) for origin, names in MEN.items() for name in names.split()]
KEYS = tuple(f"the secret of account {at}".encode() for at in range(4))


def stand_in(name: str, key: bytes = KEYS[0]) -> str:
    vault = Vault(key, Vocabulary([name]))
    vault.introduce(name)
    return vault.issue(Label.PERSON, name)


def _gender(given: str) -> str:
    first = re.split("[- ]", given)[0]
    return "f" if first in SURROGATE_FEMININE else "m" if first in SURROGATE_MASCULINE else "?"


def test_gender_is_kept_over_all_origins() -> None:
    wrong = [
        (name, origin, made)
        for name, gender, origin in PAIRS
        if _gender(made := stand_in(f"{name} Tremblay").split()[0]) != gender
    ]
    assert len(PAIRS) >= 240
    assert len(wrong) / len(PAIRS) <= 0.03, wrong


OTHER_LETTERS = {
    "cyrillic": (("Анна Иванова", "f"), ("Юрий Соколов", "m"), ("Ольга Петровна Кузнецова", "f")),
    "greek": (("Μαρία Παπαδοπούλου", "f"), ("Γιώργος Νικολάου", "m")),
    "hebrew": (("שרה כהן", "f"), ("דוד לוי", "m")),
    "arabic": (("فاطمة حداد", "f"), ("محمد العلي", "m")),
    "devanagari": (("अनीता शर्मा", "f"), ("राहुल वर्मा", "m")),
    "hangul": (("김민준", "m"), ("이 서윤", "f")),
    "han": (("王小明", "m"), ("李娜", "f")),
}


@pytest.mark.parametrize("letters", OTHER_LETTERS)
def test_a_name_in_other_letters_has_a_stand_in_of_the_same_letters_and_shape(letters: str) -> None:
    for name, _ in OTHER_LETTERS[letters]:
        for key in KEYS:
            made = stand_in(name, key)
            assert made != name
            assert len(made.split()) == len(name.split())
            assert {script(word) for word in made.split()} == {letters}
            if letters in {"han", "hangul"}:
                assert len(made) == len(name)


@pytest.mark.parametrize("letters", ["cyrillic", "greek", "hebrew", "arabic", "devanagari"])
def test_gender_is_kept_in_other_letters(letters: str) -> None:
    for name, gender in OTHER_LETTERS[letters]:
        given = stand_in(name).split()[0]
        assert (given in lists.FEMININE_BY_SCRIPT[letters]) == (gender == "f"), (name, given)


@pytest.mark.parametrize("name", ["王小明", "김민준", "محمد العلي", "Анна Иванова", "דוד לוי"])
def test_a_name_in_other_letters_comes_back_without_spaces_around_it(name: str) -> None:
    from tests.privacy.cast import answered

    result = shield([name]).substitute(caller(), call(says(f"{name} 1")))
    made = sent(result).removesuffix(" 1")
    attached = {
        "王小明": "请联系{}先生。",
        "김민준": "담당자는 {}입니다.",
        "محمد العلي": "اتصل ب{} غدا",
        "דוד לוי": "כתבו ל{} היום",
    }
    written = attached.get(name, "Напишите: {}.")
    assert answered(result, written.format(made)) == written.format(name)


SHAPES = listed("""
    Jean-Luc_Gagnon Marie-Ève_Lavoie-Roy Siobhán_O'Connor Nathalie_L'Heureux Denis_D'Amours Keith_A._Wilson
    K._Wilson Wilson,_Keith WILSON,_KEITH wilson,_keith J.-P._Tremblay Jean_de_la_Fontaine Ludwig_van_Beethoven
    Anne_St-Pierre Élise_Côté Rémi_Bélanger Kwame_N'Diaye María_del_Carmen_Sánchez JEAN_TREMBLAY
    T._S._Ellingham
""")


def _shape(name: str) -> str:
    """Words with their case, and everything that is no letter."""
    word = re.sub(r"[A-ZÀ-ÞŒ]{2,}", "W", re.sub(r"[A-ZÀ-ÞŒ](?=[^A-Za-zÀ-ÿ]|$)", "I", name))
    return re.sub(r"[A-ZÀ-Þ]?[a-zà-ÿœ]+", lambda match: "C" if match[0][0].isupper() else "c", word)


@pytest.mark.parametrize("name", [shape.replace("_", " ") for shape in SHAPES])
def test_a_stand_in_has_the_shape_of_the_name(name: str) -> None:
    for key in KEYS:
        made = stand_in(name, key)
        assert _shape(re.sub("Mac(?=[A-Z])|Mc", "", made)) == _shape(name), made
        replaced = [word for word in re.findall(r"[^\W\d_]{4,}", name) if word in made]
        assert not replaced, made


def test_accents_are_kept_as_far_as_lists_carry() -> None:
    names = listed(
        "Élise Côté Rémi Bélanger Océane Gérard Mélanie Lévesque Keith Wilson Sally Parker Susan Miller"
    )
    kept = [
        (stand_in(f"{name} Xu").split()[0].isascii() == name.isascii()) for name in names for _ in KEYS[:1]
    ]
    assert sum(kept) / len(kept) >= 0.9


def test_one_initial_stands_for_the_name_that_is_known() -> None:
    text = "Keith A. Wilson came. K. Wilson signed; Keith A. left."
    result = shield(["Keith A. Wilson", "K. Wilson", "Keith A."]).substitute(caller(), call(says(text)))
    full, short, middle = re.match(r"(.+) came\. (.+) signed; (.+) left", sent(result)).groups()  # type: ignore[union-attr]
    given, initial, family = full.split()
    assert short == f"{given[0]}. {family}"
    assert middle == f"{given} {initial}"
    assert initial != "A."


NAMES = (
    "Keith Wilson", "Élodie Bissonnette", "Jean-Luc Gagnon", "Siobhán O'Connor", "Priya Raghavan", "Nathalie L'Heureux",
    "Marie-Ève Lavoie-Roy", "Chidi Okonjo", "Wei Zhang", "José García", "Anne Tremblay", "Tariq Haddad",
)  # fmt: skip
PATTERNS: dict[str, Callable[[str, str], str]] = {
    "first.last": lambda first, last: f"{first}.{last}",
    "flast": lambda first, last: first[0] + last,
    "firstl": lambda first, last: first + last[0],
    "FirstLast": lambda first, last: first.capitalize() + last.capitalize(),
    "f.last": lambda first, last: f"{first[0]}.{last}",
    "last_first": lambda first, last: f"{last}_{first}",
    "last.first": lambda first, last: f"{last}.{first}",
    "lastf": lambda first, last: last + first[0],
    "first-last": lambda first, last: f"{first}-{last}",
    "firstlast": lambda first, last: first + last,
    "first": lambda first, last: first,
    "last": lambda first, last: last,
    "FLAST": lambda first, last: (first[0] + last).upper(),
    "first.l": lambda first, last: f"{first}.{last[0]}",
    "initials": lambda first, last: first[0] + last[0],
}


def _letters_of(name: str) -> str:
    return re.sub("[^a-z]", "", fold(without_accents(name)))


def test_the_mail_follows_the_stand_in_in_its_own_pattern() -> None:
    wrong, count = [], 0
    for name in NAMES:
        for pattern, made_of in PATTERNS.items():
            for digits in ("", "84") if pattern != "initials" else ("84",):
                first, last = map(_letters_of, name.split())
                address = f"{made_of(first, last)}{digits}@acme.ca"
                result = shield([name]).substitute(
                    caller(), call(says(f"{name}\n\nWrite to {address} please."))
                )
                made, local = re.match("(.+)\n\nWrite to (.+)@", sent(result)).groups()  # type: ignore[union-attr]
                expected = made_of(*map(_letters_of, made.split()))
                count += 1
                if re.sub(r"\d", "", local) != expected:
                    wrong.append((name, address, made, local))
    assert count >= 300
    assert len(wrong) / count <= 0.02, wrong


def test_letters_of_names_are_compact() -> None:
    assert compact("O'Connor-Côté") == "oconnorcote"


INVALID = {
    Label.CREDIT_CARD: "4111 1111 1111 1112",
    Label.SIN: "046 454 287",
    Label.HEALTH_CARD: "1234-567-890",
    Label.IBAN: "GB82 WEST 1234 5698 7654 33",
}


@pytest.mark.parametrize("label", INVALID)
def test_a_number_that_fails_its_check_gets_one_that_fails_it(label: Label) -> None:
    value = INVALID[label]
    for key in KEYS:
        made = Vault(key, Vocabulary([value])).issue(label, value)
        number = re.sub(r"\W", "", made)
        valid = mod_97_10.is_valid(number[4:] + number[:4]) if label is Label.IBAN else luhn.is_valid(number)
        assert not valid
        assert re.sub(r"[A-Z0-9]", "0", made) == re.sub(r"[A-Z0-9]", "0", value)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        (Label.PHONE, "+44 (0)20 7123 4567"),
        (Label.PHONE, "+33 1 42 68 53 00"),
        (Label.PHONE, "416\u00a0967\u20111111"),
        (Label.PHONE, "+91 98765 43210"),
        (Label.CREDIT_CARD, "4111\u202f1111\u202f1111\u202f1111"),
        (Label.DOB, "05/03/1984"),
        (Label.DOB, "25/03/84"),
        (Label.DOB, "1er mars 1984"),
        (Label.DOB, "3rd of March, 1984"),
        (Label.POSTAL_CODE, "m5v2t6"),
        (Label.ADDRESS, "12, rue de la Montagne, app. 3, Montréal (Québec) H3C 1A1"),
        (Label.ADDRESS, "1200 St. Clair Avenue West, Suite 500, Toronto ON  M4V 1M2"),
    ],
)
def test_a_value_keeps_its_format(label: Label, value: str) -> None:
    for key in KEYS:
        made = Vault(key, Vocabulary([value])).issue(label, value)
        assert made != value
        if label in {Label.PHONE, Label.CREDIT_CARD, Label.POSTAL_CODE}:
            assert re.sub("[a-z]", "a", re.sub(r"\d", "0", made)) == re.sub(
                "[a-z]", "a", re.sub(r"\d", "0", value)
            )
        else:
            assert len(re.findall(r"[\w'’]+", made)) == len(re.findall(r"[\w'’]+", value)), made
        if value.startswith("+"):
            assert made[:3] == value[:3]

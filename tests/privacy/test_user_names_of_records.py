"""User names of people whose given name and surname stand in two cells of one record are found in the same request."""

from itertools import product

import pytest

from tests.privacy.cast import answered, call, caller, says, sent, shield

PEOPLE = (("Piper", "Stonefish"), ("Zsuzsanna", "Lakatosi"), ("Qillaq", "Kilabukk"), ("Anouk", "Pikutelekan"))
RECORDS = (
    "- login: {user}\n  first: {first}\n  last: {last}\n  birthday: 2003-05-05",
    '{{"firstName": "{first}", "lastName": "{last}", "watchers": ["{user}", "ci"]}}',
    "nom,prenom,compte,courriel\n{last},{first},{user},a@b.ca",
    "INSERT INTO u(first_name, last_name) VALUES ('{first}', '{last}');\nssh {user}@web1 # later",
)
PATTERNS = ("{f}{last}", "{first}.{last}", "{last}{f}")


@pytest.mark.parametrize(("person", "record", "pattern"), list(product(PEOPLE, RECORDS, PATTERNS)))
def test_a_user_name_made_of_two_cells_is_hidden_and_comes_back(
    person: tuple[str, str], record: str, pattern: str
) -> None:
    first, last = person
    user = pattern.format(first=first, last=last, f=first[0]).lower()
    text = record.format(first=first, last=last, user=user)
    masked = shield([]).substitute(caller(), call(says(text)))
    assert user not in sent(masked)
    assert answered(masked, sent(masked)) == text


@pytest.mark.parametrize("word", ["pstonewall", "stonefisheries", "piperline", "astonefish"])
def test_other_words_stay(word: str) -> None:
    text = f"- first: Piper\n  last: Stonefish\n  birthday: 2003-05-05\n\n{word}"
    assert word in sent(shield([]).substitute(caller(), call(says(text))))

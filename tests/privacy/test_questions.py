"""A message that is a value alone, after one that asks for it."""

from itertools import product

import pytest

from tests.privacy.cast import call, caller, sent, shield

ASKED = (
    ("And your SIN?", "046454286"),
    ("Quel est votre NAS ?", "046454286"),
    ("Thanks! What is your phone number?", "5145550143"),
    ("What is your date of birth?", "14 May 1990"),
    ("Your passport number?", "GA302922"),
    ("What is your account number?", "1234567"),
)
ANSWERS = ("{}", "{}.", "it's {}")


def _sent(question: str, answer: str) -> str:
    messages = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": question},
        {"role": "user", "content": answer},
    ]
    return sent(shield().substitute(caller(), call({"model": "m", "messages": messages})), 2)


@pytest.mark.parametrize(("asked", "answer"), list(product(ASKED, ANSWERS)))
def test_the_answer_to_a_question_is_hidden(asked: tuple[str, str], answer: str) -> None:
    question, value = asked
    assert value not in _sent(question, answer.format(value))


@pytest.mark.parametrize("question", ["How many rows?", "Which build failed?", "Your SIN was found.", "ok"])
def test_the_answer_to_another_question_stays(question: str) -> None:
    assert _sent(question, "046454286") == "046454286"

"""Playground: the whole answer without a script, lines with one, and what was replaced."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.web.portal.marking import marked
from tests.portal.conftest import Browser

PAGE = "/portal/playground"
ASKED = {"key": "key_account_a_1", "model": "sandbox/echo-local", "prompt": "Write to Marie Tremblay <now>."}


def test_the_form_alone_brings_the_whole_answer_and_what_was_sent(alice: Browser) -> None:
    text = alice.post(PAGE, ASKED, page=PAGE).text
    assert "You said: Write to Marie Tremblay &lt;now&gt;." in text
    assert "Write to <mark>Louise</mark> <mark>Gagnon</mark> &lt;now&gt;." in text.replace(
        "<mark>Louise Gagnon</mark>", "<mark>Louise</mark> <mark>Gagnon</mark>"
    )
    assert "on; person=1" in text


def test_the_stream_says_what_was_sent_before_the_text(alice: Browser) -> None:
    lines = [json.loads(line) for line in alice.post(f"{PAGE}/stream", ASKED, page=PAGE).text.splitlines()]
    assert [kind for kind, _ in lines] == ["sent", "text", "text", "end"]
    assert "".join(text for text, _ in lines[0][1]["runs"]) == "Write to Louise Gagnon <now>."
    assert "".join(value for kind, value in lines if kind == "text") == f"You said: {ASKED['prompt']}"


def test_a_refusal_is_told_in_words_and_in_the_language(alice: Browser) -> None:
    answer = alice.post(PAGE, ASKED | {"model": "capped"}, page=PAGE, Accept_Language="fr")
    assert answer.status_code == 429
    assert "4.99" in answer.text
    assert "plafond" in answer.text
    (line,) = alice.post(f"{PAGE}/stream", ASKED | {"model": "capped"}, page=PAGE).text.splitlines()
    assert json.loads(line)[0] == "error"


@pytest.mark.parametrize("wrong", [{"key": "key_account_c_0"}, {"key": "key_account_a_0"}, {"prompt": ""}])
def test_a_key_of_another_account_a_revoked_one_and_no_prompt_are_refused(
    alice: Browser, wrong: dict[str, str]
) -> None:
    assert alice.post(PAGE, ASKED | wrong, page=PAGE).status_code == 400
    assert alice.post(f"{PAGE}/stream", ASKED | wrong, page=PAGE).status_code == 400


@given(st.text(max_size=200), st.text(max_size=200))
def test_marks_never_change_the_text(typed: str, sent: str) -> None:
    assert "".join(run.text for run in marked(typed, sent)) == sent


@given(st.text(min_size=1, max_size=200))
def test_what_was_not_replaced_is_not_marked(text: str) -> None:
    assert not any(run.replaced for run in marked(text, text))

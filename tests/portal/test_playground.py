"""Playground: the whole answer without a script, lines with one, and what was replaced."""

import ast
import json
import re
import shlex
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from ni.factory.gateway import Gateway
from ni.metering.days import day_of
from ni.store.tables.metering import budgets
from ni.web.docs import LONGEST_RENDERED, rendered_answer
from ni.web.portal.playground_reply import highlighted
from ni.web.portal.snippets import snippets
from tests.fakes.echo import echoed
from tests.portal.cast import NOW
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene

PAGE = "/portal/playground"
PROMPT = "Write to marie@north.example <now>."


@pytest.fixture
def asked(scene: Scene) -> dict[str, str]:
    """The form as Alice fills it in."""
    return {"key": scene.places["key"], "model": "sandbox/echo-local", "prompt": PROMPT}


def test_the_form_alone_brings_the_whole_answer_and_what_was_sent(
    alice: Browser, asked: dict[str, str]
) -> None:
    text = alice.post(PAGE, asked, page=PAGE).text
    assert (
        "Write to marie@north.example &lt;now&gt;." in text.partition('id="answer"')[2].partition("</div>")[0]
    )
    sent = text.partition('id="sent"')[2].partition("</pre>")[0]
    assert "<mark>" in sent
    assert "marie" not in sent
    assert "on; email=1" in text


def test_the_stream_says_what_was_sent_before_the_text(alice: Browser, asked: dict[str, str]) -> None:
    lines = [json.loads(line) for line in alice.post(f"{PAGE}/stream", asked, page=PAGE).text.splitlines()]
    kinds = [kind for kind, _ in lines]
    assert (kinds[0], kinds[-1], set(kinds[1:-1])) == ("sent", "end", {"text"})
    sent = "".join(text for text, _ in lines[0][1]["runs"])
    assert sent != PROMPT
    assert "marie" not in sent
    assert echoed("".join(value for kind, value in lines if kind == "text")) == PROMPT


def test_what_the_gateway_answers_itself_is_sent_to_nobody(alice: Browser, asked: dict[str, str]) -> None:
    text = alice.post(PAGE, asked | {"prompt": "ni-help"}, page=PAGE).text
    assert "Nothing left this gateway" in text.partition('id="sent"')[2].partition("</pre>")[0]


def test_a_refusal_is_told_in_words_and_in_the_language(
    alice: Browser, gateway: Gateway, scene: Scene, asked: dict[str, str]
) -> None:
    capped = asked | {"model": "bedrock/mistral.mistral-large-2402-v1:0-ca"}
    day = day_of(NOW, "America/Toronto")
    with gateway.database.engine.begin() as connection:
        mine = budgets.c.key_id == scene.places["key"]
        connection.execute(budgets.update().where(mine, budgets.c.day == day).values(spent_nanos=5 * 10**9))
    answer = alice.post(PAGE, capped, page=PAGE, Accept_Language="fr")
    assert answer.status_code == 429
    assert "plafond" in answer.text
    (line,) = alice.post(f"{PAGE}/stream", capped, page=PAGE).text.splitlines()
    assert json.loads(line)[0] == "error"


@pytest.mark.parametrize("wrong", [{"key": "{charlies_key}"}, {"key": "{old_key}"}, {"prompt": ""}])
def test_a_key_of_another_account_a_revoked_one_and_no_prompt_are_refused(
    alice: Browser, asked: dict[str, str], scene: Scene, wrong: dict[str, str]
) -> None:
    answers = asked | {name: scene.filled(value) for name, value in wrong.items()}
    assert alice.post(PAGE, answers, page=PAGE).status_code == 400
    assert alice.post(f"{PAGE}/stream", answers, page=PAGE).status_code == 400


@given(st.text(max_size=200), st.text(max_size=200))
def test_marks_never_change_the_text(typed: str, sent: str) -> None:
    assert "".join(run.text for run in highlighted(typed, sent)) == sent


@given(st.text(min_size=1, max_size=200))
def test_what_was_not_replaced_is_not_highlighted(text: str) -> None:
    assert not any(run.replaced for run in highlighted(text, text))


def test_a_second_turn_is_sent_with_the_first(alice: Browser, asked: dict[str, str]) -> None:
    more = {"system": "Be brief.", "temperature": "0.5", "max_tokens": "64"}
    first = alice.post(PAGE, asked | more, page=PAGE).text
    history = unescape(re.findall(r'name="history" type="hidden" value="([^"]*)"', first)[0])
    assert [turn["role"] for turn in json.loads(history)] == ["user", "assistant"]
    second = alice.post(PAGE, asked | more | {"history": history, "prompt": "And now?"}, page=PAGE).text
    python = unescape(second.partition('id="code-Python"')[2].partition(">")[2].partition("</code>")[0])
    for part in ("Be brief.", PROMPT, "And now?", "temperature=0.5", "max_tokens=64"):
        assert part in python
    assert 'class="turn user"' in second


@pytest.mark.parametrize(
    "history",
    [
        "[",
        "{}",
        '[{"role":"system","content":"x"}]',
        '[{"role":"user"}]',
        '[{"role":"user","content":1}]',
        "[" * 9000,
    ],
)
def test_a_damaged_conversation_is_refused_in_words(
    alice: Browser, asked: dict[str, str], history: str
) -> None:
    answer = alice.post(PAGE, asked | {"history": history}, page=PAGE)
    assert answer.status_code == 400
    assert "start a new one" in answer.text


def test_the_stream_ends_with_tokens_time_charge_and_safe_html(alice: Browser, asked: dict[str, str]) -> None:
    asked["prompt"] = (
        "**bold** <script>alert(1)</script> [x](javascript:alert(1)) ![y](https://evil.example/y)"
    )
    lines = [json.loads(line) for line in alice.post(f"{PAGE}/stream", asked, page=PAGE).text.splitlines()]
    kind, end = lines[-1]
    assert kind == "end"
    assert "<strong>bold</strong>" in end["html"]
    assert not any(bad in end["html"] for bad in ("<script", 'href="javascript', "<img"))
    assert all(end["result"].values())


@pytest.mark.parametrize("text", ["plain", 'it\'s "quoted" \\ and\nbroken', "é 😀 $HOME `id` %s {x}"])
def test_the_request_as_code_is_the_request(text: str) -> None:
    body = {"model": "m", "stream": False, "messages": [{"role": "user", "content": text}], "max_tokens": 5}
    code = snippets("https://ni.example.ca", body)
    words = shlex.split(code["curl"].replace("\\\n", " "))
    sent = {name: value for name, value in body.items() if name != "stream"}
    assert json.loads(words[words.index("-d") + 1]) == sent
    (call,) = (
        node
        for node in ast.walk(ast.parse(code["Python"]))
        if isinstance(node, ast.Call) and node.keywords[:1] and node.keywords[0].arg == "model"
    )
    assert {word.arg: ast.literal_eval(word.value) for word in call.keywords} == sent
    literal = code["JavaScript"].partition("completions.create(")[2].rpartition(");\nconsole")[0]
    assert json.loads(literal) == sent


@pytest.mark.parametrize(
    ("typed", "sent", "replaced"),
    [
        (
            "Call Jean Tremblay at 416-967-1111.",
            "Call Bilal Okoye at 825-555-0135.",
            ["Bilal Okoye", "825-555-0135"],
        ),
        ("Jean a " * 1300, "Bil a " * 1300, ["Bil"] * 1300),
        ("a " * 4000 + "Jean Tremblay", "a " * 4000 + "Bilal Okoye", ["Bilal Okoye"]),
        ("Jean", "Marie-Ève Okonkwo", ["Marie-Ève Okonkwo"]),
    ],
)
def test_what_was_replaced_is_marked_at_a_cost_of_its_length(
    typed: str, sent: str, replaced: list[str]
) -> None:
    marked = [run.text for run in highlighted(typed, sent) if run.replaced]
    assert marked == replaced


@pytest.mark.parametrize("piece", ["[[[]", "*_*_", "<", "`", "> ", "- ", "![", "&#"])
def test_an_answer_in_markdown_holds_nobody_up(piece: str) -> None:
    assert rendered_answer("**b** <i>") == "<p><strong>b</strong> &lt;i&gt;</p>\n"
    long = piece * (LONGEST_RENDERED // len(piece) + 1)
    assert rendered_answer(long) == f"<pre>{escape(long)}</pre>"

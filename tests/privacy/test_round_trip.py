"""What was substituted is put back, whatever was said, wherever a stream is cut, however deep it lies in JSON."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ni.domain.call import Json
from ni.privacy.words import WORD, fold
from tests.privacy.cast import answered, call, caller, masked, says, sent, shield
from tests.privacy.texts import texts

patient = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@patient
@given(texts)
@example("M5VJean P. Tremblay")
@example("info@acme.comTremblay, J. Jean Tremblay")
@example("\uae40\ubbfc\uc900Jean Tremblay")
@example("Tremblay J.W\xd1Jean Tremblay")
@example("\xbdmarie-\xe8ve c\xf4t\xe9")
@example("\xb9Jean P. Tremblay")
@example("M5VJean Tremblay/Jean P. Tremblay")
@example("+3612345678-\xb3")
def test_a_text_comes_back_as_it_was(text: str) -> None:
    result = masked(text)
    assert answered(result, sent(result)) == text


@patient
@given(texts, st.lists(st.integers(0, 400), max_size=8))
def test_a_text_comes_back_wherever_the_stream_is_cut(text: str, cuts: list[int]) -> None:
    result = masked(text)
    assert "".join(_streamed(result.restorer, _cut(sent(result), cuts))) == text


@settings(patient, max_examples=20)
@given(texts)
def test_a_text_comes_back_from_a_stream_of_single_characters(text: str) -> None:
    result = masked(text)
    assert "".join(_streamed(result.restorer, list(sent(result)))) == text


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(st.sampled_from(("to", "note", "a b")), leaves, max_size=3)
    return (
        st.lists(leaves, max_size=3)
        | objects
        | objects.map(lambda value: json.dumps(value, ensure_ascii=False))
    )


@patient
@given(
    st.dictionaries(st.sampled_from(("to", "body")), st.recursive(texts, nested, max_leaves=6), min_size=1),
    st.booleans(),
)
@example({"to": "Jean Tremblay\nJean P. Tremblay "}, False)
@example({"to": ["jean tremblay\u00a0Анна Иванова "]}, True)
def test_tool_arguments_come_back_equal_and_valid(arguments: dict[str, Any], ascii_only: bool) -> None:
    source = json.dumps(arguments, ensure_ascii=ascii_only)
    function = {"name": "send", "arguments": source}
    body = {
        "messages": [
            {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": function}]}
        ]
    }
    result = shield().substitute(caller(), call(body))
    message = {"role": "assistant", "content": None, "tool_calls": result.body["messages"][0]["tool_calls"]}
    reply = result.restorer.reply({"choices": [{"index": 0, "message": message}]})
    restored = reply["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(restored) == json.loads(source)


@patient
@given(texts)
def test_no_surrogate_occurs_in_the_request(text: str) -> None:
    result = masked(text)
    surrogates = result.restorer._matcher.surrogates  # type: ignore[attr-defined]
    said = fold(text)
    assert not [surrogate for surrogate in surrogates if surrogate in said]


@patient
@given(texts, texts)
@example("Jean Tremblay A born on May 14, 1990 ", "")
def test_the_masked_history_is_the_same_in_the_next_turn(first: str, second: str) -> None:
    before, after = masked(first), masked(first, f"{first}\n{second}", "And then?")
    if not _shares_words(sent(before), second):
        again = masked(first, "And then?")
        assert sent(again) == sent(before)
    assert answered(after, sent(after)) == first


def _shares_words(masked_text: str, said: str) -> bool:
    return bool(set(WORD.findall(fold(masked_text))) & set(WORD.findall(fold(said))))


def _cut(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    return [text[start:end] for start, end in itertools.pairwise(places)]


def _streamed(restorer: Any, pieces: list[str]) -> list[str]:
    chunks: list[Json] = [
        {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]} for piece in pieces
    ]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    released = [made for chunk in chunks for made in restorer.chunk(chunk)]
    assert not list(restorer.end())
    return [choice["delta"].get("content", "") for made in released for choice in made["choices"]]


@pytest.mark.parametrize("name", ["J. Edgar Hoover", "J. Jean Tremblay", "G. Gordon Roy"])
def test_an_initial_before_a_given_name_comes_back(name: str) -> None:
    result = shield([name]).substitute(caller(), call(says(f"{name} called.")))
    assert name not in sent(result)
    assert answered(result, f"{sent(result)} Yes.") == f"{name} called. Yes."


def test_two_accounts_are_given_different_surrogates() -> None:
    text = "Jean Tremblay, jean.tremblay@acme.ca, 416-967-1111, SIN 046 454 286"
    alice, charlie = (
        shield().substitute(caller(account), call(says(text))) for account in ("acc_alice", "acc_charlie")
    )
    assert sent(alice) != sent(charlie)
    assert answered(charlie, sent(alice)) == sent(alice)

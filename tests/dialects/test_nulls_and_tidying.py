"""Null and empty lists say nothing, wherever they stand, except in JSON that is the client's own."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.dialects.chat_validation import effort_of_budget, results_behind_calls, tidy_chat
from ni.dialects.json_body import without_nulls

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("given_body", "left"),
    [
        ({"tools": None, "n": 1}, {"n": 1}),
        ({"messages": [{"role": "user", "content": "x", "name": None}]},
         {"messages": [{"role": "user", "content": "x"}]}),
        ({"stream_options": {"include_usage": None}}, {"stream_options": {}}),
        ({"tools": [{"function": {"strict": None, "parameters": {"default": None}}}]},
         {"tools": [{"function": {"parameters": {"default": None}}}]}),
        ({"messages": [{"content": [{"type": "tool_use", "input": {"a": None}, "cache_control": None}]}]},
         {"messages": [{"content": [{"type": "tool_use", "input": {"a": None}}]}]}),
        ({"input": [{"role": "user", "id": None}]}, {"input": [{"role": "user"}]}),
        ({"messages": [{"role": "assistant", "content": None, "tool_calls": [{"index": None}]}]},
         {"messages": [{"role": "assistant", "content": None, "tool_calls": [{}]}]}),
    ],
)  # fmt: skip
def test_null_is_absent(given_body: Any, left: Any) -> None:
    assert without_nulls(given_body) == left


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_nothing_but_nulls_goes(body: dict[str, Any]) -> None:
    once = without_nulls(body)
    assert without_nulls(once) is once
    assert once.keys() == {name for name, value in body.items() if value is not None}


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"tools": []}, {}),
        ({"tools": [], "tool_choice": "auto", "parallel_tool_calls": True}, {}),
        ({"functions": [], "function_call": "auto"}, {}),
        ({"stop": []}, {}),
        ({"reasoning": {"effort": "low", "summary": "auto"}}, {"reasoning_effort": "low"}),
        ({"reasoning": {"enabled": False}}, {"reasoning_effort": "none"}),
        ({"reasoning": {"max_tokens": 9000}}, {"reasoning_effort": "medium"}),
        ({"reasoning": {"effort": "low"}, "reasoning_effort": "high"}, {"reasoning_effort": "high"}),
        ({"reasoning": {"exclude": True}}, {}),
    ],
)
def test_empty_lists_and_a_choice_of_nothing_go(body: Any, left: Any) -> None:
    assert tidy_chat(body) == left


def test_a_plain_body_is_the_same_object() -> None:
    messages = [{"role": "assistant", "content": None, "tool_calls": [CALL]}]
    body = {"messages": [*messages, {"role": "tool", "tool_call_id": "c1", "content": "x"}], "temperature": 1}
    assert tidy_chat(without_nulls(body)) is body


def conversation(*words: str) -> list[Any]:
    """Messages in short: `a b` calls with these ids, `=a` a result, anything else of the user."""
    messages: list[Any] = []
    for word in words:
        if word.startswith("="):
            messages.append({"role": "tool", "tool_call_id": word[1:], "content": word})
        elif word.islower():
            messages.append(
                {"role": "assistant", "tool_calls": [{**CALL, "id": name} for name in word.split()]}
            )
        else:
            messages.append({"role": "user", "content": word})
    return messages


@pytest.mark.parametrize(
    ("given_words", "ordered"),
    [
        (["a", "WAIT", "=a"], ["a", "=a", "WAIT"]),
        (["a b", "=a", "c", "=b", "=c"], ["a b", "=a", "=b", "c", "=c"]),
        (["a b", "=b", "=a"], ["a b", "=b", "=a"]),
        (["a", "=a", "NEXT", "a", "LATER", "=a"], ["a", "=a", "NEXT", "a", "=a", "LATER"]),
        (["a", "WAIT"], ["a", "WAIT"]),
        (["a", "WAIT", "=a", "=x"], ["a", "=a", "WAIT", "=x"]),
    ],
)
def test_results_stand_behind_their_calls(given_words: list[str], ordered: list[str]) -> None:
    assert results_behind_calls(conversation(*given_words)) == conversation(*ordered)


@pytest.mark.parametrize(
    ("budget", "effort"),
    [(1, "low"), (2048, "low"), (2049, "medium"), (16_384, "medium"), (16_385, "high"), (2**31 - 1, "high")],
)
def test_a_budget_of_thinking_is_the_effort_up_to_which_it_goes(budget: int, effort: str) -> None:
    assert effort_of_budget(budget, "thinking.budget_tokens") == effort
    assert tidy_chat({"reasoning": {"max_tokens": budget}}) == {"reasoning_effort": effort}

"""Any JSON there is, in any form: no value leaves, all comes back, and the body is not touched."""

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ni.domain.call import Call
from ni.privacy.walker import FORMS
from tests.privacy.cast import caller, shield

VALUES = ("jean.tremblay@acme.ca", "416-967-1111", "4929 8217 4460 3332", "Jean Tremblay")
NAMES = (
    "messages", "content", "role", "type", "text", "name", "id", "call_id", "data", "file_data", "url", "input",
    "arguments", "tools", "function", "parameters", "input_schema", "properties", "description", "default", "metadata",
    "system", "stop", "signature", "model", "user", "source", "media_type", "tool_calls", "output", "schema", "prompt",
)  # fmt: skip
LONG = 10**7
WORDS = st.sampled_from(
    ("", "user", "assistant", "tool", "text", "tool_use", "tool_result", "base64", "a.b", "é")
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**31), 2**31),
    WORDS,
    st.sampled_from(VALUES).map("Ask {}.".format),
)
KEYS = st.one_of(st.sampled_from(NAMES), st.sampled_from(VALUES), st.text(max_size=8))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=30,
)
BODIES = st.dictionaries(KEYS, JSON, max_size=6)


@pytest.mark.parametrize("form", sorted(FORMS))
@given(BODIES)
@example({"role": None, "name": "Ask jean.tremblay@acme.ca."})
@example({"jean.tremblay@acme.ca": None, "native": None})
@example({"\xc8A\u0386": "assistant"})
@example({"input": {"jean.tremblay@acme.ca": 2022000000}})
@example({"parameters": {"type": "Ask jean.tremblay@acme.ca.", "format": ["Ask 416-967-1111."]}})
@settings(max_examples=60, deadline=None)
def test_nothing_leaves_and_all_comes_back(form: str, body: dict[str, Any]) -> None:
    before = copy.deepcopy(body)
    result = shield().substitute(caller(), Call(form, "m", False, body, form=form))
    assert body == before
    sent = json.dumps(result.body, ensure_ascii=False)
    assert not [value for value in VALUES if value in sent and value != "Jean Tremblay"], sent
    assert _shape(result.body) == _shape(before)
    assert result.restorer.reply(result.body) == before


def _shape(value: Any) -> Any:
    """What there is, without the texts and the long whole numbers, which are values in arguments of tools."""
    if isinstance(value, dict):
        return [_shape(inner) for inner in value.values()]
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    if isinstance(value, int) and abs(value) >= LONG:
        return LONG
    return "" if isinstance(value, str) else value

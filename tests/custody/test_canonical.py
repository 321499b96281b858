"""A disclosure is canonical JSON (RFC 8785), though a general JSON writer writes it: compared with another writer."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ni.custody.record import SALT_BYTES, disclose
from tests.custody.test_vectors import GROUPS

SAFE = 2**53 - 1
CASES = {case["name"]: case for case in GROUPS["rfc8785_jcs"]["vectors"]}
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | texts, lambda inner: st.lists(inner, max_size=4)
)


def disclosed(name: str, value: Any) -> bytes:
    (disclosure,) = disclose({name: value}, bytes)
    return disclosure.encode()


@given(texts, values)
def test_a_disclosure_is_what_the_canonicaliser_writes(name: str, value: Any) -> None:
    written = disclosed(name, value)
    assert written == rfc8785.dumps(json.loads(written))
    assert json.loads(written)[1:] == [name, value]


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for entry in value.items() for each in entry for text in strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_strings_of_the_standards_examples_are_written_as_they_stand_there(case: dict[str, str]) -> None:
    for text in strings(json.loads(case["input_utf8"])):
        written = disclosed("text", text).removesuffix(b"]").rpartition(b'"text",')[2]
        assert written in case["canonical_utf8"].encode()


def test_salts_are_drawn_for_each_field() -> None:
    asked: list[int] = []

    def random(count: int) -> bytes:
        asked.append(count)
        return bytes(range(count))

    assert len({json.loads(each)[0] for each in disclose({"a": 1, "b": 1}, random)}) == 2
    assert asked == [2 * SALT_BYTES]

"""Whatever values, escapes and typography a text is made of: what was masked comes back, and JSON stays JSON."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ni.privacy.reading import read
from tests.privacy.cast import answered, masked, sent
from tests.privacy.test_carriers import shape
from tests.privacy.texts import GLUE, NOISE, VALUES

SPELLINGS = (
    "&nbsp;", "&#64;", "&amp;", "&eacute;", "%40", "?a=", "&b=", "\x1b[1m", "\\x1b[0m", "\u2011", "\u2009", "\\_",
    "\\-", "\\@", "\\xc3\\xa9", "\\303\\251", "\\n", "\\\\n", '\\"', "\\'", "\u00ad", "\uff14", "C:\\new\\",
)  # fmt: skip


def _nonbreaking(text: str) -> str:
    return text.replace(" ", "\u00a0").replace("-", "\u2011")


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


values = st.sampled_from(VALUES)
spelled = (
    values
    | values.map(_nonbreaking)
    | values.map(_escaped)
    | values.map(lambda text: _escaped(_escaped(text)))
)
pieces = st.tuples(spelled | st.sampled_from((*SPELLINGS, *NOISE)), GLUE | st.just(""))
texts = st.lists(pieces, max_size=10).map(lambda found: "".join(piece + glue for piece, glue in found))


@settings(max_examples=300, deadline=None)
@given(texts)
def test_what_was_masked_in_any_spelling_comes_back_and_reads_the_same(text: str) -> None:
    result = masked(text)
    assert read(answered(result, sent(result))).text == read(text).text


@pytest.mark.parametrize("before", ["\\u0430", "\\u0410\\u043d\\u043d\\u0430", "\\u00e9", "\\n", "a"])
def test_a_name_in_a_script_without_spaces_comes_back_behind_an_escaped_letter(before: str) -> None:
    text = f"{before}王小明"
    result = masked(text)
    assert "王小明" not in sent(result)
    assert answered(result, sent(result)) == text


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(("note", "email", "phone", "a")), texts, min_size=1), st.booleans())
def test_json_in_a_message_keeps_its_structure(value: dict[str, str], ascii_only: bool) -> None:
    source = json.dumps(value, ensure_ascii=ascii_only)
    source = source.encode("utf-8", "replace").decode()
    result = masked(source)
    assert shape(json.loads(sent(result))) == shape(json.loads(source))
    assert shape(json.loads(answered(result, sent(result)))) == shape(json.loads(source))

"""Names that no list holds are told by their form; orders to a preprocessor are no names."""

import pytest

from ni.privacy.lexicon import is_family, is_given
from ni.privacy.words import literals, looks_like_code


@pytest.mark.parametrize("word", ["gurmanpreet", "nasibullah", "weijun", "ji-hyun", "karonhiahente"])
def test_given_names_are_told_by_their_form(word: str) -> None:
    assert is_given(word)


@pytest.mark.parametrize("word", ["al-nasiri", "thirulingam", "petrashenko", "qumaaluk"])
def test_surnames_are_told_by_their_form(word: str) -> None:
    assert is_family(word)


@pytest.mark.parametrize("word", ["beijing", "callback", "remainder", "uniq", "pipeline", "hangup"])
def test_words_are_not(word: str) -> None:
    assert not is_given(word)
    assert not is_family(word)


@pytest.mark.parametrize("line", ["#elif defined(HAVE_X)", "#undef Foo", "# ifndef Bar"])
def test_an_order_to_a_preprocessor_is_no_comment(line: str) -> None:
    assert looks_like_code(line)
    assert list(literals(line)) == []


def test_a_comment_behind_such_an_order_is_read() -> None:
    line = "#if FOO /* ask Anna Smith */"
    assert [line[start:end] for start, end in literals(line)] == ["ask Anna Smith"]

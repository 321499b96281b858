"""A reading: what is decoded and folded, what is left alone, and that each range leads back to its source."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ni.privacy.reading import Reading, read
from tests.growth import growth
from tests.privacy.texts import NOISE, VALUES

DECODED = [
    (r"a\nb\tc\rd", "a\nb\tc\rd"),
    (r"a\\nb", "a\nb"),
    (r"{\"a\":\"b\\\"c\"}", '{"a":"b"c"}'),
    (r"l\'ami \/ \_ \@", "l'ami / _ @"),
    (r"\u0040 \x40 \u{40} \U00000040", "@ @ @ @"),
    (r"caf\u00e9 caf\xc3\xa9 caf\xe9 caf\303\251", "café café café café"),
    (r"\ud83d\ude00 \ud83d", "😀 \ufffd"),
    (r"Le\u0301v", "Lév"),
    (r"\b514 \s+1", " 514  +1"),
    ("&eacute; &amp;eacute; &#233; &#xE9; &nbsp;|&quot;", 'é é é é  |"'),
    ("?a=x%40y&b=514+555%200143", "?a=x@y&b=514 555 0143"),
    ("a=%C3%A9", "a=é"),
    ("1\u00a02\u202f3\u20094\u30005", "1 2 3 4 5"),
    ("1\u20102\u20113\u20124\u20135\u22126\u20147", "1-2-3-4-5-6-7"),
    ("a\u200bb\u00adc\ufeffd\u2060e", "abcde"),
    ("e\u0301 E\u0302 \uff14\uff11 \u0664\u0661 \uff20", "é Ê 41 41 @"),
    ("\x1b[1;31mred\x1b[0m \\x1b[0mx \\u001b[mx \\033[0mx", "red x x x"),
    ("a\u2028b", "a\nb"),
]
LEFT = (
    "C:\\new\\table\\x.txt and D:\\Program Files\\node",
    "C:\\\\new\\\\table",
    "\\nabla \\times \\rho \\theta \\textbf{x} \\newcommand",
    "\\d+\\w\\S and \\p{L}",
    "100% of 5%d and %s, a % b",
    "https://acme.ca/?q=a%20b",
    "a && b; c&d; &nosuchname;",
    "one — two, “quotes” and l’ami, é, 王小明",
    "plain text of no interest",
    "",
)


@pytest.mark.parametrize(("source", "text"), DECODED)
def test_escapes_are_decoded_and_typography_is_folded(source: str, text: str) -> None:
    assert read(source).text == text


@pytest.mark.parametrize("source", LEFT)
def test_what_is_no_escape_is_read_as_it_stands(source: str) -> None:
    reading = read(source)
    assert reading.text == source
    assert reading.stages == ()
    assert reading.text is source


@pytest.mark.parametrize(("source", "_"), DECODED)
def test_each_character_leads_back_to_what_it_was_written_as(source: str, _: str) -> None:
    _leads_back(read(source))


PIECES = (*DECODED, *((text, "") for text in (*LEFT, *VALUES, *NOISE)))
sources = st.lists(st.sampled_from([source for source, _ in PIECES]) | st.text(max_size=6), max_size=12).map(
    "".join
)


@given(sources)
def test_ranges_lead_back_in_order_and_never_overlap(source: str) -> None:
    _leads_back(read(source))


def _leads_back(reading: Reading) -> None:
    done = 0
    for at in range(len(reading.text)):
        start, end = reading.original(at, at + 1)
        assert done <= start < end <= len(reading.source)
        done = end
    assert len(reading.layout) == len(reading.text)


@given(sources, st.integers(0, 40), st.integers(1, 20))
@example("\\b514 \\s+1", 0, 1)
def test_a_value_written_in_place_of_a_range_reads_as_the_value(source: str, start: int, length: int) -> None:
    reading = read(source)
    end = min(start + length, len(reading.text))
    if start >= end:
        return
    written = reading.written(start, end, "x9 y-z@example.ca")
    changed = read("\n" + written + "\n").text
    assert changed.strip("\n") == "x9 y-z@example.ca" or "%" in written or "+" in written  # of a form


def test_a_reading_of_json_stays_json_when_a_value_is_written_into_it() -> None:
    source = json.dumps({"a": json.dumps({"b": "Hello\nana\u00a0roy@acme.ca é"})})
    reading = read(source)
    at = reading.text.index("roy@acme.ca")
    start, end = reading.original(at, at + 11)
    written = source[:start] + reading.written(at, at + 11, "zoé@example.ca") + source[end:]
    assert json.loads(json.loads(written)["a"])["b"] == "Hello\nana\u00a0zoé@example.ca é"


def test_the_line_breaks_of_a_literal_are_none_of_the_source() -> None:
    literal = read('print("Hi\\nJean \\"x\\"")')
    assert "\n" in literal.text
    assert "\n" not in literal.layout
    document = read(json.dumps({"content": "a\nb\nc\nd\n"}))
    assert document.layout.count("\n") == 4


HOSTILE = (
    "\\", "\\n", "\\\\n", '\\"', "\\u0040", "\\x41", "\\u", "\\ud83d", "\\303", "&", "&amp;", "&#64;", "&a", "%41",
    "a=%41", "?a=1+", "=", "\u200b", "\u00a0", "e\u0301", "\u0301", "\x1b[", "\x1b[31m", "C:\\a", "C:\\a b", "\\\n",
    "9\u2014",
)  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_reading_costs_linear_time(unit: str) -> None:
    assert growth(read, unit * (15_000 // len(unit)), times=8) <= 16


def test_long_readings_let_others_run() -> None:
    pauses: list[int] = []
    read("\\n" * 5000, lambda: pauses.append(1))
    assert len(pauses) > 5

"""The JSON loader: takes what every reader reads alike, refuses the rest, and names the place."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.dialects.json_body import MAX_DEPTH, MAX_STRING_BYTES, load, load_object, public_path
from ni.domain.errors import BadRequest

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=25,
)


def refused(octets: bytes) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        load(octets)
    assert str(caught.value)
    return caught.value


@given(VALUES)
def test_every_value_is_read_as_it_was_written_however_it_is_spaced_or_escaped(value: Any) -> None:
    for octets in (
        orjson.dumps(value),
        json.dumps(value).encode(),
        json.dumps(value, indent=2, ensure_ascii=False).encode(),
    ):
        assert load(octets) == value


@given(VALUES, st.text(max_size=8), VALUES, st.sampled_from([b"", b" "]))
def test_a_repeated_key_is_found_beside_any_value(value: Any, key: str, other: Any, space: bytes) -> None:
    name = orjson.dumps(key)
    pair = b"{" + name + b":" + orjson.dumps(value) + b"," + space + name + b":" + orjson.dumps(other) + b"}"
    refused(b'{"messages":[' + pair + b"]}")


@pytest.mark.parametrize(
    ("octets", "param"),
    [
        (b'{"model":"a","model":"b"}', "model"),
        (b'{"model":"a","model":"a"}', "model"),
        (b'{"model":"a","mod\\u0065l":"b"}', "model"),
        (b'{"messages":[{},{"a":{"role":1,"role":2}}]}', "messages[1].a.role"),
        (b'{"a":{"b":1,"b":2},"a":3}', "a"),
        (b'{"x":[1,18446744073709551616]}', "x[1]"),
        (b'{"x":-9223372036854775809}', "x"),
        (b'{"x":' + b"9" * 300 + b"}", "x"),
    ],
)
def test_an_ambiguous_body_is_refused_by_the_name_of_its_field(octets: bytes, param: str) -> None:
    assert refused(octets).param == param


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{",
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":' + b"1" * 5000 + b"}",
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'{"a":"\x00"}',
        b'{"a":1} {}',
        b'{"a":01}',
    ],
)
def test_what_is_not_strict_utf8_json_is_refused(octets: bytes) -> None:
    refused(octets)


def test_the_greatest_integers_are_kept_exactly() -> None:
    assert load(b'{"a":18446744073709551615, "b":-9223372036854775808}') == {"a": 2**64 - 1, "b": -(2**63)}


SEAM = 1024 * 1024
"""Long bodies are read in pieces of this many bytes."""


@pytest.mark.parametrize("back", range(0, 48, 3))
@pytest.mark.parametrize(
    ("tail", "known"),
    [
        (b'{"b":1,"b":2}', "occurs more than once"),
        (b'{"\\"b\\\\":1, "\\u0022b\\\\":2}', "occurs more than once"),
        (b"18446744073709551616", "does not fit 64 bits"),
        (b"-9223372036854775809", "does not fit 64 bits"),
        (b"9" * 40, "does not fit 64 bits"),
        (b"18446744073709551615", ""),
        (b"-9223372036854775808", ""),
        (b"0.12345678901234567890123", ""),
        (b"1234567890123456789012.5", ""),
        (b"1234567890123456789012e-5", ""),
        (b'["18446744073709551616", "\\\\\\":18446744073709551616"]', ""),
        (b'[{"b":1}, {"b":":"}]', ""),
    ],
)
def test_keys_and_integers_of_a_long_body_are_checked_at_every_seam(
    tail: bytes, known: str, back: int
) -> None:
    octets = b'{"a": "' + b"x" * (SEAM - back) + b'", "c": ' + tail + b', "d": "\\ud800"}'
    if known:
        assert known in str(refused(octets))
    else:
        assert load(octets) == json.loads(octets.replace(b"\\ud800", b"\\ufffd"))


@pytest.mark.parametrize(("keys", "fits"), [(99_999, True), (100_001, False)])
def test_keys_are_counted_before_they_are_made(keys: int, fits: bool) -> None:
    octets = json.dumps({str(at): ":" for at in range(keys)}).encode()
    if fits:
        assert len(load(octets)) == keys
    else:
        assert "100000 keys" in str(refused(octets))


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize(("depth", "fits"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False), (100_000, False)])
def test_nesting_ends_at_the_limit(opening: bytes, depth: int, fits: bool) -> None:
    closing = b"]" if opening == b"[" else b"}"
    octets = opening * depth + b"1" + closing * depth
    if fits:
        load(octets)
    else:
        assert "64" in str(refused(octets))


def test_a_string_over_the_limit_is_named_and_one_at_the_limit_is_read() -> None:
    assert refused(b'{"a":["' + b"x" * (MAX_STRING_BYTES + 1) + b'"]}').param == "a[0]"
    assert len(load(b'["' + b"x" * MAX_STRING_BYTES + b'"]')[0]) == MAX_STRING_BYTES


def test_a_body_of_very_many_values_is_refused() -> None:
    assert "250000" in str(refused(b"[" + b"1," * 250_000 + b"1]"))


def test_millions_of_tiny_containers_are_refused_before_they_are_made() -> None:
    assert "brackets" in str(refused(b"[" + b"[]," * 1_000_000 + b"1]"))
    assert "brackets" in str(refused(b'{"a":[' + b"{}," * 1_000_000 + b"1]}"))


@pytest.mark.parametrize("octets", [b"[]", b'"x"', b"1", b"null"])
def test_a_request_body_is_an_object(octets: bytes) -> None:
    with pytest.raises(BadRequest, match="JSON object"):
        load_object(octets)


def test_no_text_of_the_client_beyond_a_short_printable_key_is_repeated() -> None:
    message = str(refused(b'{"` \\n' + b"k" * 200 + b'":1,"` \\n' + b"k" * 200 + b'":"4111111111111111"}'))
    assert "\n" not in message
    assert "4111" not in message
    assert len(message) < 120


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (rb'{"a":"x\ud800y"}', "x�y"),
        (rb'{"a":"\udc00\ud800"}', "��"),
        (rb'{"a":"\ud83d\ude00\uD83D"}', "😀�"),
        (rb'{"a":"\\ud800 \ud800"}', "\\ud800 �"),
    ],
)
def test_half_of_a_surrogate_pair_is_read_as_the_replacement_character(octets: bytes, text: str) -> None:
    assert load(octets) == {"a": text}


def test_a_body_with_half_a_pair_is_held_to_all_other_rules() -> None:
    with pytest.raises(BadRequest):
        load(rb'{"a":"\ud800","a":1}')
    with pytest.raises(BadRequest):
        load(rb'{"a":"\ud800}')


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("messages[0].content[1].image_url.url", "messages[0].content[1].image_url.url"),
        ("tools[0].function.parameters", "tools[0].function.parameters"),
        ("tools[0].function.parameters.properties.Jean Tremblay 134312222", "tools[0].function.parameters.*"),
        ("J'ai la grippe 514-555-0142 mot de passe Chouette91", "*"),
        ("messages[0].password", "messages[0].*"),
        ("metadata.user", "metadata.*"),
        ("X-NI-PII", "X-NI-PII"),
        ("a.b.c", "*"),
        ("", "*"),
        ("messages[0]messages", "*"),
    ],
)
def test_a_path_is_shown_up_to_the_first_name_that_no_api_defines(path: str, shown: str) -> None:
    assert public_path(path) == shown

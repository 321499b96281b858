"""The text of a key: recognisable, checked against typing errors, never the thing that is stored."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.access.key_text import Peppers, checksum, mint, public_id_of
from ni.domain.ids import BASE62
from ni.domain.secret import Secret

_, MINTED = mint(os.urandom)
KEY = MINTED.reveal()


def test_a_key_has_its_prefix_public_id_secret_and_checksum() -> None:
    public_id, text = mint(os.urandom)
    assert re.fullmatch(r"ni_live_[0-9A-Za-z]{54}", text.reveal())
    assert text.reveal()[8:18] == public_id == public_id_of(text.reveal())


def test_the_checksum_is_the_standard_crc_32() -> None:
    digits = checksum("123456789")
    value = 0
    for digit in digits:
        value = value * 62 + BASE62.index(digit)
    assert value == 0xCBF43926


@given(st.integers(0, len(KEY) - 1), st.sampled_from(BASE62 + "_-. é\0"))
def test_any_single_changed_character_is_refused_offline(place: int, character: str) -> None:
    changed = KEY[:place] + character + KEY[place + 1 :]
    assert changed == KEY or public_id_of(changed) is None


@given(st.integers(0, len(KEY) - 2))
def test_any_two_swapped_neighbours_are_refused_offline(place: int) -> None:
    swapped = KEY[:place] + KEY[place + 1] + KEY[place] + KEY[place + 2 :]
    assert swapped == KEY or public_id_of(swapped) is None


@given(st.text(max_size=200))
def test_no_text_breaks_the_check(text: str) -> None:
    assert public_id_of(text) is None
    assert len(Peppers({1: b"p" * 32}).digest(1, text)) == 32


@pytest.mark.parametrize("form", ["", "{}\n", " {}", "{:.61}", "{}0", "'; DROP TABLE keys--"])
def test_what_is_not_exactly_a_key_is_refused(form: str) -> None:
    assert public_id_of(form.format(KEY)) is None
    assert public_id_of(KEY.upper()) is None


def test_digests_differ_by_pepper_and_printing_shows_no_pepper() -> None:
    peppers = Peppers({1: b"a" * 32, 2: b"b" * 32})
    assert peppers.current == 2
    assert peppers.digest(1, KEY) != peppers.digest(2, KEY)
    assert "aaaa" not in repr(peppers)
    assert repr(Secret(KEY)) == "***"

"""Encoded words of mail headers (RFC 2047) are read, and stand-ins are written as such words."""

import base64
import quopri
import re
from email.header import decode_header, make_header
from itertools import product

import pytest

from tests.privacy.cast import answered, masked, sent

NAMES = ("Renée Côté", "Jean Tremblay", "Zofia Wiśniewska", "Ngozi Uchenna", "Đặng Thúy")
HEADERS = ("From: {} <a.b@acme.ca>", "To: {} <a.b@acme.ca>\nSubject: Hi", "Cc: x@acme.ca, {} <a.b@acme.ca>")


def _quoted(name: str) -> str:
    octets = quopri.encodestring(name.encode(), quotetabs=True, header=True).decode()
    return f"=?utf-8?Q?{octets}?="


def _base64(name: str) -> str:
    return f"=?UTF-8?B?{base64.b64encode(name.encode()).decode()}?="


@pytest.mark.parametrize(("name", "header", "form"), list(product(NAMES, HEADERS, (_quoted, _base64))))
def test_the_name_in_an_encoded_word_is_another_when_it_is_decoded(
    name: str, header: str, form: object
) -> None:
    assert callable(form)
    text = header.format(form(name))
    result = masked(text)
    words = re.findall(r"=\?[^ ]*\?=", sent(result))
    assert len(words) == 1
    assert not any(part in str(make_header(decode_header(words[0]))) for part in name.split())
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(
    "text",
    [
        f"Subject: {_quoted('Nouvelle version')}",
        f"Subject: {_base64('Release notes 2.0')}",
        "pattern =?x?=; a =? b ?= c",
        "=?utf-8?Q??= and =?utf-8?B?",
    ],
)
def test_words_without_a_person_stay(text: str) -> None:
    assert sent(masked(text)) == text

"""Values come back from what carries them in an answer, JSON source and URLs; and one number has one stand-in."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.privacy.cast import answered, masked, sent
from tests.privacy.streaming import streamed

MARKS = {"bullets": "•••• ", "ellipsis": "…", "bullets and a no-break space": "••••\u00a0", "stars": "**** "}
SOURCES: dict[str, Callable[[str], str]] = {
    "text": str,
    "JSON": lambda text: json.dumps({"a": text}),
    "JSON in JSON": lambda text: json.dumps({"a": json.dumps([text])}),
    "JSON unescaped": lambda text: json.dumps({"a": text}, ensure_ascii=False),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("mark", MARKS)
def test_the_end_of_a_card_comes_back_behind_marks(mark: str, source: str) -> None:
    result = masked("card 4539 2880 4072 3861")
    written, wanted = (
        SOURCES[source](f"card {MARKS[mark]}{end}") for end in (sent(result).split()[-1], "3861")
    )
    assert written != wanted
    assert answered(result, written) == wanted
    assert "".join(streamed(result.restorer, list(written))) == wanted


ADDRESSES = ("lise.roy@bell.net", "lise.roy+news@bell.net", "jtremblay84@acme.ca", "info@gagnon-roy.ca")
URLS: dict[str, Callable[[str], str]] = {
    "the sign": lambda mail: f"https://x.ca/?e={mail.replace('@', '%40')}&n=3",
    "all of it": lambda mail: f"https://x.ca/?n=3&e={quote(mail, safe='')}",
    "plain": lambda mail: f"https://x.ca/?e={mail}&n=3",
    "a path": lambda mail: f"https://x.ca/u/{quote(mail, safe='')}/edit",
}


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("mail", ADDRESSES)
def test_an_address_comes_back_whole_from_a_url(mail: str, url: str) -> None:
    result = masked(f"mail: {mail}")
    stand_in = sent(result).removeprefix("mail: ")
    assert stand_in != mail
    assert answered(result, URLS[url](stand_in)) == URLS[url](mail)
    assert "".join(streamed(result.restorer, list(URLS[url](stand_in)))) == URLS[url](mail)


NUMBERS = (
    ("514-276-8831", ("+1 514 276 8831", "(514) 276-8831", "1-514-276-8831", "+1 (514) 276-8831")),
    ("418 683-2240", ("418-683-2240", "1 418 683 2240", "+14186832240")),
    ("+33 6 12 34 56 78", ("06 12 34 56 78", "06.12.34.56.78", "0033 6 12 34 56 78")),
)


def _last_digits(text: str, count: int) -> str:
    return "".join(filter(str.isdigit, text))[-count:]


@pytest.mark.parametrize(("one", "others"), NUMBERS)
def test_one_number_has_one_stand_in_with_its_country_code_and_without(
    one: str, others: tuple[str, ...]
) -> None:
    for other in others:
        for first, second in ((one, other), (other, one)):
            text = f"Phone: {first}\nPhone: {second}"
            result = masked(text)
            lines = sent(result).splitlines()
            assert lines[0] != f"Phone: {first}"
            assert _last_digits(lines[0], 9) == _last_digits(lines[1], 9)
            assert answered(result, sent(result)) == text


def test_other_numbers_have_stand_ins_of_their_own() -> None:
    numbers = [one for one, _ in NUMBERS] + ["514-276-8832", "+44 20 7123 4567", "+1 438 276 8831"]
    lines = sent(masked("\n".join(f"Phone: {number}" for number in numbers))).splitlines()
    assert len({_last_digits(line, 9) for line in lines}) == len(numbers)

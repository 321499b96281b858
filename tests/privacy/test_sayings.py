"""The forms that a request says itself are found in one walk, and exactly those whose words follow one another."""

import datetime
import re
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ni.privacy.sayings import said
from tests.growth import growth
from tests.privacy.cast import answered, call, caller, says, sent, shield

WORDS = ("may", "5", "05", "1984", "of", "王", "生")
GAPS = (" ", ", ", "-", "\n", "_", " (", "/")
forms = st.lists(st.sampled_from(WORDS), min_size=2, max_size=4).map(" ".join)
texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=14).map(
    lambda pieces: "".join(word + gap for word, gap in pieces)
)


@given(st.sets(forms, max_size=20), st.lists(texts, max_size=3))
def test_those_forms_are_found_whose_words_follow_one_another(wanted: set[str], said_in: list[str]) -> None:
    expected = {
        form
        for form in wanted
        for text in said_in
        if re.search(r"(?<![a-z0-9])" + r"[\W_]{1,12}".join(form.split()) + r"(?![a-z0-9])", text)
    }
    assert said(wanted, said_in) == expected


def _dates(count: int) -> list[str]:
    first = datetime.date(1930, 1, 1)
    return [str(first + datetime.timedelta(days=at * 7919 % 29_000)) for at in range(count)]


def test_as_many_forms_as_the_request_has_words_cost_linear_time() -> None:
    def asked(text: str) -> None:
        """As many dates as the text has letters, and a form of each: a text that is repeated would have the same."""
        days = _dates(len(text))
        assert len(said((day.replace("-", " ") for day in days), ["\n".join(days)])) == len(days)

    assert growth(asked, "d" * 2_000, 8) <= 2 * 8


def test_the_usual_forms_of_many_dates_come_back() -> None:
    days = _dates(300)
    result = shield([]).substitute(caller(), call(says("\n".join(f"born {day}" for day in days))))
    made = [line.removeprefix("born ") for line in sent(result).splitlines()]
    written = ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y")
    for shape, (day, stand_in) in product(written, zip(days[:40], made, strict=False)):
        mine, theirs = (datetime.date.fromisoformat(each).strftime(shape) for each in (stand_in, day))
        assert answered(result, f"- {mine}.") in {f"- {theirs}.", f"- {mine}."}
    whole = [datetime.date.fromisoformat(each) for each in (made[7], days[7])]
    shown = [f"on {each:%B} {each.day}, {each.year}" for each in whole]
    assert answered(result, shown[0]) == shown[1]

"""What models really write comes back: endings, other formats, parts of addresses, initials, plurals, identifiers.

A template is filled with the values of the stand-in, as a model would, and with the person's; the answer must read as
the latter, in one piece and wherever a stream is cut.
"""

from collections.abc import Iterator

import pytest

from ni.privacy.masking import Masked
from tests.privacy.cast import answered, call, caller, says, sent, shield
from tests.privacy.records import RECORDS, TEMPLATES, Record, Template
from tests.privacy.streaming import streamed

Case = tuple[Masked, str, str]


def masked_record(record: Record, account: str = "acc_0") -> tuple[Masked, Record]:
    result = shield([record.name, record.family]).substitute(caller(account), call(says(record.lines())))
    return result, record.like(sent(result))


def cases(accounts: int = 1) -> Iterator[Case]:
    """Each template for each record: what restores it, what a model wrote, what the user must read."""
    for account in range(accounts):
        for record in RECORDS:
            result, stand_in = masked_record(record, f"acc_{account}")
            for template in TEMPLATES:
                yield result, template(stand_in), template(record)


def test_of_two_hundred_answers_and_more_nearly_all_show_no_stand_in() -> None:
    table = list(cases(accounts=3))
    wrong = [(written, wanted) for result, written, wanted in table if answered(result, written) != wanted]
    assert len(table) >= 200
    assert len(wrong) / len(table) <= 0.02, wrong


def test_an_answer_reads_the_same_wherever_its_stream_is_cut() -> None:
    for result, written, _ in cases():
        whole = answered(result, written)
        assert "".join(streamed(result.restorer, list(written))) == whole
        for cut in range(1, len(written), 3):
            assert "".join(streamed(result.restorer, [written[:cut], written[cut:]])) == whole, (cut, written)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.given)
def test_what_was_sent_comes_back_as_it_was(record: Record) -> None:
    result, _ = masked_record(record)
    assert answered(result, sent(result)) == record.lines()


LOOKALIKES: tuple[Template, ...] = (
    lambda r: f"Port {r.card[-4:]} is open, error {r.phone[-4:]}.",
    lambda r: f"It costs {r.sin[-3:]} dollars in {r.born.year}.",
    lambda r: f"a {r.family[0].upper()}. vitamin and {r.given[0]}.S. degrees",
    lambda r: f"line {r.number} of the file",
    lambda r: f"version {r.born.year}.{r.born.month}.{r.born.day}.7",
    lambda r: f"{r.card[-4:]}{r.phone[-4:]}00{r.sin[-3:]}",
    lambda r: f"x{r.family.lower()}y and {r.given.lower().split('-')[-1]}xyz",
    lambda r: "Two cards end in 9999 and 0000; born in 1801, area code 999.",
)
"""What looks like a part of a stand-in and is not said to be one."""


PROSE = (
    "The meeting is at 10:30 on 4/5/2024, room 204, ext. 12.",
    "Error 0123 at line 4417: x1234 is undefined; for i in range(1000, 2000): print(i)",
    "M. le directeur et Mme la présidente, M. X. P.S. B.A. M.S. U.S. A.M. Vitamin C. B. is next.",
    "See RFC 2606, section 3, last 4 digits of pi: 3.1415. The last 3 items, the first 100 users, ending in 99.",
    "born free; 1984 by Orwell; class of 1986; area code for Toronto is 416 or 647, for Calgary 403 or 587",
    "card games; visa rules; call 911; #1234 fixes #5678; v1.2.3; 10.0.0.1; Street art in Main Street; Unit 4",
)


@pytest.mark.parametrize("written", PROSE)
def test_prose_that_knows_nothing_of_the_record_stays(written: str) -> None:
    for account in range(12):
        for record in RECORDS:
            result, _ = masked_record(record, f"acc_{account}")
            assert answered(result, written) == written


@pytest.mark.parametrize("template", range(len(LOOKALIKES)))
def test_what_only_looks_like_a_part_of_a_stand_in_stays(template: int) -> None:
    for record in RECORDS:
        result, stand_in = masked_record(record)
        written = LOOKALIKES[template](stand_in)
        assert answered(result, written) == written


def test_an_ending_that_two_values_share_stays() -> None:
    numbers = [f"416-967-{number:04}" for number in range(1000, 1300)]  # more than the range has endings
    result = shield().substitute(caller(), call(says("\n".join(f"call {number}" for number in numbers))))
    made = [line.removeprefix("call ") for line in sent(result).splitlines()]
    endings = [number[-4:] for number in made]
    for number, ending in zip(made, endings, strict=True):
        written = f"The number ending in {ending} is busy."
        read = answered(result, written)
        if endings.count(ending) > 1:
            assert read == written
        assert answered(result, number) in numbers


def test_an_ending_that_the_request_says_itself_stays() -> None:
    _, stand_in = masked_record(RECORDS[0])
    ending = stand_in.card[-4:]
    both = f"{RECORDS[0].lines()}\nThere is another card ending in {ending}."
    again = shield([RECORDS[0].name]).substitute(caller("acc_0"), call(says(both)))
    assert answered(again, f"the card ending in {ending}") == f"the card ending in {ending}"

"""Names through a real worker with the small models: in both languages, whatever the text is made of."""

import os
from pathlib import Path

import pytest

from ni.privacy.names.worker.pool import NamesPool
from ni.privacy.spans import Label
from tests.growth import growth

FOUND = {
    "Hi, my name is Priya Sharma and I live in Toronto.": ["Priya Sharma"],
    "Bonjour, je m'appelle Jean-François Tremblay.": ["Jean-François Tremblay"],
    "PLEASE CALL GURPREET DHILLON BEFORE NOON.": ["GURPREET DHILLON"],
    "my name is chinedu okafor, can you help me": ["chinedu okafor"],
    "# TODO(Oksana): ask Mr. Nguyen about this": ["Oksana", "Nguyen"],
    "Le dossier d'Aïssatou Diallo est incomplet.": ["Aïssatou Diallo"],
    "Siobhan's manager is Takeshi Yamamoto.": ["Siobhan", "Takeshi Yamamoto"],
}
NOBODY = (
    "The Jenkins service restarted because Kafka was out of memory.",
    "def parse_header(self, value): return HttpClient.get(value)",
    "Comment installer Django avec Docker ?",
    "The office in Montréal is closed on Monday.",
    "2025-01-02 10:11:12 ERROR OrderService: connection refused",
    "Please mark the bill as paid in May.",
)
HARD = {
    "one line": "word and another " * 2_500,
    "no space": "abcdefgh" * 5_000,
    "zero width": "ab\u200b\u200d " * 8_000,
    "right to left": "\u202eab\u202c\u200f " * 6_000,
    "quotes and dots": "a.b.c'd'e-f " * 3_500,
}


@pytest.mark.parametrize("text", FOUND)
def test_people_are_found_whole_and_without_titles(names: NamesPool, text: str) -> None:
    [spans] = names.find([text])
    assert [text[span.start : span.end] for span in spans] == FOUND[text]
    assert all(span.label is Label.PERSON and not span.certain for span in spans)


@pytest.mark.parametrize("text", NOBODY)
def test_things_are_not_taken_for_people(names: NamesPool, text: str) -> None:
    assert names.find([text]) == [[]]


def test_a_result_does_not_depend_on_what_is_asked_beside_it(names: NamesPool) -> None:
    texts = [*FOUND, *NOBODY]
    assert names.find(texts) == [names.find([text])[0] for text in texts]


def test_offsets_count_code_points(names: NamesPool) -> None:
    text = "😀😀 My name is Priya Sharma 😀"
    [[span]] = names.find([text])
    assert text[span.start : span.end] == "Priya Sharma"


def test_a_lone_surrogate_is_read_like_any_other_character(names: NamesPool) -> None:
    text = "\ud800 My name is Priya Sharma."
    [[span]] = names.find([text])
    assert text[span.start : span.end] == "Priya Sharma"


@pytest.mark.parametrize("kind", HARD)
def test_hard_text_costs_linear_time(names: NamesPool, kind: str) -> None:
    def workers_cpu_s() -> float:
        times = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in names.pids]
        return sum(int(fields[11]) + int(fields[12]) for fields in times) / os.sysconf("SC_CLK_TCK")

    quarter = HARD[kind][: len(HARD[kind]) // 4]
    assert growth(lambda text: names.find([text]), quarter, times=4, clock=workers_cpu_s) < 10


def test_a_worker_does_not_grow_with_the_words_it_has_read(names: NamesPool) -> None:
    def megabytes() -> float:
        [pid] = names.pids
        with open(f"/proc/{pid}/statm") as sizes:  # noqa: PTH123 - one line of the kernel
            return int(sizes.read().split()[1]) * 4096 / 2**20

    def read(first: int) -> None:
        names.find(
            [f"word{number}q zone{number}x met Person{number}y" for number in range(first, first + 2000)]
        )

    read(0)
    before = megabytes()
    read(2000)
    read(4000)
    assert megabytes() - before < 12

"""What a request says is asked for thousands of times: the answers are those of reading it all, at less work."""

import random
import re
import string

import pytest

from ni.privacy.words import SubstringIndex, Vocabulary

SHORT, TIMES = 1_000, 8
MADE = {
    "telephone numbers in groups": lambda rng: str(rng.randint(1000, 9999)),
    "telephone numbers": lambda rng: f"514{rng.randint(2000000, 9999999)}",
    "card numbers": lambda rng: f"4539{rng.randint(10**11, 10**12)}",
    "names": lambda rng: "".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 9))),
    "user names": lambda rng: f"{rng.choice(('marie', 'jean', 'anne'))}{rng.randint(100, 99999)}",
}


def _words(kind: str, count: int, seed: int = 5) -> list[str]:
    rng = random.Random(seed)  # noqa: S311 - values of a test
    return list(dict.fromkeys(MADE[kind](rng) for _ in range(count)))


@pytest.mark.parametrize("kind", MADE)
def test_the_answers_are_those_of_reading_every_word(kind: str) -> None:
    words = _words(kind, SHORT)
    joined = "\n".join(words)
    inside = SubstringIndex(frozenset(words), joined)
    asked = [word[at:end] for word in _words(kind, 40, 9) for at in range(3) for end in range(at, len(word))]
    asked += [*words[:20], "", "é", "zz", "o'b"]
    assert len(asked) > 100
    assert [part in inside for part in asked] == [part in joined for part in asked]


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("times", [1, TIMES])
def test_a_question_reads_a_small_part_of_the_words(kind: str, times: int) -> None:
    words = _words(kind, SHORT * times)
    inside = SubstringIndex(frozenset(words), "\n".join(words))
    asked = _words(kind, 200, 9)
    read = sum(len(word) for part in asked for word in inside.read_for(part))
    assert read <= len(asked) * sum(map(len, words)) / 40


def test_not_every_question_reads_all_words() -> None:
    class Joined(str):
        read = 0

        def __contains__(self, part: object) -> bool:
            type(self).read += 1
            return super().__contains__(part)  # type: ignore[operator]

    words = _words("names", SHORT)
    inside = SubstringIndex(frozenset(words), Joined("\n".join(words)))
    for part in _words("names", 5_000, 9):
        assert part in inside or part not in words
    assert Joined.read < 100


def test_digits_in_groups_are_found_as_a_pattern_finds_them() -> None:
    rng = random.Random(3)  # noqa: S311 - values of a test
    words = ["514", "555", "0123", "01", "23", "a"]
    gaps = ["-", " ", "", ") ", "    ", "     ", "\n", "_", "\u00a0"]
    told = set()
    for _ in range(2_000):
        text = "".join(rng.choice(words) + rng.choice(gaps) for _ in range(6))
        number = "".join(rng.choices(words, k=3))
        known = Vocabulary([text])
        pattern = re.compile(r"[\W_]{0,4}".join(number))
        words_of = set(re.findall(r"[^\W_]+", text))
        in_words = re.fullmatch("(?:" + "|".join(map(re.escape, words_of)) + ")+", number)
        said = any(number in word for word in words_of) or bool(in_words and pattern.search(text))
        assert known.spells(number) is said, (text, number)
        told.add(said)
    assert told == {True, False}

"""People are read off the scores of tags: every one that begins ends, and the likeliest sequence wins."""

import math

import numpy
import pytest

from ni.privacy.names.model import TAGS, people


def scores(*rows: dict[str, float]) -> numpy.ndarray[tuple[int, int], numpy.dtype[numpy.float64]]:
    """A row for each token, of likelihoods by tag; what is not said shares the rest."""
    out = []
    for row in rows:
        rest = (1 - sum(row.values())) / max(1, len(TAGS) - len(row))
        out.append([math.log(max(row.get(tag, rest), 1e-9)) for tag in TAGS])
    return numpy.array(out)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([{"O": 0.99}, {"U": 0.9}, {"O": 0.99}], [(1, 2)]),
        ([{"B": 0.9}, {"I": 0.9}, {"L": 0.9}], [(0, 3)]),
        ([{"B": 0.9}, {"L": 0.9}, {"B": 0.9}, {"L": 0.9}], [(0, 2), (2, 4)]),
        ([{"B": 0.6, "U": 0.3}, {"O": 0.999}], [(0, 1)]),  # nobody begins without an end
        ([{"O": 0.5, "L": 0.45}, {"O": 0.999}], []),  # and nobody ends without a beginning
        ([{"O": 0.6, "U": 0.35}], []),
        ([], []),
    ],
)
def test_the_likeliest_allowed_sequence(rows: list[dict[str, float]], found: list[tuple[int, int]]) -> None:
    assert list(people(scores(*rows) if rows else numpy.zeros((0, len(TAGS))))) == found


def test_a_word_that_is_favoured_is_found_sooner() -> None:
    unsure = scores({"O": 0.6, "U": 0.35})
    assert list(people(unsure, favour=numpy.array([1.0]))) == [(0, 1)]

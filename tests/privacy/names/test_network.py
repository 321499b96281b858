"""What the network says of a token depends on four tokens to either side, and on nothing that is read beside it."""

import json
from pathlib import Path

import numpy
import pytest

from ni.privacy.names import model
from ni.privacy.names.model import DEPTH, Maxout, case_of, tokenize
from ni.privacy.names.tagger import Tagger

EXAM = Path(__file__).with_name("exam.jsonl")


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


@pytest.fixture(scope="module")
def texts(tagger: Tagger) -> list[numpy.ndarray[tuple[int, int], numpy.dtype[numpy.int32]]]:
    listed = [json.loads(line)["text"] for line in EXAM.read_text("utf-8").splitlines()[::20]]
    tokens = [tokenize(text) for text in listed]
    return [
        tagger.features.rows(each, [tagger.features.word(token.text) for token in each], case_of(text))
        for text, each in zip(listed, tokens, strict=True)
    ]


def test_a_text_alone_and_among_others_gets_the_same_scores(
    tagger: Tagger, texts: list[numpy.ndarray]
) -> None:
    together = tagger.network.scores(texts)
    for text, scores in zip(texts, together, strict=True):
        assert numpy.allclose(tagger.network.scores([text])[0], scores, atol=2e-4)


def test_a_part_of_a_text_gets_the_scores_of_the_whole_but_at_its_edges(
    tagger: Tagger, texts: list[numpy.ndarray]
) -> None:
    longest = max(texts, key=len)
    [whole], [part] = tagger.network.scores([longest]), tagger.network.scores([longest[3:-3]])
    assert len(part) > 2 * DEPTH
    assert numpy.allclose(whole[3 + DEPTH : -3 - DEPTH], part[DEPTH:-DEPTH], atol=2e-4)


def test_texts_that_are_alike_get_the_scores_that_each_gets_alone(
    tagger: Tagger, texts: list[numpy.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    shortest = sorted(texts, key=len)[:6]
    rows = [numpy.concatenate([shortest[0][:at], text]) for at in range(6) for text in shortest] * 4
    assert sum(map(len, rows)) > 2 * model._MANY
    together = tagger.network.scores(rows)
    monkeypatch.setattr(model, "_MANY", 10**9)
    for scores, alone in zip(together, tagger.network.scores(rows), strict=True):
        assert numpy.allclose(scores, alone, atol=2e-4)


def test_windows_are_numbered_where_enough_of_them_are_alike() -> None:
    vectors = numpy.arange(6, dtype="float32").reshape(3, 2)
    own, wide, numbers = model._beside(vectors, numpy.array([0, 1, 2] * 4))
    assert len(own) < 12
    assert wide[numbers].tolist() == model._beside(vectors[[0, 1, 2] * 4], None)[1].tolist()
    assert model._beside(vectors, numpy.array([0, 2, 1]))[2] is None


def test_scores_are_log_likelihoods(tagger: Tagger, texts: list[numpy.ndarray]) -> None:
    for scores in tagger.network.scores(texts):
        assert numpy.allclose(numpy.exp(scores).sum(axis=1), 1, atol=1e-4)


def test_a_maxout_layer_takes_the_best_piece_and_normalises_it() -> None:
    stored = {
        "m.W": numpy.array([[[1.0], [2.0], [-1.0]], [[0.0], [0.0], [3.0]]], dtype="float32"),
        "m.b": numpy.zeros((2, 3), dtype="float32"),
        "m.G": numpy.ones(2, dtype="float32"),
        "m.s": numpy.zeros(2, dtype="float32"),
    }
    layer = Maxout.of(stored, "m")
    out = layer.best(numpy.array([[1.0]], dtype="float32") @ layer.weights)
    assert numpy.allclose(out, [[-1.0, 1.0]], atol=1e-3)  # of 2 and 3, less their mean, by their spread

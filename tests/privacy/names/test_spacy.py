"""spaCy as an oracle: its layers for the scores of our network, its own English pipeline for the people found."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy
import pytest
import spacy

from ni.privacy.names.model import CONTEXTS, DEPTH, PAD, Network, read_weights
from ni.privacy.spans import Label, Span
from tools.privacy_training.evaluate import SETS, detection, load, score
from tools.privacy_training.train import START, named, network

Weights = tuple[dict[str, Any], list[dict[str, int]]]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read_weights()


@pytest.fixture(scope="module")
def layers(weights: Weights) -> Any:
    """The network in thinc's layers, with the parameters that are shipped."""
    stored, tables = weights
    model = network(tables)
    for column, embed in enumerate(named(model, "embed")):
        embed.set_param("E", stored[f"embed.{column}"])
    names = ["mix", *(f"layer.{depth}" for depth in range(DEPTH))]
    for name, maxout, norm in zip(names, named(model, "maxout"), named(model, "layernorm"), strict=True):
        maxout.set_param("W", stored[f"{name}.W"])
        maxout.set_param("b", stored[f"{name}.b"])
        norm.set_param("G", stored[f"{name}.G"])
        norm.set_param("b", stored[f"{name}.s"])
    [last] = named(model, "softmax")
    last.set_param("W", stored["tags.W"])
    last.set_param("b", stored["tags.b"])
    return model


@pytest.mark.parametrize("seed", range(6))
def test_our_arithmetic_gives_the_scores_of_spacy_s_layers(weights: Weights, layers: Any, seed: int) -> None:
    stored, tables = weights
    rng = numpy.random.default_rng(seed)
    sizes = numpy.array([*map(len, tables), CONTEXTS])
    texts = [(rng.random((length, 5)) * sizes).astype("int32") for length in rng.integers(1, 60, 5)]
    gap = numpy.full((DEPTH, 5), PAD, dtype="int32")
    rows = numpy.concatenate([part for text in texts for part in (gap, text)] + [gap])
    wanted, at = layers.predict(rows), DEPTH
    for text, scores in zip(texts, Network(stored).scores(texts), strict=True):
        assert numpy.allclose(numpy.exp(scores), wanted[at : at + len(text)], atol=1e-4)
        assert numpy.allclose(scores, numpy.log(wanted[at : at + len(text)]), atol=1e-3)
        at += len(text) + DEPTH


def test_we_find_at_least_the_people_that_spacy_s_own_pipeline_finds() -> None:
    rows = [row for row in load(SETS["people, third set"]) if row["lang"] == "en"][::4]
    ours, theirs = (_recall(rows, find) for find in (detection(), _stock))
    assert ours >= theirs
    assert ours >= 0.87


def _stock(texts: Sequence[str]) -> list[list[Span]]:
    """The people that the pipeline finds as its makers ship it."""
    pipeline = spacy.load(START, exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])
    return [
        [Span(ent.start_char, ent.end_char, Label.PERSON) for ent in read.ents if ent.label_ == "PERSON"]
        for read in pipeline.pipe(texts)
    ]


def _recall(
    rows: Sequence[dict[str, Any]], find: Callable[[Sequence[str]], Sequence[Sequence[Span]]]
) -> float:
    return score(rows, find([row["text"] for row in rows])).tallies["all"].recall

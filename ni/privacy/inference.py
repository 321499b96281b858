"""Makes loaded recognisers quicker at reading short texts, without changing what they compute.

Of the time for twenty words, most is not arithmetic: sixty layers that are each called through thinc's machinery for
training, weights that are transposed again for each product, and a dozen properties of each new word that nobody
reads. Here the vectors of a text are computed by the same operations in the same order, in one function; only the
rounding within a product may differ. For reading alone: a recogniser that was hastened cannot be trained.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ni.privacy.languages import ENGLISH, FRENCH

READ = frozenset({"LOWER", "NORM", "PREFIX", "SUFFIX", "SHAPE", "IS_SPACE"})
"""The properties of a word that the recognisers look at."""
KNOWN = frozenset(
    {
        "dropout", "expand_window", "extract_features", "hashembed", "ints-getitem", "layernorm", "linear",
        "list2array", "list2ragged", "maxout", "ragged2list",
    }
)  # fmt: skip
"""The layers that are known here. The medium models have one more, with vectors of words, and stay as they are."""
EPSILON = 1e-08  # that of thinc's layer normalisation

Floats = Any  # an array of 32-bit floats
Vectors = Callable[..., tuple[Floats, None]]


def hasten(nlp: Any) -> None:
    """Quicken a pipeline of which nothing but `ner` is there; layers of another kind than known stay as they are."""
    from spacy.attrs import IDS

    getters = nlp.vocab.lex_attr_getters
    for name, number in IDS.items():
        if name not in READ:
            getters.pop(number, None)
    # Outside a memory zone, so that they stay: half of the words of most texts are among these.
    common = sorted(ENGLISH | FRENCH)
    nlp.make_doc(" ".join([*common, *map(str.title, common), *".,;:!?()"]))
    layers = nlp.get_pipe("ner").model.get_ref("tok2vec")
    vectors = vectors_of(layers)
    if vectors is not None:
        layers._func = vectors  # noqa: SLF001 - the parameters stay where they are, for the version


@dataclass(frozen=True, slots=True)
class _Maxout:
    """A maxout layer with its normalisation. `weights` is laid out as the product reads it."""

    weights: Floats
    bias: Floats
    pieces: int
    gain: Floats
    shift: Floats

    @classmethod
    def of(cls, maxout: Any, norm: Any) -> "_Maxout":
        weights = maxout.get_param("W")
        outputs, pieces, inputs = weights.shape
        laid_out = numpy.ascontiguousarray(weights.reshape(outputs * pieces, inputs).T)
        bias = maxout.get_param("b").reshape(-1)
        return cls(laid_out, bias, pieces, norm.get_param("G"), norm.get_param("b"))

    def __call__(self, ops: Any, rows: Floats) -> Floats:
        scores = numpy.dot(rows, self.weights)
        scores += self.bias
        best, _ = ops.maxout(scores.reshape(len(scores), -1, self.pieces))
        mean = best.mean(axis=1, keepdims=True)
        variance = best.var(axis=1, keepdims=True) + EPSILON
        best -= mean
        best *= variance ** (-1.0 / 2.0)
        best *= self.gain
        best += self.shift
        return best


def vectors_of(layers: Any) -> Vectors | None:
    """What computes the vectors of documents' tokens as these layers do; None for layers of another kind."""
    ops = layers.ops
    embeds, maxouts, norms, linears, extractors = (
        _named(layers, name) for name in ("hashembed", "maxout", "layernorm", "linear", "extract_features")
    )
    padded = [node.attrs["pad"] for node in layers.walk(order="dfs_pre") if "pad" in node.attrs]
    counts = len(maxouts) - len(norms), len(linears), len(extractors), len(padded)
    others = {node.name for node in layers.walk() if not node.layers} - KNOWN
    if counts != (0, 1, 1, 3) or others or len(extractors[0].attrs["columns"]) != len(embeds):
        return None
    columns, pad = extractors[0].attrs["columns"], padded[-1]
    tables = [(node.get_param("E"), node.attrs["seed"]) for node in embeds]
    mixed, *windows = [_Maxout.of(*pair) for pair in zip(maxouts, norms, strict=True)]
    last, last_bias = numpy.ascontiguousarray(linears[0].get_param("W").T), linears[0].get_param("b")

    def forward(_: Any, docs: Sequence[Any], *, is_train: bool) -> tuple[Floats, None]:
        assert not is_train
        features = numpy.concatenate([doc.to_array(columns) for doc in docs])
        rows = mixed(ops, numpy.concatenate(list(_embedded(ops, tables, features)), axis=1))
        places = list(_places(map(len, docs), pad))
        spread = numpy.zeros((len(rows) + pad * (len(docs) + 1), rows.shape[1]), dtype=rows.dtype)
        for start, (first, end) in places:
            spread[first:end] = rows[start : start + end - first]
        for window in windows:
            spread = spread + window(ops, ops.seq2col(spread, 1))
        found = numpy.dot(numpy.concatenate([spread[first:end] for _, (first, end) in places]), last)
        found += last_bias
        return found, None

    return forward


def _named(layers: Any, name: str) -> list[Any]:
    """The layers of this name, in the order in which they are applied."""
    return [node for node in layers.walk(order="dfs_pre") if node.name == name]


def _embedded(ops: Any, tables: Iterable[tuple[Floats, int]], features: Any) -> Iterable[Floats]:
    """The embeddings of each feature of the tokens: four rows of its table, added up."""
    for column, (table, seed) in enumerate(tables):
        hashed = ops.hash(numpy.ascontiguousarray(features[:, column]), seed)
        yield ops.gather_add(table, hashed % len(table))


def _places(lengths: Iterable[int], pad: int) -> Iterable[tuple[int, tuple[int, int]]]:
    """Where each document's rows begin, and where they stand once padding is put around each."""
    start, at = 0, pad
    for length in lengths:
        yield start, (at, at + length)
        start, at = start + length, at + length + pad

"""The network, for reading alone: numpy arrays in, scores of tags out. Trained in `ni/privacy/training`.

Five embeddings are mixed by a maxout layer; four residual layers look one token to either side; a last one scores the
tags. So a token's scores depend on the four tokens before and after it, and on no others.
"""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy

from ni.privacy.ner.features import PAD

FILE = Path(__file__).parents[1] / "models" / "people.npz"
EPOCH = (1980, 1, 1, 0, 0, 0)
DEPTH = 4
PIECES = 3
TAGS = ("O", "B", "I", "L", "U")
"""Nobody; a person's first, inner, last and only token."""
EPSILON = 1e-8  # of the normalisation, as thinc has it

_MANY = 256
"""Rows from which on it is asked which of them are alike: those of a table or of code are, with what is around them."""
_WORTH_WHILE = 0.8

Floats = Any  # an array of 32-bit floats
Numbers = Any
"""Which of the distinct vectors each row has; None where every row has its own."""


@dataclass(frozen=True, slots=True)
class Maxout:
    """A maxout layer without its normalisation; `weights` holds one block of columns for each piece."""

    weights: Floats
    bias: Floats
    gain: Floats
    shift: Floats

    @classmethod
    def of(cls, stored: Mapping[str, Floats], name: str) -> "Maxout":
        """From thinc's parameters: W (outputs, pieces, inputs) and b (outputs, pieces)."""
        weights, bias = stored[f"{name}.W"], stored[f"{name}.b"]
        laid_out = numpy.ascontiguousarray(weights.transpose(2, 1, 0).reshape(weights.shape[2], -1))
        return cls(laid_out, bias.T.reshape(-1).copy(), stored[f"{name}.G"], stored[f"{name}.s"])

    def best(self, scores: Floats) -> Floats:
        """The largest of the pieces, normalised. Writes into `scores`."""
        scores += self.bias
        width = scores.shape[1] // PIECES
        best = numpy.maximum(scores[:, :width], scores[:, width : 2 * width])
        numpy.maximum(best, scores[:, 2 * width :], out=best)
        best -= best.mean(axis=1, keepdims=True)
        best *= (numpy.einsum("ij,ij->i", best, best)[:, None] / width + EPSILON) ** -0.5
        best *= self.gain
        best += self.shift
        return best


class Network:
    """Scores tokens. Thread-safe: nothing in it changes."""

    def __init__(self, stored: Mapping[str, Floats]) -> None:
        """From the arrays of a weights file, as 32-bit floats."""
        mixed = Maxout.of(stored, "mix")
        width = stored["embed.0"].shape[1]
        # What each row of a table adds to the first layer's sum is worked out once, not for each token.
        self._added = [
            stored[f"embed.{column}"] @ mixed.weights[column * width : (column + 1) * width]
            for column in range(5)
        ]
        self._mixed = mixed
        self._layers = [Maxout.of(stored, f"layer.{depth}") for depth in range(DEPTH)]
        self._last = numpy.ascontiguousarray(stored["tags.W"].T)
        self._last_bias = stored["tags.b"]

    def _embedded(self, rows: Any) -> tuple[Floats, Numbers]:
        """The mixed embeddings of rows; of many, each once, and which of them every row has."""
        numbers = None
        if len(rows) > _MANY:
            places, numbers = _distinct(rows, [len(added) for added in self._added])
            rows = rows[places]
        total = self._added[0][rows[:, 0]]
        for column in range(1, len(self._added)):
            total += self._added[column][rows[:, column]]
        return self._mixed.best(total), numbers

    def scores(self, texts: Sequence[Floats]) -> list[Floats]:
        """For each text's rows of indices the log-likelihood of each tag at each token."""
        gap = numpy.full((DEPTH, 5), PAD, dtype="int32")
        rows = numpy.concatenate([part for text in texts for part in (gap, text)] + [gap])
        vectors, numbers = self._embedded(rows)
        for layer in self._layers:
            vectors, wide, numbers = _beside(vectors, numbers)
            vectors = vectors + layer.best(wide @ layer.weights)
        found = vectors @ self._last + self._last_bias
        found -= found.max(axis=1, keepdims=True)
        found -= numpy.log(numpy.exp(found).sum(axis=1, keepdims=True))
        found = found if numbers is None else found[numbers]
        out, at = [], DEPTH
        for text in texts:
            out.append(found[at : at + len(text)])
            at += len(text) + DEPTH
        return out


def _beside(vectors: Floats, numbers: Numbers) -> tuple[Floats, Floats, Numbers]:
    """The vectors, each with the one before it and the one after it, and the numbers of those."""
    if numbers is not None:
        windows = numpy.full((len(numbers), 3), len(vectors), dtype="int64")
        windows[1:, 0], windows[:, 1], windows[:-1, 2] = numbers[:-1], numbers, numbers[1:]
        places, numbered = _distinct(windows, (len(vectors) + 1,) * 3)
        if len(places) <= len(numbers) * _WORTH_WHILE:
            windows = windows[places]
            ended = numpy.concatenate([vectors, numpy.zeros_like(vectors[:1])])
            return vectors[windows[:, 1]], ended[windows].reshape(len(places), -1), numbered
        vectors = vectors[numbers]
    width = vectors.shape[1]
    wide = numpy.zeros((len(vectors), 3 * width), dtype=vectors.dtype)
    wide[1:, :width] = vectors[:-1]
    wide[:, width : 2 * width] = vectors
    wide[:-1, 2 * width :] = vectors[1:]
    return vectors, wide, None


def _distinct(rows: Any, sizes: Sequence[int]) -> tuple[Any, Any]:
    """Where the distinct ones of rows of indices stand, and which of them each row is; `sizes` bound the columns."""
    joined = rows[:, 0].astype("int64")
    for column, size in enumerate(sizes[1:], 1):
        joined *= size
        joined += rows[:, column]
    _, places, numbers = numpy.unique(joined, return_index=True, return_inverse=True)
    return places, numbers


def read_weights(path: Path = FILE) -> tuple[dict[str, Floats], list[dict[str, int]]]:
    """The arrays and the four tables of a weights file. Raises OSError if there is none, ValueError if it is broken."""
    with numpy.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    tables = []
    for column in range(4):
        listed = bytes(arrays.pop(f"table.{column}")).decode().split("\n")
        tables.append({string: row for row, string in enumerate(listed)})
    return {name: array.astype("float32") for name, array in arrays.items()}, tables


def write_weights(
    arrays: Mapping[str, Floats], tables: Sequence[Mapping[str, int]], path: Path = FILE
) -> None:
    """Writes parameters in half precision; the same parameters give the same bytes."""
    stored = {name: array.astype("float16") for name, array in arrays.items()}
    for column, table in enumerate(tables):
        listed = "\n".join(sorted(table, key=table.__getitem__)).encode()
        stored[f"table.{column}"] = numpy.frombuffer(listed, dtype="uint8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(stored):
            buffer = BytesIO()
            numpy.save(buffer, stored[name], allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), buffer.getvalue(), zipfile.ZIP_DEFLATED)

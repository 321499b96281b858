"""The network, for reading alone: numpy arrays in, scores of tags out. Trained in `tools/privacy_training`.

Five embeddings are mixed by a maxout layer; four residual layers look one token to either side; a last one scores the
tags. So a token's scores depend on the four tokens before and after it, and on no others.

Cuts text into tokens so that the edges of a name are always edges of tokens.

Elided articles (`d'`, `l'`, `qu'`) and the possessive `'s` are tokens of their own; hyphenated words and initials with
their full stops (`J.`, `J.-P.`) are one token. A line break is a token; other white space is none, and no emoji is: the
network never saw them, and a name after one is a name. Addresses of mail and of the web are one token each.

What the network is shown of a word: indices into its embedding tables, made from the word and from word lists.

A small network cannot know every name by heart. A word that only ever names people is shown as its kind ("a given
name") and a word that no list has as unknown; a word with a meaning (Rose, Pierre) stays itself. A fifth column says
for every word what the lists know of it, how the text around it is written, and whether it touches its neighbours.

Reads people off the scores of tags: the most likely sequence in which every person that begins also ends.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from ni.privacy.lexicon import Lexicon, WordKind

LETTER = r"[^\W\d_]"
EMOJI = "\u200d\u20e3\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff"
"""Pictographs (Unicode, emoji-data.txt, by block) with their joiner, keycap and variation selectors."""
TOKEN = re.compile(
    rf"""
    \n
    | (?i:https?://|www\.)[^\s<>"']+
    | [\w.+-]+@[\w-]+(?:\.\w+)+
    | (?=\w*[\d_])\w+(?:[.,:]\d+)*
    | (?i:lorsqu|jusqu|puisqu|quoiqu|qu|[cdjlmnst])['’](?={LETTER}{{2}})
    | {LETTER}\.(?:-?{LETTER}\.)*(?!{LETTER}{{2}})
    | {LETTER}+(?:(?:-|['’](?![sS]\b)){LETTER}+)*
    | ['’][sS]\b
    | ([^\w\s{EMOJI}])\1*
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """`text[start:end]`, and whether white space stands before it."""

    start: int
    end: int
    text: str


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, in order, without overlaps."""
    return [Token(match.start(), match.end(), match[0]) for match in TOKEN.finditer(text)]


OTHER, PAD = 0, 1
"""Rows that every table has: for what it does not list, and for the gaps between texts."""
RESERVED = 2
MIXED, UPPER, LOWER = 0, 1, 2
CONTEXTS = RESERVED + len(WordKind) * 3 * 4
COLUMNS = ("norm", "prefix", "suffix", "shape")
CACHED_WORDS = 8_000
_DIGITS = re.compile(r"\d")


class Word(NamedTuple):
    """Indices into the four tables of words, and what the lists know of the word."""

    norm: int
    prefix: int
    suffix: int
    shape: int
    kind: WordKind


def shape(word: str) -> str:
    """The word with letters as x or X and digits as d; no more than four alike in a row."""
    out: list[str] = []
    run = 0
    for char in word[:60]:
        mark = ("X" if char.isupper() else "x") if char.isalpha() else "d" if char.isdigit() else char
        run = run + 1 if out and out[-1] == mark else 0
        if run < 4:
            out.append(mark)
    return "".join(out)


def strings(word: str, kind: WordKind) -> tuple[str, str, str, str]:
    """What the four tables of words list: the word or its kind, its first letter, its ending, its shape."""
    if word == "\n":
        return "<line>", "<line>", "<line>", "<line>"
    if "@" in word[1:] and word[0] != "@":
        return "<mail>", "<mail>", "<mail>", "<mail>"
    if "://" in word or word[:4].lower() == "www.":
        return "<url>", "<url>", "<url>", "<url>"
    lower = word.lower().replace("’", "'")
    norm = f"<{kind.name}>" if kind.is_shown_as_kind else _DIGITS.sub("0", lower)[:20]
    return norm, word[:1], lower[-3:], shape(word)


def case_of(text: str) -> int:
    """Whether a text is written in capitals alone, in small letters alone, or in both."""
    return UPPER if text.isupper() else LOWER if text.islower() else MIXED


EMOJI, BULLET = "\u2190", "-"
"""Arrows, ornaments and emoji, and all that has higher codes; the network met few and takes them for this sign."""


@dataclass(slots=True)
class Features:
    """Describes tokens by the tables of a network; remembers a bounded number of words."""

    lexicon: Lexicon
    tables: Sequence[Mapping[str, int]]
    _words: dict[str, Word] = field(default_factory=dict)

    def word(self, text: str) -> Word:
        """The description of one token, remembered."""
        text = BULLET if text[0] >= EMOJI and not text[0].isalnum() else text
        known = self._words.get(text)
        if known is None:
            if len(self._words) >= CACHED_WORDS:
                self._words.clear()
            known = self._words[text] = self._described(text)
        return known

    def _described(self, text: str) -> Word:
        kind = self.lexicon.kind(text)
        norm, prefix, suffix, form = (
            table.get(string, OTHER) for table, string in zip(self.tables, strings(text, kind), strict=True)
        )
        return Word(norm, prefix, suffix, form, kind)

    def rows(self, tokens: Sequence[Token], words: Iterable[Word], case: int) -> Any:
        """One row of five indices for each token of a text."""
        last = len(tokens) - 1
        rows = []
        for at, (token, word) in enumerate(zip(tokens, words, strict=True)):
            touches = (at > 0 and tokens[at - 1].end == token.start) + 2 * (
                at < last and tokens[at + 1].start == token.end
            )
            rows.append((*word[:4], RESERVED + (word.kind * 3 + case) * 4 + touches))
        return numpy.array(rows, dtype="int32").reshape(-1, 5)


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
        scores = vectors @ self._last + self._last_bias
        scores -= scores.max(axis=1, keepdims=True)
        scores -= numpy.log(numpy.exp(scores).sum(axis=1, keepdims=True))
        scores = scores if numbers is None else scores[numbers]
        out, at = [], DEPTH
        for text in texts:
            out.append(scores[at : at + len(text)])
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


OUTSIDE, FIRST, INNER, LAST, ONLY = range(len(TAGS))
NEXT = {
    OUTSIDE: (OUTSIDE, FIRST, ONLY),
    FIRST: (INNER, LAST),
    INNER: (INNER, LAST),
    LAST: (OUTSIDE, FIRST, ONLY),
    ONLY: (OUTSIDE, FIRST, ONLY),
}
BEFORE = {tag: tuple(other for other, following in NEXT.items() if tag in following) for tag in NEXT}
OPEN = (FIRST, INNER)
"""A text does not end in these."""
CERTAIN = 0.01
"""Where all tags of people together are less likely than this, nobody is looked for."""
IMPOSSIBLE = -1e9


def people(scores: Any, favour: Any = None) -> Iterator[tuple[int, int]]:
    """First token and end of each person; `favour` is added, token by token, to the scores of people's tags."""
    if favour is not None:
        scores = scores.copy()
        scores[:, FIRST : ONLY + 1] += favour[:, None]
    likely = numpy.exp(scores[:, FIRST : ONLY + 1]).sum(axis=1) > CERTAIN
    at, count = 0, len(scores)
    while at < count:
        if not likely[at]:
            at += 1
            continue
        end = at
        while end < count and likely[end]:
            end += 1
        yield from _people(scores[at:end].tolist(), at)
        at = end


def _people(scores: list[list[float]], offset: int) -> Iterator[tuple[int, int]]:
    start = 0
    for at, tag in enumerate(_best(scores)):
        if tag in (FIRST, ONLY):
            start = at
        if tag in (LAST, ONLY):
            yield offset + start, offset + at + 1


def _best(scores: list[list[float]]) -> list[int]:
    """The best allowed sequence of tags (Viterbi)."""
    best = [scores[0][tag] if tag in NEXT[OUTSIDE] else IMPOSSIBLE for tag in range(len(TAGS))]
    back: list[list[int]] = []
    for row in scores[1:]:
        chosen = [max(BEFORE[tag], key=best.__getitem__) for tag in range(len(TAGS))]
        best = [best[chosen[tag]] + row[tag] for tag in range(len(TAGS))]
        back.append(chosen)
    tag = max((tag for tag in range(len(TAGS)) if tag not in OPEN), key=best.__getitem__)
    tags = [tag]
    for chosen in reversed(back):
        tag = chosen[tag]
        tags.append(tag)
    return tags[::-1]

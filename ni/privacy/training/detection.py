"""The whole detection in one process, without workers: for evaluation alone, where nobody waits for a loop."""

from collections.abc import Callable, Sequence

from ni.privacy.cache import FindingsCache
from ni.privacy.detect import Detector, Passage
from ni.privacy.ner.tagger import Tagger
from ni.privacy.policy import Policy
from ni.privacy.scan import scanned
from ni.privacy.spans import Span

KEY = b"a key of thirty-two bytes or more"
TOGETHER = 64


def detection() -> Callable[[Sequence[str]], list[list[Span]]]:
    """Texts to spans, as `ni pii scan` finds them; loads the models."""
    detector = Detector(Tagger.load(), Policy(), FindingsCache())

    def detect(texts: Sequence[str]) -> list[list[Span]]:
        for at in range(0, len(texts), TOGETHER):  # in batches, into the cache that `scanned` then reads
            detector.find(KEY, [Passage(text) for text in texts[at : at + TOGETHER]])
        return [scanned(detector, KEY, text) for text in texts]

    return detect

"""The whole detection in one process, without workers: for evaluation alone, where nobody waits for a loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ni.privacy.detect import Detector, Passage, scan_text
from ni.privacy.names.tagger import Tagger
from ni.privacy.names.worker.scheduler import cut, gather
from ni.privacy.spans import DetectionPolicy, FindingsCache, Span

KEY = b"a key of thirty-two bytes or more"
TOGETHER = 64


@dataclass(frozen=True, slots=True)
class InProcess:
    """Names as the pool of workers finds them: in the same pieces, by one tagger."""

    tagger: Tagger

    @property
    def version(self) -> str:
        """The tagger's."""
        return self.tagger.version

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """The names in each text."""
        pieces = [piece for number, text in enumerate(texts) for piece in cut(number, text)]
        return gather(len(texts), pieces, self.tagger.find([piece.text for piece in pieces]))


def detection(tagger: Tagger | None = None) -> Callable[[Sequence[str]], list[list[Span]]]:
    """Texts to spans, as `ni pii scan` finds them; loads the weights unless it is given a tagger."""
    detector = Detector(InProcess(tagger or Tagger.load()), DetectionPolicy(), FindingsCache())

    def detect(texts: Sequence[str]) -> list[list[Span]]:
        for at in range(0, len(texts), TOGETHER):  # in batches, into the cache that `scan_text` then reads
            detector.find(KEY, [Passage(text) for text in texts[at : at + TOGETHER]])
        return [scan_text(detector, KEY, text) for text in texts]

    return detect

"""Looking without replacing: the spans of one text as the shield finds them. For the command line and evaluation."""

from ni.privacy.breaks import Breaks
from ni.privacy.detect import Detector, Passage
from ni.privacy.propagate import propagated
from ni.privacy.spans import Span
from ni.privacy.vocabulary import Vocabulary


def scanned(detector: Detector, key: bytes, text: str) -> list[Span]:
    """The personal values of a text, in order, offsets in its code points. Raises `DetectionFailed`."""
    passage = Passage(text)
    reading = passage.reading
    found = detector.find(key, [passage])
    spans = propagated([reading.text], found, Vocabulary([reading.text]), Breaks())[0]
    return [Span(*reading.original(span.start, span.end), span.label, span.certain) for span in spans]

"""Scanning names what the shield would hide."""

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.spans import Label
from tests.privacy.cast import KnownNames


def test_a_scan_names_values_and_where_they_stand() -> None:
    detector = Detector(KnownNames(), DetectionPolicy(), FindingsCache())
    text = "😀 Jean Tremblay, jean@acme.ca.\n\nTremblay called."
    found = [
        (span.start, text[span.start : span.end], span.label) for span in scan_text(detector, b"key", text)
    ]
    assert found == [
        (2, "Jean Tremblay", Label.PERSON),
        (17, "jean@acme.ca", Label.EMAIL),
        (32, "Tremblay", Label.PERSON),
    ]

"""What structure tells of a text, in the form that tests compare."""

from ni.privacy.spans import Label
from ni.privacy.structure import read


def told(text: str) -> list[tuple[Label, str]]:
    """Labels and values, in order, each once."""
    spans = sorted(set(read(text).spans))
    return list(dict.fromkeys((span.label, text[span.start : span.end]) for span in spans))


def people(text: str) -> list[str]:
    """The people alone."""
    return [value for label, value in told(text) if label is Label.PERSON]

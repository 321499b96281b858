"""The findings of structure in a text, in the form that tests compare."""

from ni.privacy.spans import Label
from ni.privacy.structure import read


def labelled(text: str) -> list[tuple[Label, str]]:
    """Labels and values, in order, each once."""
    spans = sorted(set(read(text).spans))
    return list(dict.fromkeys((span.label, text[span.start : span.end]) for span in spans))


def people(text: str) -> list[str]:
    """The values that are people."""
    return [value for label, value in labelled(text) if label is Label.PERSON]

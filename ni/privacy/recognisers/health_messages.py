"""Numbers in the segments of HL7 2 messages: which field holds what is fixed (HL7 2.5.1, chapters 3 and 6).

`_FIELDS` has the fields by segment and place. A field may repeat (`~`), and its components stand between carets: an
identifier is the first of them, a telephone number the first, or the sixth and seventh (XTN: area code and number).
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import paced_matches, stands_in
from ni.privacy.spans import Label, Span

_FIELDS = {
    ("PID", 2): Label.HEALTH_CARD,
    ("PID", 3): Label.HEALTH_CARD,
    ("PID", 4): Label.HEALTH_CARD,
    ("PID", 13): Label.PHONE,
    ("PID", 14): Label.PHONE,
    ("PID", 18): Label.HEALTH_CARD,
    ("PID", 19): Label.SIN,
    ("PID", 20): Label.DRIVER_LICENCE,
    ("NK1", 5): Label.PHONE,
    ("NK1", 6): Label.PHONE,
    ("NK1", 7): Label.PHONE,
    ("GT1", 6): Label.PHONE,
    ("GT1", 7): Label.PHONE,
    ("GT1", 12): Label.SIN,
    ("PV1", 19): Label.HEALTH_CARD,
    ("IN1", 36): Label.HEALTH_CARD,
    ("IN1", 49): Label.HEALTH_CARD,
}
_SIGNS = tuple(sorted({f"{segment}|" for segment, _ in _FIELDS}))
_SEGMENT = re.compile(r"^[ \t>]{0,4}(?P<name>PID|NK1|GT1|PV1|IN1)(?P<fields>\|[^\r\n]{4,4000})", re.MULTILINE)
_FIELD = re.compile(r"\|([^|\r\n]*)")
_IDENTIFIER = re.compile(r"(?:(?<=~)|^)(?P<number>(?=[A-Z -]{0,16}\d)[A-Za-z\d][A-Za-z\d -]{3,23})(?=\^|~|$)")
_TELEPHONE = re.compile(
    r"(?:(?<=~)|^)(?P<number>\+?[(\d][\d() .-]{6,20})(?=\^|~|$)|(?<=\^)(?P<parts>\d{3}\^\d{3}-?\d{4})(?!\w)"
)


def find(text: str) -> Iterator[Span]:
    """The numbers in the fields of `_FIELDS`."""
    if not stands_in(_SIGNS, text):
        return
    for segment in paced_matches(_SEGMENT, text):
        base = segment.start("fields")
        for place, field in enumerate(_FIELD.finditer(segment["fields"]), 1):
            label = _FIELDS.get((segment["name"], place))
            if label is None:
                continue
            for value in (_TELEPHONE if label is Label.PHONE else _IDENTIFIER).finditer(field[1]):
                start, end = value.span(value.lastgroup or 0)
                yield Span(base + field.start(1) + start, base + field.start(1) + end, label)

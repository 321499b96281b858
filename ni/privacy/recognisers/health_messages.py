"""Numbers in messages of hospitals. In the segments of HL7 2 which field holds what is fixed (2.5.1, chapters 3 and 6);
in CDA and FHIR the identifier of its issuer says what a number is (`_ISSUER`: the provinces' health cards).

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
_ISSUER = r"2\.16\.840\.1\.113883\.4\.(?:4\d|5\d|6[0-3])(?!\d)"
_NUMBER = r"(?P<number>(?=[A-Z -]{0,8}\d)[A-Za-z\d][A-Za-z\d -]{4,20})"
_ISSUED = (
    re.compile(
        rf"{_ISSUER}[\"'][^\n<>{{}}]{{0,32}}(?:/?>\s{{0,16}}<value )?(?<=[ ,\"'])"
        rf"[\"']?(?:extension|value)[\"']?\s?[:=]\s?"
        rf"[\"']{_NUMBER}[\"']"
    ),
    re.compile(rf"extension=[\"']{_NUMBER}[\"'] root=[\"']{_ISSUER}"),
    re.compile(
        rf"[\"']value[\"'] ?: ?[\"']{_NUMBER}[\"'],\s{{0,16}}[\"']system[\"'] ?: ?[\"']urn:oid:{_ISSUER}"
    ),
)
"""A number and the object identifier of who issued it, in either order."""


def find(text: str) -> Iterator[Span]:
    """The numbers in the fields of `_FIELDS`, and those beside their issuer."""
    for pattern in _ISSUED if "2.16.840.1.113883.4." in text else ():
        for match in paced_matches(pattern, text):
            yield Span(*match.span("number"), Label.HEALTH_CARD)
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

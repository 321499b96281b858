"""Records of fixed places without separators, as mainframes print them: name, birth and sex, address, code, telephone.

`LEBLANC        ROLANDE     19431012F55 RUE DU PORT     CARAQUET NBE1W1B25067274410`: a birth date in eight digits that
a sex follows tells such a line; what stands before it is a name, and the rest is read by its shapes.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import first_match, paced_matches
from ni.privacy.structure.layout import Cell, CellForm

_NAME = r"[A-ZÀ-Þ][A-ZÀ-Þ'’-]{1,24}(?: [A-ZÀ-Þ'’-]{1,24}){0,2}"
_DAY = r"(?:19\d\d|20[01]\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_LINE = re.compile(
    rf"^[ \t>]{{0,8}}(?:\d{{1,12}} {{0,8}})?(?P<family>{_NAME})(?: {{2,30}}|, ?)(?P<given>{_NAME})"
    rf" {{0,30}}(?P<day>{_DAY})"
    r"(?P<sex>[MFXUHO])(?![A-Za-z]{2,3}\b)(?P<rest>[^\n]{0,240})$",
    re.MULTILINE,
)
_NEEDS = re.compile(rf"{_DAY}[MFXUHO]")
_STREET = re.compile(r" {0,8}(?P<value>\d{1,5}[A-Z]? [^\d\n](?:[^ \n]| (?! )){2,60})")
_CODE = re.compile(r"(?P<code>[A-Z]\d[A-Z] ?\d[A-Z]\d) {0,8}(?P<phone>\d{10}(?!\d))?")


def positional(text: str, table: int) -> Iterator[Cell]:
    """The cells of such lines; each line is one record."""
    if first_match(_NEEDS, text) is None:
        return
    for row, line in enumerate(paced_matches(_LINE, text)):
        for group, key in (("family", "family name"), ("given", "given name"), ("day", "date of birth")):
            yield Cell(*line.span(group), key, table, row, -1, CellForm.TABLE)
        street = _STREET.match(text, *line.span("rest"))
        if street:
            yield Cell(*street.span("value"), "address", table, row, -1, CellForm.TABLE)
        for code in _CODE.finditer(text, *line.span("rest")):
            yield Cell(*code.span("code"), "postal code", table, row, -1, CellForm.TABLE)
            if code["phone"]:
                yield Cell(*code.span("phone"), "phone", table, row, -1, CellForm.TABLE)

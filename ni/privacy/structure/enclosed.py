"""Whole names between signs: `\\textbf{Ana Roy}`, `<Ana Roy>`, `[Ana Roy](…)`, `N'Ana Roy'`, `x_y: Ana Roy`.

Nothing says there that a person stands in them, so each is judged by the lists alone and has two words at least.
"""

import re
from collections.abc import Iterator

from ni.privacy.structure.cell import Cell, Form
from ni.privacy.structure.keys import meaning
from ni.privacy.structure.lists import is_of_things
from ni.privacy.words import listed

_PART = r"(?:[^\W\d_a-z][^\W\d_]{0,30}(?:['’-][^\W\d_]{1,30}){0,3}|[^\W\d_a-z]\.)"
_NAME = rf"{_PART}(?:,? (?:(?:de|da|di|van|von|der|la|le|du|al|bin) ){{0,2}}{_PART}){{1,4}}"
_ENCLOSED = re.compile(
    rf"(?:\{{~?|\[(?:[^\W\d_]{{2,12}}: )?|<(?<!\w<)(?:v )?|\$(?<!\w\$)|N(?<!\wN)'|\\and |a(?<!\wa)nd )"
    rf"(?P<value>{_NAME})(?=[}}\]>$']| and | \\and|\\thanks|\n)"
)
"""Each sign comes before what must not stand before it: `re` finds where one of a few characters stands at once."""
_KEYED = re.compile(
    rf"(?:^|[\]>|,;] ?)(?P<key>[^\W\d_]\w{{0,30}}_\w{{1,30}}|[^\W\d_a-z]{{2,4}}) ?[:=] ?(?P<value>{_NAME})(?=$|[,;|])",
    re.MULTILINE,
)
_NAME_FOLLOWS = re.compile(r"[:=] ?[^\W\d_a-z]")
_CELL = re.compile(rf"(?:^|& )[ \t]*(?P<value>{_NAME}) ?(?=&|\\\\)", re.MULTILINE)
_PLACES = frozenset(
    listed("san santa santo são saint sainte st ste monte mont port porto puerto villa los las el fort lake")
)
_SIGNS = ("{", "[", "<", "N'", "$")


def enclosed(text: str, table: int) -> Iterator[Cell]:
    """Such values under the key `name`, each a record of its own."""
    patterns = []
    row = 0
    if any(sign in text for sign in _SIGNS):
        patterns.append(_ENCLOSED)
    if "&" in text and "\\\\" in text:
        patterns.append(_CELL)
    if _NAME_FOLLOWS.search(text):
        patterns.append(_KEYED)
    for pattern in patterns:
        for found in pattern.finditer(text):
            if not (_is_place(found["value"]) or (pattern is _KEYED and meaning(found["key"]))):
                row += 1
                yield Cell(*found.span("value"), "name", table, row, row, Form.TABLE)


def _is_place(value: str) -> bool:
    """Whether it begins as places do, or all its words are those of things (Monte Carlo)."""
    words = value.replace(",", "").split(" ")
    return words[0].lower() in _PLACES or all(map(is_of_things, words))

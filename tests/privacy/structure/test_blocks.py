"""Long texts are read block by block: together the blocks are the text, and a change in one leaves the others alone."""

import random

from bench.privacy.texts import source
from ni.privacy.structure import find
from ni.privacy.structure.layout import WHOLE, blocks


def _pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in blocks(text)]


def test_the_blocks_of_a_text_are_the_text() -> None:
    text = source(30_000, random.Random(3))  # noqa: S311 - text of a test
    pieces = _pieces(text)
    assert "".join(pieces) == text
    assert len(pieces) > 3
    assert _pieces(text[:WHOLE]) == [text[:WHOLE]]
    assert _pieces("") == []


def test_a_changed_line_changes_one_block() -> None:
    lines = source(30_000, random.Random(3)).split("\n")  # noqa: S311 - text of a test
    before = set(_pieces("\n".join(lines)))
    lines.insert(200, "    # changed by Imre Szalai")
    assert len(set(_pieces("\n".join(lines))) - before) == 1


def test_a_header_holds_for_rows_far_below_it() -> None:
    rows = "".join(f"{number},Szalai{chr(97 + number % 26)},Nipigon\n" for number in range(900))
    text = "id,last_name,city\n" + rows
    assert len(text) > 2 * WHOLE
    assert _pieces(text) == [text]
    last = find(text)[-1]
    assert text[last.start : last.end].startswith("Szalai")


def test_a_label_and_its_value_stay_together() -> None:
    filler = "".join(f"word{number}\n\nline\n" for number in range(900))
    for name in ("Odalys Ferro", "Imre Szalai", "Tunde Bakare", "Marisol Vega", "Priya Raman"):
        text = f"{filler}Patient name:\n\n{name}\n"
        assert any(f"name:\n\n{name}" in piece for piece in _pieces(text))

"""Usage rows for programs: one shape, exact amounts, and no cell that a spreadsheet would run."""

import csv
import json

import pytest

from ni.domain.timeline import Phase
from ni.web.exports import USAGE_COLUMNS, csv_lines, defused, json_text, usage_object

ROW = {
    "request_id": "8f2e3b7d9a1c4f08", "at": 1_763_652_612_000, "key_id": "key_1", "model": "claude-sonnet-4.5",
    "route": "", "tier": "", "jurisdiction": "CA", "outcome": "local", "uncached_tokens": 5, "cached_tokens": 2,
    "cache_write_tokens": 1, "output_tokens": 9, "reasoning_tokens": 4, "latency_ms": 3, "first_chunk_ms": None,
    "tokens_from": "provider", "pii": "on; email=1, person=2", "provider_cost_nanos": 63_517,
    "ni_charge_nanos": 5_000_000_000,
    "status": 200, "error": "", "end_user": "", "tag": "", "deployment": "bedrock-ca", "attempts": 2,
    **{f"{phase}_us": 1_500 for phase in Phase},
}  # fmt: skip


def test_every_form_has_the_same_fields_in_the_same_order() -> None:
    one = usage_object(ROW, "CAD")
    assert set(one) == set(USAGE_COLUMNS)
    heading, line = (next(csv.reader([text])) for text in csv_lines([one]))
    assert tuple(heading) == USAGE_COLUMNS
    parsed = json.loads(b"".join(json_text([one, one])))
    assert parsed == {"object": "list", "data": [one, one]}
    assert line == ["" if one[name] is None else str(one[name]) for name in USAGE_COLUMNS]


def test_prompt_tokens_are_the_sum_of_their_classes_and_amounts_are_exact() -> None:
    one = usage_object(ROW, "CAD")
    assert (one["prompt_tokens"], one["provider_cost"], one["ni_charge"]) == (8, "0.000063517", "5.00")


@pytest.mark.parametrize("model", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_a_cell_that_starts_a_formula_is_defused(model: str) -> None:
    lines = list(csv_lines([usage_object(ROW | {"model": model}, "CAD")]))
    assert next(csv.reader([lines[1]]))[USAGE_COLUMNS.index("model")] == f"'{model}"


@pytest.mark.parametrize("plain", ["0.5", "-3", "gpt-5", ""])
def test_a_plain_cell_stays_as_it_is(plain: str) -> None:
    assert defused(plain) == plain

"""`ni pii scan`: JSON lines in, JSON lines out."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ni.cli.context import CliError
from ni.cli.pii import parse_lines, read_texts, scan_texts
from ni.domain.errors import DetectionFailed
from ni.privacy.spans import Label, Span


def whole(texts: Sequence[str]) -> list[list[Span]]:
    return [[Span(0, len(text), Label.PERSON)] if text else [] for text in texts]


def scanned(source: str) -> list[object]:
    output = io.StringIO()
    scan_texts(whole, read_texts([], io.StringIO(source)), output)
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_each_line_is_answered_in_order_with_offsets_in_code_points() -> None:
    lines = '{"id": "a", "text": "😀b", "lang": "en"}\n\n{"id": 7, "text": ""}\n'
    assert scanned(lines) == [
        {"id": "a", "spans": [{"start": 0, "end": 2, "label": "PERSON"}]},
        {"id": 7, "spans": []},
    ]


def test_hundreds_of_lines_keep_their_ids() -> None:
    lines = "\n".join(json.dumps({"id": number, "text": "x"}) for number in range(300))
    assert [row["id"] for row in scanned(lines)] == list(range(300))  # type: ignore[index]


def test_a_plain_file_is_one_text(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ann", "utf-8")
    assert list(read_texts([path], io.StringIO())) == [(str(path), "Dear Ann")]


def test_standard_input_may_be_one_plain_text() -> None:
    texts = read_texts([], io.StringIO("Dear Ann,\n{not JSON"), plain=True)
    assert list(texts) == [("standard input", "Dear Ann,\n{not JSON")]


def test_a_jsonl_file_is_read_by_line(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"id": 1, "text": "a"}\n{"id": 2, "text": "b"}\n', "utf-8")
    assert list(read_texts([path], io.StringIO())) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"id": 1, "text": 2}'])
def test_a_line_that_is_no_request_is_named_by_number_and_never_quoted(line: str) -> None:
    with pytest.raises(CliError, match="Line 1 of standard input"):
        list(parse_lines([line], "standard input"))


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="cannot be read"):
        list(read_texts([tmp_path / "none.txt"], io.StringIO()))


def test_failed_detection_prints_nothing_and_fails() -> None:
    def fail(_: Sequence[str]) -> list[list[Span]]:
        raise DetectionFailed

    output = io.StringIO()
    with pytest.raises(CliError):
        scan_texts(fail, [("a", "text")], output)
    assert output.getvalue() == ""

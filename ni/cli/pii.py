"""`ni pii scan`: what the gateway would protect in texts, without sending anything anywhere.

Reads JSON lines `{"id", "text", "lang"}` from standard input and `.jsonl` files, and any other file as one text;
writes JSON lines `{"id", "spans": [{"start", "end", "label"}]}` with offsets in code points. `lang` is accepted and
not needed: the language is found as it is for a request.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import TextIO

from ni.cli.context import AddGroup, CliError, Commands, Context
from ni.domain.errors import DetectionFailed
from ni.factory.services import policy_of, start_names
from ni.privacy.detect import Detector, FindingsCache, scan_text
from ni.privacy.names.worker.pool import wait_until_ready
from ni.privacy.spans import Span

FindSpans = Callable[[Sequence[str]], list[list[Span]]]
OpenDetector = Callable[[Context], AbstractContextManager[FindSpans]]
Text = tuple[object, str]
TOGETHER = 64
"""How many texts are looked through at once, so that the models work in batches."""
READY_S = 60.0
"""How long the language models may take to load."""


def pii_group(detector: OpenDetector) -> AddGroup:
    """The group `pii` for the command line; `detector` starts detection and ends it afterwards."""

    def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
        group = commands.add_parser("pii", help="look for personal data").add_subparsers(
            title="commands", metavar="COMMAND", required=True
        )
        scan = group.add_parser(
            "scan", parents=[shared], help="list the personal data in texts, as JSON lines"
        )
        scan.add_argument(
            "files", nargs="*", type=Path, metavar="FILE", help="default: JSON lines on standard input"
        )

        scan.add_argument("--plain", action="store_true", help="standard input is one plain text")

        def run(context: Context, wanted: argparse.Namespace) -> None:
            with detector(context) as find:
                scan_texts(find, read_texts(wanted.files, sys.stdin, plain=wanted.plain), sys.stdout)

        scan.set_defaults(run=run)

    return add


def read_texts(files: Sequence[Path], standard_input: TextIO, *, plain: bool = False) -> Iterator[Text]:
    """Ids and texts of the files, or of standard input where there are none; it is one text if `plain`.

    Raises `CliError`.
    """
    if not files and plain:
        yield "standard input", standard_input.read()
    elif not files:
        yield from parse_lines(standard_input, "standard input")
    for path in files:
        try:
            content = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise CliError(f"{path} cannot be read as UTF-8 text ({type(fault).__name__}).") from fault
        if path.suffix == ".jsonl":
            yield from parse_lines(content.split("\n"), str(path))
        else:
            yield str(path), content


def parse_lines(lines: Iterable[str], source: str) -> Iterator[Text]:
    """Id and text of each line that is not blank. Raises `CliError`, which names the line and never quotes it."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as fault:
            raise CliError(f"Line {number} of {source} is not JSON.") from fault
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise CliError(f'Line {number} of {source} is not an object with "id" and a string "text".')
        yield row.get("id"), row["text"]


def scan_texts(find: FindSpans, texts: Iterable[Text], output: TextIO) -> None:
    """Writes one line for each text, in order. Raises `CliError` if detection fails."""
    waiting = iter(texts)
    while batch := list(islice(waiting, TOGETHER)):
        try:
            batch_spans = find([text for _, text in batch])
        except DetectionFailed as fault:
            raise CliError("Personal data could not be looked for: the worker did not answer.") from fault
        for (key, _), spans in zip(batch, batch_spans, strict=True):
            listed = [{"start": span.start, "end": span.end, "label": span.label.value} for span in spans]
            output.write(json.dumps({"id": key, "spans": listed}, ensure_ascii=False) + "\n")
        output.flush()


@contextmanager
def whole_detection(context: Context) -> Iterator[FindSpans]:
    """Start the workers that find names; gives a function that returns the spans of each text. Raises `CliError`."""
    pool = start_names(context.settings)
    try:
        if not wait_until_ready(pool, READY_S):
            raise CliError("The language models could not be loaded; see the lines above.")
        detector = Detector(pool, policy_of(context.settings), FindingsCache())

        def find(texts: Sequence[str]) -> list[list[Span]]:
            return [scan_text(detector, b"scan", text) for text in texts]

        yield find
    finally:
        pool.close()

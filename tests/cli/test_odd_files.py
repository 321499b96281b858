"""Commands that read files, given files that nobody expects: one line that names the file, or success; no traceback.

Files are made from good ones, a value of each spoilt, and from bytes that are no such file at all. The mutations are
drawn with a fixed seed, so that a failure comes again.
"""

import io
import json
import random
import tarfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from ni.__main__ import command_parts
from ni.catalog.load import SHIPPED
from ni.cli import main
from ni.cli.context import CliError
from ni.cli.pii import read_texts

LISTS = Path(__file__).parents[1] / "residency" / "lists"
PRICES = Path(__file__).parents[1] / "catalog" / "prices"
DEEP = 100_000
NO_FILE_AT_ALL = {
    "empty": b"",
    "zeros": bytes(5000),
    "no UTF-8": b"\xff\xfe\x00[",
    "a byte order mark": b"\xef\xbb\xbf[[routes]]\n",
    "an escape": b"\x1b]0;title\x07",
    "lines without end": b"\n" * 100_000,
    "arrays in arrays": b"a = " + b"[" * DEEP + b"]" * DEEP,
    "tables in tables": b"a = " + b"{b=" * DEEP + b"1" + b"}" * DEEP,
    "a dotted key": b".".join([b"a"] * 20_000) + b" = 1",
    "a dotted table": b"[" + b".".join([b"a"] * 20_000) + b"]",
    "JSON arrays": b"[" * DEEP + b"]" * DEEP,
    "JSON arrays, open": b"[" * DEEP,
    "JSON objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a great number": b"a = " + b"9" * 10_000,
    "a great number in JSON": b'{"prefixes": ' + b"9" * 10_000 + b"}",
    "a great exponent": b'{"data": [1e999999999]}',
    "no number": b'{"data": NaN}',
    "a lone surrogate": b'{"data": "\\ud800", "prefixes": "\\ud800"}',
    "a scalar": b"17",
    "null": b"null",
    "a list": b"[1, null, {}]",
    "a text": b'"values prefixes data Items"',
    "doubled keys": b'{"data": [], "data": {}}',
}
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 10**19, 10**400, 1.5, float("inf"), float("nan"), "", "\0", "\ud800", "x" * 300_000, "NaN",
    "1e999",
    "9" * 5000, "-0", "\u202e1.00", [], [[]], [{}], {}, {"": {}}, {"a": [{"b": None}]},
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each value in a document."""
    yield path
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, below in entries:
        yield from places(below, (*path, key))


def spoilt(document: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """A copy of the document with another value in one place."""
    if not path:
        return odd
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = spoilt(document[path[0]], path[1:], odd)
    return copy


def mutants(document: Any, count: int, write: Callable[[Any], bytes]) -> Iterator[bytes]:
    """Files that differ from a good one in one value, or in a few bytes."""
    draw = random.Random(20261129)  # noqa: S311 - the same files each time
    known, made = list(places(document)), 0
    good = write(document)
    while made < count:
        if made % 4 == 3:
            at = draw.randrange(len(good))
            yield good[:at] + draw.randbytes(draw.randrange(4)) + good[at + draw.randrange(4) :]
            made += 1
            continue
        try:
            yield write(spoilt(document, draw.choice(known), draw.choice(ODD)))
            made += 1
        except (TypeError, ValueError, AttributeError):
            continue  # this format cannot hold such a value


def toml(document: Any) -> bytes:
    return tomli_w.dumps(document).encode()


def as_json(document: Any) -> bytes:
    return json.dumps(document).encode()


def small_catalog() -> Any:
    """A deployment and a route of each provider."""
    whole = tomllib.loads(SHIPPED.read_text())
    routes = {route["deployment"]: route for route in whole["routes"]}
    return {"deployments": whole["deployments"], "routes": list(routes.values())}


def archives() -> Iterator[bytes]:
    """Tars of all kinds of members."""
    for kind in (
        tarfile.REGTYPE,
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.DIRTYPE,
        tarfile.FIFOTYPE,
        tarfile.CHRTYPE,
    ):
        for name in (
            "ni.db",
            "SHA256SUMS",
            "secrets/pepper",
            "../ni.db",
            "/ni.db",
            "",
            "ni.db/",
            "secrets\0",
        ):
            file = io.BytesIO()
            with tarfile.open(fileobj=file, mode="w") as archive:
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = kind, "/etc/hostname"
                archive.addfile(entry)
            yield file.getvalue()


RunCommand = Callable[..., str]


@pytest.fixture
def run_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> RunCommand:
    """Runs a command on a file of these bytes; its output, of which at most one line is an error."""

    def one(octets: bytes, *command: str) -> str:
        file = tmp_path / "odd"
        file.write_bytes(octets)
        capsys.readouterr()
        status = main([word.replace("FILE", str(file)) for word in command], command_parts())
        output = capsys.readouterr()
        errors = [line for line in output.err.splitlines() if line.startswith("ni: ")]
        assert status in (0, 1)
        assert len(errors) <= 1
        assert "Traceback" not in output.err
        assert len(output.err) < 2000, output.err[:300]
        return output.err + output.out

    return one


IMPORT = ("catalog", "import", "FILE")
COMMANDS = {
    "import": IMPORT,
    "prices": ("catalog", "check", "--prices", "FILE"),
    "prices imported": ("catalog", "check", "--import-from", "FILE", "--as-of", "2030-01-01"),
    "receipt": ("custody", "verify", "FILE", "--vkey", "x+00000000+AA=="),
    "restore": ("restore", "FILE"),
    "restore unverified": ("restore", "FILE", "--unverified"),
    "lists": ("residency", "refresh", "--file", "FILE"),
}


@pytest.fixture
def ready() -> None:
    assert main(["init"], command_parts()) == 0


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_such_file_is_one_line(run_command: RunCommand, command: str) -> None:
    for octets in NO_FILE_AT_ALL.values():
        run_command(octets, *COMMANDS[command])


@pytest.mark.usefixtures("ready")
def test_a_catalog_with_one_odd_value_is_one_line(run_command: RunCommand) -> None:
    for octets in mutants(small_catalog(), 160, toml):
        run_command(octets, *IMPORT)


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("source", ["litellm", "openrouter"])
def test_a_price_file_with_one_odd_value_is_one_line(run_command: RunCommand, source: str) -> None:
    document = json.loads((PRICES / f"{source}.json").read_bytes())
    for octets in mutants(document, 40, as_json):
        run_command(octets, *COMMANDS["prices"])
        run_command(octets, *COMMANDS["prices imported"])


@pytest.mark.usefixtures("ready")
def test_an_address_list_with_one_odd_value_is_one_line(run_command: RunCommand) -> None:
    for path in sorted(LISTS.glob("*.json")):
        for octets in mutants(json.loads(path.read_bytes()), 25, as_json):
            run_command(octets, *COMMANDS["lists"])


def test_an_archive_of_odd_members_restores_nothing(run_command: RunCommand, home: Path) -> None:
    for octets in archives():
        assert "ni: " in run_command(octets, *COMMANDS["restore"])
        assert not home.exists()


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("nested", ["arrays in arrays", "tables in tables"])
def test_a_catalog_that_nests_too_deeply_is_named_with_the_limit(
    run_command: RunCommand, nested: str, tmp_path: Path
) -> None:
    line = run_command(NO_FILE_AT_ALL[nested], *IMPORT)
    assert str(tmp_path / "odd") in line
    assert "16" in line


@pytest.mark.usefixtures("ready")
def test_a_file_without_end_is_not_read_whole(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS.values():
        if "restore" in command:
            continue
        assert main([word.replace("FILE", "/dev/zero") for word in command], command_parts()) == 1
        assert "Traceback" not in capsys.readouterr().err


def test_texts_to_scan_that_are_odd_are_one_line(tmp_path: Path) -> None:
    file = tmp_path / "odd.jsonl"
    for octets in NO_FILE_AT_ALL.values():
        file.write_bytes(octets)
        with suppress(CliError):
            list(read_texts([file], io.StringIO()))

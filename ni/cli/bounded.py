"""Reading a file that a person named: never more than its kind can have, whatever stands under that name."""

from pathlib import Path

from ni.cli.context import CliError


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of the file. Raises `CliError` beyond `most`, and `OSError`."""
    with path.open("rb") as file:
        octets = file.read(most + 1)
    if len(octets) > most:
        raise CliError(f"{path}: is longer than {most // 2**20} MiB.")
    return octets

"""The libraries of the lock file with their licences, as the NOTICE names them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)(?: ; ([^\\]+))? \\$", re.MULTILINE)
LINE = re.compile(r"^- ([a-z0-9-]+): (.+)$", re.MULTILINE)
HEADING = "Libraries that the gateway runs on"


@dataclass(frozen=True, slots=True)
class Library:
    """A pinned distribution; `marker` says for which Pythons or systems, empty for all."""

    name: str
    version: str
    marker: str
    licence: str


def licences(notice: str) -> dict[str, str]:
    """The SPDX expression of each library that the NOTICE lists."""
    return dict(LINE.findall(notice.partition(f"{HEADING}\n")[2]))


def libraries(root: Path) -> Iterator[Library]:
    """What `requirements.txt` pins, in its order. Raises `KeyError` for one that the NOTICE does not list."""
    known = licences((root / "NOTICE").read_text("utf-8"))
    for name, version, marker in PIN.findall((root / "requirements.txt").read_text("utf-8")):
        yield Library(name, version, marker.strip(), known[name])

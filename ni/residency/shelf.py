"""The stored address lists: one file each in `NI_HOME/ranges`, written whole and renamed into place.

Files and not a table: a list is public, replaced as a whole, read as a whole by every process of a machine and by
nothing else, and an operator can carry it in on a disk. Other processes notice a new one by its time of change. What
shrinks, lacks a region or is older than what is here is refused unless the operator insists: none of the vendors signs.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from ni.domain.clock import from_ms, to_ms
from ni.residency.prefixes import Pause, Spans, flattened
from ni.residency.vendors import VENDORS, Publication, Unreadable, Vendor

FORMAT = 1
LEAST_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class AddressList:
    """One list: where it came from, the SHA-256 of what was published, as of when it holds, and its spans."""

    name: str
    source: str
    sha256: str
    as_of: datetime
    rows: int
    spans: Spans

    @property
    def mark(self) -> str:
        """The list in a custody record: its name and the first digits of its hash."""
        return f"{self.name}:{self.sha256[:16]}"


Lists = Mapping[str, AddressList]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A list that came: its bytes, where from, and as of when it is known to hold (None: as of its own date)."""

    content: bytes
    source: str
    as_of: datetime | None = None


class Shelf:
    """The folder of the lists."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def changes(self) -> tuple[int, ...]:
        """Something that differs when a list was stored by any process."""
        return tuple(_changed(self._path(vendor)) for vendor in VENDORS)

    def load(self) -> Lists:
        """All lists that are stored and whole; a file that cannot be read is as if it were not there."""
        found = (_read(self._path(vendor)) for vendor in VENDORS)
        return {one.name: one for one in found if one is not None}

    def find(self, vendor: Vendor) -> AddressList | None:
        """One list, if it is stored and whole."""
        return _read(self._path(vendor))

    def store(self, made: AddressList) -> None:
        """Put a list in the place of the one before, for all processes at once. Raises `OSError`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{made.name}.json"
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(_written(made))
        part.replace(path)

    def _path(self, vendor: Vendor) -> Path:
        return self._folder / f"{vendor.name}.json"


def compiled(
    publication: Publication, delivery: Delivery, now: datetime, pause: Pause = lambda: None
) -> AddressList:
    """The list of a publication. Raises `Unreadable`."""
    try:
        spans = flattened(publication.prefixes, pause)
    except ValueError as fault:
        raise Unreadable("a row of the list holds no network") from fault
    return AddressList(
        publication.vendor.name,
        delivery.source,
        sha256(delivery.content).hexdigest(),
        delivery.as_of or min(publication.made_at or now, now),
        len(publication.prefixes),
        spans,
    )


def doubt(vendor: Vendor, made: AddressList, before: AddressList | None) -> str | None:
    """Why a list should not be believed, or None."""
    if made.rows < vendor.least:
        return f"it has {made.rows} rows, fewer than a whole one can have"
    missing = sorted(vendor.regions - set(made.spans.labels))
    if missing:
        return f"it lacks {', '.join(missing)}"
    if before is None:
        return None
    if made.rows < LEAST_SHARE * before.rows:
        return f"it shrank from {before.rows} to {made.rows} rows"
    if made.as_of < before.as_of:
        return f"it is older than the one stored, of {before.as_of:%Y-%m-%d}"
    return None


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _written(made: AddressList) -> bytes:
    names = sorted(set(made.spans.labels))
    places = {name: at for at, name in enumerate(names)}
    return orjson.dumps(
        {
            "format": FORMAT,
            "name": made.name,
            "source": made.source,
            "sha256": made.sha256,
            "as_of": to_ms(made.as_of),
            "rows": made.rows,
            "labels": names,
            "starts": [f"{number:x}" for number in made.spans.starts],
            "ends": [f"{number:x}" for number in made.spans.ends],
            "label_of": [places[label] for label in made.spans.labels],
        }
    )


def _read(path: Path) -> AddressList | None:
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
        if found["format"] != FORMAT:
            return None
        names = found["labels"]
        spans = Spans(
            [int(text, 16) for text in found["starts"]],
            [int(text, 16) for text in found["ends"]],
            [names[at] for at in found["label_of"]],
        )
        return AddressList(
            found["name"],
            found["source"],
            found["sha256"],
            from_ms(found["as_of"]),
            found["rows"],
            spans,
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None

"""The stored address lists (`RangeStore`), and their use by one process (`RangeIndex`).

There is one file per list in `NI_HOME/ranges`, written to a draft and renamed. Lists are public, replaced and read
whole by every process of a machine, and an operator can carry them in on a disk: hence files, not a table. Processes
notice a new file by its modification time. Vendors do not sign their lists, so one that shrank, lacks a region or is
older than the stored one is refused (`reason_to_doubt`) unless the operator insists.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from ni.domain.clock import Clock, from_ms, to_ms
from ni.domain.providers import PROVIDERS
from ni.outbound.addresses import Network, is_private, unwrap
from ni.residency.guard import Listing, SeenAddresses, Sighting
from ni.residency.ip_ranges import VENDORS, Pause, RangeList, RangeTable, Unreadable, Vendor, flattened

FORMAT = 1
LEAST_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class AddressList:
    """One list: its source, the SHA-256 of the publication, the instant as of which it is valid, and its spans."""

    name: str
    source: str
    sha256: str
    as_of: datetime
    rows: int
    spans: RangeTable

    @property
    def mark(self) -> str:
        """The list in a custody record: its name and the first digits of its hash."""
        return f"{self.name}:{self.sha256[:16]}"


Lists = Mapping[str, AddressList]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A publication: its bytes, source, and the instant as of which it is valid (None: its own date)."""

    content: bytes
    source: str
    as_of: datetime | None = None


class RangeStore:
    """Reads and writes the files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def changes(self) -> tuple[int, ...]:
        """The modification times of all lists: they differ once any process stored one."""
        return tuple(_changed(self._path(vendor)) for vendor in VENDORS)

    def load(self) -> Lists:
        """All lists that are stored and whole; unreadable files are skipped."""
        lists = (_read(self._path(vendor)) for vendor in VENDORS)
        return {address_list.name: address_list for address_list in lists if address_list is not None}

    def find(self, vendor: Vendor) -> AddressList | None:
        """One list, if it is stored and whole."""
        return _read(self._path(vendor))

    def store(self, new: AddressList) -> None:
        """Replace the stored list atomically. Raises `OSError`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{new.name}.json"
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(_written(new))
        part.replace(path)

    def _path(self, vendor: Vendor) -> Path:
        return self._folder / f"{vendor.name}.json"


def compile_list(
    publication: RangeList, delivery: Delivery, now: datetime, pause: Pause = lambda: None
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


def reason_to_doubt(vendor: Vendor, new: AddressList, before: AddressList | None) -> str | None:
    """Why a list should not be believed, or None."""
    if new.rows < vendor.least:
        return f"it has {new.rows} rows, fewer than a whole one can have"
    missing = sorted(vendor.regions - set(new.spans.labels))
    if missing:
        return f"it lacks {', '.join(missing)}"
    if before is None:
        return None
    if new.rows < LEAST_SHARE * before.rows:
        return f"it shrank from {before.rows} to {new.rows} rows"
    if new.as_of < before.as_of:
        return f"it is older than the one stored, of {before.as_of:%Y-%m-%d}"
    return None


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _written(address_list: AddressList) -> bytes:
    names = sorted(set(address_list.spans.labels))
    places = {name: at for at, name in enumerate(names)}
    return orjson.dumps(
        {
            "format": FORMAT,
            "name": address_list.name,
            "source": address_list.source,
            "sha256": address_list.sha256,
            "as_of": to_ms(address_list.as_of),
            "rows": address_list.rows,
            "labels": names,
            "starts": [f"{number:x}" for number in address_list.spans.starts],
            "ends": [f"{number:x}" for number in address_list.spans.ends],
            "label_of": [places[label] for label in address_list.spans.labels],
        }
    )


def _read(path: Path) -> AddressList | None:
    try:
        document: dict[str, Any] = orjson.loads(path.read_bytes())
        if document["format"] != FORMAT:
            return None
        names = document["labels"]
        spans = RangeTable(
            [int(text, 16) for text in document["starts"]],
            [int(text, 16) for text in document["ends"]],
            [names[at] for at in document["label_of"]],
        )
        return AddressList(
            document["name"],
            document["source"],
            document["sha256"],
            from_ms(document["as_of"]),
            document["rows"],
            spans,
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


class RangeIndex:
    """Looks up addresses; `private` are the networks that the operator opened, lists older than `life` are stale."""

    def __init__(
        self, range_store: RangeStore, private: Sequence[Network], clock: Clock, life: timedelta
    ) -> None:
        self._range_store = range_store
        self._private = private
        self._clock = clock
        self._life = life
        self._changes = range_store.changes()
        self.lists: Lists = range_store.load()
        self.edition = 0

    def renew(self) -> bool:
        """Load the lists again if any process stored one; whether it did."""
        changes = self._range_store.changes()
        if changes == self._changes:
            return False
        self._changes = changes
        self.lists = self._range_store.load()
        self.edition += 1
        return True

    def is_stale(self, address_list: AddressList) -> bool:
        """Whether the list is older than `life`."""
        return self.as_of_least > address_list.as_of

    @property
    def as_of_least(self) -> datetime:
        """The oldest instant as of which a list may be valid."""
        return self._clock.now() - self._life

    def seen(self, provider: str, addresses: Sequence[str]) -> SeenAddresses:
        """The addresses of a provider's endpoint, looked up. Raises `ValueError` for what is no address."""
        names = PROVIDERS[provider].address_lists
        lists = [self.lists[name] for name in names if name in self.lists]
        marks = ",".join(address_list.mark for address_list in lists)
        sightings = tuple(self._sighting(text, lists) for text in addresses)
        marks = marks if sightings else ""
        return SeenAddresses(sightings, self._listing(names, lists), marks, bool(self._private))

    def _sighting(self, text: str, lists: Sequence[AddressList]) -> Sighting:
        address = unwrap(text)
        if is_private(address, self._private):
            return Sighting(str(address), True)
        labels = [address_list.spans.find(str(address)) for address_list in lists]
        known = [label for label in labels if label is not None]
        return Sighting(str(address), False, max(known) if known else None)

    def _listing(self, names: Sequence[str], lists: Sequence[AddressList]) -> Listing:
        if not lists:
            return Listing.NONE
        if any(self.is_stale(address_list) for address_list in lists):
            return Listing.STALE
        return Listing.ALL if len(lists) == len(names) else Listing.SOME

"""Getting address lists: from their vendors through the egress, or from files that an operator carried in.

Only lists of clouds that are in use are asked for, at most once a day; a failure is tried again within the hour. A list
that cannot be believed leaves the one before in its place. What is fetched holds as of now; a file as of its own date.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ni.domain.clock import Clock
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import OutboundFault
from ni.residency.ip_ranges import VENDORS, Pause, Unreadable, Vendor, read_publication
from ni.residency.range_store import AddressList, Delivery, Lists, RangeStore, compiled, doubt

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=20)
AFTER_FAILURE_S = 3600.0
LIMIT = 32 * 1024 * 1024
_TIMEOUTS = Timeouts(first_byte_s=20.0, idle_s=20.0, total_s=120.0)


@dataclass(frozen=True, slots=True)
class Gained:
    """What became of one list: `fault` is why it was not taken, None if it was."""

    name: str
    made: AddressList | None = None
    fault: str | None = None


def no_pause() -> None:
    """Go on at once, where nobody else waits for the processor."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Makes lists of what was delivered and puts them on the shelf; `insist` overrides doubts about shape and size."""

    shelf: RangeStore
    clock: Clock
    insist: bool = False
    pause: Pause = no_pause

    def take(self, delivery: Delivery, name: str) -> Gained:
        """Check one list and store it; `name` is the file's, for its date and for sentences."""
        try:
            publication = read_publication(delivery.content, name, self.pause)
            made = compiled(publication, delivery, self.clock.now(), self.pause)
        except Unreadable as fault:
            return Gained(name, fault=str(fault))
        before = self.shelf.find(publication.vendor)
        doubted = None if self.insist else doubt(publication.vendor, made, before)
        if doubted is not None:
            return Gained(made.name, fault=doubted)
        self.shelf.store(made)
        return Gained(made.name, made)

    def take_files(self, paths: Iterable[Path]) -> list[Gained]:
        """Check and store the lists in files. Raises `OSError`."""
        return [self._take_file(path) for path in paths]

    def _take_file(self, path: Path) -> Gained:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
        if len(content) > LIMIT:
            return Gained(path.name, fault=f"it is longer than {LIMIT // 2**20} MiB")
        return self.take(Delivery(content, f"file {path.name}"), path.name)


def files_in(folder: Path) -> list[Path]:
    """The files of a folder that may hold lists. Raises `OSError`."""
    return sorted(path for path in folder.iterdir() if path.suffix == ".json")


@dataclass
class Refresher:
    """Asks vendors through the egress; `vendors` are those there are."""

    egress: EgressClient
    intake: Intake
    vendors: Sequence[Vendor] = VENDORS
    _tried: dict[str, float] = field(default_factory=dict)

    def refresh(self, names: Iterable[str]) -> list[Gained]:
        """Fetch these lists now."""
        wanted = frozenset(names)
        return [self._fetched(vendor) for vendor in self.vendors if vendor.name in wanted]

    def refresh_due(self, names: Iterable[str], lists: Lists) -> list[Gained]:
        """Fetch those of these that `lists` lacks or has from yesterday, unless that was tried within the hour."""
        clock = self.intake.clock
        now = clock.monotonic()
        due = [
            name
            for name in names
            if (name not in lists or clock.now() - lists[name].as_of > AGAIN)
            and now - self._tried.get(name, -AFTER_FAILURE_S) >= AFTER_FAILURE_S
        ]
        self._tried.update(dict.fromkeys(due, now))
        gained = self.refresh(due)
        for one in gained:
            if one.fault:
                log.warning("the address list %s was not renewed: %s", one.name, one.fault)
        return gained

    def _fetched(self, vendor: Vendor) -> Gained:
        try:
            url = vendor.source
            content = self._content(url)
            if vendor.index is not None:
                found = vendor.index.search(content.decode("utf-8", "replace"))
                if found is None:
                    return Gained(vendor.name, fault="the page of its vendor does not name it any more")
                url = found[0]
                content = self._content(url)
        except OutboundFault as fault:
            return Gained(vendor.name, fault=f"it could not be fetched ({fault})")
        try:
            gained = self.intake.take(Delivery(content, url, self.intake.clock.now()), url.rpartition("/")[2])
        except OSError as fault:
            return Gained(vendor.name, fault=f"it could not be stored ({type(fault).__name__})")
        if gained.made is not None and gained.name != vendor.name:
            return Gained(vendor.name, fault=f"what came was the list {gained.name}")
        return gained

    def _content(self, url: str) -> bytes:
        """Raises `OutboundFault`."""
        response = self.egress.send(
            Request("GET", url, {"User-Agent": "northern-inference"}, timeouts=_TIMEOUTS)
        )
        if response.status != 200:
            response.close()
            raise OutboundFault(f"status {response.status}")
        return response.read(LIMIT)

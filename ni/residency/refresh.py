"""Gets address lists: from their vendors through the egress (`Refresher`), or from an operator's files (`Intake`).

Only lists of clouds in use are fetched, at most once in `AGAIN`; a failure is retried after `AFTER_FAILURE_S`. A list
that is refused leaves the stored one. A fetched list is valid as of now, a file as of its own date.
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
from ni.residency.range_store import AddressList, Delivery, Lists, RangeStore, compile_list, reason_to_doubt

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=20)
AFTER_FAILURE_S = 3600.0
LIMIT = 32 * 1024 * 1024
_TIMEOUTS = Timeouts(first_byte_s=20.0, idle_s=20.0, total_s=120.0)


@dataclass(frozen=True, slots=True)
class ListResult:
    """The result for one list: the list that was stored, or the `fault` for which it was refused."""

    name: str
    stored: AddressList | None = None
    fault: str | None = None


def no_pause() -> None:
    """Does nothing, for programs without other greenlets."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Checks and stores delivered lists; `insist` overrides doubts about shape and size."""

    range_store: RangeStore
    clock: Clock
    insist: bool = False
    pause: Pause = no_pause

    def take(self, delivery: Delivery, name: str) -> ListResult:
        """Check one list and store it; `name` is the file's, for its date and for sentences."""
        try:
            publication = read_publication(delivery.content, name, self.pause)
            new = compile_list(publication, delivery, self.clock.now(), self.pause)
        except Unreadable as fault:
            return ListResult(name, fault=str(fault))
        before = self.range_store.find(publication.vendor)
        doubts = None if self.insist else reason_to_doubt(publication.vendor, new, before)
        if doubts is not None:
            return ListResult(new.name, fault=doubts)
        self.range_store.store(new)
        return ListResult(new.name, new)

    def take_files(self, paths: Iterable[Path]) -> list[ListResult]:
        """Check and store the lists in files. Raises `OSError`."""
        return [self._take_file(path) for path in paths]

    def _take_file(self, path: Path) -> ListResult:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
        if len(content) > LIMIT:
            return ListResult(path.name, fault=f"it is longer than {LIMIT // 2**20} MiB")
        return self.take(Delivery(content, f"file {path.name}"), path.name)


def files_in(folder: Path) -> list[Path]:
    """The files of a folder that may hold lists. Raises `OSError`."""
    return sorted(path for path in folder.iterdir() if path.suffix == ".json")


@dataclass
class Refresher:
    """Fetches the lists of `vendors` through the egress and hands them to `intake`."""

    egress: EgressClient
    intake: Intake
    vendors: Sequence[Vendor] = VENDORS
    _tried: dict[str, float] = field(default_factory=dict)

    def refresh(self, names: Iterable[str]) -> list[ListResult]:
        """Fetch these lists now."""
        wanted = frozenset(names)
        return [self._fetched(vendor) for vendor in self.vendors if vendor.name in wanted]

    def refresh_due(self, names: Iterable[str], lists: Lists) -> list[ListResult]:
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
        results = self.refresh(due)
        for result in results:
            if result.fault:
                log.warning("the address list %s was not renewed: %s", result.name, result.fault)
        return results

    def _fetched(self, vendor: Vendor) -> ListResult:
        try:
            url = vendor.source
            content = self._content(url)
            if vendor.index is not None:
                match = vendor.index.search(content.decode("utf-8", "replace"))
                if match is None:
                    return ListResult(vendor.name, fault="the page of its vendor does not name it any more")
                url = match[0]
                content = self._content(url)
        except OutboundFault as fault:
            return ListResult(vendor.name, fault=f"it could not be fetched ({fault})")
        try:
            result = self.intake.take(Delivery(content, url, self.intake.clock.now()), url.rpartition("/")[2])
        except OSError as fault:
            return ListResult(vendor.name, fault=f"it could not be stored ({type(fault).__name__})")
        if result.stored is not None and result.name != vendor.name:
            return ListResult(vendor.name, fault=f"what came was the list {result.name}")
        return result

    def _content(self, url: str) -> bytes:
        """Raises `OutboundFault`."""
        response = self.egress.send(
            Request("GET", url, {"User-Agent": "northern-inference"}, timeouts=_TIMEOUTS)
        )
        if response.status != 200:
            response.close()
            raise OutboundFault(f"status {response.status}")
        return response.read(LIMIT)

"""The address lists as one process uses them: loaded once, again when any process stored one, asked by address."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ni.domain.clock import Clock
from ni.domain.providers import PROVIDERS
from ni.outbound.addresses import Network, is_private, unwrap
from ni.residency.guard import Listing, Seen, Sighting
from ni.residency.shelf import AddressList, Lists, Shelf


class Atlas:
    """`private` are the networks that the operator opened; lists older than `life` are not believed any more."""

    def __init__(self, shelf: Shelf, private: Sequence[Network], clock: Clock, life: timedelta) -> None:
        self._shelf = shelf
        self._private = private
        self._clock = clock
        self._life = life
        self._changes = shelf.changes()
        self.lists: Lists = shelf.load()
        self.edition = 0

    def renew(self) -> bool:
        """Load what any process has stored since; whether there was anything."""
        changes = self._shelf.changes()
        if changes == self._changes:
            return False
        self._changes = changes
        self.lists = self._shelf.load()
        self.edition += 1
        return True

    def is_stale(self, one: AddressList) -> bool:
        """Whether a list is too old to be believed."""
        return self.as_of_least > one.as_of

    @property
    def as_of_least(self) -> datetime:
        """The oldest instant as of which a list may hold."""
        return self._clock.now() - self._life

    def seen(self, provider: str, addresses: Sequence[str]) -> Seen:
        """The addresses of a provider's endpoint, looked up. Raises `ValueError` for what is no address."""
        names = PROVIDERS[provider].address_lists
        lists = [self.lists[name] for name in names if name in self.lists]
        marks = ",".join(one.mark for one in lists)
        sightings = tuple(self._sighting(text, lists) for text in addresses)
        marks = marks if sightings else ""
        return Seen(sightings, self._standing(names, lists), marks, bool(self._private))

    def _sighting(self, text: str, lists: Sequence[AddressList]) -> Sighting:
        address = unwrap(text)
        if is_private(address, self._private):
            return Sighting(str(address), True)
        labels = [one.spans.find(str(address)) for one in lists]
        known = [label for label in labels if label is not None]
        return Sighting(str(address), False, max(known) if known else None)

    def _standing(self, names: Sequence[str], lists: Sequence[AddressList]) -> Listing:
        if not lists:
            return Listing.NONE
        if any(self.is_stale(one) for one in lists):
            return Listing.STALE
        return Listing.ALL if len(lists) == len(names) else Listing.SOME

"""Publishes checkpoints to the anchors at a fixed interval, busy or idle, and compares the anchors with the log.

An anchor that is down delays nothing and is retried with growing pauses. At the start, and before each publication, the
newest checkpoint of an anchor is compared with the log. If the log does not contain it, the database was restored from
a backup or copied: the log is frozen, because any further checkpoint would fork it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ni.custody.anchors import Anchor, AnchorDown, AnchorForked, CheckpointPublication
from ni.custody.log_signer import SignedHead
from ni.custody.logs import CustodyRefused, LogDependencies, LogFreeze, LogHead
from ni.custody.note import NoteRefused, open_note, parse_checkpoint
from ni.custody.receipt import Receipts
from ni.domain.clock import to_ms
from ni.domain.errors import KeyRetired
from ni.store.tables.custody import custody_checkpoints
from ni.store.unit import Change, Unit

log = logging.getLogger(__name__)

CADENCE_S = 10.0
LONGEST_S = 600.0


@dataclass(slots=True)
class AnchorStatus:
    """State of an anchor: the size it holds, since when and when next (monotonic seconds), and its fault."""

    anchor: Anchor
    size: int = 0
    at_s: float | None = None
    due_s: float = 0.0
    failures: int = 0
    fault: str = ""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AnchorLag:
    """How far an anchor is behind: leaves it lacks, seconds since it took a checkpoint (None: never), its fault."""

    anchor: str
    leaves: int
    age_s: float | None
    fault: str


class Publisher:
    """Publishes the growing log of one database."""

    def __init__(
        self, tools: LogDependencies, receipts: Receipts, anchors: Sequence[Anchor], freeze: LogFreeze
    ) -> None:
        self._tools = tools
        self._receipts = receipts
        self._signer = receipts.signer
        self._freeze = freeze
        self.statuses = [AnchorStatus(anchor) for anchor in anchors]

    def check(self) -> None:
        """Compare every anchor with our log. Raises `CustodyRefused`; an anchor that is down is a warning."""
        for status in self.statuses:
            try:
                self._compare(status)
            except AnchorDown as fault:
                log.warning("custody: %s cannot be compared with the log: %s", status.anchor.name, fault)
            except AnchorForked as fault:
                self._freeze.stop(_reason(status, fault))
                raise CustodyRefused(self._freeze.reason) from fault

    def publish(self) -> None:
        """Publish to the anchors that are due, and store the checkpoint."""
        now_s = self._tools.clock.monotonic()
        due = [status for status in self.statuses if status.due_s <= now_s]
        if self._freeze.reason or not due:
            return
        lines: dict[int, list[str]] = {}
        try:
            for status in due:
                self._one(status, now_s, lines)
            self._keep(lines)
        except KeyRetired as fault:
            for status in due:
                status.fault, status.due_s = str(fault), now_s + LONGEST_S
            log.critical("custody: %s", fault)

    def lag(self) -> list[AnchorLag]:
        """How far each anchor is behind. Raises `StoreUnavailable`."""
        size, now_s = self._signer.current().size, self._tools.clock.monotonic()
        return [
            AnchorLag(
                each.anchor.name,
                size - each.size,
                None if each.at_s is None else now_s - each.at_s,
                each.fault,
            )
            for each in self.statuses
        ]

    def _one(self, status: AnchorStatus, now_s: float, lines: dict[int, list[str]]) -> None:
        try:
            self._compare(status)
            signed = self._signer.newest()
            cosignatures = status.anchor.publish(self._publication(signed))
        except AnchorDown as fault:
            status.failures, status.fault = status.failures + 1, str(fault)
            status.due_s = now_s + min(LONGEST_S, CADENCE_S * 2 ** min(status.failures, 10))
            log.warning("custody: %s takes no checkpoint: %s", status.anchor.name, fault)
        except AnchorForked as fault:
            if fault.size is not None and fault.size <= self._signer.current().size:
                status.due_s = now_s + CADENCE_S  # another process of this instance published a larger size
                return
            status.fault = _reason(status, fault)
            self._freeze.stop(status.fault)
            log.critical("%s; calls are refused until an operator has decided", status.fault)
        else:
            lines.setdefault(signed.head.size, []).extend(cosignatures)
            status.size, status.at_s, status.note = signed.head.size, now_s, signed.note
            status.failures, status.fault, status.due_s = 0, "", now_s + CADENCE_S

    def _compare(self, status: AnchorStatus) -> None:
        """Raises `AnchorForked` unless what the anchor holds is in our history. The head is read after the anchor."""
        note = status.anchor.newest()
        if note is None or note == status.note:
            return
        head = self._signer.current()
        try:
            held = parse_checkpoint(open_note(note, self._signer.known(head.log_id)))
        except NoteRefused as fault:
            raise AnchorForked(f"it holds what no key of the log has signed ({fault})") from None
        if held.origin != head.origin or held.size > head.size:
            raise AnchorForked(_behind(held.size, head))
        if self._signer.logs.root_at(head.log_id, held.size) != held.root:
            raise AnchorForked(f"at size {held.size} it holds another root than the database")

    def _publication(self, signed: SignedHead) -> CheckpointPublication:
        head = signed.head
        return CheckpointPublication(
            head.origin, head.size, signed.note, lambda old: self._receipts.growth(old, signed)
        )

    def _keep(self, lines: dict[int, list[str]]) -> None:
        """Store the newest checkpoint with the cosignatures that it got."""
        if not lines:
            return
        size = max(lines)
        signed = self._signer.at(size)
        stored = self._signer.published(signed.head.log_id, size)
        fresh = [line for line in lines[size] if line not in (stored or "")]
        if stored and not fresh:
            return
        columns = custody_checkpoints.c
        where = {"log": signed.head.log_id, "full": size}
        ours = columns.log_id == sa.bindparam("log")
        gone = custody_checkpoints.delete().where(ours, columns.size <= sa.bindparam("full"))
        row = {"log_id": signed.head.log_id, "size": size, "note": (stored or signed.note) + "".join(fresh)}
        added = {**row, "signed_at": to_ms(self._tools.clock.now())}
        self._tools.journal.write(Unit((Change(gone, where), Change(custody_checkpoints.insert(), added))))


def _reason(status: AnchorStatus, fault: AnchorForked) -> str:
    return f"custody=rollback: {status.anchor.name}: {fault}"


def _behind(published: int, head: LogHead) -> str:
    return (
        f"it holds size {published}, the database only {head.size} of {head.origin}. A backup "
        "was restored or the database copied; bring the newest one back, or begin a new log with `python -m ni custody "
        "new-log ORIGIN`"
    )

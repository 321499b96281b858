"""The log of a serving process: start, publication and retention.

`start` runs before the first call and may refuse the process; `tick` and `forget` are background jobs. Signing is done
on demand, never on the path of a request.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from ni.custody.anchors import Anchor
from ni.custody.erasure import Erasure
from ni.custody.log_signer import LogSigner
from ni.custody.logs import LogDependencies, LogFreeze, LogHead, LogLifecycle
from ni.custody.publisher import AnchorLag, Publisher
from ni.custody.receipt import ReceiptChecker, Receipts
from ni.custody.record_reader import RecordReader
from ni.custody.record_writer import Adopt
from ni.domain.activity import ActivityKind, Subject
from ni.domain.secret import Secret
from ni.store.unit import Unit

KEPT = timedelta(days=90)
TICK_S = 1.0
FORGET_S = 3600.0
AnchorsOf = Callable[[LogHead], Sequence[Anchor]]


class LogService:
    """Runs the custody log of one database; `seeds` are those of its keys, the newest first."""

    def __init__(
        self, tools: LogDependencies, seeds: Sequence[bytes], anchors: AnchorsOf, freeze: LogFreeze
    ) -> None:
        self._tools = tools
        self._seeds = seeds
        self._anchors = anchors
        self.freeze = freeze
        self.signer = LogSigner(tools.database, seeds, tools.clock)
        self.receipts = Receipts(tools.database, self.signer)
        self.checker = ReceiptChecker(self.signer)
        self.records = RecordReader(tools.database)
        self.lifecycle = LogLifecycle(tools)
        self.erasure = Erasure(tools)
        self.publisher = Publisher(tools, self.receipts, (), freeze)

    def start(self, origin: str) -> None:
        """Start the log or continue it; `origin` is used at the first start only.

        Raises `CustodyRefused` if the key is not the log's, or if what was published is not in our history.
        """
        head = self.lifecycle.ensure(origin, self._seeds[0])
        self.publisher = Publisher(self._tools, self.receipts, self._anchors(head), self.freeze)
        self.publisher.check()
        while self._tools.journal.write(Unit((Adopt(),)))[0]:
            pass  # records from before the log
        self.tick()

    def inspect(self) -> LogHead:
        """The head of the log, after the checks of `start`; changes nothing.

        Raises `KeyRetired`, `CustodyRefused`, and `StoreUnavailable` before the first start.
        """
        head = self.signer.current()
        self.signer.signers(head)
        Publisher(self._tools, self.receipts, self._anchors(head), self.freeze).check()
        return head

    def tick(self) -> None:
        """Publish what is due; call it every `TICK_S`."""
        self.publisher.publish()

    def forget(self) -> None:
        """Erase what is older than the retention period; call it every `FORGET_S`."""
        self.erasure.due(self._tools.clock.now() - KEPT)

    def show_account_key(self, account_id: str) -> Secret | None:
        """The HMAC key of an account's links, for its owner. That it is shown goes on record first, which makes it."""
        told = self._tools.tell(ActivityKind.LOG_KEY_SHOWN, account_id, Subject(account_id), ())
        self._tools.journal.write(Unit((told,)))
        return self.records.account_key(account_id)

    def lag(self) -> list[AnchorLag]:
        """How far each anchor is behind; for the metrics. Raises `StoreUnavailable`."""
        return self.publisher.lag()

    def described(self) -> dict[str, Any]:
        """The body of `/.well-known/ni-custody.json`: the growing log, its keys and witnesses, older logs."""
        *before, head = self.signer.logs.heads()
        previous = [
            {
                "origin": old.origin,
                "vkeys": self._vkeys(old),
                "checkpoint": self.signer.published(old.log_id, old.size),
            }
            for old in before
        ]
        names = (each.anchor.name.partition("witness ") for each in self.publisher.statuses)
        witnesses = [name for _, mark, name in names if mark]
        return {
            "origin": head.origin,
            "vkeys": self._vkeys(head),
            "witnesses": witnesses,
            "previous": previous,
        }

    def _vkeys(self, head: LogHead) -> list[dict[str, Any]]:
        rows = self.signer.logs.keys(head.log_id)
        return [{"vkey": row.vkey, "from_size": row.from_size, "to_size": row.to_size} for row in rows]

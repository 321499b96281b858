"""Writes records into the journal's transaction: durable with what they record, or not at all."""

from collections.abc import Sequence

from ni.custody.record import Record
from ni.store.database import Database
from ni.store.tables.custody import custody_records
from ni.store.unit import Ledger


class RecordScribe:
    """Writes `Record` parts."""

    writes = Record

    def __init__(self, database: Database) -> None:
        columns = ("request_id", "account_id", "kind", "at", "rec", "disclosures", "openings")
        self._insert = database.prepare(custody_records.insert().values(dict.fromkeys(columns)))

    def write(self, ledger: Ledger, parts: Sequence[Record]) -> Sequence[object]:
        """None per record."""
        ledger.run_many(
            self._insert,
            [
                {
                    "request_id": part.request_id,
                    "account_id": part.account_id,
                    "kind": part.kind.value,
                    "at": part.at_ms,
                    "rec": part.rec,
                    "disclosures": part.disclosures,
                    "openings": part.openings,
                }
                for part in parts
            ],
        )
        return [None] * len(parts)

    def rolled_back(self) -> None:
        """Nothing is kept."""

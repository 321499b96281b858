"""Reading the records of one account: what happened to a request, from its opening to its close."""

from dataclasses import dataclass

import sqlalchemy as sa

from ni.custody.record import Kind, Value, read_fields
from ni.domain.ids import base64url
from ni.store.database import Database
from ni.store.tables.custody import custody_records


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored record: its kind, commitment (base64url) and fields."""

    kind: Kind
    at_ms: int
    rec: str
    fields: dict[str, Value]


class Register:
    """The records of accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, account_id: str, request_id: str) -> list[Entry]:
        """The records of a request of this account, oldest first; empty if it has none or is another's."""
        table = custody_records
        query = (
            sa.select(table.c.kind, table.c.at, table.c.rec, table.c.disclosures)
            .where(table.c.account_id == account_id, table.c.request_id == request_id)
            .order_by(table.c.id)
        )
        with self._database.read() as connection:
            return [
                Entry(Kind(kind), at, base64url(rec), read_fields(disclosures))
                for kind, at, rec, disclosures in connection.execute(query)
            ]

"""The records of custody: one row each, its salted disclosures as one JSON value beside their commitment."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from ni.store.tables.metadata import metadata

custody_records = Table(
    "custody_records",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("request_id", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("rec", LargeBinary, nullable=False),
    Column("disclosures", Text, nullable=False),
    Column("openings", Text, nullable=False, server_default="{}"),
    Index("ix_custody_records_request_id", "request_id"),
    Index("ix_custody_records_account_id", "account_id", "id"),
)

"""What the writers of the journal note about themselves, on PostgreSQL alone (`ni/store/turns.py`)."""

from sqlalchemy import BigInteger, Column, Table, Text

from ni.store.tables.metadata import metadata

writers = Table(
    "writers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

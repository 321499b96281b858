"""What holds for the whole instance, by name; `currency` is that of all amounts in the database.

What the writers of the journal note about themselves, on PostgreSQL alone (`ni/store/write_lock.py`).
"""

from sqlalchemy import BigInteger, Column, Table, Text

from ni.store.tables.metadata import metadata

instance = Table(
    "instance",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)


writers = Table(
    "writers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

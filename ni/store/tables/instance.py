"""What holds for the whole instance, by name; `currency` is that of all amounts in the database."""

from sqlalchemy import Column, Table, Text

from ni.store.tables.metadata import metadata

instance = Table(
    "instance",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

"""Calls that came with an `Idempotency-Key`, for a day: keyed digests of its text and of the body, never either."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from ni.store.tables.metadata import metadata

idempotency = Table(
    "idempotency",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_idempotency_at", "at"),
)

"""The custody log: one row per record with its place in the log, the heads of the logs, and what proofs are made of.

A log is one RFC 6962 tree under one origin; the newest log is the one that grows. `log_id`, `idx`, `acct_seq` and
`link` are null only for records that were written before there was a log; the next start sequences them. `hidden`
holds the 32-byte digests of disclosures that were withheld or erased, one after the other. `drift_events` stand
beside the log: one row for each disagreement between claim and finding, with how often and when it was met.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

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
    Column("hidden", LargeBinary),
    Column("log_id", Integer),
    Column("idx", BigInteger),
    Column("acct_seq", BigInteger),
    Column("link", LargeBinary),
    Index("ix_custody_records_request_id", "request_id"),
    Index("ix_custody_records_log_id", "log_id", "idx", unique=True),
    Index("ix_custody_records_account_id_acct_seq", "account_id", "acct_seq", unique=True),
    # Of administrative acts alone: other records do not pay for it.
    Index(
        "ix_custody_records_activity",
        *("account_id", "id"),
        sqlite_where=text("kind = 'activity'"),
        postgresql_where=text("kind = 'activity'"),
    ),
)

custody_logs = Table(
    "custody_logs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    # Moves when what a process may have cached of accounts is no longer so.
    Column("epoch", BigInteger, nullable=False),
)

custody_keys = Table(
    "custody_keys",
    metadata,
    Column("log_id", Integer, primary_key=True),
    Column("vkey", Text, primary_key=True),
    Column("from_size", BigInteger, nullable=False),
    Column("to_size", BigInteger),
    Column("until", BigInteger),
)

custody_nodes = Table(
    "custody_nodes",
    metadata,
    Column("log_id", Integer, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
)

custody_checkpoints = Table(
    "custody_checkpoints",
    metadata,
    Column("log_id", Integer, primary_key=True),
    Column("size", BigInteger, primary_key=True),
    Column("note", Text, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
)

custody_accounts = Table(
    "custody_accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("link_key", LargeBinary, nullable=False),
    # The first record that the key links: an account whose key was erased gets another.
    Column("from_seq", BigInteger, nullable=False),
)

drift_events = Table(
    "drift_events",
    metadata,
    Column("route", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("expected", Text, primary_key=True),
    Column("found", Text, primary_key=True),
    Column("refused", Integer, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("deployment", Text, nullable=False),
    Column("met", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Index("ix_drift_events_last_at", "last_at"),
)

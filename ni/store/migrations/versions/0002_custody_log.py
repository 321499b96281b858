"""The custody log: records get a place in it, and the tables of heads, keys, nodes, checkpoints and account keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and tables; records that are there stay without a place until the next start."""
    with op.batch_alter_table("custody_records") as records:
        records.add_column(sa.Column("hidden", sa.LargeBinary))
        records.add_column(sa.Column("log_id", sa.Integer))
        records.add_column(sa.Column("idx", sa.BigInteger))
        records.add_column(sa.Column("acct_seq", sa.BigInteger))
        records.add_column(sa.Column("link", sa.LargeBinary))
        records.create_index("ix_custody_records_log_id", ["log_id", "idx"], unique=True)
        records.create_index(
            "ix_custody_records_account_id_acct_seq", ["account_id", "acct_seq"], unique=True
        )
        records.drop_index("ix_custody_records_account_id")
    _heads()
    _parts()


def _heads() -> None:
    op.create_table(
        "custody_logs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("origin", sa.Text, nullable=False, unique=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "custody_keys",
        sa.Column("log_id", sa.Integer, primary_key=True),
        sa.Column("vkey", sa.Text, primary_key=True),
        sa.Column("from_size", sa.BigInteger, nullable=False),
        sa.Column("to_size", sa.BigInteger),
        sa.Column("until", sa.BigInteger),
    )


def _parts() -> None:
    op.create_table(
        "custody_nodes",
        sa.Column("log_id", sa.Integer, primary_key=True),
        sa.Column("level", sa.Integer, primary_key=True),
        sa.Column("idx", sa.BigInteger, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "custody_checkpoints",
        sa.Column("log_id", sa.Integer, primary_key=True),
        sa.Column("size", sa.BigInteger, primary_key=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("signed_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "custody_accounts",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("link_key", sa.LargeBinary, nullable=False),
        sa.Column("from_seq", sa.BigInteger, nullable=False),
    )

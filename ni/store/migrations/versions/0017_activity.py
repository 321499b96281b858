"""An index of the records of administrative acts, which other records do not pay for."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Build the index; no record of an act is there yet."""
    op.create_index(
        "ix_custody_records_activity",
        "custody_records",
        ["account_id", "id"],
        sqlite_where=sa.text("kind = 'activity'"),
        postgresql_where=sa.text("kind = 'activity'"),
    )

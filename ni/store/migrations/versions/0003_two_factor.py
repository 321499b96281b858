"""The second factor of users: the sealed secret of their app, the last time step used, digests of recovery codes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; nobody has a second factor yet."""
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("totp_sealed", sa.LargeBinary))
        users.add_column(sa.Column("totp_step", sa.BigInteger, nullable=False, server_default="0"))
        users.add_column(sa.Column("recovery_codes", sa.Text, nullable=False, server_default=""))

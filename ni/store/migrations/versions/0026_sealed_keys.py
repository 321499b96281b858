"""Keys of local servers are kept with the operator's other credentials."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

SEALED = ("id", "key_version", "nonce", "sealed", "last4", "created_at")

server_keys = sa.table("server_keys", *(sa.column(name) for name in ("setting", *SEALED)))
platform_credentials = sa.table(
    "platform_credentials", *(sa.column(name) for name in ("name", "provider", *SEALED, "fingerprint"))
)


def upgrade() -> None:
    """Move the keys as they are sealed; a row without a fingerprint is bound to its setting alone."""
    moved = sa.select(
        server_keys.c.setting,
        sa.literal("local"),
        *(server_keys.c[name] for name in SEALED),
        sa.literal(""),
    ).where(server_keys.c.setting.not_in(sa.select(platform_credentials.c.name)))
    into = ("name", "provider", *SEALED, "fingerprint")
    op.execute(platform_credentials.insert().from_select(into, moved))
    op.drop_table("server_keys")

"""Routes say when their provider ends the model, and which route to choose then."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add the two columns, empty: nothing was announced until the catalog says so."""
    for name in ("retires", "successor"):
        op.add_column("routes", Column(name, Text, nullable=False, server_default=""))

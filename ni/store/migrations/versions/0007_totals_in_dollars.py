"""Daily totals in US dollars too, so that an invoice can be checked after the rows behind it are gone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KEY = ("account_id", "day", "key_id", "route", "jurisdiction", "outcome")
COST = "provider_cost_usd_nanos"

usage = sa.table("usage", *(sa.column(name) for name in (*KEY, COST)))
totals = sa.table("totals", *(sa.column(name) for name in (*KEY, COST)))


def upgrade() -> None:
    """Add the column, and fill it from the rows."""
    op.add_column("totals", sa.Column(COST, sa.BigInteger, nullable=False, server_default="0"))
    groups = [usage.c[name] for name in KEY]
    cost = sa.cast(sa.func.sum(usage.c[COST]), sa.BigInteger).label(COST)
    sums = sa.select(*groups, cost).group_by(*groups).subquery("sums")
    same = sa.and_(*(totals.c[name] == sums.c[name] for name in KEY))
    op.execute(totals.update().values({COST: sums.c[COST]}).where(same))

"""The routes that a key names: each is in the catalog and of a tier of the key, or the key could never call it."""

import sqlalchemy as sa

from ni.access.key_spec import KeySpec
from ni.access.refusals import Refused
from ni.store.database import Database
from ni.store.tables.catalog import routes


def check_routes(spec: KeySpec, database: Database) -> None:
    """Raises `Refused`, with its name, for a route that the key could never call."""
    wanted = sa.select(routes.c.id, routes.c.tier).where(routes.c.id.in_(spec.routes))
    with database.read() as connection:
        tiers = {row.id: row.tier for row in connection.execute(wanted)}
    for name in sorted(spec.routes):
        if name not in tiers:
            raise Refused("routes", "There is no route %(route)s.", route=name)
        if tiers[name] not in spec.tiers:
            raise Refused("routes", "The key does not have the tier of the route %(route)s.", route=name)

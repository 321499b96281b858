"""One file per group of tables; all share one MetaData.

Instants are integers of milliseconds since the epoch, amounts integers of nanos, flags integers 0 and 1: values that
SQLite and PostgreSQL keep alike and that need no conversion on the way to the driver.
"""

from ni.store.tables import access, alerts, catalog, custody, metering
from ni.store.tables.metadata import metadata

__all__ = ["access", "alerts", "catalog", "custody", "metadata", "metering"]

"""`INSERT ... ON CONFLICT` for both databases, which write it alike and SQLAlchemy keeps apart."""

from sqlalchemy.dialects import postgresql, sqlite

from ni.store.database import Database

Insert = type[sqlite.Insert] | type[postgresql.Insert]


def upsert(database: Database) -> Insert:
    """The insert construct of this database that knows `ON CONFLICT`."""
    return sqlite.Insert if database.sqlite else postgresql.Insert

"""`INSERT ... ON CONFLICT` for both databases, which write it alike and SQLAlchemy keeps apart."""

from typing import TYPE_CHECKING, Union

from ni.store.database import Database

if TYPE_CHECKING:  # only the dialect of the database that is there is loaded
    from sqlalchemy.dialects import postgresql, sqlite

Insert = Union[type["sqlite.Insert"], type["postgresql.Insert"]]  # noqa: UP007 - names that are not there yet


def upsert(database: Database) -> Insert:
    """The insert construct of this database that knows `ON CONFLICT`."""
    if database.sqlite:
        from sqlalchemy.dialects import sqlite

        return sqlite.Insert
    from sqlalchemy.dialects import postgresql

    return postgresql.Insert

"""What Alembic runs to apply a migration: on the connection and in the transaction that `schema.py` opened.

It opens no database, so that no migration can run outside that transaction.
"""

from alembic import context

from ni.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    compare_type=True,
)
context.run_migrations()

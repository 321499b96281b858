"""For developers: writes the next migration from the difference between the last one and the tables.

`python -m tools.draft_migration 0002 "Give keys a colour"`. Read and shorten what it writes; it is a draft. A
migration only ever adds (expand); what is no longer used is dropped a release later (contract).
"""

import sys
import tempfile

from alembic import command

from ni.store.database import Database
from ni.store.schema import configuration, upgrade


def draft(number: str, message: str) -> None:
    """Write `versions/<number>_<message>.py`."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/ni.db")
        upgrade(database)
        with database.engine.connect() as connection:
            config = configuration(connection)
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            command.revision(config, message, autogenerate=True, rev_id=number)
        database.close()


if __name__ == "__main__":
    draft(*sys.argv[1:3])

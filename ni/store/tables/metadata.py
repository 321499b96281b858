"""The one MetaData, with names for constraints so that migrations can refer to them, and two tables of the instance.

`instance` holds values by name; `currency` is that of all amounts. `writers` holds the newest turn of each journal
writer, on PostgreSQL alone (`ni/store/writer.py`).
"""

from sqlalchemy import BigInteger, Column, MetaData, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


instance = Table(
    "instance",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)


writers = Table(
    "writers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

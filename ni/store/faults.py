"""Whose fault a failed write is: the database's, which may pass, or the unit's, which fails again however often.

Sources: https://sqlite.org/rescode.html (the low byte is the primary code); PostgreSQL, appendix A (the first two
characters of a SQLSTATE are its class).
"""

import sqlite3

from ni.domain.errors import StoreUnavailable

_UNITS_OWN = frozenset(
    {
        sqlite3.SQLITE_ERROR,  # a statement that is wrong
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_MISUSE,
        sqlite3.SQLITE_RANGE,
    }
)
_CLASSES = frozenset({"21", "22", "23", "42", "0A"})
"""Cardinality, data (out of range), constraints, syntax and names, not supported."""


class Unwritable(StoreUnavailable):
    """The database is there and cannot take this unit: trying again is of no use."""


def is_units_own(fault: BaseException) -> bool:
    """Whether the unit can never be written: all that neither the database nor the disk said of itself."""
    state = getattr(fault, "sqlstate", None)
    if isinstance(state, str):
        return state[:2] in _CLASSES
    code = getattr(fault, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _UNITS_OWN
    if isinstance(fault, StoreUnavailable | OSError):
        return isinstance(fault, Unwritable)
    module = type(fault).__module__.partition(".")[0]
    if module in (
        "sqlite3",
        "psycopg",
    ):  # without a code: a value that cannot be bound, or a connection that is gone
        return type(fault).__name__ in (
            "DataError",
            "IntegrityError",
            "NotSupportedError",
            "ProgrammingError",
        )
    return True  # OverflowError, TypeError and their like: of our own making

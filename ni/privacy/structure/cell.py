"""A cell: one value of a table or a record, with the header or key that says what it is."""

from enum import StrEnum
from typing import NamedTuple


class Form(StrEnum):
    """How a value is written, which says how much may be taken of it."""

    TABLE = "table"  # the whole cell of a table
    QUOTED = "quoted"  # a string between quotes after its key
    DATA = "data"  # an unquoted value after its key, in a data format (YAML, INI, logfmt, a form)
    OPEN = "open"  # what follows a label within a line of prose or code: the value may end earlier
    ARGUMENT = "argument"  # a string handed to a function, whose name is the key


class Cell(NamedTuple):
    """`text[start:end]` is a value.

    Cells of the same `table` and `row` are one record; cells of the same `table` and `column` mean the same thing.
    `parent` is the key under which the record itself stands, where there is one.
    """

    start: int
    end: int
    key: str
    table: int
    row: int
    column: int
    form: Form
    parent: str = ""

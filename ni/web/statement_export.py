"""A prepaid account's statement as CSV (RFC 4180), for the command line and the portal alike.

One line per grant and per day of charges, oldest first; amounts are exact decimals in the instance's currency. Notes
that a spreadsheet would take for a formula are defused.
"""

from collections.abc import Iterable, Iterator

from ni.domain.money import format_amount
from ni.metering.balance import StatementLine
from ni.web.usage_export import csv_line, defused

COLUMNS = ("day", "amount", "balance", "note", "grant_id")


def statement_csv(lines: Iterable[StatementLine]) -> Iterator[str]:
    """The heading, then a line for each of the statement's."""
    yield csv_line(COLUMNS)
    for line in lines:
        yield csv_line(statement_cells(line))


def statement_cells(line: StatementLine) -> tuple[str, ...]:
    """The cells of one line."""
    amounts = format_amount(line.amount_nanos), format_amount(line.balance_nanos)
    return line.day, *amounts, defused(line.note), line.grant_id

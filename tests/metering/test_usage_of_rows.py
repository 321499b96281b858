"""What the totals do not hold is found and summed alike on both databases."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.usage_rows import Year, fill
from ni.metering.usage_queries import Days, Filter, Reports
from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.tables.metering import totals, usage
from tests.metering.test_usage_queries import KEYS, TOLD, UNTIL_MS, cause

ROWS = 300


def year(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of usage and their totals."""
    made = Database(f"sqlite:///{folder}/year.db")
    made.make_file()
    metadata.create_all(made.engine)
    fill(made, Year("ours", KEYS, UNTIL_MS, ROWS))
    with made.read() as connection:
        rows, sums = (
            [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in (usage, totals)
        )
    made.close()
    return [row | {"pii": row["pii"].removesuffix("; email=0")} for row in rows], sums


def test_rows_sums_causes_and_samples_of_both_databases(database: Database, tmp_path: Path) -> None:
    (rows, sums), reports = year(tmp_path), Reports(database)
    with database.engine.begin() as connection:
        connection.execute(usage.insert(), rows)
        connection.execute(totals.insert(), sums)
    for asked, means in TOLD.values():
        expected = {row["request_id"] for row in rows if means(row)}
        assert {row["request_id"] for row in reports.rows("ours", asked, ROWS).rows} == expected
        found = [row for part in asked.apart() for row in reports.row_sums("ours", part, "day", ("pii",))]
        assert sum(row["requests"] for row in found) == len(expected)
        assert [reports.looked_back_to("ours", part) for part in asked.apart()] == [None] * len(asked.apart())
    assert {name for name, _ in reports.failures("ours", 0, UNTIL_MS)} <= {cause(row) for row in rows}
    sampled = reports.samples("ours", Filter(), Days(), ("route", "latency_ms"))
    answered = [row for row in rows if row["outcome"] == "completed"]
    assert {row["route"] for row in sampled} == {row["route"] for row in answered}

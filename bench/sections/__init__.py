"""What is measured, a file for each part. A new part is one file with `measure(stage) -> rows`, and one line here."""

from collections.abc import Callable

from bench.rows import Row
from bench.sections import (
    budgets,
    conversations,
    custody,
    footprint,
    journal,
    providers,
    residency,
    streams,
    telemetry,
    throughput,
)
from bench.stage import Stage

SECTIONS: dict[str, Callable[[Stage], list[Row]]] = {
    "throughput": throughput.measure,
    "streams": streams.measure,
    "conversations": conversations.measure,
    "footprint": footprint.measure,
    "journal": journal.measure,
    "providers": providers.measure,
    "custody": custody.measure,
    "residency": residency.measure,
    "budgets": budgets.measure,
    "telemetry": telemetry.measure,
}

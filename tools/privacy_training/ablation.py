"""What each rule after the network is worth: `python -m tools.privacy_training.ablation` prints a table in Markdown.

Each row leaves one thing out; recall, precision, exact boundaries and false alarms are those of the first and second
set of people together, and of the third one alone, on which no rule was written.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ni.privacy.names.filters import DOUBTS
from ni.privacy.names.tagger import Tagger
from tools.privacy_training.detection import detection
from tools.privacy_training.evaluate import SETS, Rows, score, whole

RULES = ("edges", *DOUBTS)


def variants(tagger: Tagger) -> Iterator[tuple[str, Tagger]]:
    """The tagger as shipped, and with one thing left out."""
    yield "nothing: as shipped", tagger
    yield from ((f"rule: {rule}", replace(tagger, without=frozenset({rule}))) for rule in RULES)
    yield "the weight of listed names", replace(tagger, favour={})
    yield "the weight of a full name", replace(tagger, pair=0.0)


def figures(rows: Rows, tagger: Tagger) -> str:
    """Cells of one row: recall, precision, exact, false alarms per 1,000 tokens of code and of other text."""
    scores = score(rows, detection(tagger)([row["text"] for row in rows]))
    tally, quiet = scores.tallies["all"], scores.quiet
    alarms = (quiet[kind].per_thousand(quiet[kind].people) for kind in ("code", "other"))
    shares = (tally.recall, tally.precision, tally.boundaries)
    return " | ".join([*(f"{share:.3f}" for share in shares), *(f"{alarm:.2f}" for alarm in alarms)])


def table(rows: Rows) -> Iterator[str]:
    """The table of one set."""
    yield "| without | recall | precision | exact | alarms in code | in other text |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, tagger in variants(Tagger.load()):
        yield f"| {name} | {figures(rows, tagger)} |"


def main() -> None:
    """Prints the tables of all sets together and of the third one."""
    sets: list[Sequence[dict[str, Any]]] = [
        whole(path) for name, path in SETS.items() if name.startswith("people")
    ]
    for title, rows in (("First and second set", [*sets[0], *sets[1]]), ("Third set", sets[2])):
        sys.stdout.write(f"\n## {title}\n\n" + "\n".join(table(rows)) + "\n")


if __name__ == "__main__":
    main()

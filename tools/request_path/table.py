"""What is counted of the files that a call enters, and the table of it."""

import re
from collections import Counter
from collections.abc import Iterable

from tools.request_path.calls import Functions

COUNTED = re.compile(r"^\| \*\*counted\*\* \| \*\*(\d+)\*\* \|  \| \*\*(\d+)\*\* \|  \|$", re.MULTILINE)
"""The last line of the table, where it stands in a document."""
TABLE = re.compile(r"^\| package \| chat to OpenAI.*?(?=\n\n)", re.MULTILINE | re.DOTALL)
APART = ("ni/metering/", "ni/custody/", "ni/store/", "ni/domain/")
"""Left out of the count: a reader takes these packages at their word (a price, a record, a row, a shared value)."""
RECOGNISERS = "ni/privacy/recognisers/"
"""Left out too: each is one kind of value, and all of them look through each text."""


def to_read(functions: Functions) -> set[str]:
    """The files that count."""
    return {file for file, _, _ in functions if not file.startswith((*APART, RECOGNISERS))}


def package(file: str) -> str:
    """The package of a file, with dots: the two halves of `ni.web` apart."""
    parts = file.split("/")
    depth = 3 if parts[:2] == ["ni", "web"] else 2
    return ".".join(parts[: min(depth, len(parts) - 1)]) or file.removesuffix(".py")


def packages_of(files: Iterable[str]) -> dict[str, list[str]]:
    """Files by package, both in order."""
    found: dict[str, list[str]] = {}
    for file in sorted(files):
        found.setdefault(package(file), []).append(file)
    return found


def rows(found: dict[str, Functions]) -> list[str]:
    """The lines of a Markdown table: files and functions of each package, for each call."""
    counts = [counted(functions) for functions in found.values()]
    lines = [
        "| package | " + " | ".join(f"{name}: files | functions" for name in found) + " |",
        "| --- |" + " ---: |" * 2 * len(found),
    ]
    for name in sorted({name for count in counts for name in count}):
        cells = [f"{count[name][0]} | {count[name][1]}" if name in count else "– | –" for count in counts]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    totals = [f"{len({file for file, _, _ in all_})} | {len(all_)}" for all_ in found.values()]
    lines.append("| all | " + " | ".join(totals) + " |")
    lines.append("| **counted** |" + "".join(f" **{len(to_read(all_))}** |  |" for all_ in found.values()))
    return lines


def with_table(page: str, lines: list[str]) -> str:
    """The page with these lines in place of the table that it has."""
    return TABLE.sub(lambda _: "\n".join(lines), page, count=1)


def documented(page: str) -> list[int]:
    """The counted files of each call, as the page says. Raises `ValueError` where it has no table."""
    found = COUNTED.search(page)
    if not found:
        raise ValueError("the page has no table of the files that a call enters")
    return [int(number) for number in found.groups()]


def counted(functions: Functions) -> dict[str, tuple[int, int]]:
    """Files and functions of each package."""
    functions_of = Counter(package(file) for file, _, _ in functions)
    files_of = Counter(package(file) for file in {file for file, _, _ in functions})
    return {name: (files_of[name], functions_of[name]) for name in files_of}

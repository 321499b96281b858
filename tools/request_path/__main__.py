"""Counts, and prints the table; `--files` lists the files, `--write` puts the table into `docs/architecture.md`."""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from tools.request_path.calls import CALLS, Functions, counted_gateway, functions_entered
from tools.request_path.table import packages_of, rows, to_read, with_table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"


def main() -> None:
    """Count both calls and print."""
    parser = argparse.ArgumentParser(prog="python -m tools.request_path", description=__doc__)
    parser.add_argument(
        "--files", action="store_true", help="list the files, by package; a star marks what counts"
    )
    parser.add_argument(
        "--unseen", action="store_true", help="count calls whose text was not looked through before"
    )
    parser.add_argument("--write", action="store_true", help="write the table into docs/architecture.md")
    wanted = parser.parse_args()
    found = count(unseen=wanted.unseen)
    print("\n".join(rows(found)))
    if wanted.files:
        for name, functions in found.items():
            print(f"\n{name}")
            print_files(functions)
    if wanted.write:
        PAGE.write_text(with_table(PAGE.read_text(), rows(found)))


def count(*, unseen: bool = False) -> dict[str, Functions]:
    """The functions that each call enters, by the name of the call."""
    with tempfile.TemporaryDirectory() as home, counted_gateway(Path(home)) as gateway:
        return {call.name: functions_entered(gateway, call, unseen=unseen) for call in CALLS}


def print_files(functions: Functions) -> None:
    """Print every file that was entered with the number of its functions."""
    sizes, counted = Counter(file for file, _, _ in functions), to_read(functions)
    for package, files in packages_of(sizes).items():
        print(f"  {package}")
        for file in files:
            print(f"    {'*' if file in counted else ' '} {sizes[file]:3}  {file}")


if __name__ == "__main__":
    main()

"""`python -m ni`: the command line."""

import sys

from ni.cli import main
from ni.cli.context import Parts


def parts_of(arguments: list[str]) -> Parts:
    """What the other packages bring to the command; to `serve` nothing: nobody should wait for what it does not use."""
    if arguments[:1] == ["serve"]:
        return Parts()
    from ni.cli.commands import command_parts

    return command_parts()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], parts_of(sys.argv[1:])))

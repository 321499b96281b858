"""`python -m tools.request_path.serve`: the server that `ni serve` starts, with the counting application in it."""

import os
import sys

from ni.cli.listener import bound
from ni.cli.serve import command
from ni.settings import Settings


def main() -> None:
    """Bind the address and become the server."""
    settings = Settings.load()
    server = command(settings, bound(settings.bind).detach())
    os.execv(sys.executable, [*server, "tools.request_path.counted:application"])  # noqa: S606 - the server takes its place


if __name__ == "__main__":
    main()

"""`python -m ni`: the command line."""

import sys

from ni.cli.commands import run

if __name__ == "__main__":
    sys.exit(run())

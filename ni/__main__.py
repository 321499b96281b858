"""`python -m ni`: the command line."""

import sys

from ni.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Refuses, in one line, a Python that the project does not run on. Must itself run on any Python 3."""

import sys

FIRST = (3, 11)
LAST = (3, 13)

if not FIRST <= sys.version_info[:2] <= LAST:
    found = "{} is {}.{}".format(sys.executable, *sys.version_info[:2])
    sys.exit(
        "This needs Python 3.11, 3.12 or 3.13, and " + found + ". Name another: make run PYTHON=python3.12"
    )

"""Refuses, in one line, a Python that the project does not run on. Must itself run on any Python 3."""

import sys

FIRST = (3, 11)
LAST = (3, 13)
ANOTHER = " Name another: make run PYTHON=python3.12"

found = "{} is {}.{}".format(sys.executable, *sys.version_info[:2])
if not FIRST <= sys.version_info[:2] <= LAST:
    sys.exit("This needs Python 3.11, 3.12 or 3.13, and " + found + "." + ANOTHER)
try:
    import ensurepip  # noqa: F401  # Debian leaves it out of a Python without its package python3-venv
except ImportError:
    sys.exit(found + " but cannot make environments; on Debian, install python3-venv." + ANOTHER)

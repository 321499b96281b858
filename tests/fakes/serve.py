"""`python -m tests.fakes.serve NAME`: the fake of a provider's wire in a process of its own, until standard input ends.

It prints its address. For measurements, where the fake's work must not be counted with that of its client.
"""

import sys

from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire


def main() -> None:
    """Serve one wire."""
    with FakeWire(UPSTREAMS[sys.argv[1]].wire()) as fake:
        print(fake.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()

"""What the scripts beside this file share: where the gateway is, two tools, and how a script is asked and answers.

A script is started as `script.py stream WORDS` or `script.py loop WORDS`, in the environment that has its library.
"""

import os
import sys
from collections.abc import Callable

URL, KEY = os.environ["NI_URL"], os.environ["NI_API_KEY"]
BASE = f"{URL}/v1"
GPT, CLAUDE = os.environ["NI_GPT"], os.environ["NI_CLAUDE"]
VECTORS = os.environ["NI_VECTORS"]
OTHER = os.environ["NI_OTHER"]


def look_up(email: str) -> str:
    """Find the ticket of a customer.

    Args:
        email: The customer's address.
    """
    print(f"called: look_up {email}", flush=True)
    return f"{email} has ticket 7"


def read(path: str) -> str:
    """Read a file.

    Args:
        path: Where it is.
    """
    print(f"called: read {path}", flush=True)
    return f"{path} was written by {OTHER}"


def answer(**ways: Callable[[str], object]) -> None:
    """Do what was asked for, by the library's name of the way, and print the answer."""
    print("answer:", ways[sys.argv[1]](sys.argv[2]))

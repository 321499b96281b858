"""Prints the responses to calls in the toy's dialect, and the usage rows that they left."""

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.assembled import ORIGIN, Assembled, assembled

ROUTE = "sandbox/echo-local"


def ask(made: Assembled, **body: object) -> list[Any]:
    """Status, headers of interest and text of the response to a call with a new key."""
    response = made.app.test_client().post(f"{ORIGIN}/v1/toy", json=body, headers=made.headers())
    return [response.status_code, response.headers.get("X-NI-PII", ""), response.text]


def main() -> None:
    """A whole answer, a stream, a field that is wrong, a model that is no route, a call without a key."""
    with tempfile.TemporaryDirectory() as home, assembled(Path(home)) as made:
        mail = "Write to agnes@example.ca today"
        printed = {
            "whole": ask(made, model=ROUTE, ask=mail),
            "stream": ask(made, model=ROUTE, ask=mail, stream=True),
            "wrong": ask(made, model=ROUTE, ask=7),
            "unknown": ask(made, model="no-such-model", ask="hello"),
            "stranger": made.app.test_client().post(f"{ORIGIN}/v1/toy", json={}).status_code,
        }
        print(json.dumps(printed))


main()

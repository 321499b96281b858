"""A profile names whose code ran, and for which part of the gateway."""

import pytest

from bench.cpu_profile import on_behalf_of, package, stacks


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        ("run (ni/gateway/pipeline.py:41)", "ni.gateway"),
        ("run (/srv/ni-1/ni/store/writer.py:41)", "ni.store"),
        ("dispatch_request (flask/app.py:902)", "flask"),
        ("dispatch_request (/venv/lib/python3.11/site-packages/flask/app.py:902)", "flask"),
        ("loads (json/__init__.py:346)", "json"),
        ("send (socket.py:12)", "python: socket"),
        ("<module> (/usr/lib/python3.11/hashlib.py:9)", "python: hashlib"),
        ("get (<string>:3)", "python: <string>"),
        ("something without a file", "other"),
    ],
)
def test_a_frame_belongs_to_a_package(frame: str, name: str) -> None:
    assert package(frame) == name


def test_a_library_works_on_behalf_of_the_part_that_called_it() -> None:
    stack = (
        "run (gunicorn/app.py:1)",
        "call (ni/web/api/chat.py:2)",
        "send (ni/outbound/door.py:3)",
        "recv (socket.py:4)",
    )
    assert on_behalf_of(stack) == "ni.outbound"
    assert on_behalf_of(stack[:1]) == "outside: server, event loop, writer"


def test_counts_of_one_stack_add_up() -> None:
    assert stacks(["a (x.py:1);b (y.py:2) 3", "a (x.py:1);b (y.py:2) 4"]) == {("a (x.py:1)", "b (y.py:2)"): 7}

"""A Responses stream that fails says so by a code of OpenAI's closed list, whatever failed."""

import json
from collections.abc import Iterator

import pytest
from openai.types.responses import ResponseError

from ni.dialects.responses import ResponsesDialect
from ni.dialects.sealed_state import StateSealer
from ni.domain.errors import Problem

DIALECT = ResponsesDialect(StateSealer(bytes(32), bytes))


def kinds(parent: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Every problem that there is."""
    yield parent
    for child in parent.__subclasses__():
        yield from kinds(child)


@pytest.mark.parametrize("kind", dict.fromkeys(kinds()), ids=lambda kind: kind.__name__)
def test_a_failure_is_one_that_the_official_client_knows(kind: type[Problem]) -> None:
    problem = kind.__new__(kind)
    call = DIALECT.parse({"model": "a/b-ca", "input": "hi", "stream": True}, {})
    (*_, last) = DIALECT.stream(call, "a/b-ca").error(problem, "It failed.").decode().strip().split("data: ")
    error = json.loads(last)["response"]["error"]
    assert ResponseError.model_validate(error, strict=True).message == "It failed."
    assert (error["code"] == "rate_limit_exceeded") == (problem.status == 429)

"""A call that is served before Flask is answered as Flask would answer it, whatever is wrong with it."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ni.gateway.pipeline import Pipeline
from ni.web.api import direct
from tests.assembled import ORIGIN, Assembled, assembled

SAID = "Margaret Thornton lives here"
MESSAGES = [{"role": "user", "content": SAID}]
BODIES: dict[str, dict[str, Any]] = {
    "chat/completions": {"messages": MESSAGES},
    "completions": {"prompt": SAID},
    "embeddings": {"input": SAID},
    "messages": {"messages": MESSAGES, "max_tokens": 9},
    "responses": {"input": SAID},
}
CASES: dict[str, dict[str, Any]] = {
    "nobody": {"headers": {"Authorization": ""}},
    "a wrong key": {"headers": {"Authorization": "Bearer ni_live_wrong"}},
    "two keys": {"headers": {"x-api-key": "another"}},
    "another host": {"headers": {"Host": "evil.example"}},
    "a host that is no name": {"headers": {"Host": "a]b"}},
    "no host in HTTP/1.0": {"environ_base": {"HTTP_HOST": "", "SERVER_PROTOCOL": "HTTP/1.0"}},
    "another method": {"method": "PUT"},
    "options": {"method": "OPTIONS"},
    "a form": {"headers": {"Content-Type": "application/x-www-form-urlencoded"}},
    "no JSON": {"data": b"{"},
    "no object": {"data": b"[]"},
    "an unknown coding": {"headers": {"Content-Encoding": "compress"}},
    "a wrong field": {"fields": {"messages": 7, "input": 7, "prompt": {}}},
    "in French": {
        "fields": {"messages": 7, "input": 7, "prompt": {}},
        "headers": {"Accept-Language": "fr-CA"},
    },
    "no such model": {"fields": {"model": "nothing"}},
    "a call": {},
    "a stream": {"fields": {"stream": True}},
}
VARYING = {
    "X-NI-Request-ID", "x-request-id", "request-id", "X-NI-Custody-Path", "X-NI-Custody-Record", "Server-Timing",
    "Content-Length",
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("home")) as instance:
        yield instance


@pytest.fixture(scope="module")
def by_flask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(direct, "_endpoints", lambda app: ())
        with assembled(tmp_path_factory.mktemp("flask")) as instance:
            yield instance


def ask(made: Assembled, path: str, case: dict[str, Any]) -> TestResponse:
    client: FlaskClient = made.client
    headers = {**made.headers(), "Content-Type": "application/json", **case.get("headers", {})}
    body = orjson.dumps({"model": "sandbox/echo-local", **BODIES[path], **case.get("fields", {})})
    given = {"method": "POST", "data": body, **case, "headers": headers}
    given.pop("fields", None)
    return client.open(f"{ORIGIN}/v1/{path}", **given)


def shape(response: TestResponse) -> tuple[Any, ...]:
    """What two answers to the same request have in common: ids, times and lengths of both aside."""
    headers = sorted((name, value) for name, value in response.headers if name not in VARYING)
    text = re.sub(r'"(created|created_at|completed_at)":[\d.]+', "", response.text)
    text = re.sub(r"\b[0-9a-f]{16,}\b|(?:chatcmpl|cmpl|msg|resp|rs|fc)[-_]\w+|ni-map:\w+", "", text)
    return response.status, sorted({name for name, _ in response.headers}), headers, text


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("name", CASES)
def test_it_is_answered_as_flask_would(made: Assembled, by_flask: Assembled, path: str, name: str) -> None:
    assert shape(ask(made, path, CASES[name])) == shape(ask(by_flask, path, CASES[name]))


@pytest.mark.parametrize("path", BODIES)
def test_a_fault_of_ours_is_answered_and_logged_without_content(
    made: Assembled, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Pipeline, context: Any) -> Any:
        raise RuntimeError("planted")

    monkeypatch.setattr(Pipeline, "run", broken)
    response = ask(made, path, CASES["a call"])
    assert response.status_code == 500
    assert response.json
    assert response.json["error"]["type"] in ("api_error", "server_error")
    assert response.headers["Cache-Control"] == "no-store"
    assert [record.exc_info is not None for record in caplog.records if record.msg == "a request broke"] == [
        True
    ]
    assert SAID not in caplog.text + response.text

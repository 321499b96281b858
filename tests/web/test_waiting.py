"""A process whose database is away waits for it, and is ended by nothing but what cannot heal."""

from collections.abc import Callable, Iterable
from typing import Any

import gevent
import orjson
import pytest
from werkzeug.test import Client

from ni.domain.errors import StoreUnavailable
from ni.factory import application
from ni.factory.application import WaitingApplication


class Ended(Exception):
    """What ends the process."""


def real(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"served"]


def away_for(times: int, then: Callable[[], Any]) -> Callable[[], Any]:
    """Builds an application after so many tries with the database away."""
    left = [times]

    def build() -> Any:
        if left[0]:
            left[0] -= 1
            raise StoreUnavailable
        return then()

    return build


def end(fault: Exception) -> None:
    raise Ended from fault


def test_everything_but_the_sign_of_life_is_503_until_the_database_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(application, "RETRY_S", 0.01)
    client = Client(WaitingApplication(away_for(3, lambda: real), end).start())
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    for path in ("/v1/models", "/portal/", "/"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert orjson.loads(answer.data)["error"]["code"] == "store_unavailable"
        assert ("X-NI-Request-ID" in answer.headers) == path.startswith("/v1/")
    with gevent.Timeout(5):
        while client.get("/").status_code != 200:
            gevent.sleep(0.01)
    assert client.get("/healthz").data == b"served"


def test_what_cannot_heal_ends_the_process_at_once() -> None:
    def broken() -> Any:
        raise ValueError

    with pytest.raises(Ended):
        WaitingApplication(broken, end).start()

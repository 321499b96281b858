"""A model's name is looked up once for a call, and what it meant then holds for all of the call."""

from pathlib import Path
from typing import Any

import gevent
import pytest

from ni.catalog.routes import Catalog
from ni.domain.route import Route
from tests.assembled import Assembled, assembled

ECHO = "sandbox/echo-local"
PATHS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "go"}]},
    "/v1/responses": {"input": "go"},
    "/v1/messages": {"messages": [{"role": "user", "content": "go"}], "max_tokens": 64},
}


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that the catalog was asked for, but by greenlets that another test has left running."""
    names: list[str] = []
    resolve, asking = Catalog.resolve, gevent.getcurrent()

    def noting(catalog: Catalog, model: str) -> Route | None:
        if gevent.getcurrent() is asking:
            names.append(model)
        return resolve(catalog, model)

    monkeypatch.setattr(Catalog, "resolve", noting)
    return names


def ask(instance: Assembled, headers: dict[str, str], model: str, path: str = "/v1/responses") -> Any:
    return instance.client.post(path, json={"model": model, **PATHS[path]}, headers=headers)


@pytest.mark.parametrize("path", PATHS)
def test_an_exact_route_id_is_looked_up_once(tmp_path: Path, looked_up: list[str], path: str) -> None:
    with assembled(tmp_path) as instance:
        headers = instance.headers()
        looked_up.clear()
        assert ask(instance, headers, ECHO, path).status_code == 200
        assert looked_up == [ECHO]


@pytest.mark.parametrize("path", PATHS)
def test_a_pinned_name_is_looked_up_once_and_so_is_its_route(
    tmp_path: Path, looked_up: list[str], path: str
) -> None:
    with assembled(tmp_path) as instance:
        headers = instance.headers()
        pin = {"model": "my-echo", "messages": [{"role": "user", "content": f"ni-map-model {ECHO}"}]}
        assert instance.client.post("/v1/chat/completions", json=pin, headers=headers).status_code == 200
        looked_up.clear()
        assert ask(instance, headers, "my-echo", path).headers["X-NI-Resolved-Provider"] == "Sandbox"
        assert looked_up == ["my-echo", ECHO]


@pytest.mark.parametrize("command", ["ni-help", "ni-models", "ni-status", "ni-unmap", f"ni-map-model {ECHO}"])
def test_a_command_looks_the_name_up_once(tmp_path: Path, looked_up: list[str], command: str) -> None:
    with assembled(tmp_path) as instance:
        headers = instance.headers()
        looked_up.clear()
        body = {"model": "no-such-model", "input": command}
        assert instance.client.post("/v1/responses", json=body, headers=headers).status_code == 200
        assert looked_up == ["no-such-model"]


def test_a_call_over_its_rate_is_told_where_it_would_have_gone(tmp_path: Path, looked_up: list[str]) -> None:
    with assembled(tmp_path) as instance:
        headers = instance.headers(rpm=1)
        answered = ask(instance, headers, ECHO)
        looked_up.clear()
        refused = ask(instance, headers, ECHO)
        assert (answered.status_code, refused.status_code) == (200, 429)
        named = [name for name, _ in answered.headers if name.startswith("X-NI-Resolved")]
        assert {name: refused.headers[name] for name in named} == {
            name: answered.headers[name] for name in named
        }
        assert refused.headers["X-NI-Custody-Path"] == "NI-CA"
        assert "X-NI-Custody-Record" not in refused.headers
        assert looked_up == [ECHO]


@pytest.mark.parametrize("model", [ECHO, "no-such-model"])
def test_a_reply_of_the_gateways_own_names_no_route(tmp_path: Path, model: str) -> None:
    with assembled(tmp_path) as instance:
        body = {"model": model, "input": "ni-help"}
        reply = instance.client.post("/v1/responses", json=body, headers=instance.headers())
        assert reply.status_code == 200
        assert reply.headers["X-NI-Custody-Path"] == "NI-CA"
        assert "X-NI-Resolved-Provider" not in reply.headers

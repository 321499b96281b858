"""Pages of named origins may call the API; all others, and all where none is named, may not."""

from collections.abc import Iterator

import pytest

from ni.settings import Settings
from ni.settings.values import SettingsError
from tests.assembled import Assembled, assembled

PAGE, OTHER = "https://chat.example.ca", "https://elsewhere.example"
MODEL = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "hi"}]}
PATHS = (
    "/v1/chat/completions",
    "/v1/models",
    "/openai/v1/responses",
    "/api/billing/models",
    "/v1//messages/",
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(
        tmp_path_factory.mktemp("open"), NI_CORS_ORIGINS=f"{PAGE}, http://localhost:3000"
    ) as instance:
        yield instance


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("closed")) as instance:
        yield instance


def preflight(instance: Assembled, path: str, origin: str) -> dict[str, str]:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
    }
    response = instance.client.options(path, headers=asked)
    return {**response.headers, "status": str(response.status_code)}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", [PAGE, "http://localhost:3000"])
def test_a_named_origin_may_ask_with_the_headers_it_needs(opened: Assembled, path: str, origin: str) -> None:
    told = preflight(opened, path, origin)
    assert told["status"] == "204"
    assert told["Access-Control-Allow-Origin"] == origin
    assert "POST" in told["Access-Control-Allow-Methods"]
    assert told["Access-Control-Allow-Headers"] == "authorization,content-type,x-stainless-os"
    assert told["Vary"] == "Origin"
    assert "X-NI-Request-ID" in told
    assert "Access-Control-Allow-Credentials" not in told


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "origin", [OTHER, "null", "https://chat.example.ca.evil.example", "http://chat.example.ca"]
)
def test_another_origin_is_told_nothing(opened: Assembled, path: str, origin: str) -> None:
    assert not [name for name in preflight(opened, path, origin) if name.startswith("Access-Control")]


def test_an_answer_shows_our_headers_to_a_named_origin_also_streamed_and_refused(opened: Assembled) -> None:
    headers = opened.headers(pii=False) | {"Origin": PAGE}
    for body, status in ((MODEL, 200), ({**MODEL, "stream": True}, 200), ({}, 400)):
        response = opened.client.post("/v1/chat/completions", json=body, headers=headers)
        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        shown = response.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"X-NI-Request-ID", "X-NI-Custody-Path", "Retry-After"} <= set(shown)
        ours = [name for name in dict(response.headers) if name.startswith("X-NI-")]
        assert set(ours) <= set(shown)
    refused = opened.client.post("/v1/chat/completions", json=MODEL, headers={"Origin": PAGE})
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == PAGE


def test_pages_of_the_portal_are_never_opened(opened: Assembled) -> None:
    response = opened.client.get("/portal/sign-in", headers={"Origin": PAGE})
    assert not [name for name in dict(response.headers) if name.startswith("Access-Control")]


def test_nothing_is_opened_where_no_origin_is_named(closed: Assembled) -> None:
    assert not [name for name in preflight(closed, PATHS[0], PAGE) if name.startswith("Access-Control")]
    headers = closed.headers(pii=False) | {"Origin": PAGE}
    response = closed.client.post(PATHS[0], json=MODEL, headers=headers)
    assert response.status_code == 200
    assert not [name for name in dict(response.headers) if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://a.example.ca", ("https://a.example.ca",)),
        ("HTTPS://A.example.ca:443/, http://localhost:80", ("https://a.example.ca", "http://localhost")),
        ("http://localhost:3000", ("http://localhost:3000",)),
    ],
)
def test_origins_are_read_as_browsers_write_them(written: str, read: tuple[str, ...]) -> None:
    assert Settings.from_environ({"NI_CORS_ORIGINS": written}).cors_origins == read


@pytest.mark.parametrize(
    "written", ["*", "chat.example.ca", "https://a.example.ca/page", "null", "https://u@a.ca"]
)
def test_what_is_no_origin_refuses_the_start(written: str) -> None:
    with pytest.raises(SettingsError, match="NI_CORS_ORIGINS"):
        Settings.from_environ({"NI_CORS_ORIGINS": written})


@pytest.mark.parametrize("origin", [PAGE, OTHER, "null", ""])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_cache_gives_the_answer_for_one_origin_to_another(
    opened: Assembled, origin: str, method: str
) -> None:
    headers = {"Access-Control-Request-Method": "GET"} | ({"Origin": origin} if origin else {})
    assert opened.client.open("/v1/models", method=method, headers=headers).headers["Vary"] == "Origin"

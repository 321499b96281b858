"""The guard, the origin of forms, the Host, the cookie and the headers, on an app of three routes."""

import pytest
from flask import Flask

from ni.web import security
from ni.web.security import AccessRule, authorised

HOST = {"Host": "ni.example.ca"}


def make_app(*, secure: bool = False) -> Flask:
    app = Flask("guarded")
    app.config["SECRET_KEY"] = "of the tests"
    security.session_cookie(app, secure=secure)
    security.check_target(app, security.allowed_hosts("https://ni.example.ca", "127.0.0.1:8000"))
    security.guard(app, {AccessRule.SESSION: lambda: ("sign in first", 401)}, "https://ni.example.ca")
    security.add_headers(app, secure=secure)
    for path, rule in (
        ("/open", AccessRule.ANONYMOUS),
        ("/key", AccessRule.KEY),
        ("/private", AccessRule.SESSION),
    ):
        app.add_url_rule(path, path[1:], authorised(rule)(lambda: "served"), methods=["GET", "POST"])
    return app


def test_a_route_without_a_rule_is_named_and_refused() -> None:
    app = make_app()
    app.add_url_rule("/forgotten", "forgotten", lambda: "served")
    assert security.undeclared(app) == ["/forgotten"]
    assert app.test_client().get("/forgotten", headers=HOST).status_code == 403


def test_a_check_that_answers_keeps_the_view_from_running() -> None:
    answer = make_app().test_client().get("/private", headers=HOST)
    assert (answer.status_code, answer.text) == (401, "sign in first")


def test_a_form_without_a_token_is_refused_but_an_endpoint_for_keys_needs_none() -> None:
    client = make_app().test_client()
    assert client.post("/open", headers=HOST).status_code == 400
    assert client.post("/key", headers=HOST).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://ni.example.ca.evil.example"},
    ],
)
def test_a_form_from_elsewhere_is_refused_before_its_token_is_read(header: dict[str, str]) -> None:
    assert make_app().test_client().post("/open", headers=HOST | header).status_code == 403


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:8000", "https://ni.example.ca", 400),  # the token is asked for: the origin was accepted
        ("ni.example.ca", "https://ni.example.ca", 400),
        ("127.0.0.1:8000", "http://ni.example.ca", 403),
        ("127.0.0.1:8000", "https://ni.example.ca:8443", 403),
        ("127.0.0.1:8000", "https://evil.example", 403),
    ],
)
def test_a_form_of_the_public_address_is_ours_whatever_host_a_proxy_names(
    host: str, origin: str, status: int
) -> None:
    answer = make_app().test_client().post("/open", headers={"Host": host, "Origin": origin})
    assert answer.status_code == status


@pytest.mark.parametrize(
    "host", ["ni.example.ca", "ni.example.ca:8443", "localhost:8000", "127.0.0.1", "[::1]:8000"]
)
def test_our_own_names_are_served(host: str) -> None:
    assert make_app().test_client().get("/open", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("address", ["/open?key=a%00b", "/open?a%00=1", "/op%00en"])
def test_an_address_with_a_nul_is_refused_before_any_store_is_asked(address: str) -> None:
    assert make_app().test_client().get(address, headers=HOST).status_code == 400


@pytest.mark.parametrize(
    "host", ["evil.example", "ni.example.ca.evil.example", "", "[", "127.0.0.1.evil.example"]
)
def test_other_names_and_none_are_refused(host: str) -> None:
    client = make_app().test_client()
    assert client.get("/open", environ_overrides={"HTTP_HOST": host}).status_code == 400


def test_a_public_bind_does_not_answer_to_loopback_names() -> None:
    assert security.allowed_hosts("https://ni.example.ca", "192.0.2.7:80") == {"ni.example.ca", "192.0.2.7"}


def test_every_answer_carries_the_policy_and_is_not_stored() -> None:
    headers = make_app().test_client().get("/nowhere", headers=HOST).headers
    assert headers["Content-Security-Policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'"
    )
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_over_tls_the_cookie_is_bound_to_the_host_and_transport_is_strict() -> None:
    app = make_app(secure=True)
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-ni"
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_HTTPONLY"]
    assert "Strict-Transport-Security" in app.test_client().get("/open", headers=HOST).headers

"""Every address of the application declares who may reach it."""

from pathlib import Path

from flask import Flask

from ni.web.security import undeclared


def test_every_route_declares_its_authorisation(app: Flask) -> None:
    assert undeclared(app) == []


def test_a_stranger_gets_nothing_but_public_pages(app: Flask) -> None:
    public = {
        "/", "/models", "/healthz", "/readyz", "/metrics", "/api/billing/models", "/portal/sign-in",
    }  # fmt: skip
    client, reached = app.test_client(), set()
    for entry in app.url_map.iter_rules():
        if "GET" in (entry.methods or ()) and not entry.arguments:
            response = client.get(str(entry), base_url="http://127.0.0.1:8000")
            if response.status_code == 200:
                reached.add(str(entry))
    unexpected = {path for path in reached if path.startswith(("/v1", "/api", "/portal"))} - public
    assert unexpected <= {"/api/custody/checkpoint", "/api/custody/consistency"}


def test_the_application_finds_its_templates_and_static_files(app: Flask) -> None:
    assert Path(app.root_path, "templates", "base.html").exists()
    with app.test_client().get("/static/css/tokens.css", base_url="http://127.0.0.1:8000") as response:
        assert response.status_code == 200
        assert response.data

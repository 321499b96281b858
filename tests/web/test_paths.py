"""Addresses as clients build them: served in place in every dialect, or told apart in JSON; pages stay as they are."""

import json
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from ni.web.security import ENDPOINTS, canonical_path, suggested_path
from tests.api.instance import MODEL, Instance, running
from tests.api.speakers import SPEAKERS, Speaker

DIALECTS = [speaker for speaker in SPEAKERS if speaker.name in ("chat", "responses", "messages")]
FORMS = (
    "/v1/{}",
    "/v1/{}/",
    "/v1//{}",
    "/v1/v1/{}",
    "/v1/v1/v1//{}//",
    "/openai/v1/{}",
    "/openai/v1/{}/",
    "/openai/v1/v1/{}",
    "/openai/{}",
)
EACH = pytest.mark.parametrize("speaker", DIALECTS, ids=lambda speaker: speaker.name)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running(tmp_path_factory.mktemp("home")) as started:
        yield started


def get(instance: Instance, path: str, **headers: str) -> TestResponse:
    return instance.client.get(
        path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


@EACH
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_call_is_answered_at_every_form_of_its_address(
    instance: Instance, speaker: Speaker, form: str, *, stream: bool
) -> None:
    path = form.format(speaker.path.removeprefix("/v1/")) + "?api-version=preview"
    response = instance.post(path, speaker.body(("user", "hi"), stream=stream))
    assert (speaker.streamed if stream else speaker.text)(response) == "hi"


@pytest.mark.parametrize("route", ["openai/gpt-4.1-us", "v1/v1/model", "openai/v1", "anthropic/openai/x"])
@pytest.mark.parametrize("name", ["chat/completions", "embeddings"])
def test_what_is_like_an_address_within_a_deployments_name_stays(route: str, name: str) -> None:
    path = f"/openai/deployments/{route}/{name}"
    assert canonical_path(path) == canonical_path(f"//{path}/") == path


@EACH
def test_a_request_that_names_https_gets_no_redirect_to_http(instance: Instance, speaker: Speaker) -> None:
    path = speaker.path.replace("/v1/", "/v1//") + "/"
    response = instance.post(path, speaker.body(("user", "hi")), X_Forwarded_Proto="https")
    assert response.status_code == 200
    assert "Location" not in response.headers


@pytest.mark.parametrize("form", [form.format("models") for form in FORMS])
def test_models_are_listed_at_every_form_of_their_address(instance: Instance, form: str) -> None:
    bearer = f"Bearer {instance.key}"
    assert json.loads(get(instance, form, Authorization=bearer).data)["object"] == "list"
    one = get(instance, f"{form.rstrip('/')}/{MODEL}/", Authorization=bearer)
    assert json.loads(one.data)["id"] == MODEL


def test_an_azure_deployment_with_a_slash_at_its_end_is_served(instance: Instance) -> None:
    plain = DIALECTS[0]
    path = f"/openai//deployments/{MODEL}/chat/completions/?api-version=2024-10-21"
    assert plain.text(instance.post(path, plain.body(("user", "hi"), model="x"))) == "hi"


@pytest.mark.parametrize("path", [f"/{endpoint}" for endpoint in ENDPOINTS])
@pytest.mark.parametrize("more", ["", "/", "/something"])
def test_without_v1_a_program_is_told_the_address_in_json(instance: Instance, path: str, more: str) -> None:
    for response in (
        instance.post(path + more, {"model": MODEL}),
        get(instance, path + more, Authorization=f"Bearer {instance.key}"),
        get(instance, path + more, x_api_key="ni_live_x"),
        get(instance, path + more, Accept="application/json"),
        instance.client.post(path + more, json={}),
    ):
        assert response.status_code == 404
        told = json.loads(response.data)
        assert f"`/v1{path}`" in told["error"]["message"]
        assert (told.get("type") == "error") is path.startswith("/messages")
        assert len(response.headers["X-NI-Request-ID"]) == 16


def test_people_see_pages_where_programs_see_json(instance: Instance) -> None:
    page = get(instance, "/models", Accept="text/html,application/xhtml+xml")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    lost = get(instance, "/nothing-here", Accept="text/html")
    assert (lost.status_code, lost.mimetype) == (404, "text/html")
    told = get(instance, "/nothing-here", Authorization="Bearer ni_live_x")
    assert (told.status_code, told.mimetype) == (404, "application/json")
    guarded = get(instance, "/nothing-here", Authorization="Basic eDp5", Accept="text/html")
    assert guarded.mimetype == "text/html"


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/portal//keys/", "/portal//keys/"),
        ("/", "/"),
        ("//v1/responses", "/v1/responses"),
        ("/docs/", "/docs/"),
        ("/v10//x", "/v10//x"),
        ("/openairs//x/", "/openairs//x/"),
        ("/v1/", "/v1"),
        ("/v1/models/local/v1/v1-local", "/v1/models/local/v1/v1-local"),
        ("/openai/deployments/local/a-local/embeddings/", "/openai/deployments/local/a-local/embeddings"),
        ("/api/usage/", "/api/usage"),
    ],
)
def test_only_what_is_for_programs_is_brought_into_order(path: str, meant: str) -> None:
    assert canonical_path(path) == meant


@pytest.mark.parametrize("path", ["/", "/chat", "/modelsx", "/portal/models", "/docs/models.html"])
def test_other_addresses_mean_nothing_else(path: str) -> None:
    assert suggested_path(path) == ""

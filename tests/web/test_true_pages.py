"""What the pages say is so, over the real packages."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from ni.access.onboarding import Link, Links, Purpose
from ni.access.sessions import ended_for
from ni.domain.errors import Problem
from ni.domain.providers import PROVIDERS
from ni.domain.route import Tier
from ni.web.portal.labels import error_name
from tests.assembled import ORIGIN, Assembled, assembled
from tests.portal.conftest import Browser

FORMS = {name: one.credential for name, one in PROVIDERS.items() if one.credential}
ALICE = {"name": "Alice", "email": "alice@example.ca", "password": "an orchard in September"}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("home")) as instance:
        instance.gateway.log_service.start("gw.example/custody/2026")
        yield instance


@pytest.fixture(scope="module")
def alice(instance: Assembled) -> Browser:
    """The first person: operator, and owner of account `default`."""
    browser = Browser(instance.client)
    path = f"/portal/set-up/{Links(instance.gateway.base).issue(Link(Purpose.SET_UP)).reveal()}"
    assert browser.post(path, ALICE, page=path).status_code == 303
    return browser


def test_an_owner_can_add_a_credential_of_every_provider(alice: Browser) -> None:
    page = alice.get("/portal/byok").text
    for provider in FORMS:
        assert f'href="/portal/byok/{provider}"' in page


KEY_FORM = {"name": "Cursor", "tiers": [tier.value for tier in Tier], "pii": "y"}


def test_sending_the_form_of_a_new_key_again_makes_no_second_key(instance: Assembled, alice: Browser) -> None:
    path, before = "/portal/keys/new", len(instance.gateway.keys_of("default").list())
    once = re.search(r'name="once" value="([0-9a-f]{32})"', alice.get(path).text)
    assert once
    first = alice.post(path, {**KEY_FORM, "once": once[1]}, page=path)
    again = alice.post(path, {**KEY_FORM, "once": once[1]}, page=path)
    assert first.status_code == 200
    assert "ni_live_" in first.text
    assert (again.status_code, again.location) == (303, "/portal/keys")
    assert "This key was made already" in alice.get("/portal/keys").text
    assert len(instance.gateway.keys_of("default").list()) == before + 1


def test_two_new_forms_make_two_keys(instance: Assembled, alice: Browser) -> None:
    path, before = "/portal/keys/new", len(instance.gateway.keys_of("default").list())
    for _ in range(2):
        once = re.search(r'name="once" value="([0-9a-f]{32})"', alice.get(path).text)
        assert once
        assert "ni_live_" in alice.post(path, {**KEY_FORM, "once": once[1]}, page=path).text
    assert len(instance.gateway.keys_of("default").list()) == before + 2


HELLO = [{"role": "user", "content": "Hello"}]
MODEL = "azure/gpt-4.1-mini-ca"


def ask(instance: Assembled, model: str, **spec: object) -> TestResponse:
    """A call with a new key."""
    body = {"model": model, "messages": HELLO}
    headers = instance.headers(**spec)
    return instance.client.post("/v1/chat/completions", base_url=ORIGIN, json=body, headers=headers)


def objects(alice: Browser) -> dict[str, dict[str, Any]]:
    """The rows of the export by request id."""
    return {row["request_id"]: row for row in alice.get("/portal/usage/export.json").get_json()["data"]}


def test_the_reason_of_a_refusal_is_on_the_page_in_the_record_and_in_the_exports(
    instance: Assembled, alice: Browser
) -> None:
    refused = ask(instance, "sandbox/echo-local", cap_nanos=0, pii=False, min_evidence="A")
    code, request_id = refused.get_json()["error"]["code"], refused.headers["X-NI-Request-ID"]
    assert (refused.status_code, code) == (403, "residency_unverified")
    page = alice.get("/portal/usage").text
    assert (
        "Residency could not be verified" in page.partition(f'id="r-{request_id}"')[2].partition("</tr>")[0]
    )
    assert "Residency could not be verified" in alice.get(f"/portal/custody/{request_id}").text
    assert (objects(alice)[request_id]["error"], objects(alice)[request_id]["status"]) == (code, 403)
    lines = csv.DictReader(io.StringIO(alice.get("/portal/usage/export.csv").text))
    assert {line["request_id"]: line["error"] for line in lines}[request_id] == code
    record = f"/api/usage/custody/{request_id}"
    assert (
        instance.client.get(record, base_url=ORIGIN, headers=instance.headers()).get_json()["error"] == code
    )


@pytest.mark.parametrize("pii", [True, False])
def test_a_refused_request_says_whether_masking_was_on(
    instance: Assembled, alice: Browser, *, pii: bool
) -> None:
    refused = ask(instance, "sandbox/echo-local", pii=pii, min_evidence="A")
    request_id = refused.headers["X-NI-Request-ID"]
    assert refused.headers["X-NI-PII"] == ("on" if pii else "off")
    assert objects(alice)[request_id]["pii"] == ("on" if pii else "off")
    record = f"/api/usage/custody/{request_id}"
    shown = instance.client.get(record, base_url=ORIGIN, headers=instance.headers()).get_json()
    assert shown["pii"] == {"on": pii, "counts": {}}
    page = alice.get(f"/portal/custody/{request_id}").text
    assert ("Protection was off" in page) is not pii


@pytest.mark.parametrize(("model", "named"), [(MODEL, "Not called"), ("gpt-nine", "Not a route id")])
def test_only_what_is_no_route_id_is_said_to_be_none(
    instance: Assembled, alice: Browser, model: str, named: str
) -> None:
    answer = ask(instance, model, tiers=frozenset({Tier.OWN_HARDWARE}))
    row = f'id="r-{answer.headers["X-NI-Request-ID"]}"'
    assert named in alice.get("/portal/usage").text.partition(row)[2].partition("</tr>")[0]


def subclasses(kind: type[Problem]) -> Iterator[type[Problem]]:
    yield kind
    for each in kind.__subclasses__():
        yield from subclasses(each)


@pytest.mark.parametrize("code", sorted({kind.code for kind in subclasses(Problem) if kind.code}))
def test_every_error_code_has_words(instance: Assembled, code: str) -> None:
    with instance.app.test_request_context(base_url=ORIGIN):
        assert error_name(code) != code


def test_a_form_that_arrives_after_its_session_ended_is_kept_through_the_sign_in(
    instance: Assembled, alice: Browser
) -> None:
    browser = Browser(instance.app.test_client())
    assert browser.post("/portal/sign-in", ALICE).status_code == 303
    path, before = "/portal/keys/new", len(instance.gateway.keys_of("default").list())
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path).text)
    assert token
    person = instance.gateway.access.users.by_email(ALICE["email"])
    assert person
    instance.gateway.base.write(ended_for(person.id))
    answers = {"csrf_token": token[1], **KEY_FORM, "password": "never carried"}
    refused = browser.client.post(path, base_url=ORIGIN, data=answers)
    assert refused.status_code == 403
    assert "what you entered is kept" in refused.text
    assert "never carried" not in refused.text
    hidden = dict(re.findall(r'name="(csrf_token|resumed)" value="([^"]*)"', refused.text))
    again = {name: unescape(value) for name, value in hidden.items()} | ALICE
    offered = browser.client.post("/portal/sign-in", base_url=ORIGIN, data=again)
    assert offered.status_code == 200
    assert 'action="/portal/keys/new"' in offered.text
    fields = [
        (name, unescape(value)) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', offered.text)
    ]
    assert ("name", "Cursor") in fields
    sent = MultiDict(pair for pair in fields if pair[0] not in ("language", "theme", "back"))
    assert "ni_live_" in browser.client.post(path, base_url=ORIGIN, data=sent).text
    assert len(instance.gateway.keys_of("default").list()) == before + 1


@pytest.mark.parametrize(
    "path", ["https://evil.example/portal/", "//evil.example/portal/", "/v1/models", "/portal/\n"]
)
def test_only_a_page_of_the_portal_is_offered_again(instance: Assembled, path: str) -> None:
    browser = Browser(instance.app.test_client())
    resumed = json.dumps({"path": path, "fields": [["name", "x"]]})
    assert browser.post("/portal/sign-in", {**ALICE, "resumed": resumed}).status_code == 303


def test_a_stranger_s_form_is_not_kept(instance: Assembled) -> None:
    browser = Browser(instance.app.test_client())
    answer = browser.post("/portal/keys/new", KEY_FORM)
    assert (answer.status_code, answer.location) == (303, "/portal/sign-in")


@pytest.mark.parametrize(
    ("language", "untrue"), [("en", ("No single sign-on", "No mail")), ("fr", ("Pas de courriel",))]
)
def test_the_page_on_security_denies_nothing_that_is_built(
    alice: Browser, language: str, untrue: tuple[str, ...]
) -> None:
    page = alice.client.get("/security", headers={"Accept-Language": language}).text
    assert "OpenID Connect" in page
    assert [words for words in untrue if words in page] == []

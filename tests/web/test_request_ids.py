"""Every response of the API carries one `X-NI-Request-ID`, whichever part answers and however the request ends."""

import re
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from ni.web.security import PROGRAMS, VENDOR_REQUEST_IDS
from tests.api.instance import Instance, running

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
HERE = "X-NI-Request-ID"
UNKNOWN = ("/v1/nothing", "/v1/", "/api/nothing", "/openai/nothing", "/openai/deployments/x/nothing", "/.well-known/x",
           "/v1/models/no-such", "/api/usage/custody/0000000000000000", "/chat/completions", "/v1/%ff")  # fmt: skip


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running(tmp_path_factory.mktemp("home")) as started:
        yield started


def addresses(instance: Instance) -> list[str]:
    """Every address of the API, with something in place of its variables."""
    rules = [rule.rule for rule in instance.client.application.url_map.iter_rules()]
    return [re.sub(r"<[^>]*>", "compact", rule) for rule in rules if rule.startswith(PROGRAMS)]


def is_identified(response: TestResponse) -> bool:
    given = response.headers.getlist(HERE)
    vendors = [value for name in VENDOR_REQUEST_IDS for value in response.headers.getlist(name)]
    return vendors == given and len(given) == 1 and re.fullmatch(r"[0-9a-f]{16}", given[0]) is not None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bears", [False, True], ids=["nobody", "key"])
def test_every_address_answers_every_method_with_an_id(
    instance: Instance, method: str, *, bears: bool
) -> None:
    headers = {"Authorization": f"Bearer {instance.key}"} if bears else {}
    known = addresses(instance)
    assert len(known) > 20
    for path in (*known, *UNKNOWN):
        given = {"Accept": "application/json", **headers}
        response = instance.client.open(path, method=method, headers=given)
        response.close()
        assert is_identified(response), (method, path, response.status, response.headers)


def test_lists_and_records_are_answered_with_an_id(instance: Instance) -> None:
    seen = set()
    for path in ("/v1/models", "/api/usage", "/api/billing/models", "/api/custody/checkpoint",
                 "/.well-known/ni-custody.json", "/v1/models/sandbox/echo-local"):  # fmt: skip
        response = instance.client.get(path, headers={"Authorization": f"Bearer {instance.key}"})
        assert response.status_code == 200 or "custody" in path, path  # there may be no log yet
        assert is_identified(response), path
        seen.add(response.headers[HERE])
    assert len(seen) == 6


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_keeps_the_id_of_its_record(instance: Instance, *, stream: bool) -> None:
    body = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "hi"}], "stream": stream}
    response = instance.post("/v1/chat/completions", body)
    assert response.data
    assert is_identified(response)
    record = instance.client.get(
        f"/api/usage/custody/{response.headers[HERE]}", headers={"Authorization": f"Bearer {instance.key}"}
    )
    assert record.status_code == 200


def test_pages_for_people_have_none(instance: Instance) -> None:
    assert HERE not in instance.client.get("/models").headers

"""A key that names routes: what is listed is what may be called, in every list and at every endpoint."""

import pytest

from ni.domain.caller import network_of
from tests.api.instance import MODEL, Instance

OTHER = "openai/gpt-4.1-mini-us"


def listed(instance: Instance, key: str) -> list[str]:
    headers = {"Authorization": f"Bearer {key}"}
    models = instance.client.get("/v1/models", headers=headers).json
    billing = instance.client.get("/api/billing/models", headers=headers).json
    assert models
    assert billing
    ids = [model["id"] for model in models["data"]]
    assert ids == [model["model_id"] for model in billing["models"]]
    return ids


def asked(instance: Instance, key: str, **headers: str) -> int:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]}
    sent = {"Authorization": f"Bearer {key}", **headers}
    return instance.client.post("/v1/chat/completions", json=body, headers=sent).status_code


@pytest.mark.parametrize(
    ("routes", "seen", "status"),
    [((MODEL,), [MODEL], 200), ((MODEL, OTHER), [MODEL], 200), ((OTHER,), [], 404)],
)
def test_the_list_and_the_permission_agree(
    instance: Instance, routes: tuple[str, ...], seen: list[str], status: int
) -> None:
    key = instance.new_key(routes=frozenset(routes), strict=True)
    assert listed(instance, key) == seen
    assert asked(instance, key) == status


def test_a_route_that_the_key_does_not_name_is_said_to_be_that(instance: Instance) -> None:
    key = instance.new_key(routes=frozenset({OTHER}), strict=True)
    body = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]}
    answer = instance.client.post(
        "/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"}
    ).json
    assert answer
    assert "not one of those that this key names" in answer["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/models", "/api/billing/models", "/api/usage"])
def test_a_key_with_a_list_of_addresses_reads_nothing_from_elsewhere(instance: Instance, path: str) -> None:
    for network, status in (("127.0.0.0/8", 200), ("203.0.113.0/24", 403)):
        key = instance.new_key(networks=frozenset({network_of(network)}))
        answer = instance.client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == status
        assert asked(instance, key) == status
        # What a client says of itself counts for nothing where no proxy is trusted.
        assert asked(instance, key, **{"X-Forwarded-For": "203.0.113.7"}) == status

"""The model lists, in the shape of whoever asks, strictly as its SDK has it."""

import json

import pytest
from anthropic.types import ModelInfo
from openai.types import Model

from tests.api.instance import MODEL, Instance

VERSION = {"anthropic-version": "2023-06-01"}


def ask(instance: Instance, path: str, **headers: str) -> bytes:
    response = instance.client.get(path, headers={"Authorization": f"Bearer {instance.key}"} | headers)
    assert response.status_code == 200, response.data
    return bytes(response.data)


def test_openais_list_is_of_its_type_and_says_what_a_client_needs(instance: Instance) -> None:
    listed = json.loads(ask(instance, "/v1/models"))
    assert listed["object"] == "list"
    for model in listed["data"]:
        Model.model_validate_json(json.dumps(model), strict=True)
        assert model["display_name"]
        assert model["max_input_tokens"] == model["capabilities"]["context_window"]
    assert json.loads(ask(instance, f"/v1/models/{MODEL}")) in listed["data"]


def test_anthropics_list_is_of_its_type_for_clients_that_send_its_version(instance: Instance) -> None:
    listed = json.loads(ask(instance, "/v1/models?limit=1000", **VERSION))
    for model in listed["data"]:
        ModelInfo.model_validate_json(json.dumps(model), strict=True)
        assert model["type"] == "model"
        assert model["created_at"].endswith("Z")
    assert json.loads(ask(instance, f"/v1/models/{MODEL}", **VERSION)) in listed["data"]
    assert listed["has_more"] is False
    assert (listed["first_id"], listed["last_id"]) == (listed["data"][0]["id"], listed["data"][-1]["id"])


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1", "²"])
def test_a_limit_out_of_range_is_refused_by_name(instance: Instance, limit: str) -> None:
    headers = {"Authorization": f"Bearer {instance.key}", **VERSION}
    response = instance.client.get("/v1/models", query_string={"limit": limit}, headers=headers)
    assert response.status_code == 400
    refused = json.loads(response.data)
    assert refused["type"] == "error"
    assert "`limit`" in refused["error"]["message"]

"""`POST /v1/responses/input_tokens`: counted as Messages are, free, in OpenAI's shape."""

import json
from typing import Any

import pytest
from openai.types.responses import InputTokenCountResponse

from tests.api.instance import MODEL, Instance

PATH = "/v1/responses/input_tokens"


def count(instance: Instance, body: dict[str, Any]) -> int:
    response = instance.post(PATH, body)
    assert response.status_code == 200, response.data
    InputTokenCountResponse.model_validate_json(response.data, strict=True)
    assert len(response.headers["X-NI-Request-ID"]) == 16
    return int(json.loads(response.data)["input_tokens"])


def test_it_counts_what_messages_count(instance: Instance) -> None:
    text = "Bonjour à toutes. " * 40
    messages = {"model": MODEL, "messages": [{"role": "user", "content": text}]}
    other = json.loads(instance.post("/v1/messages/count_tokens", messages).data)["input_tokens"]
    assert count(instance, {"model": MODEL, "input": text}) == other


def test_more_of_anything_counts_more_and_a_model_need_not_be_named(instance: Instance) -> None:
    plain = count(instance, {"input": "hi"})
    assert count(instance, {"input": "hi", "instructions": "Be brief, always."}) > plain
    tool = {"type": "function", "name": "look", "parameters": {"type": "object"}}
    assert count(instance, {"input": "hi", "tools": [tool]}) > plain


def test_nothing_is_sent_and_no_row_is_left(instance: Instance) -> None:
    instance.sandbox.orders.clear()
    count(instance, {"model": MODEL, "input": "hi"})
    assert instance.sandbox.orders == []


@pytest.mark.parametrize(
    ("body", "status"), [({"input": 3}, 400), ({}, 400), ({"input": "x", "tools": 3}, 400)]
)
def test_a_body_that_cannot_be_read_is_refused(instance: Instance, body: dict[str, Any], status: int) -> None:
    assert instance.post(PATH, body).status_code == status
    assert instance.client.post(PATH, json={"input": "x"}).status_code == 401

"""`POST /v1/embeddings` through the whole line: every provider that has them, to the last bit, masked and paid."""

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from openai.types import CreateEmbeddingResponse

from tests.api.all_upstreams import Servers, all_upstreams
from tests.api.instance import MODEL, Instance
from tests.fakes.openai_server import Script
from tests.fakes.text_rules import packed, vector

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
ROUTES = {
    "openai/text-embedding-3-small-us": "OpenAI",
    "azure/text-embedding-3-small-ca": "Azure",
    "vertex_ai/gemini-embedding-001-ca": "Vertex",
    "bedrock/amazon.titan-embed-text-v2:0-ca": "Bedrock",
    "bedrock/cohere.embed-multilingual-v3-ca": "Bedrock",
    "local/my-finetune-local": "Local",
}
EACH = pytest.mark.parametrize("route", ROUTES)
TEXTS = ["The quick brown fox.", "Le vif renard brun.", "x"]
EMAIL = "marie.tremblay@hotmail.ca"


@pytest.fixture(scope="module")
def servers(instance: Instance) -> Iterator[Servers]:
    with all_upstreams(instance) as started:
        yield started


def embed(instance: Instance, route: str, given: Any, **more: Any) -> Any:
    response = instance.post("/v1/embeddings", {"model": route, "input": given, **more})
    assert response.status_code == 200, response.data
    if more.get("encoding_format") != "base64":  # the SDK decodes it before it looks for a type
        CreateEmbeddingResponse.model_validate_json(response.data, strict=True)
    return json.loads(response.data)


def refused(instance: Instance, body: dict[str, Any], path: str = "/v1/embeddings", **headers: str) -> Any:
    response = instance.post(path, body, **headers)
    assert response.status_code == 400, response.data
    return json.loads(response.data)["error"]


def sent_to(servers: Servers, route: str) -> str:
    """All that the provider of a route was sent."""
    provider = route.partition("/")[0]
    if provider in ("openai", "local"):
        return json.dumps((servers.openai if provider == "openai" else servers.local).requests)
    return " ".join(seen.raw.decode() for seen in servers.wires[provider].seen)


@EACH
def test_vectors_are_the_upstreams_to_the_last_bit(instance: Instance, servers: Servers, route: str) -> None:
    told = embed(instance, route, TEXTS)
    assert [entry["embedding"] for entry in told["data"]] == [vector(text) for text in TEXTS]
    assert [entry["index"] for entry in told["data"]] == [0, 1, 2]
    assert told["model"] == route
    assert embed(instance, route, TEXTS[0])["data"][0]["embedding"] == vector(TEXTS[0])


@EACH
def test_base64_holds_the_same_floats(instance: Instance, servers: Servers, route: str) -> None:
    told = embed(instance, route, TEXTS, encoding_format="base64")
    assert [entry["embedding"] for entry in told["data"]] == [packed(vector(text)) for text in TEXTS]


def test_a_server_that_knows_no_base64_is_answered_in_it_all_the_same(
    instance: Instance, servers: Servers
) -> None:
    servers.local.base64_known = False
    told = embed(instance, "local/my-finetune-local", TEXTS[0], encoding_format="base64")
    servers.local.base64_known = True
    octets = base64.b64decode(told["data"][0]["embedding"])
    assert octets == struct.pack(f"<{len(vector(TEXTS[0]))}f", *vector(TEXTS[0]))


@EACH
def test_it_is_counted_charged_and_on_record(instance: Instance, servers: Servers, route: str) -> None:
    response = instance.post("/v1/embeddings", {"model": route, "input": TEXTS})
    identity = response.headers["X-NI-Request-ID"]
    counted = json.loads(response.data)["usage"]["prompt_tokens"]
    assert counted == sum(len(text.split()) + 1 for text in TEXTS)
    assert response.headers["X-NI-Resolved-Provider"] == ROUTES[route]
    bearer = {"Authorization": f"Bearer {instance.key}"}
    (row,) = [
        row
        for row in json.loads(instance.client.get("/api/usage?limit=5", headers=bearer).data)["data"]
        if row["request_id"] == identity
    ]
    assert (row["prompt_tokens"], row["completion_tokens"], row["outcome"]) == (counted, 0, "completed")
    assert (float(row["ni_charge"]) > 0) is not route.startswith("local/")
    record = json.loads(instance.client.get(f"/api/usage/custody/{identity}", headers=bearer).data)
    assert [hop["entity"] for hop in record["hops"]] == ["NI", ROUTES[route]]
    assert record["outcome"] == "completed"


@EACH
def test_personal_data_is_masked_and_the_same_stand_in_gives_the_same_vector(
    instance: Instance, servers: Servers, route: str
) -> None:
    text = f"Write to {EMAIL}."
    first = embed(instance, route, [text, "other"])["data"][0]["embedding"]
    assert embed(instance, route, text)["data"][0]["embedding"] == first
    assert first != vector(text)
    assert EMAIL not in sent_to(servers, route)
    response = instance.post("/v1/embeddings", {"model": route, "input": text})
    assert response.headers["X-NI-PII"] == "on; email=1"


@pytest.mark.parametrize("tokens", [[1, 2, 3], [[1, 2], [3]], ["a", [1]]])
def test_token_numbers_are_refused_by_name_where_masking_is_on(
    instance: Instance, servers: Servers, tokens: list[Any]
) -> None:
    route = "openai/text-embedding-3-small-us"
    told = refused(instance, {"model": route, "input": tokens})
    assert told["param"] == "input"
    assert "looked through" in told["message"]
    bearer = f"Bearer {instance.new_key(pii=False)}"
    response = instance.post("/v1/embeddings", {"model": route, "input": tokens}, Authorization=bearer)
    assert response.status_code == 200
    assert servers.openai.requests[-1]["input"] == tokens


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if not route.startswith(("openai", "azure", "local"))]
)
def test_a_provider_that_takes_text_alone_says_so_of_token_numbers(
    instance: Instance, servers: Servers, route: str
) -> None:
    bearer = f"Bearer {instance.new_key(pii=False)}"
    assert refused(instance, {"model": route, "input": [1, 2]}, Authorization=bearer)["param"] == "input"


@pytest.mark.parametrize(
    ("route", "more", "length"),
    [
        ("openai/text-embedding-3-small-us", 24, 24),
        ("azure/text-embedding-3-small-ca", 24, 24),
        ("vertex_ai/gemini-embedding-001-ca", 24, 24),
        ("bedrock/amazon.titan-embed-text-v2:0-ca", 256, 256),
    ],
)
def test_dimensions_reach_the_upstream(
    instance: Instance, servers: Servers, route: str, more: int, length: int
) -> None:
    assert embed(instance, route, "a", dimensions=more)["data"][0]["embedding"] == vector("a", length)


def test_dimensions_that_a_model_has_not_are_refused_by_name(instance: Instance, servers: Servers) -> None:
    body = {"model": "bedrock/cohere.embed-multilingual-v3-ca", "input": "a", "dimensions": 24}
    assert refused(instance, body)["param"] == "dimensions"


def test_a_batch_is_as_many_requests_as_the_provider_needs(instance: Instance, servers: Servers) -> None:
    texts = [f"text {place}" for place in range(100)]
    for route, requests in (
        ("bedrock/cohere.embed-multilingual-v3-ca", 2),
        ("bedrock/amazon.titan-embed-text-v2:0-ca", 100),
    ):
        before = len(servers.wires["bedrock"].seen)
        told = embed(instance, route, texts)
        assert [entry["embedding"] for entry in told["data"]] == [vector(text) for text in texts]
        assert len(servers.wires["bedrock"].seen) - before == requests
    told = refused(instance, {"model": "bedrock/amazon.titan-embed-text-v2:0-ca", "input": ["a"] * 129})
    assert "128" in told["message"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"input": ""}, "input"),
    ({"input": []}, "input"),
    ({"input": None}, "input"),
    ({"input": 7}, "input"),
    ({"input": {}}, "input"),
    ({"input": ["a", ""]}, "input[1]"),
    ({"input": ["a", 3]}, "input[1]"),
    ({"input": [1, "a"]}, "input[1]"),
    ({"input": [1, -2]}, "input[1]"),
    ({"input": [1.5]}, "input[0]"),
    ({"input": [True]}, "input[0]"),
    ({"input": ["a", []]}, "input[1]"),
    ({"input": ["a"] * 2049}, "input"),
    ({"input": "a", "dimensions": 0}, "dimensions"),
    ({"input": "a", "dimensions": "8"}, "dimensions"),
    ({"input": "a", "encoding_format": "hex"}, "encoding_format"),
    ({"input": "a", "user": 3}, "user"),
    ({"input": "a", "model": ""}, "model"),
    ({"input": "a", "model": 3}, "model"),
]


@pytest.mark.parametrize(("body", "param"), WRONG)
def test_a_field_of_a_wrong_type_is_named(instance: Instance, body: dict[str, Any], param: str) -> None:
    assert refused(instance, {"model": "openai/text-embedding-3-small-us", **body})["param"] == param


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions"])
def test_a_prompt_to_a_route_of_vectors_is_refused(instance: Instance, servers: Servers, path: str) -> None:
    body = {
        "model": "openai/text-embedding-3-small-us",
        "prompt": "a",
        "messages": [{"role": "user", "content": "a"}],
    }
    told = refused(instance, body, path)
    assert (told["param"], told["code"]) == ("model", "unsupported_parameter")
    assert "/v1/embeddings" in told["message"]


def test_texts_to_a_route_of_answers_are_refused(instance: Instance, servers: Servers) -> None:
    told = refused(instance, {"model": MODEL, "input": "a"})
    assert (told["param"], told["code"]) == ("model", "unsupported_parameter")


@pytest.mark.parametrize(
    "form", ["/openai/v1/embeddings", "/v1/v1/embeddings/", "/openai/deployments/{}/embeddings"]
)
def test_other_addresses_serve_vectors_too(instance: Instance, servers: Servers, form: str) -> None:
    route = "azure/text-embedding-3-small-ca"
    body = {"model": "x" if "deployments" in form else route, "input": "a"}
    response = instance.post(form.format(route) + "?api-version=2024-10-21", body)
    assert json.loads(response.data)["data"][0]["embedding"] == vector("a")


ODD: list[Any] = [
    [], "x", {}, {"data": None}, {"data": [{}]}, {"data": [{"embedding": None}]}, {"data": [{"embedding": []}]},
    {"data": [{"embedding": ["x"]}]}, {"data": [{"embedding": [None]}]}, {"data": [{"embedding": ""}]},
    {"data": [{"embedding": [1.0]}, {"embedding": [1.0]}]}, {"data": [{"embedding": [1.0], "index": "x"}, {}]},
    {"data": [{"embedding": [True]}]}, {"data": [{"embedding": [1e300]}]},
]  # fmt: skip


@pytest.mark.parametrize("answer", ODD, ids=str)
def test_an_answer_without_a_vector_for_each_text_is_the_upstreams_failure(
    instance: Instance, servers: Servers, answer: Any
) -> None:
    servers.local.scripts.append(Script(body=json.dumps(answer).encode()))
    response = instance.post("/v1/embeddings", {"model": "local/my-finetune-local", "input": "a"})
    assert response.status_code == 502, response.data


def test_base64_that_holds_no_floats_is_the_upstreams_failure(instance: Instance, servers: Servers) -> None:
    for text in ("!!!", "QUJD"):
        body = {"data": [{"embedding": text}]}
        servers.local.scripts.append(Script(body=json.dumps(body).encode()))
        response = instance.post("/v1/embeddings", {"model": "local/my-finetune-local", "input": "a"})
        assert response.status_code == 502, response.data


@EACH
@pytest.mark.parametrize(("status", "shown"), [(429, 429), (500, 502), (503, 503), (401, 502)])
def test_a_refusal_of_the_upstream_is_told_in_our_words(
    instance: Instance, servers: Servers, route: str, status: int, shown: int
) -> None:
    provider = route.partition("/")[0]
    fakes = {"openai": servers.openai, "local": servers.local, **servers.wires}
    scripts = fakes[provider].scripts
    scripts.extend(
        [Script(status=status, body=b'{"error":{"message":"Zoe"}}', headers={"Retry-After": "9"})] * 2
    )
    response = instance.post("/v1/embeddings", {"model": route, "input": "a"})
    scripts.clear()
    assert response.status_code == shown, response.data
    assert b"Zoe" not in response.data

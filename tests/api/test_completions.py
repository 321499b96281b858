"""`POST /v1/completions`: continued by servers that can, one user's message elsewhere, in the old shape always."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai.types import Completion

from ni.catalog import changes
from ni.catalog.load import SHIPPED, parse
from tests.api.all_upstreams import ROUTES, Servers, all_upstreams
from tests.api.instance import MODEL, Instance
from tests.dialects.checkers import check_completions
from tests.fakes.echo import echoed

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
LOCAL, EMAIL = "local/my-finetune-local", "marie.tremblay@hotmail.ca"
FILL = {"prompt": "def f(", "suffix": ")", "max_tokens": 9}


@pytest.fixture(scope="module")
def servers(instance: Instance) -> Iterator[Servers]:
    with all_upstreams(instance) as started:
        yield started


def ask(instance: Instance, route: str, prompt: Any, **more: Any) -> tuple[list[str], Any]:
    """The texts of the choices, and what was answered last."""
    response = instance.post("/v1/completions", {"model": route, "prompt": prompt, **more})
    assert response.status_code == 200, response.data
    if not more.get("stream"):
        Completion.model_validate_json(response.data, strict=True)
        told = json.loads(response.data)
        return [choice["text"] for choice in told["choices"]], told
    events = check_completions(response.data)
    texts: dict[int, str] = {}
    for event in events:
        for choice in event.get("choices", ()):
            texts[choice["index"]] = texts.get(choice["index"], "") + choice["text"]
    return [text for _, text in sorted(texts.items())], events[-2]


@pytest.mark.parametrize("stream", [False, True])
def test_an_own_server_is_sent_prompt_and_suffix_as_they_are(
    instance: Instance, servers: Servers, *, stream: bool
) -> None:
    texts, _ = ask(instance, LOCAL, **FILL, stream=stream, echo=False)
    assert texts == ["def f(…)"]
    sent = servers.local.requests[-1]
    assert {name: sent[name] for name in (*FILL, "model", "stream")} == {
        **FILL,
        "model": "my-finetune",
        "stream": stream,
    }
    assert "messages" not in sent


@pytest.mark.parametrize("stream", [False, True])
def test_several_prompts_come_back_in_order(instance: Instance, servers: Servers, *, stream: bool) -> None:
    assert ask(instance, LOCAL, ["a", "b"], stream=stream)[0] == ["a…", "b…"]


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.startswith("local/")])
@pytest.mark.parametrize("stream", [False, True])
def test_another_route_is_sent_one_users_message(
    instance: Instance, servers: Servers, route: str, *, stream: bool
) -> None:
    options = {"stream_options": {"include_usage": True}} if stream else {}
    texts, last = ask(instance, route, "Bonjour.", stream=stream, **options)
    assert [echoed(text) for text in texts] == ["Bonjour."]
    assert last["object"] == "text_completion"
    assert last["usage"]["completion_tokens"] > 0
    assert last["model"] == route


@pytest.mark.parametrize(
    ("more", "param"),
    [({"suffix": ")"}, "suffix"), ({"echo": True}, "echo"), ({"prompt": ["a", "b"]}, "prompt")],
)
def test_what_a_message_cannot_say_is_refused_by_name(
    instance: Instance, servers: Servers, more: dict[str, Any], param: str
) -> None:
    response = instance.post("/v1/completions", {"model": "azure/gpt-4.1-mini-ca", "prompt": "a", **more})
    assert response.status_code == 400
    assert json.loads(response.data)["error"]["param"] == param


@pytest.mark.parametrize("route", [LOCAL, "azure/gpt-4.1-mini-ca"])
@pytest.mark.parametrize("stream", [False, True])
def test_personal_data_is_masked_and_put_back(
    instance: Instance, servers: Servers, route: str, *, stream: bool
) -> None:
    texts, _ = ask(instance, route, f"Write to {EMAIL} now.", stream=stream)
    assert EMAIL in texts[0]
    seen = json.dumps(servers.local.requests) + " ".join(s.raw.decode() for s in servers.wires["azure"].seen)
    assert EMAIL not in seen


CODESTRAL = "vertex_ai/mistralai/codestral-2501-us"
ADDED = f"""
[[deployments]]
id = "vertex-us"
provider = "vertex_ai"
region = "us-central1"
jurisdiction = "US"
endpoint_setting = "NI_VERTEX_ENDPOINT"
credential_setting = "NI_VERTEX_ACCESS_TOKEN"

[[routes]]
id = "{CODESTRAL}"
provider = "vertex_ai"
upstream_model = "mistralai/codestral-2501"
tier = "managed_us_cloud"
suffix = "-us"
region = "us-central1"
jurisdiction = "US"
deployment = "vertex-us"
prices = [{{ since = "2025-01-13", input = "0.30", output = "0.90" }}]
"""


@pytest.mark.parametrize("stream", [False, True])
def test_codestral_in_a_cloud_fills_in_masked_and_metered(
    instance: Instance, servers: Servers, *, stream: bool
) -> None:
    catalog = instance.gateway.catalog
    changes.store(
        parse(SHIPPED.read_text() + ADDED),
        instance.gateway.database,
        instance.gateway.journal,
        instance.gateway.base.activity,
    )
    catalog.refresh()
    texts, _ = ask(instance, CODESTRAL, f"# ask {EMAIL}\ndef f(", suffix=f") # {EMAIL}", stream=stream)
    assert texts == [f"# ask {EMAIL}\ndef f(…) # {EMAIL}"]
    seen = servers.wires["vertex_ai"].seen[-1]
    assert ":streamRawPredict" in seen.path if stream else ":rawPredict" in seen.path
    assert EMAIL not in seen.raw.decode()
    bearer = {"Authorization": f"Bearer {instance.key}"}
    (row,) = json.loads(instance.client.get("/api/usage?limit=1", headers=bearer).data)["data"]
    assert (row["prompt_tokens"], row["completion_tokens"], row["route"]) == (7, 3, CODESTRAL)
    assert row["jurisdiction"] == "US"
    refused = instance.post(
        "/v1/chat/completions", {"model": CODESTRAL, "messages": [{"role": "user", "content": "hi"}]}
    )
    assert refused.status_code == 400
    assert "/v1/completions" in json.loads(refused.data)["error"]["message"]


def test_a_suffix_is_masked_too(instance: Instance, servers: Servers) -> None:
    assert EMAIL in ask(instance, LOCAL, "to: ", suffix=f" <{EMAIL}>")[0][0]
    assert EMAIL not in json.dumps(servers.local.requests[-1])


def test_token_numbers_are_refused_by_name_where_masking_is_on(instance: Instance, servers: Servers) -> None:
    body = {"model": LOCAL, "prompt": [1, 2, 3]}
    response = instance.post("/v1/completions", body)
    assert response.status_code == 400
    assert json.loads(response.data)["error"]["param"] == "prompt"
    bearer = f"Bearer {instance.new_key(pii=False)}"
    assert instance.post("/v1/completions", body, Authorization=bearer).status_code == 200
    assert servers.local.requests[-1]["prompt"] == [1, 2, 3]


def test_it_is_counted_and_on_record(instance: Instance, servers: Servers) -> None:
    response = instance.post("/v1/completions", {"model": LOCAL, **FILL})
    bearer = {"Authorization": f"Bearer {instance.key}"}
    (row,) = json.loads(instance.client.get("/api/usage?limit=1", headers=bearer).data)["data"]
    assert row["request_id"] == response.headers["X-NI-Request-ID"]
    assert (row["prompt_tokens"], row["completion_tokens"], row["route"]) == (7, 3, LOCAL)


def test_an_unknown_model_gets_the_list_in_this_shape_too(instance: Instance) -> None:
    texts, told = ask(instance, "gpt-nine", "hi")
    assert texts[0].startswith('"gpt-nine" isn\'t one of the exact route ids')
    assert told["usage"]["total_tokens"] == 0


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"prompt": None}, "prompt"),
    ({"prompt": ""}, "prompt"),
    ({"prompt": []}, "prompt"),
    ({"prompt": {}}, "prompt"),
    ({"prompt": ["a", None]}, "prompt[1]"),
    ({"suffix": 3}, "suffix"),
    ({"echo": "x"}, "echo"),
    ({"best_of": "x"}, "best_of"),
    ({"logprobs": True}, "logprobs"),
    ({"max_tokens": "9"}, "max_tokens"),
    ({"stream": "x"}, "stream"),
    ({"n": 0}, "n"),
    ({"model": 3}, "model"),
    ({"temperature": []}, "temperature"),
    ({"stop": 3}, "stop"),
]


@pytest.mark.parametrize(("fields", "param"), WRONG)
def test_a_field_of_a_wrong_type_is_named(instance: Instance, fields: dict[str, Any], param: str) -> None:
    response = instance.post("/v1/completions", {"model": MODEL, "prompt": "a", **fields})
    assert response.status_code == 400, response.data
    assert json.loads(response.data)["error"]["param"] == param


@pytest.mark.parametrize("path", ["/openai/v1/completions", f"/openai/deployments/{MODEL}/completions"])
def test_other_addresses_complete_too(instance: Instance, path: str) -> None:
    response = instance.post(path, {"model": MODEL, "prompt": "hi"})
    assert echoed(json.loads(response.data)["choices"][0]["text"]) == "hi"


def test_a_deployments_chat_address_is_still_chat(instance: Instance) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}]}
    told = json.loads(instance.post(f"/openai/deployments/{MODEL}/chat/completions", body).data)
    assert told["object"] == "chat.completion"


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"best_of": 3, "logprobs": 2}, ["best_of", "logprobs"]),
        ({"logprobs": 0}, ["logprobs"]),
        ({"top_k": 5, "grammar": "root ::= [a-z]+"}, ["top_k", "grammar"]),
        ({"best_of": 1}, []),
        ({}, []),
    ],
)
def test_what_a_chat_model_is_not_told_is_named(
    instance: Instance, extra: dict[str, Any], named: list[str]
) -> None:
    answer = instance.post("/v1/completions", {"model": "sandbox/echo-local", "prompt": "hi", **extra})
    warning = answer.headers.get("X-NI-Warning", "")
    assert answer.status_code == 200
    assert [name for name in ("best_of", "logprobs", "top_k", "grammar") if name in warning] == named

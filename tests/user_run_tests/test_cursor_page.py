"""The page about Cursor, walked as its reader would: each thing that it promises is asked of a gateway.

What a block of the page prints is held by `test_guides.py`; what a person does in the portal by `tests/portal/`.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ni.access.accounts import DEFAULT, AccountSettings
from tests.api.instance import Instance, running
from tests.dialects.checkers import check_chat
from tests.fakes.echo import echoed

PAGE = (Path(__file__).parent / "integrations" / "cursor.md").read_text("utf-8")
CLAUDE = "bedrock/global.anthropic.claude-sonnet-4-6-global"
SUGGESTED = re.findall(r"^((?:bedrock|vertex_ai|azure)/\S+)$", PAGE, re.MULTILINE)
SEEING = {
    "bedrock/global.anthropic.claude-opus-4-8-global",
    "vertex_ai/gemini-2.5-pro-ca",
    "vertex_ai/gemini-2.5-flash-ca",
}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A gateway whose clouds are all configured, and played by the sandbox."""
    with running(tmp_path_factory.mktemp("home")) as started:
        providers = started.gateway.providers
        assert isinstance(providers, dict)
        providers.update(dict.fromkeys(("bedrock", "vertex_ai", "azure"), started.sandbox))
        yield started


def ask(model: str, *turns: tuple[str, str], **more: Any) -> Json:
    return {"model": model, "messages": [{"role": role, "content": text} for role, text in turns], **more}


def said(instance: Instance, body: Json) -> str:
    response = instance.post("/v1/chat/completions", body)
    assert response.status_code == 200, response.data
    return echoed(json.loads(response.data)["choices"][0]["message"]["content"])


def test_the_page_suggests_eight_models_and_the_public_catalog_knows_them_all(instance: Instance) -> None:
    told = json.loads(instance.client.get("/api/billing/models").data)["models"]
    known = {route["model_id"] for route in told}
    assert len(set(SUGGESTED)) == 8
    assert set(SUGGESTED) <= known


def test_every_suggested_model_can_be_picked_and_answers(instance: Instance) -> None:
    for model in SUGGESTED:
        answer = instance.post("/v1/chat/completions", ask(model, ("user", "What model are you?")))
        assert json.loads(answer.data)["choices"][0]["message"]["content"].startswith(f"{model}, ")
        assert instance.sandbox.orders[-1].route.id == model


def test_cursors_verify_is_answered(instance: Instance) -> None:
    key = {"Authorization": f"Bearer {instance.key}"}
    assert instance.client.get("/v1/models", headers=key).status_code == 200
    turns = ("system", "You are a test assistant."), ("user", "Testing. Just say hi and nothing else.")
    body = ask(CLAUDE, *turns, stream=True, temperature=0)
    assert check_chat(instance.post("/v1/chat/completions", body).data)


def test_the_request_from_the_terminal_names_its_headers_and_is_in_usage_at_once(instance: Instance) -> None:
    response = instance.post("/v1/chat/completions", ask(CLAUDE, ("user", "say hi"), max_tokens=10))
    named = re.search(r"Among the headers are (.*?)\.", PAGE)
    assert named
    for header in re.findall(r"`(X-NI-[\w-]+)`", named[1]):
        assert response.headers[header]
    key = {"Authorization": f"Bearer {instance.key}"}
    row = json.loads(instance.client.get("/api/usage?limit=1", headers=key).data)["data"][0]
    assert (row["request_id"], row["route"]) == (response.headers["X-NI-Request-ID"], CLAUDE)


def test_the_flag_for_vision_tells_routes_apart(instance: Instance) -> None:
    listed = instance.client.get("/v1/models", headers={"Authorization": f"Bearer {instance.key}"})
    seeing = {route["id"] for route in json.loads(listed.data)["data"] if route["supports_vision"]}
    assert seeing >= SEEING
    assert not {model for model in SUGGESTED if "llama3" in model or "mistral" in model} & seeing


def test_an_image_reaches_a_route_that_sees(instance: Instance) -> None:
    url = "data:image/png;base64,iVBORw0KGgo="
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    body = ask(CLAUDE) | {"messages": [{"role": "user", "content": parts}]}
    assert instance.post("/v1/chat/completions", body).status_code == 200
    assert instance.sent["messages"][0]["content"] == parts


def test_a_name_of_cursors_own_gets_the_list_and_a_number_maps_it_for_the_account(instance: Instance) -> None:
    """With the closest match first, as an assistant's message; an owner let keys map names for the account."""
    shared = AccountSettings("default", "America/Toronto", commands=True, shares_mappings=True)
    instance.gateway.accounts.change(DEFAULT, shared)
    pinned = "claude-4.6-sonnet"
    listed = said(instance, ask(pinned, ("user", "hi")))
    assert "isn't one of the exact route ids your key can call." in listed
    closest = re.search(r"Closest match: (\d+)\. (\S+)", listed)
    assert closest
    assert all(f". {model}" in listed for model in SUGGESTED)
    assert "GET /api/billing/models" in listed
    assert "ni-models" in listed
    said(instance, ask(pinned, ("user", "hi"), ("assistant", listed), ("user", closest[1])))
    assert said(instance, ask(pinned, ("user", "hello"))) == "hello"
    assert instance.sandbox.orders[-1].route.id == closest[2]
    other = {"Authorization": f"Bearer {instance.new_key()}"}
    answer = instance.post("/v1/chat/completions", ask(pinned, ("user", "hello")), **other)
    assert echoed(json.loads(answer.data)["choices"][0]["message"]["content"]) == "hello"
    assert instance.sandbox.orders[-1].route.id == closest[2]
    assert ". " + CLAUDE in said(instance, ask(pinned, ("user", "ni-models")))


def test_the_azure_fields_reach_the_same_routes(instance: Instance) -> None:
    path = f"/openai/deployments/{CLAUDE}/chat/completions?api-version=2023-03-15-preview"
    response = instance.client.post(
        path, json=ask("x", ("user", "hi"), max_tokens=10), headers={"api-key": instance.key}
    )
    assert response.headers["X-NI-Resolved-Litellm-Model"] == CLAUDE.removesuffix("-global")


def test_a_suffix_behind_a_route_id_chooses_the_route_and_the_effort(instance: Instance) -> None:
    assert said(instance, ask(f"{CLAUDE}-thinking-high", ("user", "hi"))) == "hi"
    assert instance.sent["reasoning_effort"] == "high"


def test_an_agents_grammar_tool_comes_back_as_a_custom_call(instance: Instance) -> None:
    tool = {
        "type": "custom",
        "name": "ApplyPatch",
        "format": {"type": "grammar", "syntax": "lark", "definition": "s: /x/"},
    }
    body = {
        "model": CLAUDE,
        "input": 'call ApplyPatch with {"input": "*** Begin"}',
        "tools": [tool],
        "stream": True,
    }
    events = check_chat(instance.post("/v1/chat/completions", body).data)
    calls = [
        call
        for event in events
        for choice in event.get("choices", ())
        for call in choice["delta"].get("tool_calls", ())
    ]
    assert calls[0]["custom"]["name"] == "ApplyPatch"
    assert "".join(call["custom"].get("input", "") for call in calls) == "*** Begin"


def test_the_page_is_rendered_with_this_instances_address_and_its_source(instance: Instance) -> None:
    page = instance.client.get("/docs/cursor.html", base_url="http://127.0.0.1:8000").text
    assert "http://127.0.0.1:8000/v1" in page
    assert "{{" not in page
    assert "Source: tests/user_run_tests/integrations/cursor.md." in page

"""A model name that is no route: prose in a conversation, an error where prose would be taken for an answer."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from ni.domain.route import Tier
from ni.store.tables.catalog import routes
from tests.api.instance import MODEL, Instance
from tests.api.speakers import SPEAKERS, Speaker

DIALECTS = {
    speaker.name: speaker for speaker in SPEAKERS if speaker.name in ("chat", "responses", "messages")
}
EACH = pytest.mark.parametrize("speaker", DIALECTS.values(), ids=DIALECTS)
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
FORMS: dict[str, list[dict[str, Any]]] = {
    "chat": [
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "p", "schema": SCHEMA}}},
        {"tool_choice": "required"},
        {"tool_choice": {"type": "function", "function": {"name": "read"}}},
    ],
    "responses": [
        {"text": {"format": {"type": "json_schema", "name": "p", "schema": SCHEMA}}},
        {"text": {"format": {"type": "json_object"}}},
        {"tool_choice": "required"},
        {"tool_choice": {"type": "function", "name": "read"}},
    ],
    "messages": [{"tool_choice": {"type": "any"}}, {"tool_choice": {"type": "tool", "name": "read"}}],
}
CASES = [(name, form) for name, forms in FORMS.items() for form in forms]


def ask(instance: Instance, speaker: Speaker, model: str, key: str = "", **more: Any) -> Any:
    bearer = {"Authorization": f"Bearer {key}"} if key else {}
    return instance.post(speaker.path, speaker.body(("user", "hi"), model=model, **more), **bearer)


@pytest.mark.parametrize(("name", "form"), CASES, ids=str)
@pytest.mark.parametrize("stream", [False, True])
def test_a_call_for_a_schema_or_a_tool_gets_a_404(
    instance: Instance, name: str, form: dict[str, Any], *, stream: bool
) -> None:
    speaker = DIALECTS[name]
    response = ask(instance, speaker, "ech-nine", tools=[speaker.tool], stream=stream, **form)
    assert response.status_code == 404, response.data
    told = speaker.error(response)
    assert "ech-nine" in told["message"]
    if name != "messages":
        assert (told["code"], told["param"]) == ("model_not_found", "model")


@EACH
def test_a_strict_key_gets_a_404_and_another_prose(instance: Instance, speaker: Speaker) -> None:
    assert "isn't one of the exact route ids" in speaker.text(ask(instance, speaker, "ech-nine"))
    strict = instance.new_key(strict=True)
    assert ask(instance, speaker, "ech-nine", strict).status_code == 404
    assert speaker.text(ask(instance, speaker, MODEL, strict)) == "hi"


@EACH
def test_a_command_is_still_answered_for_a_strict_key(instance: Instance, speaker: Speaker) -> None:
    key = f"Bearer {instance.new_key(strict=True)}"
    response = instance.post(speaker.path, speaker.body(("user", "ni-help"), model="ech"), Authorization=key)
    assert "ni-models" in speaker.text(response)


@pytest.fixture
def local(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """With two models of an own server, whose address nobody asks."""
    monkeypatch.setattr(instance.gateway.providers["local"], "missing", lambda deployment: None)
    instance.gateway.catalog.with_local(["gpt-5-mini", "nomic-embed-text"])
    instance.gateway.catalog.refresh()
    return instance


def error_of(response: Any) -> str:
    assert response.status_code == 404, response.data
    return str(json.loads(response.data)["error"]["message"])


@pytest.mark.parametrize(
    "name", ["gpt-5-mini", "gpt-5-mini-local", "local/gpt-5-mini", "GPT-5-Mini", "gpt-5-min"]
)
def test_the_closest_match_is_the_callable_route_that_was_meant(local: Instance, name: str) -> None:
    strict = local.new_key(strict=True)
    assert "`local/gpt-5-mini-local`" in error_of(ask(local, DIALECTS["chat"], name, strict))
    said = DIALECTS["chat"].text(ask(local, DIALECTS["chat"], name))
    assert "Closest match: 2. local/gpt-5-mini-local" in said


@pytest.mark.parametrize("name", ["zebra", "echo", "sandbox/ech"])
def test_nothing_is_closest_where_nothing_is_like_it_and_never_the_sandbox(
    local: Instance, name: str
) -> None:
    assert "Closest" not in DIALECTS["chat"].text(ask(local, DIALECTS["chat"], name))
    assert "losest" not in error_of(ask(local, DIALECTS["chat"], name, local.new_key(strict=True)))


def test_texts_for_vectors_get_a_404_with_the_closest_route_of_vectors(local: Instance) -> None:
    told = error_of(local.post("/v1/embeddings", {"model": "nomic-embed", "input": "a"}))
    assert "`local/nomic-embed-text-local`" in told


def test_routes_of_vectors_are_not_in_the_list_of_a_conversation(local: Instance) -> None:
    listed = DIALECTS["chat"].text(
        local.post("/v1/chat/completions", DIALECTS["chat"].body(("user", "ni-models")))
    )
    assert "local/gpt-5-mini-local" in listed
    assert "nomic" not in listed


CAUSES = {
    "tier": ("sandbox/echo-local", "tier", "own_hardware"),
    "not set up": ("openai/gpt-5.4-us", "set up", "set up"),
}


@pytest.mark.parametrize("case", CAUSES)
def test_the_true_cause_is_named_in_prose_and_in_the_error(instance: Instance, case: str) -> None:
    model, prose, error = CAUSES[case]
    spec = {"tiers": frozenset({Tier.US_CLOUD})} if case == "tier" else {}
    chat = DIALECTS["chat"]
    assert prose in chat.text(ask(instance, chat, model, instance.new_key(**spec)))
    assert error in error_of(ask(instance, chat, model, instance.new_key(strict=True, **spec)))


def test_a_retired_route_names_its_successor(instance: Instance) -> None:
    chat, retired, successor = DIALECTS["chat"], "openai/gpt-5-mini-us", "openai/gpt-6.1-terra-us"
    mine = routes.c.id == retired
    with instance.gateway.database.engine.begin() as connection:
        before = connection.scalar(sa.select(routes.c.lifecycle).where(mine))
        connection.execute(routes.update().where(mine).values(lifecycle="retired"))
    instance.gateway.catalog.refresh()
    try:
        for told in (chat.text(ask(instance, chat, retired)),
                     error_of(ask(instance, chat, retired, instance.new_key(strict=True)))):  # fmt: skip
            assert f"successor is {successor}" in told.replace("`", "")
    finally:
        with instance.gateway.database.engine.begin() as connection:
            connection.execute(routes.update().where(mine).values(lifecycle=before))
        instance.gateway.catalog.refresh()


def test_a_route_that_was_switched_off_says_so(instance: Instance) -> None:
    chat = DIALECTS["chat"]
    with instance.gateway.database.engine.begin() as connection:
        off = routes.update().where(routes.c.id == "openai/gpt-5.4-us").values(enabled=0)
        connection.execute(off)
    instance.gateway.catalog.refresh()
    try:
        assert "switched it off" in chat.text(ask(instance, chat, "openai/gpt-5.4-us"))
        strict = instance.new_key(strict=True)
        assert "switched off" in error_of(ask(instance, chat, "openai/gpt-5.4-us", strict))
    finally:
        with instance.gateway.database.engine.begin() as connection:
            connection.execute(routes.update().values(enabled=1))

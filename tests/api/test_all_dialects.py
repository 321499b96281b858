"""One table of cases through every dialect: answers of our own, unknown models, errors and headers are the same."""

import json
import re
from typing import Any

import pytest

from ni.inchat.commands import text_of
from tests.api.instance import MODEL, Instance
from tests.api.speakers import AZURE, SPEAKERS, Speaker

EACH = pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
CODE = re.compile(r"\[ni-map:\w+\]")
COMMANDS = (
    "ni-help",
    "ni-models",
    "<user_query>\nni-models\n</user_query>",
    "ni-status",
    "ni-map-model",
    f"ni-map-model {MODEL}",
    "ni-map-model no/such-route",
    "ni-unmap",
)
HEADERS = {
    "X-NI-Custody-Path": "NI-CA -> Sandbox-CA",
    "X-NI-Resolved-Jurisdiction": "CA",
    "X-NI-Resolved-Tier": "own_hardware",
    "X-NI-Resolved-Provider": "Sandbox",
    "X-NI-Resolved-Region": "local",
    "X-NI-Resolved-Litellm-Model": "sandbox/echo",
    "X-NI-Credential-Source": "platform",
}


def rows(instance: Instance) -> list[dict[str, Any]]:
    response = instance.client.get("/api/usage", headers={"Authorization": f"Bearer {instance.key}"})
    found: list[dict[str, Any]] = json.loads(response.data)["data"]
    return found


def words(instance: Instance) -> list[tuple[str, str]]:
    """Who said what in the last order; a string and a single text part say the same."""
    return [(message["role"], text_of(message)) for message in instance.sent["messages"]]


@EACH
def test_an_answer_is_the_same_whole_and_streamed_and_carries_every_header(
    instance: Instance, speaker: Speaker
) -> None:
    for stream in (False, True):
        response = instance.post(speaker.path, speaker.body(("user", "Bonjour à toutes."), stream=stream))
        said = speaker.streamed(response) if stream else speaker.text(response)
        assert said == "Bonjour à toutes."
        assert {name: response.headers[name] for name in HEADERS} == HEADERS
        assert re.fullmatch(r"[0-9a-f]{16}", response.headers["X-NI-Request-ID"])
        assert re.fullmatch(r"[\w-]{43}", response.headers["X-NI-Custody-Record"])
        assert "X-NI-PII" in response.headers
        assert words(instance) == [("user", "Bonjour à toutes.")]


@EACH
@pytest.mark.parametrize("prompt", COMMANDS)
def test_a_command_is_answered_by_the_gateway_in_every_dialect(
    instance: Instance, speaker: Speaker, prompt: str
) -> None:
    plain = SPEAKERS[0]
    instance.sandbox.orders.clear()
    expected = CODE.sub("", plain.text(instance.post(plain.path, plain.body(("user", prompt)))))
    whole = instance.post(speaker.path, speaker.body(("user", prompt)))
    streamed = instance.post(speaker.path, speaker.body(("user", prompt), stream=True))
    assert CODE.sub("", speaker.text(whole)) == expected
    assert CODE.sub("", speaker.streamed(streamed)) == expected
    assert whole.headers["X-NI-Custody-Path"] == streamed.headers["X-NI-Custody-Path"] == "NI-CA"
    assert not instance.sandbox.orders


@EACH
def test_an_unknown_model_gets_the_list_and_a_number_maps_it(instance: Instance, speaker: Speaker) -> None:
    pinned = f"claude-{speaker.name}"
    instance.sandbox.orders.clear()
    listed = speaker.text(instance.post(speaker.path, speaker.body(("user", "hi"), model=pinned)))
    assert listed.startswith(f'"{pinned}" isn\'t one of the exact route ids your key can call.')
    chosen = speaker.body(("user", "hi"), ("assistant", listed), ("user", "1"), model=pinned)
    assert MODEL in speaker.text(instance.post(speaker.path, chosen))
    assert not instance.sandbox.orders
    assert (
        speaker.text(instance.post(speaker.path, speaker.body(("user", "hi again"), model=pinned)))
        == "hi again"
    )


@EACH
def test_a_tool_is_called_under_the_clients_own_name(instance: Instance, speaker: Speaker) -> None:
    body = speaker.body(("user", 'call read with {"path": "a.py"}'), tools=[speaker.tool])
    response = instance.post(speaker.path, body)
    assert response.status_code == 200
    assert speaker.call_of(json.loads(response.data)) == ("read", {"path": "a.py"})
    assert instance.sent["tools"][0]["function"]["name"] == "read"


@EACH
def test_each_call_leaves_one_row_with_the_same_tokens(instance: Instance, speaker: Speaker) -> None:
    instance.post(speaker.path, speaker.body(("user", "count me")))
    _ = instance.post(speaker.path, speaker.body(("user", "count me"), stream=True)).data
    streamed, whole = rows(instance)[:2]
    tokens = ("prompt_tokens", "completion_tokens", "outcome", "route", "provider_cost")
    assert [streamed[name] for name in tokens] == [whole[name] for name in tokens]
    assert whole["outcome"] == "completed"
    assert whole["completion_tokens"] > 2


@EACH
@pytest.mark.parametrize(
    ("headers", "octets", "status", "kind"),
    [
        ({"Authorization": "Bearer ni_live_wrong"}, None, 401, "authentication_error"),
        ({"Authorization": ""}, b"not read", 401, "authentication_error"),
        ({}, b"{", 400, "invalid_request_error"),
        ({}, b"[]", 400, "invalid_request_error"),
        ({}, b'{"model":"a","model":"b"}', 400, "invalid_request_error"),
        ({"Content-Encoding": "compress"}, None, 415, "invalid_request_error"),
        ({"x-api-key": "ni_live_other"}, None, 400, "invalid_request_error"),
    ],
)
def test_a_request_that_cannot_be_taken_gets_the_same_refusal(  # one case of the table
    instance: Instance,
    speaker: Speaker,
    headers: dict[str, str],
    octets: bytes | None,
    status: int,
    kind: str,
) -> None:
    plain, told = SPEAKERS[0], []
    for asker in (plain, speaker):
        body = json.dumps(asker.body(("user", "hi"))).encode() if octets is None else octets
        sent = {"Authorization": f"Bearer {instance.key}", "Content-Type": "application/json"} | headers
        response = instance.client.post(asker.path, data=body, headers=sent)
        assert response.status_code == status
        told.append(asker.error(response))
        assert re.fullmatch(r"[0-9a-f]{16}", response.headers["X-NI-Request-ID"])
    assert told[0]["message"] == told[1]["message"]
    assert told[1]["type"] == (kind if speaker.dialect == "messages" else "invalid_request_error")


@EACH
def test_a_key_over_its_rate_is_refused_with_the_same_headers(instance: Instance, speaker: Speaker) -> None:
    key = instance.new_key(rpm=1)
    headers = {"Authorization": f"Bearer {key}"}
    responses = [instance.post(speaker.path, speaker.body(("user", "hi")), **headers) for _ in range(2)]
    assert [response.status_code for response in responses] == [200, 429]
    assert int(responses[1].headers["Retry-After"]) > 0
    assert responses[1].headers["X-NI-Resolved-Provider"] == "Sandbox"
    expected = "rate_limit_error"
    assert speaker.error(responses[1])["type"] == expected


@EACH
def test_fields_that_nobody_knows_or_that_would_redirect_a_call_change_nothing(
    instance: Instance, speaker: Speaker
) -> None:
    more: dict[str, Any] = {
        "api_base": "https://elsewhere.example",
        "api_key": "sk-x",
        "extra_headers": {"a": "b"},
        "future": [1],
    }
    response = instance.post(speaker.path, speaker.body(("user", "hi"), **more))
    assert speaker.text(response) == "hi"
    assert not {"api_base", "api_key", "extra_headers"} & instance.sent.keys()


@EACH
def test_personal_data_is_masked_and_put_back_the_same(instance: Instance, speaker: Speaker) -> None:
    said, seen = "Write to marie.tremblay@hotmail.ca, please.", []
    for stream in (False, True):
        response = instance.post(speaker.path, speaker.body(("user", said), stream=stream))
        assert (speaker.streamed if stream else speaker.text)(response) == said
        assert response.headers["X-NI-PII"] == "on; email=1"
        seen.append(words(instance))
    plain = SPEAKERS[0]
    instance.post(plain.path, plain.body(("user", said)))
    assert seen == [words(instance)] * 2
    assert "marie.tremblay" not in str(seen)


def test_the_azure_shaped_path_names_the_route_whatever_the_body_says(instance: Instance) -> None:
    plain = SPEAKERS[0]
    sent = {"api-key": instance.key, "Authorization": ""}
    response = instance.post(AZURE, plain.body(("user", "hi"), model="gpt-9"), **sent)
    assert plain.text(response) == "hi"
    streamed = instance.post(AZURE, plain.body(("user", "hi"), model="gpt-9", stream=True), **sent)
    assert plain.streamed(streamed) == "hi"


def test_a_conversation_that_changes_its_dialect_keeps_its_meaning(instance: Instance) -> None:
    turns = [("user", "I am Marie."), ("assistant", "Hello Marie."), ("user", "Who am I?")]
    sent = []
    for speaker in SPEAKERS:
        instance.post(speaker.path, speaker.body(*turns))
        sent.append(words(instance))
    assert sent == [turns] * len(SPEAKERS)

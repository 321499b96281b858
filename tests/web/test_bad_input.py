"""Bad input of every kind gets a clear error in the right shape, with a request id, and nothing of it is kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ni.store.tables.metering import open_calls, usage
from tests.assembled import ORIGIN, Assembled, assembled

CHAT = "/v1/chat/completions"
GOOD: dict[str, Any] = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Assembled]:
    with assembled(tmp_path) as instance:
        yield instance


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("shared")) as instance:
        yield instance


def post(instance: Assembled, raw: bytes, **headers: str) -> Any:
    return instance.client.post(CHAT, data=raw, base_url=ORIGIN, headers={**instance.headers(), **headers})


def body(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


MALFORMED = {
    "no JSON": (b"{", "request body"),
    "empty": (b"", ""),
    "a list": (b"[]", ""),
    "duplicate key": (b'{"model":"a","model":"b","messages":[]}', "model"),
    "nested duplicate": (
        b'{"model":"a","messages":[{"role":"user","role":"x","content":""}]}',
        "messages[0].role",
    ),
    "NaN": (b'{"model":"a","messages":[],"temperature":NaN}', ""),
    "infinity": (b'{"model":"a","messages":[],"temperature":1e999}', ""),
    "huge integer": (b'{"model":"a","messages":[],"seed":' + b"9" * 5000 + b"}", ""),
    "not UTF-8": (b'{"model":"\xff"}', ""),
    "too deep": (b'{"model":"a","x":' + b"[" * 1100 + b"]" * 1100 + b"}", ""),
}
FIELDS = {
    "no model": (body(model=None), "model"),
    "no messages": (json.dumps({"model": "sandbox/echo-local"}).encode(), "messages"),
    "messages a string": (body(messages="hi"), "messages"),
    "no role": (body(messages=[{"content": "x"}]), "messages[0].role"),
    "odd content": (body(messages=[{"role": "user", "content": 7}]), "messages[0].content"),
    "stream a word": (body(stream="yes"), "stream"),
    "a part without type": (
        body(messages=[{"role": "user", "content": [{}]}]),
        "messages[0].content[0].type",
    ),
}


@pytest.mark.parametrize(("raw", "named"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_json_is_a_400(instance: Assembled, raw: bytes, named: str) -> None:
    answer = post(instance, raw)
    assert answer.status_code == 400
    assert answer.json["error"]["type"] == "invalid_request_error"
    assert len(answer.headers["X-NI-Request-ID"]) == 16
    assert answer.json["error"]["message"].endswith(".")
    if named and named != "request body":
        assert answer.json["error"]["param"] == named


@pytest.mark.parametrize(("raw", "named"), FIELDS.values(), ids=FIELDS)
def test_a_wrong_field_is_named(instance: Assembled, raw: bytes, named: str) -> None:
    answer = post(instance, raw)
    assert answer.status_code == 400
    assert answer.json["error"]["param"] == named


def test_a_body_that_is_too_large_is_a_413(instance: Assembled) -> None:
    answer = post(instance, body(x="y" * (21 * 1024 * 1024)))
    assert answer.status_code == 413
    assert answer.json["error"]["code"] == "request_too_large"


@pytest.mark.parametrize("header", [{"Content-Encoding": "compress"}, {"Content-Type": "text/plain"}])
def test_an_encoding_we_do_not_read_is_a_415(instance: Assembled, header: dict[str, str]) -> None:
    answer = post(instance, body(), **header)
    assert answer.status_code == 415
    assert answer.json["error"]["code"] == "unsupported_media_type"


STRANGERS = {
    "nothing": {},
    "rubbish": {"Authorization": "Bearer rubbish"},
    "another scheme": {"Authorization": "Basic bmk6bmk="},
    "SQL": {"Authorization": "Bearer ' OR 1=1 --"},
    "NUL": {"x-api-key": "ni_live_\x00"},
    "long": {"api-key": "ni_live_" + "a" * 7000},
}


@pytest.mark.parametrize("headers", STRANGERS.values(), ids=STRANGERS)
def test_a_stranger_gets_401_before_the_body_is_read(instance: Assembled, headers: dict[str, str]) -> None:
    answer: Any = instance.client.post(CHAT, data=b"{" * 100, base_url=ORIGIN, headers=headers)
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "invalid_api_key"
    assert len(answer.headers["X-NI-Request-ID"]) == 16


def test_two_different_keys_are_a_400(instance: Assembled) -> None:
    answer = post(instance, body(), **{"x-api-key": "ni_live_other"})
    assert answer.status_code == 400


def test_an_unknown_address_is_a_404_in_openais_shape(instance: Assembled) -> None:
    answer: Any = instance.client.post("/v1/audio/speech", base_url=ORIGIN)
    assert answer.status_code == 404
    assert set(answer.json["error"]) == {"message", "type", "param", "code"}
    assert answer.headers["X-NI-Request-ID"]


def test_a_wrong_method_is_a_405_that_names_the_right_one(instance: Assembled) -> None:
    answer: Any = instance.client.get(CHAT, base_url=ORIGIN)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.json["error"]["code"] == "method_not_allowed"


def test_fields_that_would_change_the_destination_have_no_effect(instance: Assembled) -> None:
    answer = post(instance, body(api_base="http://192.0.2.1", base_url="http://192.0.2.1", api_key="sk-mine",
                                 extra_headers={"X-Evil": "1"}))  # fmt: skip
    assert answer.status_code == 200
    assert answer.headers["X-NI-Resolved-Provider"] == "Sandbox"


@pytest.mark.parametrize("carried", ["body", "header"])
def test_a_request_may_narrow_what_its_key_may_call(instance: Assembled, carried: str) -> None:
    wish = "managed_canadian_cloud"
    raw, header = (body(privacy_tier=wish), {}) if carried == "body" else (body(), {"X-Privacy-Tier": wish})
    answer = post(instance, raw, **header)
    assert "isn't one of the exact route ids" in answer.json["choices"][0]["message"]["content"]
    own = post(instance, body(privacy_tier="own_hardware"))
    assert own.headers["X-NI-Resolved-Tier"] == "own_hardware"


def test_a_tier_that_is_none_is_refused_and_not_ignored(instance: Assembled) -> None:
    answer = post(instance, body(privacy_tier="canada, please"))
    assert (answer.status_code, answer.json["error"]["param"]) == (400, "privacy_tier")


def test_unknown_fields_break_nothing(instance: Assembled) -> None:
    assert post(instance, body(some_vendor_field={"deep": [1, 2]})).status_code == 200


def test_a_key_whose_tiers_do_not_cover_a_route_is_answered_in_chat(instance: Assembled) -> None:
    headers = instance.headers(tiers=frozenset({"managed_us_cloud"}))
    answer: Any = instance.client.post(CHAT, data=body(), base_url=ORIGIN, headers=headers)
    assert answer.status_code == 200
    assert (
        "isn't one of the exact route ids your key can call"
        in answer.json["choices"][0]["message"]["content"]
    )


def test_a_refused_request_is_on_record_once_and_nothing_stays_open(instance: Assembled) -> None:
    headers = instance.headers(min_evidence="A")
    answer: Any = instance.client.post(CHAT, data=body(), base_url=ORIGIN, headers=headers)
    assert answer.status_code == 403
    with instance.gateway.database.read() as connection:
        rows = connection.execute(sa.select(usage.c.request_id, usage.c.outcome, usage.c.error)).all()
        assert connection.execute(sa.select(open_calls)).all() == []
    assert [tuple(row) for row in rows] == [
        (answer.headers["X-NI-Request-ID"], "denied", "residency_unverified")
    ]


def test_requests_per_minute_are_held_with_a_computed_wait(instance: Assembled) -> None:
    headers = instance.headers(rpm=2)
    statuses: list[Any] = [
        instance.client.post(CHAT, data=body(), base_url=ORIGIN, headers=headers) for _ in range(3)
    ]
    assert [answer.status_code for answer in statuses] == [200, 200, 429]
    assert statuses[2].json["error"]["code"] == "rate_limit_exceeded"
    assert 1 <= int(statuses[2].headers["Retry-After"]) <= 30


def test_an_error_sentence_speaks_french_to_those_who_ask(instance: Assembled) -> None:
    answer: Any = instance.client.post(CHAT, data=b"{", base_url=ORIGIN, headers={"Accept-Language": "fr-CA"})
    assert answer.status_code == 401


@pytest.mark.parametrize("host", [f"{'a' * 64}.ca", "a..b", "evil.example", "[", "x y"])
@pytest.mark.parametrize("path", ["/healthz", "/portal/keys", "/v1/models", "/static/favicon.svg"])
def test_a_host_that_is_not_ours_is_a_400_whatever_it_is(shared: Assembled, host: str, path: str) -> None:
    answer = shared.client.get(path, environ_overrides={"HTTP_HOST": host})
    assert answer.status_code == 400
    assert answer.is_json == path.startswith("/v1/")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"messages": []}, "`messages` doit être\u00a0: un tableau d’au moins un message."),
        ({"max_tokens": 0}, "`max_tokens` doit être\u00a0: un nombre entier de 1 à 2147483647."),
        ({"temperature": 9}, "`temperature` doit être\u00a0: un nombre de 0 à 2."),
        ({"stream": 1}, "`stream` doit être\u00a0: true ou false."),
    ],
)
def test_what_a_field_must_be_is_said_in_the_language(
    shared: Assembled, changes: dict[str, Any], said: str
) -> None:
    headers = {**shared.headers(), "Accept-Language": "fr-CA"}
    answer = shared.client.post(CHAT, data=body(**changes), base_url=ORIGIN, headers=headers)
    assert answer.get_json()["error"]["message"] == said


@pytest.mark.parametrize("version", [None, "2023-06-01"])
def test_a_model_that_is_not_there_is_an_error_of_the_vendor_whose_client_asks(
    shared: Assembled, version: str | None
) -> None:
    headers = {**shared.headers(), **({"anthropic-version": version} if version else {})}
    answer = shared.client.get("/v1/models/no-such", base_url=ORIGIN, headers=headers)
    assert answer.status_code == 404
    assert ("type" in answer.get_json()) is (version is not None)

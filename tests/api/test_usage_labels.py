"""Who a call was for: named in the client's own way, kept as a digest, found again by filters, in JSON and CSV."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from ni.web.api.endpoint import LabelPolicy, named_user
from tests.api.instance import MODEL, Instance
from tests.api.speakers import SPEAKERS, Speaker
from tests.assembled import Assembled, assembled

DIALECTS = {
    speaker.name: speaker for speaker in SPEAKERS if speaker.name in ("chat", "responses", "messages")
}
EACH = pytest.mark.parametrize("speaker", DIALECTS.values(), ids=DIALECTS)
NAMED: dict[str, Any] = {
    "chat": {"user": "alice"},
    "responses": {"user": "alice"},
    "messages": {"metadata": {"user_id": "alice"}},
}


def rows(instance: Instance, **asked: str) -> list[dict[str, Any]]:
    bearer = {"Authorization": f"Bearer {instance.key}"}
    found: list[dict[str, Any]] = json.loads(
        instance.client.get("/api/usage", query_string=asked, headers=bearer).data
    )["data"]
    return found


def post(instance: Instance, speaker: Speaker, **more: Any) -> str:
    headers = {name: more.pop(name) for name in list(more) if name.startswith("X_")}
    response = instance.post(speaker.path, speaker.body(("user", "hi"), **more), **headers)
    assert response.status_code == 200, response.data
    return response.headers["X-NI-Request-ID"]


@EACH
def test_a_user_named_in_any_dialect_has_one_label(instance: Instance, speaker: Speaker) -> None:
    identity = post(instance, speaker, **NAMED[speaker.name])
    (row,) = [row for row in rows(instance) if row["request_id"] == identity]
    assert row["end_user"].startswith("h-")
    assert "alice" not in json.dumps(row)
    assert identity in [row["request_id"] for row in rows(instance, end_user="alice")]
    assert identity in [row["request_id"] for row in rows(instance, end_user=row["end_user"])]
    assert identity not in [row["request_id"] for row in rows(instance, end_user="bob")]


@EACH
@pytest.mark.parametrize("stream", [False, True])
def test_a_tag_is_kept_and_found(instance: Instance, speaker: Speaker, *, stream: bool) -> None:
    tag = f"team-{speaker.name}-{stream}"
    identity = post(instance, speaker, stream=stream, X_NI_Tag=tag)
    assert [row["request_id"] for row in rows(instance, tag=tag)] == [identity]


@pytest.mark.parametrize("header", ["X_OpenWebUI_User_Email", "X_OpenWebUI_User_Id", "X_OpenWebUI_User_Name"])
def test_open_webuis_headers_name_the_user(instance: Instance, header: str) -> None:
    identity = post(instance, DIALECTS["chat"], **{header: f"zo%C3%AB-{header}"})
    assert [row["request_id"] for row in rows(instance, end_user=f"zoë-{header}")] == [identity]


def test_labels_and_other_filters_hold_together_and_pages_go_on(instance: Instance) -> None:
    made = [post(instance, DIALECTS["chat"], user="carol", X_NI_Tag="x") for _ in range(3)]
    bearer = {"Authorization": f"Bearer {instance.key}"}
    asked = {"end_user": "carol", "tag": "x", "route": MODEL, "limit": "2"}
    first = json.loads(instance.client.get("/api/usage", query_string=asked, headers=bearer).data)
    asked["cursor"] = first["next_cursor"]
    second = json.loads(instance.client.get("/api/usage", query_string=asked, headers=bearer).data)
    assert {row["request_id"] for row in first["data"] + second["data"]} == set(made)
    assert rows(instance, end_user="carol", route="openai/gpt-5.4-us") == []


def test_csv_has_the_labels_too(instance: Instance) -> None:
    identity = post(instance, DIALECTS["chat"], user="dora", X_NI_Tag="billing")
    headers = {"Authorization": f"Bearer {instance.key}", "Accept": "text/csv"}
    text = instance.client.get("/api/usage", headers=headers).data.decode()
    (row,) = [row for row in csv.DictReader(io.StringIO(text)) if row["request_id"] == identity]
    assert row["end_user"].startswith("h-")
    assert row["tag"].startswith("h-")


def test_refusals_and_answers_of_our_own_are_labelled_as_well(instance: Instance) -> None:
    chat = DIALECTS["chat"]
    instance.post(chat.path, chat.body(("user", "ni-help"), user="erin"))
    instance.post(
        chat.path, chat.body(("user", "x"), user="erin", model="y", tool_choice="required", tools=[chat.tool])
    )
    assert [row["outcome"] for row in rows(instance, end_user="erin")] == ["denied", "local"]


def test_one_value_has_different_labels_in_two_accounts_and_is_never_its_own() -> None:
    policy = LabelPolicy(lambda account_id: account_id.encode() * 8)
    assert policy.label("acc_a", "alice") == policy.label("acc_a", " alice ")
    assert policy.label("acc_a", "alice") != policy.label("acc_b", "alice")
    assert policy.label("acc_a", " ") == ""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("plain"), NI_USAGE_LABELS="plain") as made:
        yield made


def test_an_operator_may_choose_plain_labels(plain: Assembled) -> None:
    headers = plain.headers(pii=False) | {"X-NI-Tag": "billing\tteam"}
    body = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}], "user": "alice" + "x" * 300}
    assert plain.client.post("/v1/chat/completions", json=body, headers=headers).status_code == 200
    (row,) = json.loads(plain.client.get("/api/usage?tag=billing%20team", headers=headers).data)["data"]
    assert row["tag"] == "billing team"
    assert row["end_user"] == ("alice" + "x" * 300)[:128]


@pytest.mark.parametrize(
    ("body", "user"),
    [
        ({}, ""),
        ({"user": "a"}, "a"),
        ({"user": 3, "metadata": {"user_id": "b"}}, "b"),
        ({"metadata": {"user_id": ["b"]}}, ""),
        ({"metadata": "b"}, ""),
        ({"safety_identifier": "c"}, "c"),
        ({"metadata": {"user_id": "user_ab12_account_cd34_session_0a1b2c3d-0000-4000-8000-0123456789ab"}},
         "user_ab12_account_cd34"),
        ({"metadata": {"user_id": '{"device_id":"d","account_uuid":"e","session_id":"f"}'}}, "e"),
        ({"metadata": {"user_id": '{"device_id":"d","account_uuid":"","session_id":"f"}'}}, "d"),
        ({"metadata": {"user_id": '{"x":1}'}}, '{"x":1}'),
        ({"metadata": {"user_id": "{broken"}}, "{broken"),
    ],
)  # fmt: skip
def test_the_lasting_part_of_an_id_names_the_user(body: dict[str, Any], user: str) -> None:
    assert named_user(body) == user

"""The log over HTTP: public heads and proofs, receipts for the owner of the key alone, and all of it verifies."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import ni_verify
from ni.access.key_spec import KeySpec
from ni.custody.logs import CustodyRefused
from ni.custody.publisher import AnchorLag
from ni.domain.errors import StoreUnavailable
from ni.web.metrics import Metrics
from tests.assembled import Assembled, assembled

MODEL = "sandbox/echo-local"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("custody-api")) as started:
        started.gateway.log_service.start("gw.example/custody/2026")
        yield started


def ask(running: Assembled, headers: dict[str, str], model: str = MODEL) -> str:
    body = {"model": model, "messages": [{"role": "user", "content": "Good morning"}]}
    answer = running.client.post("/v1/chat/completions", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert len(answer.headers["X-NI-Custody-Record"]) == 43
    return answer.headers["X-NI-Request-ID"]


def keys(running: Assembled) -> ni_verify.Keys:
    known = running.client.get("/.well-known/ni-custody.json").get_json()
    return dict(ni_verify.parse_vkey(each["vkey"]) for each in known["vkeys"])


@pytest.mark.parametrize(("model", "kinds"), [(MODEL, "open+close"), ("no-such-model", "local")])
def test_the_receipt_of_a_call_verifies_at_once(running: Assembled, model: str, kinds: str) -> None:
    headers = running.headers()
    request_id = ask(running, headers, model)
    answer = running.client.get(f"/api/usage/custody/{request_id}/receipt", headers=headers)
    assert answer.content_type == "application/vnd.ni.receipt+json"
    said = ni_verify.verify(answer.data, keys(running), ni_verify.Memory())
    assert f"request {request_id} ({kinds})" in said


def test_a_receipt_says_nothing_of_what_was_asked(running: Assembled) -> None:
    headers = running.headers()
    answer = running.client.get(f"/api/usage/custody/{ask(running, headers)}/receipt", headers=headers)
    assert "morning" not in answer.text
    assert headers["Authorization"].removeprefix("Bearer ")[:12] not in answer.text


def test_a_receipt_needs_a_key_of_its_own_account(running: Assembled) -> None:
    path = f"/api/usage/custody/{ask(running, running.headers())}/receipt"
    other = running.gateway.accounts.create("charlie's")
    key = running.gateway.keys_of(other.id).create(KeySpec("c"), created_by="").text.reveal()
    assert running.client.get(path).status_code == 401
    assert running.client.get(path, headers={"Authorization": f"Bearer {key}"}).status_code == 404


def told(running: Assembled, account_id: str) -> set[str]:
    """Every salt and every value that the records of an account disclose, and its ids in all forms."""
    found = {account_id}
    for row in running.gateway.records.chain(account_id):
        found |= {row.request_id, str(row.at)}
        for text in json.loads(row.disclosures):
            salt, _, value = json.loads(text)
            found |= {salt, *(str(each) for each in (value if isinstance(value, list) else [value]))}
    return found


def test_neither_an_export_nor_a_receipt_tells_anything_of_another_account(running: Assembled) -> None:
    other = running.gateway.accounts.create("charlie and sons")
    made = running.gateway.keys_of(other.id).create(KeySpec("c"), created_by="")
    ask(running, {"Authorization": f"Bearer {made.text.reveal()}"})
    headers = running.headers()
    request_id = ask(running, headers)
    alone = told(running, other.id) - told(running, "default") | {made.text.reveal()[:16], "charlie"}
    assert len([each for each in alone if len(each) == 24]) > 30  # salts, of two records
    given = running.gateway.log_service.receipts.export("default").decode()
    given += running.client.get(f"/api/usage/custody/{request_id}/receipt", headers=headers).text
    assert [each for each in alone if len(each) >= 6 and each in given] == []


def test_growth_is_proven_to_anyone(running: Assembled, tmp_path: Path) -> None:
    old = running.client.get("/api/custody/checkpoint")
    assert old.content_type.startswith("text/plain")
    size = ni_verify.open_checkpoint(old.text, keys(running))[1]
    ask(running, running.headers())
    new = running.client.get(f"/api/custody/consistency?from={size}&to={size + 2}")
    said = ni_verify.consistency(old.data, new.data, keys(running), ni_verify.Memory())
    assert said.endswith(f"grew from size {size} to {size + 2}")


@pytest.mark.parametrize(
    "query", ["", "from=0", "from=x", "from=3&to=2", "from=1&to=99999", "from=-1", "from=1&to=x"]
)
def test_a_question_without_an_answer_is_a_400(running: Assembled, query: str) -> None:
    answer = running.client.get(f"/api/custody/consistency?{query}")
    assert answer.status_code == 400
    assert answer.get_json()["error"]["param"] == "from"


def test_the_record_names_the_provider_as_its_hop_and_the_header_do(running: Assembled) -> None:
    headers = running.headers()
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Good morning"}]}
    answer = running.client.post("/v1/chat/completions", json=body, headers=headers)
    path = f"/api/usage/custody/{answer.headers['X-NI-Request-ID']}"
    record = running.client.get(path, headers=headers).get_json()
    named = (
        record["resolved_provider"],
        record["hops"][-1]["entity"],
        answer.headers["X-NI-Resolved-Provider"],
    )
    assert named == ("Sandbox", "Sandbox", "Sandbox")


def test_the_metrics_say_how_far_each_anchor_is_behind(running: Assembled) -> None:
    ask(running, running.headers())
    (folder,) = running.gateway.log_service.lag()
    assert folder.leaves >= 2
    lines = running.client.get("/metrics").text.splitlines()
    assert f'ni_custody_anchor_leaves_behind{{anchor="folder"}} {folder.leaves}.0' in lines
    assert 'ni_custody_anchor_down{anchor="folder"} 0.0' in lines
    assert any(line.startswith('ni_custody_anchor_age_seconds{anchor="folder"}') for line in lines)


def test_the_metrics_are_told_without_a_database_too() -> None:
    def away() -> list[AnchorLag]:
        raise StoreUnavailable

    metrics = Metrics()
    metrics.watch_anchors(away)
    assert b"ni_open_streams 0.0" in metrics.text()


def test_an_anchor_that_is_none_refuses_the_start_with_the_settings_name(tmp_path: Path) -> None:
    with (
        assembled(tmp_path, NI_CUSTODY_ANCHORS="ftp://x") as wrong,
        pytest.raises(CustodyRefused, match="NI_CUSTODY_ANCHORS: ftp://x is no anchor"),
    ):
        wrong.gateway.log_service.start("gw.example/custody/2026")

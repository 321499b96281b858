"""A key or an account that blocks kinds of personal data: refused by kinds and counts, on record, and nothing sent."""

import json
from typing import Any

import pytest

from ni.access.accounts import DEFAULT
from ni.access.key_spec import KeySpec
from ni.domain.pii_labels import Label
from ni.privacy.detect import DEFAULT_LABELS, DetectionPolicy
from tests.api.instance import MODEL, Instance
from tests.api.speakers import SPEAKERS, Speaker

EACH = pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
CARD, EMAIL, PHONE = "4929 8217 4460 3332", "marie.tremblay@hotmail.ca", "514-278-9931"
SAID = f"Charge {CARD}, I mean {CARD}, for {EMAIL} and jean@hotmail.ca; call {PHONE}."
BLOCKS = frozenset({Label.CREDIT_CARD, Label.EMAIL})


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def newest(instance: Instance) -> tuple[dict[str, Any], dict[str, Any]]:
    """The newest row in Usage and its custody record."""
    row = json.loads(instance.client.get("/api/usage", headers=bearer(instance.key)).data)["data"][0]
    record = instance.client.get(f"/api/usage/custody/{row['request_id']}", headers=bearer(instance.key))
    return row, json.loads(record.data)


@EACH
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("pii", [True, False])
def test_a_call_that_holds_what_the_key_blocks_is_refused_and_on_record(
    instance: Instance, speaker: Speaker, stream: bool, pii: bool
) -> None:
    key = instance.new_key(block_labels=BLOCKS, pii=pii)
    instance.sandbox.orders.clear()
    refused = instance.post(speaker.path, speaker.body(("user", SAID), stream=stream), **bearer(key))
    assert refused.status_code == 400
    error = speaker.error(refused)
    assert error["type"] == "invalid_request_error"
    assert "credit_card=1, email=2" in error["message"]
    if speaker.dialect != "messages":
        assert error["code"] == "pii_blocked"
    assert not instance.sandbox.orders
    assert refused.headers["X-NI-PII"] == "on; credit_card=1, email=2"
    assert refused.headers["X-NI-Custody-Path"] == "NI-CA"
    row, record = newest(instance)
    assert row["request_id"] == refused.headers["X-NI-Request-ID"]
    assert (row["outcome"], row["provider_cost"].strip("0."), row["prompt_tokens"]) == ("denied", "", 0)
    assert record["outcome"] == "denied"
    assert record["pii"] == {"on": True, "counts": {"credit_card": 1, "email": 2}}
    told = json.dumps([error, row, record, dict(refused.headers)])
    assert not [value for value in (CARD, "4460", EMAIL, "hotmail", PHONE) if value in told]


@pytest.mark.parametrize("pii", [True, False])
def test_what_is_not_blocked_goes_as_it_would_without(instance: Instance, pii: bool) -> None:
    plain = SPEAKERS[0]
    key = instance.new_key(block_labels=BLOCKS, pii=pii)
    response = instance.post(plain.path, plain.body(("user", f"Call {PHONE}.")), **bearer(key))
    assert plain.text(response) == f"Call {PHONE}."
    assert response.headers["X-NI-PII"] == ("on; phone=1" if pii else "off")
    assert (PHONE in str(instance.sent)) is not pii


def test_it_is_blocked_wherever_it_stands(instance: Instance) -> None:
    plain, key = SPEAKERS[0], instance.new_key(block_labels=BLOCKS)
    tool = {"type": "function", "function": {"name": "f", "description": f"Ask {EMAIL}"}}
    for more in ({"tools": [tool]}, {"metadata": {EMAIL: "1"}}, {"x_note": [{"deep": EMAIL}]}):
        assert instance.post(plain.path, plain.body(("user", "hi"), **more), **bearer(key)).status_code == 400


def test_what_an_account_blocks_all_its_keys_block(instance: Instance) -> None:
    plain = SPEAKERS[0]
    own = instance.new_key(block_labels=frozenset({Label.PHONE}))
    instance.gateway.accounts.block(DEFAULT, frozenset({Label.EMAIL}))
    instance.gateway.keys.forget()
    try:
        for key, said, status in (
            (own, EMAIL, 400),
            (own, PHONE, 400),
            (instance.key, EMAIL, 400),
            (instance.key, PHONE, 200),
        ):
            assert instance.post(plain.path, plain.body(("user", said)), **bearer(key)).status_code == status
    finally:
        instance.gateway.accounts.block(DEFAULT, frozenset())
        instance.gateway.keys.forget()
    assert instance.post(plain.path, plain.body(("user", EMAIL))).status_code == 200


def test_labels_are_kept_with_the_key_and_can_be_changed(instance: Instance) -> None:
    keys = instance.gateway.keys_of(DEFAULT)
    made = keys.create(KeySpec("blocks", block_labels=BLOCKS), created_by="")
    found = keys.get(made.id)
    assert found is not None
    assert found.spec.block_labels == BLOCKS
    assert keys.edit(made.id, KeySpec("blocks"))
    changed = keys.get(made.id)
    assert changed is not None
    assert changed.spec.block_labels == frozenset()


def test_a_label_that_is_off_by_default_is_looked_for_where_it_is_blocked() -> None:
    assert DetectionPolicy().also(frozenset({Label.ORG})).labels == DEFAULT_LABELS | {Label.ORG}
    assert DetectionPolicy().also(BLOCKS) == DetectionPolicy()


def test_the_model_s_list_does_not_depend_on_it(instance: Instance) -> None:
    key = instance.new_key(block_labels=BLOCKS)
    assert MODEL in instance.client.get("/v1/models", headers=bearer(key)).text

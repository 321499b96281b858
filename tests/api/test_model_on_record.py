"""A model name that is no route may be anything that somebody pasted: its owner reads it, nobody stores it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.privacy.model_names import ModelNames
from tests import traces
from tests.api.instance import Instance, running
from tests.fakes.echo import echoed

PASTED = (
    "marie.tremblay@acme.ca",
    "514-555-0143",
    "5145550143",
    "4929 8217 4460 3332",
    "sk-abcdef0123456789abcdef01",
    "ni_live_4f8a2c6e_secret",
    "Marie Tremblay",
    "password=hunter2hunter2",
    "10.20.30.40",
    "046-454-286",
    "call marie.tremblay@acme.ca with gpt-4",
    "marie\n\u00e9 tremblay",
)
NEAR = (
    "gpt-5-mini",
    "claude-3-5-sonnet-20241022",
    "gpt-4o-2024-08-06",
    "llama3:8b",
    "meta-llama/Llama-3.1-8B-Instruct",
    "my-finetune-local",
)
CHAT = "/v1/chat/completions"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def alone(home: Path) -> Iterator[Instance]:
    with running(home) as started:
        yield started


def asked(instance: Instance, model: str, prompt: str = "hi", before: str = "") -> str:
    said = [{"role": "assistant", "content": before}] if before else []
    messages = [{"role": "user", "content": "hi"}, *said, {"role": "user", "content": prompt}]
    response = instance.post(CHAT, {"model": model, "messages": messages})
    assert response.status_code == 200, response.data
    return echoed(json.loads(response.data)["choices"][0]["message"]["content"])


def stored(instance: Instance) -> tuple[str, str]:
    """The model of the newest row and of its custody record."""
    key = {"Authorization": f"Bearer {instance.key}"}
    row = json.loads(instance.client.get("/api/usage", headers=key).data)["data"][0]
    record = instance.client.get(f"/api/usage/custody/{row['request_id']}", headers=key)
    return row["model"], json.loads(record.data)["model"]


def test_what_was_pasted_as_a_model_is_answered_and_stored_nowhere(
    alone: Instance, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        for pasted in PASTED:
            assert "tremblay" not in pasted or "tremblay" in asked(alone, pasted)
            listed = asked(alone, pasted)
            assert "sandbox/echo-local" in asked(alone, pasted, "1", listed)
            assert asked(alone, pasted, "hello again") == "hello again"
            for told in stored(alone):
                assert told.rpartition(" #")[2].isalnum()
                assert len(told) <= 80
    kept = traces.files(home)
    assert any("ni.db" in name for name in kept)
    assert traces.found(kept, PASTED) == []
    assert not [pasted for pasted in PASTED if pasted in caplog.text]


@pytest.mark.parametrize("near", NEAR)
def test_a_name_that_looks_like_a_model_s_is_kept(alone: Instance, near: str) -> None:
    asked(alone, near)
    assert stored(alone) == (near, near)


def test_a_pin_of_a_pasted_name_can_be_undone(alone: Instance) -> None:
    pasted = PASTED[0]
    asked(alone, pasted, "1", asked(alone, pasted))
    assert asked(alone, pasted, "hello") == "hello"
    assert pasted in asked(alone, pasted, "ni-unmap")
    assert "isn't one of the exact route ids" in asked(alone, pasted, "hello")


def test_different_names_have_different_forms_and_the_same_name_has_one() -> None:
    names = ModelNames(b"an instance's key")
    forms = {names.stored(pasted) for pasted in PASTED}
    assert len(forms) == len(PASTED)
    assert forms == {names.stored(pasted) for pasted in PASTED}
    assert forms.isdisjoint({ModelNames(b"another").stored(pasted) for pasted in PASTED})

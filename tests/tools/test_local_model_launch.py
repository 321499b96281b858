"""A model server that does not start is reported, and the gateway is told where the model is."""

import sys
from pathlib import Path

import pytest

from tools.local_model.launch import engine, gateway_environment
from tools.local_model.weights import ModelRefused


def test_a_model_server_that_dies_at_once_is_reported_with_the_place_of_its_words(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    with (
        pytest.raises(ModelRefused, match="stopped before it was ready"),
        engine([sys.executable, "-c", "raise SystemExit('no memory')"], log),
    ):
        pytest.fail("a server that never listened was handed out")
    assert "no memory" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [({}, "127.0.0.1/32"), ({"NI_PRIVATE_NETWORKS": "10.0.0.0/8"}, "10.0.0.0/8,127.0.0.1/32")],
)
def test_the_gateway_learns_the_address_and_may_reach_it(declared: dict[str, str], expected: str) -> None:
    found = gateway_environment("http://127.0.0.1:4321/v1", {"PATH": "/bin", **declared})
    assert found == {
        "PATH": "/bin",
        "NI_LOCAL_BASE_URL": "http://127.0.0.1:4321/v1",
        "NI_PRIVATE_NETWORKS": expected,
    }

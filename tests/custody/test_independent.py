"""An implementation that is not ours accepts our checkpoints and proofs, and refuses damaged ones.

`sigstore` lives in an environment of its own, `build/sigstore` (`python -m venv build/sigstore` and `pip install
sigstore` there); without it these tests are skipped.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import ni_verify
from ni.custody.merkle import entry
from ni.custody.note import Signer
from tests.custody.conftest import ORIGIN, House, record

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "build" / "sigstore" / "bin" / "python"
pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="sigstore is not installed in build/sigstore")


def given(house: House, request_id: str, at: int) -> dict[str, Any]:
    receipt = json.loads(house.receipt("acc_alice", request_id))
    index, path, note = ni_verify.parse_proof(receipt["proofs"][at])
    row = house.log_service.records.rows("acc_alice", request_id)[at]
    return {
        "note": note,
        "public": Signer(ORIGIN, house.seed).key.public.hex(),
        "entry": entry(row.account_id, row.rec, row.link or b"").hex(),
        "index": index,
        "path": [each.hex() for each in path],
    }


def accepted(folder: Path, wanted: dict[str, Any]) -> bool:
    file = folder / "given.json"
    file.write_text(json.dumps(wanted))
    command = [str(PYTHON), "-I", str(Path(__file__).with_name("independent.py")), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode == 0 and done.stdout == "accepted\n"


def test_every_kind_of_place_in_the_tree_is_accepted(house: House, tmp_path: Path) -> None:
    house.write(*(record(f"r{at}") for at in range(300)))
    for request_id in ("a1", "a2", "r128", "r299"):
        assert accepted(tmp_path, given(house, request_id, 0))


@pytest.mark.parametrize("damage", [{"index": 2}, {"public": "00" * 31 + "01"}, {"entry": "01" + "00" * 64}])
def test_what_is_damaged_is_refused(house: House, tmp_path: Path, damage: dict[str, Any]) -> None:
    assert not accepted(tmp_path, {**given(house, "a1", 0), **damage})


def test_a_checkpoint_of_another_root_is_refused(house: House, tmp_path: Path) -> None:
    good = given(house, "a1", 0)
    lines = good["note"].split("\n")
    lines[2] = lines[2].swapcase()
    assert not accepted(tmp_path, {**good, "note": "\n".join(lines)})

"""The page's "intact": the same verifier as everybody's, quick, and as unforgiving."""

import json

import pytest

from ni.custody.note import Signer
from ni.custody.receipt import load_verifier
from tests.custody.conftest import ORIGIN, House


def test_a_receipt_of_ours_is_intact_at_the_size_of_the_log(house: House) -> None:
    found = house.log_service.checker.check(house.receipt("acc_alice", "a1"))
    assert (found.intact, found.size) == (True, 7)
    assert found.said.startswith("intact: request a1")


@pytest.mark.parametrize(
    "change", [(b"192.0.2.7", b"192.0.2.8"), (b'"rid":"a1"', b'"rid":"a2"'), (b"index 1", b"index 2")]
)
def test_a_changed_receipt_is_not_and_it_is_said_why(house: House, change: tuple[bytes, bytes]) -> None:
    found = house.log_service.checker.check(house.receipt("acc_alice", "a1").replace(*change))
    assert not found.intact
    assert found.said


def test_what_is_no_receipt_is_malformed(house: House) -> None:
    assert not house.log_service.checker.check(b"[]").intact


def test_the_librarys_ed25519_and_the_verifiers_own_agree(house: House) -> None:
    key = Signer(ORIGIN, house.seed).key
    note = json.loads(house.receipt("acc_alice", "a1"))["seal"]
    text, _, line = note.rpartition("\n\n")
    verifier = load_verifier()
    signature = verifier.unbase64(line.split(" ")[2].rstrip())[4:]
    for octets in (signature, bytes(64), signature[::-1]):
        signed = (text + "\n").encode()
        assert key.verifies(signed, octets) == verifier.ed25519_verifies(key.public, signed, octets)

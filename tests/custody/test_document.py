"""The worked example of `docs/custody.md`, recomputed from the page alone."""

import hashlib
import hmac
import re
from pathlib import Path

import ni_verify

PAGE = (Path(__file__).parents[2] / "docs" / "custody.md").read_text()


def block(name: str) -> str:
    found = re.search(rf"^```\w+ {name}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1]


def values() -> dict[str, str]:
    return dict(line.split() for line in block("values").splitlines())


def test_rec_is_the_hash_of_the_sorted_digests() -> None:
    digests = sorted(hashlib.sha256(line.encode()).digest() for line in block("disclosures").splitlines())
    assert len(digests) == 9
    rec = hashlib.sha256(b"ni-custody/rec/v1\n" + b"".join(digests)).hexdigest()
    assert rec == values()["rec"]


def test_link_is_the_accounts_hmac() -> None:
    shown = values()
    message = (
        b"ni-custody/link/v1\n"
        + int(shown["acct_seq"]).to_bytes(8, "big")
        + bytes.fromhex(shown["prev_leaf"])
    )
    assert hmac.new(bytes.fromhex(shown["K_acct"]), message, hashlib.sha256).hexdigest() == shown["link"]


def test_leaf_is_the_hash_of_the_entry() -> None:
    shown = values()
    entry = b"\x01" + bytes.fromhex(shown["rec"]) + bytes.fromhex(shown["link"])
    assert len(entry) == 65
    assert hashlib.sha256(b"\x00" + entry).hexdigest() == shown["leaf"]


def test_the_proof_leads_to_the_signed_root() -> None:
    index, path, note = ni_verify.parse_proof(block("proof"))
    origin, size, root = ni_verify.open_checkpoint(note, dict([ni_verify.parse_vkey(values()["vkey"])]))
    ni_verify.check_inclusion(index, size, bytes.fromhex(values()["leaf"]), path, root)
    assert (origin, index, size) == ("gw.example/custody/2026", 3, 5)

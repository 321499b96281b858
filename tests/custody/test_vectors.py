"""Other people's vectors (`tests/vectors`): the tree, the proofs, the notes, the signatures."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

import ni_verify
from ni.custody.merkle import Frontier, leaf_hash, node_hash
from ni.custody.note import NoteRefused, Signer, open_note, parse_checkpoint, parse_vkey, sign
from ni_verify import Refused

FILE = Path(__file__).parents[1] / "vectors" / "tlog_vectors.json"
GROUPS: dict[str, Any] = json.loads(FILE.read_text())["groups"]


def hashes(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


def accepts(check: Any, *values: Any) -> bool:
    try:
        check(*values)
    except (Refused, NoteRefused, *ni_verify.MALFORMED):
        return False
    return True


@pytest.mark.parametrize("case", GROUPS["rfc6962_inclusion"]["vectors"], ids=lambda case: case["file"])
def test_inclusion_proofs_verify_as_said(case: dict[str, Any]) -> None:
    leaf, root = base64.b64decode(case["leafHash"]), base64.b64decode(case["root"])
    proof = hashes(case["proof"])
    good = accepts(ni_verify.check_inclusion, case["leafIdx"], case["treeSize"], leaf, proof, root)
    assert good is not case["wantErr"]


@pytest.mark.parametrize("case", GROUPS["rfc6962_consistency"]["vectors"], ids=lambda case: case["file"])
def test_consistency_proofs_verify_as_said(case: dict[str, Any]) -> None:
    old, new = ((case[f"size{at}"], base64.b64decode(case[f"root{at}"])) for at in (1, 2))
    assert accepts(ni_verify.check_consistency, old, new, hashes(case["proof"])) is not case["wantErr"]


def test_trees_have_the_roots_and_subtrees_of_the_reference() -> None:
    group, frontier = GROUPS["rfc6962_trees"], Frontier()
    leaves = [leaf_hash(bytes.fromhex(text)) for text in group["leaf_inputs_hex"]]
    assert frontier.root().hex() == group["root_hex_by_size"][0]
    for leaf, root in zip(leaves, group["root_hex_by_size"][1:], strict=True):
        frontier.append(leaf)
        assert frontier.root().hex() == root
    level = leaves
    for wanted in group["perfect_subtree_hashes_hex_by_level"]:
        assert [each.hex() for each in level] == wanted
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]


def test_the_hasher_separates_leaves_from_nodes() -> None:
    _, empty_leaf, leaf, node = GROUPS["rfc6962_trees"]["hasher"]
    assert leaf_hash(b"").hex() == empty_leaf["want_hex"]
    assert leaf_hash(leaf["input_utf8"].encode()).hex() == leaf["want_hex"]
    assert node_hash(node["left_utf8"].encode(), node["right_utf8"].encode()).hex() == node["want_hex"]


def test_proofs_of_a_real_certificate_log_verify() -> None:
    group = GROUPS["ct_argon2020_production"]
    proof, grown = group["inclusion"], group["consistency"]
    leaf = leaf_hash(base64.b64decode(proof["leaf_input_b64"]))
    root = base64.b64decode(proof["root"])
    ni_verify.check_inclusion(proof["leafIdx"], proof["treeSize"], leaf, hashes(proof["proof"]), root)
    old, new = ((grown[f"size{at}"], base64.b64decode(grown[f"root{at}"])) for at in (1, 2))
    ni_verify.check_consistency(old, new, hashes(grown["proof"]))


def test_a_note_is_signed_to_the_byte_like_the_reference() -> None:
    group = GROUPS["signed_note"]
    _, _, name, _, encoded = group["skey_test_only"].split("+", 4)
    signer = Signer(name, base64.b64decode(encoded)[1:])
    assert str(signer.key) == group["vkeys"]["peter"]
    assert sign(group["sign"]["text"], [signer]) == group["sign"]["want"]


@pytest.mark.parametrize("case", GROUPS["signed_note"]["open"], ids=lambda case: case["desc"])
def test_notes_open_as_said_with_both_readers(case: dict[str, Any]) -> None:
    vkeys = [GROUPS["signed_note"]["vkeys"][name] for name in case["known"]]
    theirs = dict(ni_verify.parse_vkey(vkey) for vkey in vkeys)
    assert accepts(open_note, case["note"], [parse_vkey(vkey) for vkey in vkeys]) is (case["want"] == "ok")
    assert accepts(ni_verify.open_note, case["note"], theirs) is (case["want"] == "ok")


@pytest.mark.parametrize("vkey", GROUPS["signed_note"]["bad_vkeys"])
def test_bad_keys_are_refused(vkey: str) -> None:
    assert not accepts(parse_vkey, vkey)
    assert not accepts(ni_verify.parse_vkey, vkey)


def test_production_tree_heads_and_the_published_example_verify() -> None:
    heads, example = GROUPS["checkpoint_production_gosumdb"], GROUPS["c2sp_examples"]["signed_note"]
    key = dict([ni_verify.parse_vkey(heads["vkey"])])
    for note in heads["notes"]:
        assert parse_checkpoint(open_note(note, [parse_vkey(heads["vkey"])])).size
        assert ni_verify.parse_checkpoint(ni_verify.open_note(note, key))[1]
    assert open_note(example["note"], [parse_vkey(example["vkey"])])
    assert ni_verify.open_note(example["note"], dict([ni_verify.parse_vkey(example["vkey"])]))


@pytest.mark.parametrize("case", GROUPS["checkpoint_parse"]["vectors"])
def test_checkpoints_are_read_as_said(case: dict[str, Any]) -> None:
    assert accepts(parse_checkpoint, case["in"]) is case["ok"]
    assert accepts(ni_verify.parse_checkpoint, case["in"]) is case["ok"]
    if case["ok"]:
        read = ni_verify.parse_checkpoint(case["in"])
        assert read == (case["origin"], case["size"], base64.b64decode(case["hash_b64"]))


@pytest.mark.parametrize("case", GROUPS["tlog_proof_parse"]["vectors"])
def test_proof_files_are_read_as_said(case: dict[str, Any]) -> None:
    assert accepts(ni_verify.parse_proof, case["text"]) is case["ok"]
    if case["ok"]:
        index, path, _ = ni_verify.parse_proof(case["text"])
        assert (index, len(path)) == (case["index"], case["hashes"])


@pytest.mark.parametrize(
    "case", GROUPS["rekor_checkpoint_conformance"]["vectors"], ids=lambda case: case["name"]
)
def test_bundles_of_another_log_are_judged_as_said(case: dict[str, Any]) -> None:
    leaf, proof, wanted = leaf_hash(base64.b64decode(case["leaf_data_b64"])), case["inclusion"], case["want"]
    place = (
        proof["leafIdx"],
        proof["treeSize"],
        leaf,
        hashes(proof["proof"]),
        base64.b64decode(proof["root"]),
    )
    assert accepts(ni_verify.check_inclusion, *place) is wanted["inclusion_proof_valid"]
    if wanted["checkpoint_acceptable"] is not None:
        keys = dict(rekor_key(key) for key in case["trusted_log_keys"])
        assert accepts(ni_verify.open_checkpoint, case["checkpoint"], keys) is wanted["checkpoint_acceptable"]


def rekor_key(key: dict[str, Any]) -> tuple[tuple[str, bytes], ni_verify.Check]:
    spki = base64.b64decode(key["spki_b64"])
    public, name = load_der_public_key(spki), key["baseUrl"].removeprefix("https://")

    def check(text: bytes, signature: bytes) -> bool:
        try:
            if isinstance(public, ed25519.Ed25519PublicKey):
                public.verify(signature, text)
            elif isinstance(public, ec.EllipticCurvePublicKey):
                public.verify(signature, text, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True

    return (name, key_id(name, public, spki)), check


def key_id(name: str, public: Any, spki: bytes) -> bytes:
    from hashlib import sha256

    if isinstance(public, ed25519.Ed25519PublicKey):
        return sha256(name.encode() + b"\n\x01" + public.public_bytes_raw()).digest()[:4]
    return sha256(spki).digest()[:4]


@pytest.mark.parametrize("case", GROUPS["ed25519_rfc8032"]["vectors"])
def test_signatures_of_the_standard_verify_and_others_do_not(case: dict[str, Any]) -> None:
    public, message, signature = (bytes.fromhex(case[name]) for name in ("public", "msg", "sig"))
    assert ni_verify.ed25519_verifies(public, message, signature)
    assert not ni_verify.ed25519_verifies(public, message + b"x", signature)
    above = int.from_bytes(signature[32:], "little") + ni_verify.ORDER
    assert not ni_verify.ed25519_verifies(public, message, signature[:32] + above.to_bytes(32, "little"))

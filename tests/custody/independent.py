"""Checks a checkpoint and a proof with `sigstore`'s own code; run by an interpreter that has it and nothing of ours.

`python independent.py FILE`, where FILE is JSON: `note`, `public` (hex), `entry` (hex), `index`, `path` (hex). Prints
`accepted`, or fails.
"""

import json
import sys
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Keyring:
    """One Ed25519 key, in the place of the public instance's keys."""

    def __init__(self, public: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(public)

    def verify(self, *, key_id: bytes, signature: bytes, data: bytes) -> None:
        """Raises if the key did not sign."""
        self._key.verify(signature, data)


def main(given: dict[str, Any]) -> None:
    """Raises if sigstore refuses."""
    merkle: Any = import_module(
        "sigstore._internal.merkle"
    )  # by name: it is not in the environment of our tools
    checkpoints: Any = import_module("sigstore._internal.rekor.checkpoint")
    signed = checkpoints.SignedCheckpoint.from_text(given["note"])
    public = bytes.fromhex(given["public"])
    key_id = sha256(signed.checkpoint.origin.encode() + b"\n\x01" + public).digest()[:4]
    keyring: Any = Keyring(public)
    signed.signed_note.verify(keyring, key_id)
    proof = SimpleNamespace(
        log_index=given["index"],
        tree_size=signed.checkpoint.log_size,
        root_hash=bytes.fromhex(signed.checkpoint.log_hash),
        hashes=[bytes.fromhex(each) for each in given["path"]],
    )
    inner = SimpleNamespace(inclusion_proof=proof, canonicalized_body=bytes.fromhex(given["entry"]))
    entry: Any = SimpleNamespace(_inner=inner)
    merkle.verify_merkle_inclusion(entry)
    sys.stdout.write("accepted\n")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))

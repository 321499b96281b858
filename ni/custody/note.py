"""Signed notes (C2SP signed-note) with Ed25519, and the texts that the log signs.

A note is a text and, after a blank line, one signature a line. A key has a name, a 4-byte id that is a hash of name and
key, and a printable form, the vkey. Signatures of unknown keys are ignored; an invalid one of a known key refuses the
note.

A checkpoint (C2SP tlog-checkpoint) has three lines: origin, size, root. It has no extension lines, which not all
cosignatures of witnesses would cover. The same key signs two other statements, whose first line differs:

    <origin>/promise   a record is durable and will be in the log within the merge delay
    <origin>/receipt   the log gave out the receipt with this SHA-256
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
MOST_SIGNATURES = 100


class NoteRefused(Exception):
    """A note that is malformed, or not signed by a known key."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name; `kind` is the type byte of its signatures."""

    name: str
    public: bytes
    kind: bytes = ED25519

    @property
    def id(self) -> bytes:
        """The 4 bytes before each signature: the start of SHA-256 over name, newline, kind and key."""
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.kind + self.public).decode()}"

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether the key made the signature over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


def parse_vkey(text: str) -> VerifierKey:
    """The key that `text` shows. Raises `NoteRefused`."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        octets = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    key = VerifierKey(name, octets[1:], octets[:1])
    known = key.kind in (ED25519, COSIGNATURE) and len(key.public) == 32
    if not is_name(name) or not known or key.id.hex() != key_id:
        raise NoteRefused("this is not a key of a signed note")
    return key


def is_name(name: str) -> bool:
    """Whether this may name a key: not empty, without white space and `+`."""
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


class Signer:
    """A private key with its name."""

    def __init__(self, name: str, seed: bytes) -> None:
        if not is_name(name):
            raise ValueError(f"{name!r} cannot name a key")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(name, self._private.public_key().public_bytes_raw())

    def line(self, text: str) -> str:
        """The signature line of this key for a note's text."""
        return signature_line(self.key, self._private.sign(text.encode()))


def signature_line(key: VerifierKey, signature: bytes) -> str:
    """A line of the signature block."""
    return f"— {key.name} {base64.b64encode(key.id + signature).decode()}\n"


def sign(text: str, signers: Sequence[Signer]) -> str:
    """The note of the text, which ends in a newline, signed by all."""
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def open_note(note: str, keys: Sequence[VerifierKey]) -> str:
    """The text of a note that at least one of the keys signed. Raises `NoteRefused`."""
    text, lines = split_note(note)
    known = {(key.name, key.id): key for key in keys if key.kind == ED25519}
    verified = False
    for line in lines:
        name, key_id, signature = signature_of(line)
        key = known.get((name, key_id))
        if key is None:
            continue
        if not key.verifies(text.encode(), signature):
            raise NoteRefused(f"the signature of {name} is not valid")
        verified = True
    if not verified:
        raise NoteRefused("no key that we know has signed this")
    return text


def split_note(note: str) -> tuple[str, list[str]]:
    """The text with its final newline, and the lines of the signature block. Raises `NoteRefused`."""
    head, mark, block = note.rpartition("\n\n")
    lines = block.split("\n")[:-1]
    printable = all(character == "\n" or ord(character) >= 0x20 for character in note)
    if not mark or not printable or not lines or not block.endswith("\n") or len(lines) > MOST_SIGNATURES:
        raise NoteRefused("this is not a signed note")
    return head + "\n", lines


def signature_of(line: str) -> tuple[str, bytes, bytes]:
    """Name, key id and signature of a line. Raises `NoteRefused`."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        octets = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if dash != "—" or not is_name(name) or len(octets) < 5:
        raise NoteRefused("this is not a signature line")
    return name, octets[:4], octets[4:]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a log; `str()` gives the text to sign."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint of a note's text; extension lines are ignored. Raises `NoteRefused`."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or lines[-1]:
        raise NoteRefused("this is not a checkpoint")
    digits = lines[1]
    if not (digits.isascii() and digits.isdigit()) or str(int(digits)) != digits or int(digits) >= 2**63:
        raise NoteRefused("the size of the checkpoint is not a number")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError):
        raise NoteRefused("the root of the checkpoint is not base64") from None
    return Checkpoint(lines[0], int(digits), root)


def promise_text(origin: str, at_ms: int, rec: bytes) -> str:
    """Text of the promise that the log will contain an entry with this `rec`."""
    return f"{origin}/promise\n{at_ms}\n{base64.b64encode(rec).decode()}\n"


def seal_text(origin: str, receipt: bytes) -> str:
    """Text of the seal over the bytes of a receipt without its seal."""
    return f"{origin}/receipt\n{base64.b64encode(sha256(receipt).digest()).decode()}\n"


def account_text(head: Checkpoint, account_id: str, count: int, digest: bytes) -> str:
    """Text of the statement that an account has so many records in the logs up to this head, of this digest."""
    shown = base64.b64encode(digest).decode()
    return f"{head.origin}/account\n{head.size}\n{account_id}\n{count}\n{shown}\n"


def proof_text(index: int, path: list[bytes], note: str) -> str:
    """An inclusion proof with its checkpoint (C2SP tlog-proof, the `.tlog-proof` file)."""
    hashes = "".join(base64.b64encode(each).decode() + "\n" for each in path)
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}"

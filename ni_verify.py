#!/usr/bin/env python3
"""Checks receipts of a Northern Inference custody log: one file, Python alone, no trust in whoever runs the log.

    python3 ni_verify.py [verify] RECEIPT --vkey KEY       a receipt as the log gave it out
    python3 ni_verify.py account EXPORT --vkey KEY [--account-key KEY]    all records of an account, without a gap
    python3 ni_verify.py consistency [OLD] NEW --vkey KEY  that the log only grew (OLD: else what is remembered)
    python3 ni_verify.py body FILE RECEIPT --vkey KEY      that FILE is the body the receipt commits to

It prints one line and exits 0 or 1. The newest checkpoint of each log is remembered (`--state`); one that is smaller
or that contradicts it is refused. RFC 6962 and 9162 (tree), RFC 8032 (Ed25519), C2SP signed-note and tlog-proof.
"""

import argparse
import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

Check = Callable[[bytes, bytes], bool]
Keys = Mapping[tuple[str, bytes], Check]
Head = tuple[str, int, bytes]
"""Origin, size and root."""


class Refused(Exception):
    """Why something does not verify, in one line."""


def need(holds: object, otherwise: str) -> None:
    """Raises `Refused` unless it holds."""
    if not holds:
        raise Refused(otherwise)


# ---- Ed25519 (RFC 8032, section 5.1.7), plainly: a signature takes some 50 ms

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def _point(octets: bytes) -> Point:
    y, sign = int.from_bytes(octets, "little") & (1 << 255) - 1, octets[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need(y < P and (x * x - square) % P == 0 and (x or not sign), "the key is not a point of the curve")
    return (x if x & 1 == sign else P - x), y


def _add(one: Point, two: Point) -> Point:
    (a, b), (c, d) = one, two
    skew = D * a * b * c * d
    return (a * d + b * c) * pow(1 + skew, -1, P) % P, (b * d + a * c) * pow(1 - skew, -1, P) % P


def _times(factor: int, point: Point) -> Point:
    total = (0, 1)
    for bit in bin(factor)[2:]:
        total = _add(total, total)
        total = _add(total, point) if bit == "1" else total
    return total


def ed25519_verifies(public: bytes, text: bytes, signature: bytes) -> bool:
    """Whether the key made the signature; encodings that are not canonical are refused."""
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % ORDER
    key_x, key_y = _point(public)
    base = _point(b"\x58" + b"\x66" * 31)
    x, y = _add(_times(scalar, base), _times(challenge, (P - key_x, key_y)))
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# ---- Merkle proofs (RFC 9162, sections 2.1.3.2 and 2.1.4.2)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_inclusion(index: int, size: int, leaf: bytes, path: list[bytes], root: bytes) -> None:
    """Raises `Refused` unless the leaf hash is the `index`th of the tree."""
    need(0 <= index < size and len(leaf) == len(root) == 32, "the index is outside the tree, or a hash malformed")
    at, last, made = index, size - 1, leaf
    for sibling in path:
        need(last, "the proof is too long")
        if at & 1 or at == last:
            made = _node(sibling, made)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            made = _node(made, sibling)
        at, last = at >> 1, last >> 1
    need(last == 0 and made == root, "the record is not in the log at this place")


def check_consistency(old: tuple[int, bytes], new: tuple[int, bytes], path: list[bytes]) -> None:
    """Raises `Refused` unless the tree of size and root `new` begins with all of `old`."""
    need(0 < old[0] <= new[0], "there is no growth from the first size to the second")
    if old[0] == new[0]:
        need(old[1] == new[1] and not path, "two roots for one size: the log was forked")
        return
    need(path, "the proof is empty")
    at, last = old[0] - 1, new[0] - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    rest = path if old[0] & (old[0] - 1) else [old[1], *path]
    first = second = rest[0]
    for sibling in rest[1:]:
        need(last, "the proof is too long")
        if at & 1 or at == last:
            first, second = _node(sibling, first), _node(sibling, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = _node(second, sibling)
        at, last = at >> 1, last >> 1
    need(last == 0 and first == old[1] and second == new[1], "the log did not grow from one to the other: a fork")


# ---- signed notes, checkpoints, proofs (C2SP)


def unbase64(text: object, what: str) -> bytes:
    """The octets of canonical base64. Raises `Refused`."""
    try:
        octets = base64.b64decode(str(text), validate=True)
    except ValueError:
        raise Refused(f"{what} is not base64") from None
    need(base64.b64encode(octets).decode() == text, f"{what} is not canonical base64")
    return octets


def parse_vkey(text: str) -> tuple[tuple[str, bytes], Check]:
    """Name and id of an Ed25519 key, and its check. Raises `Refused`."""
    parts = text.strip().split("+", 2)
    need(len(parts) == 3, "the vkey is not `name+id+key`")
    octets = unbase64(parts[2], "the vkey")
    key_id = hashlib.sha256(parts[0].encode() + b"\n" + octets).digest()[:4]
    need(octets[:1] == b"\x01" and len(octets) == 33, "the vkey is not an Ed25519 key")
    need(parts[0] and key_id.hex() == parts[1], "the id of the vkey does not fit its key")
    return (parts[0], key_id), lambda text, signature: ed25519_verifies(octets[1:], text, signature)


def open_note(note: str, keys: Keys) -> str:
    """The text of a note that one of the keys signed; unknown signatures are ignored. Raises `Refused`."""
    head, mark, block = note.rpartition("\n\n")
    lines = block.split("\n")
    need(mark and lines.pop() == "" and 0 < len(lines) <= 100, "this is not a signed note")
    need(all(ord(letter) >= 32 or letter == "\n" for letter in note), "the note has control characters")
    verified = False
    for line in lines:
        parts = line.split(" ")
        need(len(parts) == 3 and parts[0] == "—" and parts[1] and "+" not in parts[1], "a signature is malformed")
        octets = unbase64(parts[2], "a signature")
        check = keys.get((parts[1], octets[:4]))
        if check is not None:
            need(check((head + "\n").encode(), octets[4:]), f"the signature of {parts[1]} is not valid")
            verified = True
    need(verified, "none of the keys given has signed this")
    return head + "\n"


def parse_checkpoint(text: str) -> Head:
    """Origin, size and root; extension lines are ignored. Raises `Refused`."""
    lines = text.split("\n")
    need(len(lines) >= 4 and lines[0] and not lines[-1], "this is not a checkpoint")
    need(lines[1].isascii() and lines[1].isdigit() and str(int(lines[1])) == lines[1], "the size is not a number")
    need(int(lines[1]) < 2**63, "the size is not a number")
    return lines[0], int(lines[1]), unbase64(lines[2], "the root")


def open_checkpoint(note: str, keys: Keys) -> Head:
    """The head that one of the keys signed, under the key's own name. Raises `Refused`."""
    origin, size, root = parse_checkpoint(open_note(note, keys))
    need(any(name == origin for name, _ in keys), "the checkpoint is of another origin")
    return origin, size, root


def parse_proof(text: str) -> tuple[int, list[bytes], str]:
    """Index, path and checkpoint note of a `.tlog-proof`. Raises `Refused`."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    need(lines.pop(0) == "c2sp.org/tlog-proof@v1", "this is not a tlog-proof")
    if lines and lines[0].startswith("extra "):
        unbase64(lines.pop(0)[6:], "the extra line")
    need(lines and lines[0].startswith("index "), "the proof has no index")
    digits = lines.pop(0)[6:]
    need(digits.isascii() and digits.isdigit() and str(int(digits)) == digits, "the index is not a number")
    path = [unbase64(line, "a hash of the proof") for line in lines]
    need(len(path) <= 63 and all(len(each) == 32 for each in path), "a hash of the proof is not 32 bytes")
    return int(digits), path, note


# ---- records, receipts, accounts


def from_hex(text: object, what: str) -> bytes:
    """32 octets from lower-case hex. Raises `Refused`."""
    digits = str(text)
    need(len(digits) == 64 and not set(digits) - set("0123456789abcdef"), f"{what} is malformed")
    return bytes.fromhex(digits)


def load(octets: bytes, form: str, names: set[str]) -> dict[str, Any]:
    """A JSON object of exactly these names in the one way of writing it. Raises `Refused`."""
    try:
        read = json.loads(octets)
    except ValueError:
        raise Refused("this is not JSON") from None
    need(isinstance(read, dict) and read.get("format") == form, f"this is not an {form}")
    need(set(read) <= names, "there is something in it that does not belong")
    need(compact(read) == octets, "it is not as the log wrote it: keep the file as it came, without a newline more")
    return dict(read)


def compact(value: object) -> bytes:
    """The one way of writing JSON in which receipts and exports come."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def record(one: dict[str, Any], sealed: bool) -> tuple[dict[str, Any], bytes, bytes]:
    """Fields, `rec` and leaf hash of a record. What the log does not cover needs the seal. Raises `Refused`."""
    need(set(one) == {"kind", "disclosures", "hidden", "openings", "acct_seq", "prev_leaf", "link"}, "a record is odd")
    digests = [hashlib.sha256(text.encode()).digest() for text in one["disclosures"]]
    digests += [from_hex(each, "a hidden field") for each in one["hidden"]]
    rec = hashlib.sha256(b"ni-custody/rec/v1\n" + b"".join(sorted(digests))).digest()
    triples = [json.loads(text) for text in one["disclosures"]]
    fields = {name: value for _, name, value in triples}
    need(len(fields) == len(triples), "a field is there twice")
    need(fields.get("kind", one["kind"] if sealed else None) == one["kind"], "the record is of another kind")
    bare = one["acct_seq"] is None and one["prev_leaf"] is None and not one["openings"]
    need(sealed or bare, "without a seal, openings and places in the account prove nothing: leave them out")
    kind = b"\x02" if fields.get("acct") == "operator" else b"\x01"
    leaf = hashlib.sha256(b"\x00" + kind + rec + from_hex(one["link"], "the link")).digest() if one["link"] else b""
    return fields, rec, leaf


def verify(octets: bytes, keys: Keys, memory: "Memory") -> str:
    """Checks a receipt. Raises `Refused`."""
    names = {"format", "rid", "origin", "records", "proofs", "promise", "seal"}
    receipt = load(octets, "ni-receipt/1", names)
    origin, seal = str(receipt["origin"]), receipt.pop("seal", None)
    if seal is not None:
        digest = base64.b64encode(hashlib.sha256(compact(receipt)).digest()).decode()
        need(open_note(seal, keys) == f"{origin}/receipt\n{digest}\n", "the seal is of another receipt")
    need("promise" not in receipt, "it holds a promise only: ask for the receipt again when the record is in the log")
    need(0 < len(receipt["records"]) == len(receipt["proofs"]), "the proofs are not one for each record")
    heads = []
    for one, proof in zip(receipt["records"], receipt["proofs"], strict=True):
        fields, _, leaf = record(one, seal is not None)
        need(fields.get("rid", receipt["rid"] if seal else None) == receipt["rid"], "a record is of another request")
        index, path, note = parse_proof(proof)
        need(seal is not None or "\nextra " not in proof, "the proof has an extra line")
        heads.append(open_checkpoint(note, keys))
        check_inclusion(index, heads[-1][1], leaf, path, heads[-1][2])
    need(heads[-1][0] == origin, "the receipt names another origin than its proof")
    for head in heads:
        memory.saw(head)
    kinds = "+".join(one["kind"] for one in receipt["records"])
    return f"intact: request {receipt['rid']} ({kinds}) is in {origin} at size {heads[-1][1]}"


def account(octets: bytes, keys: Keys, memory: "Memory", secret: str | None) -> str:
    """Checks all records of an account: none is left out and, given the account's key, they are in order."""
    export = load(octets, "ni-account/1", {"format", "account", "checkpoints", "records"})
    heads = {head[0]: head for head in (open_checkpoint(note, keys) for note in export["checkpoints"])}
    key, last = unbase64(secret, "the account key") if secret else None, bytes(32)
    for number, one in enumerate(export["records"]):
        place = [one.pop(name, None) for name in ("origin", "index", "path")]
        need(one["acct_seq"] == number, f"a gap: record {number} of the account is missing")
        need(from_hex(one["prev_leaf"], "the previous leaf") == last, f"record {number} does not follow the one before")
        linked = b"ni-custody/link/v1\n" + number.to_bytes(8, "big") + last
        made = hmac.new(key, linked, "sha256").hexdigest() if key else one["link"]
        need(made == one["link"], f"the link of record {number} is not of this account key")
        fields, _, last = record(one, sealed=True)
        need(fields.get("acct", export["account"]) == export["account"], f"record {number} is of another account")
        need(place[0] in heads, f"record {number} has no checkpoint")
        _, size, root = heads[place[0]]
        check_inclusion(place[1], size, last, [unbase64(each, "a path") for each in place[2]], root)
    for head in heads.values():
        memory.saw(head)
    order = "" if key else " (links not checked: no --account-key)"
    return f"intact: {len(export['records'])} records of {export['account']} without a gap{order}"


def consistency(old: bytes | None, new: bytes, keys: Keys, memory: "Memory") -> str:
    """Checks that the log grew from OLD, else from what is remembered, to the answer NEW. Raises `Refused`."""
    answer = json.loads(new)
    head = open_checkpoint(answer["checkpoint"], keys)
    before = open_checkpoint(checkpoint_in(old), keys) if old is not None else memory.newest(head[0])
    need(before[0] == head[0] and answer["from"] == before[1], f"the proof does not begin at size {before[1]}")
    check_consistency(before[1:], head[1:], [unbase64(each, "a hash of the proof") for each in answer["proof"]])
    memory.grew(head)
    return f"intact: {head[0]} grew from size {before[1]} to {head[1]}"


def checkpoint_in(octets: bytes) -> str:
    """The checkpoint in a receipt, in the answer to a consistency question, or alone."""
    text = octets.decode()
    if not text.startswith("{"):
        return text
    held = json.loads(text)
    return str(held["checkpoint"] if "checkpoint" in held else parse_proof(held["proofs"][-1])[2])


def body(content: bytes, octets: bytes, keys: Keys, memory: "Memory") -> str:
    """Checks that the receipt commits to the content. Raises `Refused`."""
    said = verify(octets, keys, memory)
    for one in json.loads(octets)["records"]:
        fields = record(one, sealed=True)[0]
        for name, opening in one["openings"].items():
            made = hmac.new(unbase64(opening, "an opening"), content, "sha256").digest()
            if base64.urlsafe_b64encode(made).decode().rstrip("=") == fields.get(name):
                return f"{said}; the file is what {name} of its {one['kind']} record commits to"
    raise Refused("the receipt commits to no such file")


class Memory:
    """The checkpoints seen, by origin: `{"size": [root], ...}` in a JSON file; the largest is the newest."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[str, dict[str, str]] = json.loads(path.read_text()) if path.exists() else {}

    def newest(self, origin: str) -> Head:
        """The newest checkpoint of the origin. Raises `Refused` if there is none."""
        sizes = self._seen.get(origin, {})
        need(sizes, f"no checkpoint of {origin} is remembered: name an old one")
        size = max(sizes, key=int)
        return origin, int(size), bytes.fromhex(sizes[size])

    def saw(self, head: Head) -> None:
        """Remember a checkpoint. Raises `Refused` for another root of a size seen, and for a size never seen below."""
        origin, size, root = head
        sizes = self._seen.get(origin, {})
        need(sizes.get(str(size), root.hex()) == root.hex(), f"two roots at size {size}: the log was forked")
        newest = max(map(int, sizes), default=0)
        need(size >= newest or str(size) in sizes, f"size {size} is smaller than {newest}, which was seen: a rollback, "
             "or a receipt from before; fetch it anew")
        self.grew(head)

    def grew(self, head: Head) -> None:
        """Remember a checkpoint that is proven or that nothing contradicts."""
        self._seen.setdefault(head[0], {})[str(head[1])] = head[2].hex()

    def keep(self) -> None:
        """Write the file."""
        self._path.write_text(json.dumps(self._seen, indent=1))


COMMANDS: dict[str, tuple[int, int, Callable[..., str]]] = {
    "verify": (1, 1, lambda files, *known: verify(files[0], *known)),
    "account": (1, 1, lambda files, *known: account(files[0], *known)),
    "consistency": (1, 2, lambda files, *known: consistency(files[-2] if len(files) > 1 else None, files[-1], *known)),
    "body": (2, 2, lambda files, *known: body(files[0], files[1], *known)),
}


def run(arguments: Iterable[str]) -> str:
    """Do what the command line asks; the line to print. Raises `Refused`."""
    words = list(arguments)
    command = words.pop(0) if words and words[0] in COMMANDS else "verify"
    form = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="ni_verify.py", description=__doc__, formatter_class=form)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--vkey", action="append", required=True, help="a key of the log; repeat for more")
    parser.add_argument("--account-key", help="the account's own key, base64, for `account`")
    parser.add_argument("--state", type=Path, default=Path.home() / ".ni_verify.json", help="default: %(default)s")
    wanted = parser.parse_args(words)
    least, most, check = COMMANDS[command]
    need(least <= len(wanted.files) <= most, f"`{command}` takes {most} file(s)")
    memory = Memory(wanted.state)
    known = (dict(parse_vkey(text) for text in wanted.vkey), memory)
    extra = (wanted.account_key,) if command == "account" else ()
    said = check([path.read_bytes() for path in wanted.files], *known, *extra)
    memory.keep()
    return said


MALFORMED = (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)


def main(arguments: Iterable[str]) -> int:
    """The exit status: 0 if it verifies, else 1."""
    try:
        said, status = run(arguments), 0
    except Refused as refusal:
        said, status = f"NOT VERIFIED: {refusal}", 1
    except MALFORMED as fault:
        said, status = f"NOT VERIFIED: malformed ({type(fault).__name__})", 1
    sys.stdout.write(said + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Checks receipts of a Northern Inference custody log: one file, Python alone, no trust in its operator.

    python3 ni_verify.py [verify] RECEIPT --vkey KEY       a receipt as the log gave it out
    python3 ni_verify.py account EXPORT --vkey KEY [--account-key KEY]    all records of an account, without a gap
    python3 ni_verify.py consistency [OLD] NEW --vkey KEY  that the log only grew (OLD: else what is remembered)
    python3 ni_verify.py body FILE RECEIPT --vkey KEY      that FILE is a body the receipt commits to

It prints one line and exits 0 or 1. The newest checkpoint of each log is remembered (`--state`); one that is smaller
or contradicts it is refused. RFC 6962 and 9162 (tree), RFC 8032 (Ed25519), C2SP signed-note and tlog-proof.
"""

import argparse
import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Check = Callable[[bytes, bytes], bool]
Keys = Mapping[tuple[str, bytes], Check]
Head = tuple[str, int, bytes]  # origin, size, root
RECORD = ("kind", "disclosures", "hidden", "openings", "acct_seq", "prev_leaf", "link")
SHAPE = set(RECORD)
TOP = ("format", "rid", "account", "origin", "checkpoints", "head", "records", "proofs", "promise", "seal")
ORDER_OF_NAMES = {
    name: at for at, name in enumerate((*TOP, *RECORD, "req_c", "sent_c", "resp_c", "index", "path"))
}
"""Where the log writes a member among the others of its object; the seal covers them in this order."""
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


class Refused(Exception):
    """Why something does not verify, in one line."""


MALFORMED = (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)


def need(holds: object, otherwise: str) -> None:
    """Raises `Refused` unless it holds."""
    if not holds:
        raise Refused(otherwise)


def _point(octets: bytes) -> tuple[int, int]:
    """RFC 8032, section 5.1.3."""
    y, sign = int.from_bytes(octets, "little") & (1 << 255) - 1, octets[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and (x * x - square) % P == 0 and (x or not sign), "the key is not a point of the curve")
    return (x if x & 1 == sign else P - x), y


def _add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    (a, b), (c, d) = one, two
    skew = D * a * b * c * d
    return (a * d + b * c) * pow(1 + skew, -1, P) % P, (b * d + a * c) * pow(1 - skew, -1, P) % P


def _times(factor: int, point: tuple[int, int]) -> tuple[int, int]:
    total = (0, 1)
    for bit in bin(factor)[2:]:
        total = _add(total, total)
        total = _add(total, point) if bit == "1" else total
    return total


def ed25519_verifies(public: bytes, text: bytes, signature: bytes) -> bool:
    """Whether the key signed the text (RFC 8032, section 5.1.7); encodings that are not canonical are refused."""
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % ORDER
    key_x, key_y = _point(public)
    x, y = _add(_times(scalar, _point(b"\x58" + b"\x66" * 31)), _times(challenge, (P - key_x, key_y)))
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, section 2.1.3.2. Raises `Refused` unless the leaf hash is the `index`th of the tree."""
    need(0 <= index < size and len(leaf) == len(root) == 32, "no such place in the tree, or a malformed hash")
    at, last, made = index, size - 1, leaf
    for sibling in path:
        need(last, "the proof is too long")
        made = _node(sibling, made) if at & 1 or at == last else _node(made, sibling)
        while at == last and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    need(last == 0 and made == root, "the record is not in the log at this place")


def check_consistency(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> None:
    """RFC 9162, section 2.1.4.2. Raises `Refused` unless the tree `new` (size, root) begins with all of `old`."""
    need(0 < old[0] <= new[0], "there is no growth from the first size to the second")
    need(bool(path) == (old[0] < new[0]), "the proof is empty, or needless")
    need(old[0] < new[0] or old[1] == new[1], "two roots for one size: the log was forked")
    if old[0] == new[0]:
        return
    at, last = old[0] - 1, new[0] - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    rest = path if old[0] & (old[0] - 1) else [old[1], *path]
    first = second = rest[0]
    for sibling in rest[1:]:
        need(last, "the proof is too long")
        left = at & 1 or at == last
        first = _node(sibling, first) if left else first
        second = _node(sibling, second) if left else _node(second, sibling)
        while at == last and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    need(
        last == 0 and first == old[1] and second == new[1],
        "the log did not grow from one to the other: a fork",
    )


def unbase64(text: object) -> bytes:
    """The octets of canonical base64. Raises `Refused`."""
    octets = base64.b64decode(str(text))
    need(base64.b64encode(octets).decode() == text, "something is not canonical base64")
    return octets


def unhex(text: object) -> bytes:
    """32 octets from lower-case hex. Raises `Refused`."""
    need(len(octets := bytes.fromhex(str(text))) == 32 and octets.hex() == text, "a hash is malformed")
    return octets


def number(text: str) -> int:
    """A number below 2^63 without leading zeros. Raises `Refused`."""
    need(
        text.isascii() and text.isdigit() and len(text) < 20 and str(int(text)) == text,
        "a number is malformed",
    )
    need(int(text) < 2**63, "a number is too large")
    return int(text)


def parse_vkey(text: str) -> tuple[tuple[str, bytes], Check]:
    """Name and id of an Ed25519 key, and its check. Raises `Refused`."""
    what = f"the --vkey {text[:100]!r} is no Ed25519 key such as origin+0123abcd+base64"
    name, key_id, encoded = [*text.strip().split("+", 2), "", ""][:3]
    try:
        octets = unbase64(encoded)
    except (Refused, ValueError):
        octets = b""
    fits = hashlib.sha256(name.encode() + b"\n" + octets).digest()[:4].hex() == key_id
    need(name and fits and octets[:1] == b"\x01" and len(octets) == 33, what)
    return (name, bytes.fromhex(key_id)), lambda text, signature: ed25519_verifies(
        octets[1:], text, signature
    )


def open_note(note: str, keys: Keys) -> str:
    """The text of a note that one of the keys signed; unknown signatures are ignored. Raises `Refused`."""
    head, mark, block = note.rpartition("\n\n")
    lines = block.split("\n")
    need(mark and lines.pop() == "" and 0 < len(lines) <= 100, "this is not a signed note")
    need(all(ord(letter) >= 32 or letter == "\n" for letter in note), "the note has control characters")
    verified = False
    for line in lines:
        dash, name, encoded = line.split(" ")
        need(dash == "—" and name and "+" not in name, "a signature is malformed")
        octets = unbase64(encoded)
        if check := keys.get((name, octets[:4])):
            need(check((head + "\n").encode(), octets[4:]), f"the signature of {name} is not valid")
            verified = True
    need(verified, "none of the keys given has signed this")
    return head + "\n"


def parse_checkpoint(text: str) -> Head:
    """Origin, size and root; extension lines are ignored. Raises `Refused`."""
    lines = text.split("\n")
    need(len(lines) >= 4 and lines[0] and not lines[-1], "this is not a checkpoint")
    return lines[0], number(lines[1]), unbase64(lines[2])


def open_checkpoint(note: str, keys: Keys) -> Head:
    """The head that one of the keys signed, under the key's own name. Raises `Refused`."""
    head = parse_checkpoint(open_note(note, keys))
    need(any(name == head[0] for name, _ in keys), "the checkpoint is of another origin")
    return head


def parse_proof(text: str) -> tuple[int, list[bytes], str]:
    """Index, path and checkpoint note of a `.tlog-proof`. Raises `Refused`."""
    head, _, note = text.partition("\n\n")
    form, *lines = head.split("\n")
    if lines and lines[0].startswith("extra "):
        unbase64(lines.pop(0)[6:])
    need(form == "c2sp.org/tlog-proof@v1" and lines and lines[0][:6] == "index ", "this is not a tlog-proof")
    path = [unbase64(line) for line in lines[1:]]
    need(len(path) <= 63 and all(len(each) == 32 for each in path), "a hash of the proof is not 32 bytes")
    return number(lines[0][6:]), path, note


def compact(value: object) -> bytes:
    """The canonical JSON in which receipts and exports are written."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's members in the log's order; tools may reorder them. Raises `Refused` for one that is doubled."""
    need(len(dict(pairs)) == len(pairs), "a name stands twice in one object")
    return dict(sorted(pairs, key=lambda pair: ORDER_OF_NAMES.get(pair[0], len(ORDER_OF_NAMES))))


def _no_number(text: str) -> None:
    raise Refused(f"{text[:20]} is no number of a receipt")


def load(octets: bytes, form: str, names: set[str]) -> dict[str, Any]:
    """A JSON object of this form with no other names, in any indentation and order. Raises `Refused`."""
    read = json.loads(
        octets.decode(),
        object_pairs_hook=_members,
        parse_int=number,
        parse_float=_no_number,
        parse_constant=_no_number,
    )
    need(read["format"] == form and set(read) <= names, f"this is no {form}, or has more in it")
    return dict(read)


def record(one: dict[str, Any], sealed: bool) -> tuple[dict[str, Any], bytes]:
    """Fields and leaf hash of a record; parts that no leaf covers need the account's seal. Raises `Refused`."""
    need(set(one) == SHAPE, "a record has other parts than it should")
    digests = [hashlib.sha256(text.encode()).digest() for text in one["disclosures"]] + list(
        map(unhex, one["hidden"])
    )
    rec = hashlib.sha256(b"ni-custody/rec/v1\n" + b"".join(sorted(digests))).digest()
    fields = {name: value for _, name, value in map(json.loads, one["disclosures"])}
    need(len(fields) == len(one["disclosures"]), "a field is there twice")
    need(fields.get("kind", one["kind"] if sealed else None) == one["kind"], "the record is of another kind")
    bare = one["acct_seq"] is None and one["prev_leaf"] is None and not one["openings"]
    need(sealed or bare, "without a seal, openings and places in the account prove nothing: leave them out")
    kind = b"\x02" if fields.get("acct") == "operator" else b"\x01"
    return fields, hashlib.sha256(b"\x00" + kind + rec + unhex(one["link"])).digest()


def verify(octets: bytes, keys: Keys, memory: "Memory") -> str:
    """Checks a receipt. Raises `Refused`."""
    receipt = load(
        octets, "ni-receipt/1", {"format", "rid", "origin", "records", "proofs", "promise", "seal"}
    )
    seal, records, proofs = receipt.pop("seal", None), receipt["records"], receipt["proofs"]
    if seal is not None:
        digest = base64.b64encode(hashlib.sha256(compact(receipt)).digest()).decode()
        text = f"{receipt['origin']}/receipt\n{digest}\n"
        need(open_note(seal, keys) == text, "the seal is of another receipt")
    need("promise" not in receipt, "it holds a promise only: ask again when the record is in the log")
    need(0 < len(records) == len(proofs), "the proofs are not one for each record")
    heads = []
    for one, proof in zip(records, proofs, strict=True):
        fields, leaf = record(one, seal is not None)
        need(
            fields.get("rid", receipt["rid"] if seal else None) == receipt["rid"],
            "a record of another request",
        )
        need(seal or "\nextra " not in proof, "the proof has an extra line")
        index, path, note = parse_proof(proof)
        heads.append(open_checkpoint(note, keys))
        check_inclusion(index, heads[-1][1], leaf, path, heads[-1][2])
    need(heads[-1][0] == receipt["origin"], "the receipt names another origin than its proof")
    memory.saw(*heads)
    kinds = "+".join(one["kind"] for one in records)
    partly = "" if seal else "; it has no seal, so that fields and records may have been left out"
    return f"intact: request {receipt['rid']} ({kinds}) is in {heads[-1][0]} at size {heads[-1][1]}{partly}"


def account(octets: bytes, keys: Keys, memory: "Memory", secret: str | None = None) -> str:
    """Checks an account's records: none left out, altered or added and, with its key, in order. Raises `Refused`."""
    form = json.loads(octets)["format"]
    stated = {"head"} if form != "ni-account/1" else set()
    names = {"format", "account", "checkpoints", "records"} | stated
    export = load(octets, "ni-account/2" if stated else form, names)
    heads = {head[0]: head for head in (open_checkpoint(note, keys) for note in export["checkpoints"])}
    last, digest = bytes(32), hashlib.sha256(b"ni-custody/account/v1\n")
    for at, one in enumerate(export["records"]):
        origin, index, path = (one.pop(name) for name in ("origin", "index", "path"))
        need(one["acct_seq"] == at, f"a gap: record {at} of the account is missing")
        need(unhex(one["prev_leaf"]) == last, f"record {at} does not follow the one before")
        linked = b"ni-custody/link/v1\n" + at.to_bytes(8, "big") + last
        made = hmac.new(unbase64(secret), linked, "sha256").hexdigest() if secret else one["link"]
        need(made == one["link"], f"the link of record {at} is not of this account key")
        fields, last = record(one, sealed=True)
        need(fields.get("acct", export["account"]) == export["account"], f"record {at} is of another account")
        digest.update(f"{one['kind']} {last.hex()}\n".encode())
        check_inclusion(index, heads[origin][1], last, list(map(unbase64, path)), heads[origin][2])
    order = "" if secret else " (links not checked: no --account-key)"
    shown = f"{len(export['records'])} records of {export['account']} without a gap"
    if stated:
        shown += check_account_head(open_note(export["head"], keys), export, digest.digest(), heads)
    memory.saw(*heads.values())
    if stated:
        return f"intact: {shown}{order}"
    newest = "an export of this age cannot show that no newer record is missing"
    return f"intact as far as it goes: {shown}{order}; {newest}"


def check_account_head(text: str, export: dict[str, Any], digest: bytes, heads: Mapping[str, Head]) -> str:
    """Up to where the export is whole, by the log's statement on the account. Raises `Refused` if it is another's."""
    first, size, name, count, stated = text.rstrip("\n").split("\n")
    origin, _, what = first.rpartition("/")
    need(what == "account" and name == export["account"], "the statement is not of this account")
    need(origin in heads and number(size) == heads[origin][1], "the statement is of another size of the log")
    here = len(export["records"])
    need(number(count) == here, f"the log held {count} records of the account, and the export has {here}")
    need(unbase64(stated) == digest, "the log signed other records than these")
    return f", all up to size {size} of {origin}"


def consistency(old: bytes | None, new: bytes, keys: Keys, memory: "Memory") -> str:
    """Checks that the log grew from OLD, else from what is remembered, to the answer NEW. Raises `Refused`."""
    answer = json.loads(new)
    head = open_checkpoint(answer["checkpoint"], keys)
    before = open_checkpoint(checkpoint_in(old.decode()), keys) if old else memory.newest(head[0])
    need(
        before[0] == head[0] and answer["from"] == before[1], f"the proof does not begin at size {before[1]}"
    )
    check_consistency(before[1:], head[1:], list(map(unbase64, answer["proof"])))
    memory.saw(head)
    return f"intact: {head[0]} grew from size {before[1]} to {head[1]}"


def checkpoint_in(text: str) -> str:
    """The checkpoint in a receipt, in the answer to a consistency question, or alone."""
    held = json.loads(text) if text.startswith("{") else {"checkpoint": text}
    return str(held.get("checkpoint") or parse_proof(held["proofs"][-1])[2])


def body(content: bytes, octets: bytes, keys: Keys, memory: "Memory") -> str:
    """Checks that the receipt commits to the content. Raises `Refused`."""
    said = verify(octets, keys, memory)
    for one in json.loads(octets)["records"]:
        fields = record(one, sealed=True)[0]
        for name, opening in one["openings"].items():
            made = hmac.new(unbase64(opening), content, "sha256").digest()
            value = fields.get(name)
            committed = value if isinstance(value, list) else [value]
            if base64.urlsafe_b64encode(made).decode().rstrip("=") in committed:
                return f"{said}; the file is what {name} of its {one['kind']} record commits to"
    raise Refused("the receipt commits to no such file")


class Memory:
    """The checkpoints seen: `{origin+key id: {size: root}}` in a JSON file, if any; the largest is the newest."""

    def __init__(self, path: Path | None = None, keys: Keys | None = None) -> None:
        self._path = path
        self._label = {name: f"{name}+{key_id.hex()}" for name, key_id in keys or {}}
        self._seen: dict[str, dict[str, str]] = json.loads(path.read_text()) if path and path.exists() else {}

    def newest(self, origin: str) -> Head:
        """The newest checkpoint of the origin. Raises `Refused` if there is none."""
        sizes = self._seen.get(self._label.get(origin, origin), {})
        need(sizes, f"no checkpoint of {origin} is remembered: name an old one")
        return origin, max(map(int, sizes)), bytes.fromhex(sizes[max(sizes, key=int)])

    def saw(self, *heads: Head) -> None:
        """Remember. Raises `Refused` for another root of a size seen, and for an unseen size below the newest."""
        for origin, size, root in heads:
            label = self._label.get(origin, origin)
            sizes = self._seen.get(label, {})
            need(
                sizes.get(str(size), root.hex()) == root.hex(),
                f"two roots at size {size}: the log was forked",
            )
            newest = max(map(int, sizes), default=0)
            older = f"size {size} is smaller than {newest}, which was seen: a rollback, or an old file; fetch it anew"
            need(size >= newest or str(size) in sizes, older)
            self._seen[label] = {**sizes, str(size): root.hex()}
        if self._path:
            self._path.write_text(json.dumps(self._seen, indent=1))


COMMANDS: dict[str, tuple[int, Callable[..., str]]] = {
    "verify": (1, verify),
    "account": (1, account),
    "consistency": (2, consistency),
    "body": (2, body),
}


def run(arguments: Sequence[str]) -> str:
    """Do what the command line asks; the line to print. Raises `Refused` or one of `MALFORMED`."""
    named = bool(arguments) and arguments[0] in COMMANDS
    count, check = COMMANDS[arguments[0] if named else "verify"]
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="ni_verify.py", description=__doc__, formatter_class=form)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--vkey", action="append", required=True, help="a key of the log; repeat for more")
    parser.add_argument("--account-key", help="the account's own key, base64")
    parser.add_argument(
        "--state", type=Path, default=Path.home() / ".ni_verify.json", help="default: %(default)s"
    )
    wanted = parser.parse_args(arguments[1:] if named else arguments)
    contents: list[bytes | None] = [path.read_bytes() for path in wanted.files]
    if check is consistency and len(contents) == 1:
        contents.insert(0, None)
    need(len(contents) == count, f"{len(contents)} files are not what this command takes")
    extra = (wanted.account_key,) if check is account else ()
    keys = dict(map(parse_vkey, wanted.vkey))
    return check(*contents, keys, Memory(wanted.state, keys), *extra)


def main(arguments: Sequence[str]) -> int:
    """Print one line; the exit status is 0 if it verifies, else 1."""
    try:
        said, status = run(arguments), 0
    except Refused as refusal:
        said, status = f"NOT VERIFIED: {refusal}", 1
    except MALFORMED as fault:
        said, status = f"NOT VERIFIED: malformed ({type(fault).__name__})", 1
    sys.stdout.write(said + "\n")
    return status


def run_from_shell() -> int:
    """The command `ni-verify` of an installed wheel."""
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run_from_shell())

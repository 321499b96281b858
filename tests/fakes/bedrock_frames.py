"""AWS's two formats that the fake of Bedrock needs, written from their specifications and not with botocore's code:
the event stream's frames, and the check of Signature Version 4."""

import hashlib
import hmac
import json
import re
import struct
from binascii import crc32
from typing import Any
from urllib.parse import quote

from tests.fakes.wire_server import Seen

Json = dict[str, Any]
SCOPE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """One message of the event stream."""
    block = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(block) + len(payload), len(block))
    message = prelude + struct.pack(">I", crc32(prelude)) + block + payload
    return message + struct.pack(">I", crc32(message))


def event(name: str, payload: Json) -> bytes:
    """An event, padded as Bedrock pads them."""
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, json.dumps({**payload, "p": "abcdefgh"}, ensure_ascii=False).encode())


def exception(name: str, message: str) -> bytes:
    """An exception in the middle of a stream."""
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return frame(headers, json.dumps({"message": message}).encode())


def signed_by(seen: Seen, secrets: dict[str, str], service: str) -> bool:
    """Whether the request's signature is right."""
    found = SCOPE.fullmatch(seen.headers.get("authorization", ""))
    if not found or found[1] not in secrets or found[4] != service:
        return False
    names = found[5].split(";")
    if not {"host", "x-amz-date"} <= set(names):
        return False
    path = quote(seen.path.partition("?")[0], safe="/~-._")
    headers = "".join(f"{name}:{' '.join(seen.headers.get(name, '').split())}\n" for name in names)
    digest = hashlib.sha256(seen.raw).hexdigest()
    canonical = "\n".join(["POST", path, "", headers, found[5], digest])
    scope = f"{found[2]}/{found[3]}/{found[4]}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", seen.headers["x-amz-date"], scope, hashed])
    key = f"AWS4{secrets[found[1]]}".encode()
    for part in (found[2], found[3], found[4], "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == found[6]

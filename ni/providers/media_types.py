"""What kind of file some bytes are, by how they begin: clients name PNG images JPEG, and providers refuse those."""

import binascii
from base64 import b64decode

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_HEAD = 64


def kind_of(content: bytes) -> str:
    """The media type that the first bytes tell, or nothing."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), "")


def kind_of_base64(content: str, claimed: str) -> str:
    """The media type that the bytes tell, else the one that was claimed. Raises `ValueError` for what is no base64."""
    try:
        told = kind_of(b64decode(content[:_HEAD]))
    except binascii.Error as fault:
        raise ValueError("no base64") from fault
    return told or claimed

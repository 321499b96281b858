"""What a provider writes into its own log of an answer: the usage of the whole answer, in its own words.

It is read from the bytes that make up the answer, whatever the wire: every object behind `"usage":` or
`"usageMetadata":`, later ones over earlier ones, as a stream tells its counts in pieces.
"""

import json
import re
from typing import Any

_MARK = re.compile(r'"usage(?:Metadata)?"\s*:\s*(?=\{)')


def billed(body: bytes, *, cut: bool) -> list[dict[str, Any]]:
    """One line, or none for an answer without usage (an error); `cut` says that the peer never saw its end."""
    text, usage = body.decode("utf-8", "replace"), dict[str, Any]()
    for found in _MARK.finditer(text):
        usage |= json.JSONDecoder().raw_decode(text, found.end())[0]
    return [{"usage": usage, "cut": cut}] if usage else []

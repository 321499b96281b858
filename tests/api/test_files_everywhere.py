"""A text file of a masked call reaches no provider in clear, whatever our translation or the provider unpacks."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from tests.api.everywhere import CHAT, MESSAGES, MISTRAL, RESPONSES, SIX, Everywhere, everywhere

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8"])

SECRET = "marguerite.okonkwo@bell.ca"
TEXT = f"Please call {SECRET} about the lease.\n" * 2
FORMS: dict[str, Callable[[], str]] = {
    "plain": lambda: _encoded(TEXT.encode()),
    "with a NUL": lambda: _encoded(TEXT.encode() + b"\0"),
    "with a blank": lambda: _encoded(TEXT.encode())[:40] + " " + _encoded(TEXT.encode())[40:],
    "with a last line break": lambda: _encoded(TEXT.encode()) + "\n",
    "in UTF-16": lambda: _encoded(TEXT.encode("utf-16-le")),
    "with a star": lambda: _encoded(TEXT.encode())[:40] + "*" + _encoded(TEXT.encode())[40:],
}
BODIES: dict[str, Callable[[str], dict[str, Any]]] = {
    CHAT: lambda data: {"messages": [_user({"type": "file", "file": {"file_data": f"data:text/plain;base64,{data}"}})]},
    RESPONSES: lambda data: {
        "input": [_user({"type": "input_file", "filename": "a.txt", "file_data": f"data:text/plain;base64,{data}"})]
    },
    MESSAGES: lambda data: {
        "max_tokens": 99,
        "messages": [
            _user({"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": data}})
        ],
    },
}  # fmt: skip


def _encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _user(part: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": [part]}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everywhere]:
    with everywhere(tmp_path_factory.mktemp("files")) as served:
        yield served


def _readable(sent: Any) -> str:
    """The body, and what its long pieces of base64 hold."""
    text = json.dumps(sent, ensure_ascii=False)
    pieces = [re.sub(r"[^A-Za-z0-9+/]", "", piece) for piece in re.findall(r"[A-Za-z0-9+/=* \\n]{60,}", text)]
    octets = b" ".join(base64.b64decode(piece[: len(piece) // 4 * 4]) for piece in pieces)
    return text + octets.replace(b"\0", b"").decode("latin-1")


@pytest.mark.parametrize(("route", "path", "form"), list(product((*SIX, MISTRAL), BODIES, FORMS)))
def test_a_text_file_leaves_masked_or_not_at_all(
    gateway: Everywhere, route: str, path: str, form: str
) -> None:
    gateway.forget()
    key = gateway.assembled.headers(pii=True)
    answer = gateway.client.post(path, json={"model": route, **BODIES[path](FORMS[form]())}, headers=key)
    seen = gateway.fakes[route.partition("/")[0]].seen
    assert answer.status_code == (400 if form == "with a star" else 200), answer.data
    assert len(seen) == (answer.status_code == 200)
    assert not any(SECRET in _readable(one.body) for one in seen)

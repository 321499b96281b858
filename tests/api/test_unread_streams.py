"""A stream that its server closes before the first piece was read is settled: no call and no hold stays open."""

import json

import pytest
import sqlalchemy as sa
from werkzeug.test import EnvironBuilder

from ni.store.tables.metering import open_calls
from tests.api.everywhere import CHAT, HI, MESSAGES, OPENAI, Everywhere

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize("read", [0, 1])
def test_a_stream_that_nobody_reads_is_settled(gateway: Everywhere, path: str, read: int) -> None:
    body = {"model": OPENAI, "messages": [HI], "stream": True, "max_tokens": 9}
    builder = EnvironBuilder(path, method="POST", json=body, headers=list(gateway.headers.items()))
    pieces = gateway.client.application(builder.get_environ(), lambda *_: lambda _: None)
    for _, _ in zip(range(read), pieces, strict=False):
        pass
    pieces.close()  # type: ignore[attr-defined]
    with gateway.assembled.gateway.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(open_calls)).scalar() == 0
    (row,) = json.loads(gateway.client.get("/api/usage?limit=1", headers=list(gateway.headers.items())).data)[
        "data"
    ]
    assert row["outcome"] == "client_gone"

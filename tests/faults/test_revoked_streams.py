"""A key revoked in another process: its streams end within five seconds, whatever the upstream does meanwhile."""

import itertools
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from ni.store.tables.metering import usage as usage_table
from tests.fakes.hostile_upstream import Act, HostileUpstream, flood, slow, text
from tests.faults.test_attacks import ask
from tests.fleet import Fleet


def silent(peer: socket.socket) -> None:
    """One word, then signs of being there alone."""
    slow(iter([text("first"), *[b": thinking\n\n"] * 100]), 0.2)(peer)


UPSTREAMS: dict[str, Act] = {
    "a word now and then": slow(itertools.repeat(text("word ")), 0.1),
    "silence": silent,
    "as fast as it can": flood(text("word "), seconds=12),
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[HostileUpstream]:
    with HostileUpstream() as served:
        yield served


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, upstream: HostileUpstream) -> Iterator[Fleet]:
    with closing(Fleet(tmp_path_factory.mktemp("revoked"), upstream)) as made:
        yield made.start()


@pytest.mark.parametrize("kind", UPSTREAMS)
def test_a_revoked_keys_stream_ends_within_five_seconds(
    fleet: Fleet, upstream: HostileUpstream, kind: str
) -> None:
    upstream.act = UPSTREAMS[kind]
    made = fleet.first.ni("key", "create", "--name", "leaver", "--pii", "off")
    other = ask(fleet.first.port, fleet.first.key())
    with ask(fleet.first.port, made["key"]) as client:
        said = client.recv(65536)
        assert b" 200 " in said
        fleet.first.ni("key", "revoke", made["id"])
        began = time.monotonic()
        while arrived := client.recv(65536):
            said = said[-4096:] + arrived
        took_s = time.monotonic() - began
    assert took_s <= 5
    assert b"invalid_api_key" in said
    assert b"[DONE]" not in said[-200:]
    other.settimeout(5)
    assert other.recv(4096)  # of another key: it goes on
    other.close()
    fleet.wait_until_settled(5)
    newest = sa.select(usage_table).where(usage_table.c.key_id == made["id"])
    with fleet.database.read() as connection:
        row = connection.execute(newest).mappings().one()
    assert (row["outcome"], row["error"]) == ("client_gone", "invalid_api_key")
    assert row["output_tokens"] > 0

"""Who leaves pays for what the provider spent: by its own figures if they still come, else by a stated estimate."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from ni.store.tables.metering import usage as usage_table
from tests.fakes.hostile_upstream import Act, HostileUpstream, completion, event, text
from tests.fleet import PRICES, Fleet

MOST = 400
REASONS = PRICES.replace(
    "prices = [", "capabilities = { reasoning = true, context_window = 100000 }\nprices = ["
)
ROUTE = "openai/gpt-4.1-mini-us"


@pytest.fixture(scope="module")
def upstream() -> Iterator[HostileUpstream]:
    with HostileUpstream() as served:
        yield served


@pytest.fixture(scope="module", params=["answers", "reasons"])
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, upstream: HostileUpstream
) -> Iterator[Fleet]:
    home = tmp_path_factory.mktemp(str(request.param))
    with closing(Fleet(home, upstream)) as made:
        if request.param == "reasons":
            (home / "prices.toml").write_text(REASONS)
            made.first.ni("catalog", "import", str(home / "prices.toml"))
        yield made.start()


def later(seconds: float, body: bytes) -> Act:
    """Answers after a while."""

    def act(peer: socket.socket) -> None:
        time.sleep(seconds)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        peer.sendall(head + body)

    return act


def silent_stream(first: bytes) -> Act:
    """Begins a stream and thinks."""

    def act(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + first)
        for _ in range(100):
            time.sleep(0.1)
            peer.sendall(b": thinking\n\n")

    return act


def leave_after(fleet: Fleet, seconds: float, stream: bool, most: int = MOST) -> dict[str, object]:
    """The row of a call whose client leaves."""
    key = fleet.first.key()
    body = json.dumps(
        {
            "model": ROUTE,
            "stream": stream,
            "max_tokens": most,
            "messages": [{"role": "user", "content": "go"}],
        }
    )
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", fleet.first.port), timeout=10) as client:
        client.sendall((head + body).encode())
        time.sleep(seconds)
    fleet.wait_until_settled(3)
    newest = sa.select(usage_table).order_by(usage_table.c.at.desc()).limit(1)
    with fleet.database.read() as connection:
        return dict(connection.execute(newest).mappings().one())


def test_a_whole_call_that_was_about_to_end_pays_what_the_provider_says(
    fleet: Fleet, upstream: HostileUpstream
) -> None:
    body = json.dumps(completion({"prompt_tokens": 9, "completion_tokens": 77})).encode()
    upstream.act = later(0.8, body)
    row = leave_after(fleet, 0.5, stream=False)
    assert (row["outcome"], row["output_tokens"], row["tokens_from"]) == ("client_gone", 77, "provider")
    assert row["ni_charge_nanos"]


def test_a_whole_call_that_would_have_gone_on_pays_an_estimate_and_the_upstream_is_closed(
    fleet: Fleet, upstream: HostileUpstream
) -> None:
    upstream.act = silent_stream(b"")
    left = len(upstream.left_at)
    row = leave_after(fleet, 1.5, stream=False)
    now = time.monotonic()
    while len(upstream.left_at) == left and time.monotonic() < now + 3:
        time.sleep(0.05)
    assert len(upstream.left_at) == left + 1
    assert (row["outcome"], row["tokens_from"]) == ("client_gone", "estimated")
    assert 50 <= int(str(row["output_tokens"])) <= 200
    assert int(str(row["ni_charge_nanos"])) > 0


def test_a_stream_left_before_its_first_word_pays_for_thought_alone(
    fleet: Fleet, upstream: HostileUpstream, request: pytest.FixtureRequest
) -> None:
    upstream.act = silent_stream(
        event(choices=[{"index": 0, "delta": {"role": "assistant"}, "finish_reason": None}])
    )
    row = leave_after(fleet, 1.2, stream=True)
    reasons = "reasons" in request.node.callspec.params.values()
    assert row["outcome"] == "client_gone"
    if reasons:
        assert 40 <= int(str(row["output_tokens"])) <= 200
        assert row["tokens_from"] == "estimated"
    else:
        assert (row["output_tokens"], row["tokens_from"]) == (0, "counted")


def test_no_estimate_is_more_than_was_asked_for(fleet: Fleet, upstream: HostileUpstream) -> None:
    upstream.act = silent_stream(b"")
    row = leave_after(fleet, 1.5, stream=False, most=20)
    assert row["output_tokens"] == 20


def test_a_stream_pays_for_the_words_that_came(fleet: Fleet, upstream: HostileUpstream) -> None:
    upstream.act = silent_stream(text("word " * 80))
    row = leave_after(fleet, 0.6, stream=True)
    assert row["outcome"] == "client_gone"
    assert 100 <= int(str(row["output_tokens"])) <= 150

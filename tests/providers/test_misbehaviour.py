"""Every provider against an upstream that misbehaves: in pieces, cut, reset, stalled, garbled, refusing, failing.

What never happens: an answer that ends early and looks complete, upstream words in an error, a connection left open.
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ni.domain import errors
from ni.domain.errors import Problem
from ni.domain.secret import Secret
from ni.providers.base import Provider, ProviderRequest
from ni.providers.repair import AnswerRepair
from ni.providers.responses import MOST_CHOICES
from ni.providers.usage import completion_of
from tests.fakes.doors import make_door
from tests.fakes.openai_server import Script
from tests.fakes.orders import USER, order
from tests.fakes.upstreams import UPSTREAMS, WIRES, Upstream
from tests.fakes.wire_server import FakeWire
from tests.providers.table import TOOLS

ECHO = b'{"error":{"message":"Zoe said sk-secret","type":"x","code":"x","status":"x"},"message":"Zoe said"}'


@pytest.fixture(params=sorted(WIRES))
def upstream(request: pytest.FixtureRequest) -> Upstream:
    return WIRES[request.param]


@pytest.fixture
def fake(upstream: Upstream) -> Iterator[FakeWire]:
    with FakeWire(upstream.wire()) as server:
        yield server


@pytest.fixture
def provider(upstream: Upstream) -> Provider:
    return upstream.build(make_door(), upstream.lookup())


@pytest.fixture
def streamed(upstream: Upstream, fake: FakeWire) -> ProviderRequest:
    return upstream.greeting(fake, stream=True)


def text_of(provider: Provider, given: ProviderRequest) -> str:
    """The text that comes back, if it comes to its end."""
    message = completion_of(provider.send(given).chunks())["choices"][0]
    assert message["finish_reason"] == "stop"
    text: str = message["message"]["content"]
    return text


def failure(provider: Provider, given: ProviderRequest) -> Problem:
    """The problem that comes back."""
    with pytest.raises(Problem) as raised:
        text_of(provider, given)
    assert "Zoe" not in str(raised.value)
    assert "secret" not in str(raised.value)
    return raised.value


def length_of(fake: FakeWire, provider: Provider, given: ProviderRequest) -> int:
    """Bytes of the body of a good answer."""
    text_of(provider, given)
    return len(fake.wire.answer(fake.seen[-1]).body)


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
def test_a_stream_in_pieces_reads_the_same(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest, piece: int
) -> None:
    fake.scripts.append(Script(piece=piece))
    assert text_of(provider, streamed) == USER["content"]


@pytest.mark.parametrize("upstream", sorted(UPSTREAMS), indirect=True)
def test_calls_in_single_bytes_read_the_same(upstream: Upstream, fake: FakeWire, provider: Provider) -> None:
    given = order(upstream.route(fake), stream=True, tools=TOOLS)
    fake.scripts.append(Script(piece=1))
    once = completion_of(provider.send(given).chunks())["choices"]
    calls = [call["function"] for call in once[0]["message"]["tool_calls"]]
    assert [call["name"] for call in calls] == ["a", "b"]
    assert {call["arguments"].replace(" ", "") for call in calls} == {'{"city":"Montréal","note":"été🍁"}'}


FILLERS = [
    b"data: null", b"data: []", b"data: {}", b"data: ping", b"data:", b"data: ", b"data: keep-alive", b'data: "ping"',
    b"event: ping\ndata: null", b"event: heartbeat\ndata:", b": ping", b"id: 7", b"data: 1764374400",
    b"data: {\ndata: }",
]  # fmt: skip
SSE = [name for name in sorted(WIRES) if not name.startswith("bedrock")]


def with_events(fake: FakeWire, provider: Provider, given: ProviderRequest, event: bytes) -> Script:
    """The good answer with another event before each of its own and behind the last."""
    text_of(provider, given)
    told = fake.wire.answer(fake.seen[-1])
    events = told.body.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n\n")
    body = b"".join(event + b"\n\n" + own + b"\n\n" for own in events) + event + b"\n\n"
    return Script(body=body, headers={"Content-Type": told.form})


@pytest.mark.parametrize("upstream", SSE, indirect=True)
@pytest.mark.parametrize("filler", FILLERS)
def test_an_event_that_says_nothing_has_no_effect(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest, filler: bytes
) -> None:
    fake.scripts.append(with_events(fake, provider, streamed, filler))
    exchange = provider.send(streamed)
    chunks = [chunk for chunk in exchange.chunks() if chunk]
    told = completion_of(chunks)["choices"][0]
    assert (told["message"]["content"], told["finish_reason"]) == (USER["content"], "stop")
    assert exchange.usage is not None


@pytest.mark.parametrize("upstream", SSE, indirect=True)
@pytest.mark.parametrize(
    "garbled",
    [b'data: {"x', b'data: a": "b"}', b"data: [{}]", b"data: {}{}", b"event: error\ndata: out of memory"],
)
def test_an_event_that_is_garbled_is_the_upstreams_failure(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest, garbled: bytes
) -> None:
    fake.scripts.append(with_events(fake, provider, streamed, garbled))
    assert isinstance(failure(provider, streamed), errors.UpstreamError)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("upstream", ["azure"], indirect=True)
def test_more_choices_than_anybody_asks_for_are_refused_before_they_are_read(
    upstream: Upstream, fake: FakeWire, provider: Provider, monkeypatch: pytest.MonkeyPatch, *, stream: bool
) -> None:
    part = {"delta": {"content": "x"}} if stream else {"message": {"content": "x"}}
    choices = [{"index": 0, "finish_reason": None if stream else "stop", **part}] * (MOST_CHOICES + 1)
    read: list[int] = []
    monkeypatch.setattr(AnswerRepair, "_calls_of", lambda self, index: read.append(index))
    said = json.dumps({"id": "c", "created": 1, "model": "m", "choices": choices}).encode()
    form, body = ("text/event-stream", b"data: %s\n\n" % said) if stream else ("application/json", said)
    fake.scripts.append(Script(body=body, headers={"Content-Type": form}))
    exchange = provider.send(upstream.greeting(fake, stream=stream))
    with pytest.raises(errors.UpstreamError):
        list(exchange.chunks() if stream else [exchange.reply()])
    assert read == []


@pytest.mark.parametrize("upstream", SSE, indirect=True)
def test_a_stream_of_nothing_is_no_answer(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest
) -> None:
    body = b"\n\n".join([*FILLERS, b""])
    fake.scripts.append(Script(body=body, headers={"Content-Type": "text/event-stream"}))
    assert isinstance(failure(provider, streamed), errors.UpstreamError)


@pytest.mark.parametrize("way", ["cut", "ended", "reset"])
def test_a_stream_that_breaks_off_never_looks_complete(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest, way: str
) -> None:
    length = length_of(fake, provider, streamed)
    for at in range(0, length, max(1, length // 40)):
        fake.scripts.append(Script(end_at=at) if way == "ended" else Script(cut_at=at, reset=way == "reset"))
        try:
            assert text_of(provider, streamed) == USER["content"]
            assert at > length / 2
        except errors.UpstreamError:
            pass


def test_a_stall_ends_when_we_close_from_elsewhere_and_the_upstream_sees_it(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest
) -> None:
    fake.scripts.append(Script(stall_at=length_of(fake, provider, streamed) // 2))
    exchange = provider.send(streamed)

    def leave() -> None:
        assert fake.stalled.wait(5)
        exchange.close()

    closer = threading.Thread(target=leave)
    closer.start()
    with pytest.raises(Problem):
        list(exchange.chunks())
    closer.join()
    assert fake.peer_left.wait(10)
    assert exchange.usage is None


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\x00\x00\x10garbage" * 9, b"data: 7\n\n", b"null"])
def test_garbage_is_the_upstreams_failure(
    upstream: Upstream, fake: FakeWire, provider: Provider, body: bytes, *, stream: bool
) -> None:
    fake.scripts.append(Script(body=body))
    given = upstream.greeting(fake, stream=stream)
    exchange = provider.send(given)
    with pytest.raises(errors.UpstreamError):
        list(exchange.chunks() if stream else [exchange.reply()])


def test_an_error_in_mid_stream_is_raised(
    upstream: Upstream, fake: FakeWire, provider: Provider, streamed: ProviderRequest
) -> None:
    text_of(provider, streamed)
    good = fake.wire.answer(fake.seen[-1])
    at = upstream.event_ends(good.body)
    fake.scripts.append(Script(body=good.body[:at] + upstream.failing, headers={"Content-Type": good.form}))
    assert isinstance(failure(provider, streamed), errors.UpstreamError)


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (400, errors.UpstreamRefused),
        (404, errors.UpstreamMissing),
        (408, errors.UpstreamTimeout),
        (429, errors.RateLimited),
        (500, errors.UpstreamError),
        (503, errors.UpstreamBusy),
        (504, errors.UpstreamTimeout),
        (302, errors.UpstreamError),
    ],
)
def test_a_refusal_is_told_in_our_words(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest, status: int, problem: type[Problem]
) -> None:
    fake.scripts.append(Script(status=status, body=ECHO))
    assert type(failure(provider, streamed)) is problem


def test_a_throttle_carries_how_long_to_wait(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest
) -> None:
    fake.scripts.append(Script(status=429, body=ECHO, headers={"Retry-After": "7"}))
    assert failure(provider, streamed).retry_after_s == 7


def test_a_prompt_beyond_the_context_is_told(
    upstream: Upstream, fake: FakeWire, provider: Provider, streamed: ProviderRequest
) -> None:
    fake.scripts.append(Script(status=400, body=upstream.too_long))
    assert isinstance(failure(provider, streamed), errors.ContextTooLong)


@pytest.mark.parametrize("status", [401, 403])
def test_our_own_credential_refused_is_a_loud_line_and_never_401(
    fake: FakeWire,
    provider: Provider,
    streamed: ProviderRequest,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake.scripts.append(Script(status=status, body=ECHO))
    assert isinstance(failure(provider, streamed), errors.UpstreamAuth)
    (line,) = [entry for entry in caplog.records if entry.levelname == "ERROR"]
    assert "refused the gateway's own credential" in line.getMessage()


def test_a_credential_of_the_account_refused_is_the_accounts_affair(
    upstream: Upstream,
    fake: FakeWire,
    provider: Provider,
    streamed: ProviderRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    own = {name: Secret("x") for name in upstream.byok}
    assert isinstance(failure(provider, replace(streamed, byok=own)), errors.CredentialRefused)
    assert not [entry for entry in caplog.records if entry.levelname == "ERROR"]


def test_addresses_are_vetted_before_anything_is_sent(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest
) -> None:
    def refuse(addresses: object) -> None:
        raise errors.ResidencyUnverified(route="x", reason="test", alternative="none")

    with pytest.raises(errors.ResidencyUnverified):
        provider.send(replace(streamed, vet=refuse))
    assert fake.seen == []


def test_connections_are_used_again(fake: FakeWire, provider: Provider, streamed: ProviderRequest) -> None:
    for given in (streamed, replace(streamed, stream=False), streamed):
        exchange = provider.send(given)
        list(exchange.chunks()) if given.stream else exchange.reply()
        time.sleep(0.01)
    assert fake.connections == 1


def events_of(body: bytes) -> list[bytes]:
    """The events of a stream: of the AWS event stream by their lengths, of server-sent events by their blank lines."""
    if body[:1] != b"\0":
        ending = b"\r\n\r\n" if b"\r\n\r\n" in body else b"\n\n"
        return [event + ending for event in body.split(ending) if event.strip()]
    events: list[bytes] = []
    while body:
        length = int.from_bytes(body[:4])
        events.append(body[:length])
        body = body[length:]
    return events


@pytest.mark.parametrize("upstream", sorted(WIRES.keys() - {"vertex_ai"}), indirect=True)
def test_a_stream_whose_end_comes_first_is_no_whole_answer(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest
) -> None:
    text_of(provider, streamed)
    good = fake.wire.answer(fake.seen[-1])
    events = events_of(good.body)
    assert b"".join(events) == good.body
    assert len(events) > 2
    fake.scripts.append(Script(body=b"".join(reversed(events)), headers={"Content-Type": good.form}))
    failure(provider, streamed)


@pytest.mark.parametrize("upstream", ["vertex_ai"], indirect=True)
def test_a_reason_in_each_event_of_gemini_is_the_end_once(
    fake: FakeWire, provider: Provider, streamed: ProviderRequest
) -> None:
    """As Gemini 1.0 and 1.5 stream: https://github.com/BerriAI/litellm/issues/2195."""
    text_of(provider, streamed)
    good = fake.wire.answer(fake.seen[-1])
    events = [json.loads(event.removeprefix(b"data: ")) for event in events_of(good.body)]
    for event in events:
        event["candidates"][0]["finishReason"] = "STOP"
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\r\n\r\n" for event in events)
    fake.scripts.append(Script(body=body, headers={"Content-Type": good.form}))
    chunks = list(provider.send(streamed).chunks())
    reasons = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
    assert reasons.count("stop") == 1
    assert not any(
        chunk["choices"][0]["delta"] for chunk in chunks[reasons.index("stop") :] if chunk["choices"]
    )
    assert completion_of(iter(chunks))["choices"][0]["message"]["content"] == USER["content"]

"""An upstream that fails in every way: each failure is the documented problem, and none is taken for an answer."""

import json
import logging
import time
from dataclasses import replace
from threading import Timer

import pytest

from ni.domain import errors
from ni.domain.secret import Secret
from ni.outbound.client import Timeouts
from ni.providers.base import ProviderRequest, ResponseTimeouts, SettingLookup
from ni.providers.openai_compatible import OpenAI, Relay
from tests.fakes.doors import make_door
from tests.fakes.openai_rules import error
from tests.fakes.openai_server import KEY, FakeOpenAI, Script
from tests.fakes.openai_wire import events
from tests.fakes.orders import OPENAI_SETTINGS, USER, order, route, settings

HASTE = ResponseTimeouts(Timeouts(0.4, 0.3, 3.0), Timeouts(0.4, 0.3, 3.0))
"""For an upstream that never answers in time, however slow the machine is."""
PATIENCE = ResponseTimeouts(Timeouts(60.0, 60.0, 120.0), Timeouts(60.0, 60.0, 120.0))
STREAM = {"Content-Type": "text/event-stream"}
WIRE = events({"messages": [USER], "stream_options": {"include_usage": True}})
FINISH = WIRE.index(b'"finish_reason": "stop"')


def openai(lookup: SettingLookup = OPENAI_SETTINGS, waits: ResponseTimeouts = PATIENCE) -> OpenAI:
    provider = OpenAI(make_door(), lookup)
    provider._relay = Relay(make_door(), waits)
    return provider


def read(provider: OpenAI, given: ProviderRequest) -> None:
    """Send an order and read the answer to its end."""
    exchange = provider.send(given)
    if given.stream:
        list(exchange.chunks())
    else:
        exchange.reply()


def problem_of(
    fake: FakeOpenAI, script: Script | None = None, stream: bool = False, byok: str = ""
) -> errors.Problem:
    """The problem that an order meets; in haste where the upstream keeps silent before it has said anything."""
    if script:
        fake.scripts.append(script)
    given = replace(
        order(route("openai", "gpt-4o", fake.base_url), stream=stream),
        byok={"api_key": Secret(byok)} if byok else {},
    )
    silent = script is not None and (script.delay_s or (script.stall_at is not None and script.body is None))
    provider = openai(waits=HASTE if silent else PATIENCE)
    with pytest.raises(errors.Problem) as met:
        read(provider, given)
    return met.value


def refusal(status: int, code: str | None = None, message: str = "no", param: str | None = None) -> Script:
    return Script(status=status, body=json.dumps(error(status, message, code, param)[1]).encode())


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (refusal(400, "context_length_exceeded"), errors.ContextTooLong),
        (refusal(400, None, "This model's maximum context length is 8192 tokens"), errors.ContextTooLong),
        (refusal(400, "content_filter"), errors.ContentFiltered),
        (refusal(404, "model_not_found"), errors.UpstreamMissing),
        (refusal(400, "unknown"), errors.UpstreamRefused),
        (refusal(422), errors.UpstreamRefused),
        (refusal(429, "rate_limit_exceeded"), errors.RateLimited),
        (refusal(429, "insufficient_quota"), errors.UpstreamQuota),
        (refusal(402), errors.UpstreamQuota),
        (refusal(500), errors.UpstreamError),
        (refusal(502), errors.UpstreamError),
        (refusal(503), errors.UpstreamBusy),
        (refusal(504), errors.UpstreamTimeout),
        (refusal(401, "invalid_api_key"), errors.UpstreamAuth),
        (refusal(403), errors.UpstreamAuth),
        (Script(status=302, headers={"Location": "http://127.0.0.1:1/"}), errors.UpstreamError),
        (Script(status=500, body=b"<html>sorry</html>"), errors.UpstreamError),
        (Script(status=400, body=b"[1]"), errors.UpstreamRefused),
        (Script(no_answer=True), errors.UpstreamError),
        (Script(no_answer=True, reset=True), errors.UpstreamError),
        (Script(delay_s=0.6), errors.UpstreamTimeout),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_before_the_answer_is_the_documented_problem(
    fake: FakeOpenAI, script: Script, problem: type[errors.Problem], stream: bool
) -> None:
    assert type(problem_of(fake, script, stream)) is problem


@pytest.mark.parametrize(
    "script",
    [
        Script(cut_at=40),
        Script(cut_at=40, reset=True),
        Script(end_at=40),
        Script(body=b"not json"),
        Script(body=b"[]"),
        Script(body=b"{}"),
        Script(body=b'{"choices":[]}'),
        Script(body=b'{"choices":[{"index":0}]}'),
        Script(body=b"\xff\xfe"),
        Script(body=b'{"error":{"message":"boom"}}'),
    ],
)
def test_a_whole_answer_that_is_cut_or_garbage_is_an_upstream_error(fake: FakeOpenAI, script: Script) -> None:
    assert type(problem_of(fake, script)) is errors.UpstreamError


@pytest.mark.parametrize(
    "script",
    [
        Script(cut_at=500),
        Script(cut_at=500, reset=True),
        Script(end_at=500),
        Script(end_at=0),
        Script(body=WIRE[:500] + b"\n\ndata: {garbage\n\n", headers=STREAM),
        Script(body=b"data: 7\n\ndata: [DONE]\n\n", headers=STREAM),
        Script(body=b'data: {"choices":[7]}\n\n', headers=STREAM),
        Script(body=b'data: {"choices":[{"index":0,"delta":"x"}]}\n\n', headers=STREAM),
        Script(body=b'data: {"error":{"message":"boom","code":"server_error"}}\n\n', headers=STREAM),
        Script(body=b'data: {"error":"boom"}\n\n', headers=STREAM),
        Script(body=b"data: [DONE]\n\n", headers=STREAM),
        Script(body=b"data: [DONE]\n\n", headers=STREAM, stall_at=14),
        Script(body=WIRE[: WIRE.rindex(b"data: {", 0, FINISH)] + b"data: [DONE]\n\n", headers=STREAM),
        Script(body=b"<html>sorry</html>", headers={"Content-Type": "text/html"}),
        Script(body=b"data: " + b"x" * (9 * 1024 * 1024), headers=STREAM),
    ],
)
def test_a_stream_that_is_cut_or_garbage_is_an_upstream_error(fake: FakeOpenAI, script: Script) -> None:
    assert type(problem_of(fake, script, stream=True)) is errors.UpstreamError


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("rate_limit_exceeded", errors.RateLimited),
        ("context_length_exceeded", errors.ContextTooLong),
        ("content_filter", errors.ContentFiltered),
        (429, errors.RateLimited),
        (503, errors.UpstreamBusy),
        ("invalid_api_key", errors.UpstreamError),
    ],
)
def test_an_error_in_the_middle_of_a_stream_is_told_by_its_code(
    fake: FakeOpenAI, code: str | int, problem: type[errors.Problem]
) -> None:
    fault = json.dumps({"error": {"message": "secret words", "code": code}}).encode()
    begun = WIRE[: WIRE.index(b"\n\n") + 2]
    met = problem_of(fake, Script(body=begun + b"data: " + fault + b"\n\n", headers=STREAM), stream=True)
    assert type(met) is problem
    assert "secret" not in met.message


@pytest.mark.parametrize("script", [Script(stall_at=0), Script(stall_at=500)])
def test_a_stream_that_stalls_times_out(fake: FakeOpenAI, script: Script) -> None:
    assert type(problem_of(fake, script, stream=True)) is errors.UpstreamTimeout


def test_every_cut_of_a_stream_is_either_complete_or_an_error(fake: FakeOpenAI) -> None:
    provider = openai()
    for at in range(0, len(WIRE), 7):
        fake.scripts.append(Script(cut_at=at))
        chunks = []
        try:
            for chunk in provider.send(order(route("openai", "gpt-4o", fake.base_url), stream=True)).chunks():
                chunks.append(chunk)
            complete = True
        except errors.UpstreamError:
            complete = False
        finished = any(choice["finish_reason"] for chunk in chunks for choice in chunk["choices"])
        assert complete == finished == (at >= WIRE.index(b"\n\n", FINISH) + 2), at


@pytest.mark.parametrize("tail", [b"", b"data: [DONE]", b"data: [DONE]\n"])
def test_a_stream_that_finished_may_lack_its_formal_end(fake: FakeOpenAI, tail: bytes) -> None:
    fake.scripts.append(Script(body=WIRE[: WIRE.index(b"data: [DONE]")] + tail, headers=STREAM))
    exchange = openai().send(order(route("openai", "gpt-4o", fake.base_url), stream=True))
    assert list(exchange.chunks())[-1]["choices"] == []
    assert exchange.usage is not None


def test_a_server_that_never_ends_its_stream_delays_the_end_by_a_moment_only(fake: FakeOpenAI) -> None:
    fake.scripts.append(Script(stall_at=len(WIRE)))
    begun = time.monotonic()
    exchange = openai().send(order(route("openai", "gpt-4o", fake.base_url), stream=True))
    assert list(exchange.chunks())[-1]["choices"] == []
    assert time.monotonic() - begun < 10  # not the minutes that a model may take between two events
    assert fake.peer_left.wait(10)


@pytest.mark.parametrize("tail", [b"", b"data: [DONE]\n\n"])
def test_one_choice_of_two_that_finished_does_not_hide_that_the_other_was_cut(
    fake: FakeOpenAI, tail: bytes
) -> None:
    wire = events({"messages": [USER], "n": 2})
    begun = wire[: wire.index(b"\n\n", wire.index(b'"index": 1')) + 2]
    fake.scripts.append(Script(body=begun + tail, headers=STREAM))
    exchange = openai().send(order(route("openai", "gpt-4o", fake.base_url), stream=True, n=2))
    with pytest.raises(errors.UpstreamError):
        list(exchange.chunks())


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "1.2"}, 2),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 2),
        ({"Retry-After": "Mon, 23 Nov 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Mon, 23 Nov 2026 11:00:00 GMT"}, 1),
        ({"Retry-After": "999999"}, 3600),
        ({"Retry-After": "soon"}, 1),
        ({}, 1),
        ({"Retry-After": "0"}, 1),
    ],
)
def test_retry_after_is_honoured_in_all_its_forms(
    fake: FakeOpenAI, headers: dict[str, str], wait_s: int
) -> None:
    met = problem_of(fake, replace(refusal(429, "rate_limit_exceeded"), headers=headers))
    assert met.retry_after_s == wait_s
    assert str(wait_s) in met.message


@pytest.mark.parametrize(
    ("param", "shown"),
    [
        ("temperature", "temperature"),
        ("messages[0].role", "messages[0].role"),
        ("sk-secret is wrong", None),
        ("x" * 80, None),
        (7, None),
        ("a\r\nb", None),
    ],
)
def test_only_a_plain_field_name_is_passed_on(fake: FakeOpenAI, param: str, shown: str | None) -> None:
    assert problem_of(fake, refusal(400, "invalid_value", "secret words", param)).param == shown


def test_our_refused_credential_is_logged_without_secrets(
    fake: FakeOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    provider = openai(settings(OPENAI_API_KEY="sk-platform-canary"))
    with caplog.at_level(logging.DEBUG), pytest.raises(errors.UpstreamAuth) as met:
        provider.send(order(route("openai", "gpt-4o", fake.base_url)))
    assert met.value.status == 502
    assert "canary" not in caplog.text + met.value.message
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "OPENAI_API_KEY" in caplog.text


def test_a_refused_byok_credential_is_the_accounts_business(
    fake: FakeOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    assert type(problem_of(fake, byok="sk-wrong")) is errors.CredentialRefused
    assert type(problem_of(fake, refusal(429, "insufficient_quota"), byok=KEY)) is errors.CredentialQuota
    assert not caplog.records


def test_nobody_there_is_busy_and_a_refused_address_says_what_to_set(fake: FakeOpenAI) -> None:
    with pytest.raises(errors.UpstreamBusy):
        openai().send(order(route("openai", "gpt-4o", "http://127.0.0.1:9/v1")))
    with pytest.raises(errors.UpstreamError, match="NI_PRIVATE_NETWORKS"):
        OpenAI(make_door(private=""), OPENAI_SETTINGS).send(order(route("openai", "gpt-4o", fake.base_url)))


def test_closing_from_another_thread_closes_the_upstream_within_a_second(fake: FakeOpenAI) -> None:
    fake.scripts.append(Script(stall_at=500))
    provider = OpenAI(make_door(), OPENAI_SETTINGS)
    exchange = provider.send(order(route("openai", "gpt-4o", fake.base_url), stream=True))
    Timer(0.1, exchange.close).start()
    with pytest.raises(errors.UpstreamError):
        list(exchange.chunks())
    assert fake.peer_left.wait(10)
    exchange.close()


def test_abandoning_the_chunks_closes_the_upstream(fake: FakeOpenAI) -> None:
    fake.scripts.append(Script(stall_at=500))
    chunks = openai().send(order(route("openai", "gpt-4o", fake.base_url), stream=True)).chunks()
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    assert fake.peer_left.wait(10)

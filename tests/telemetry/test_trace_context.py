"""Trace context comes in by W3C's grammar, is sampled as OpenTelemetry says, and goes to providers where that is on."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ni.domain.trace import TraceContext, remote_parent
from ni.telemetry.tracing import DRAWN, Sampler
from tests.api.everywhere import ANTHROPIC, CHAT, CLAUDE, GEMINI, HI, OPENAI, everywhere
from tests.telemetry.conftest import Observed

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
VALID = f"00-{TRACE}-{SPAN}-01"
STATE = "rojo=00f067aa0ba902b7,congo@t61=t61rcWkgMzE"
LOOPBACK = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])

INVALID = {
    "nothing": "", "a blank": " ", "upper case": VALID.upper(), "a short trace id": f"00-{TRACE[1:]}-{SPAN}-01",
    "a long span id": f"00-{TRACE}-{SPAN}0-01", "a zero trace id": f"00-{'0' * 32}-{SPAN}-01",
    "a zero span id": f"00-{TRACE}-{'0' * 16}-01", "the forbidden version": f"ff-{TRACE}-{SPAN}-01",
    "more after version 00": f"{VALID}-00", "no flags": f"00-{TRACE}-{SPAN}", "two of them": f"{VALID},{VALID}",
    "a huge one": f"01-{TRACE}-{SPAN}-01-{'x' * 100_000}",
    "a line end": f"{VALID}\n", "another letter": VALID[:-1] + "g",
}  # fmt: skip


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID)
def test_a_traceparent_that_breaks_the_grammar_is_as_good_as_none(text: str) -> None:
    assert remote_parent(text, STATE) is None


@pytest.mark.parametrize(
    ("text", "sampled"),
    [(VALID, True), (f"00-{TRACE}-{SPAN}-00", False), (f"00-{TRACE}-{SPAN}-03", True), (f"00-{TRACE}-{SPAN}-02", False),
     (f"01-{TRACE}-{SPAN}-01", True), (f"cc-{TRACE}-{SPAN}-01-what-comes-later", True), (f" {VALID}\t", True)],
)  # fmt: skip
def test_a_traceparent_names_trace_span_and_whether_it_is_sampled(text: str, sampled: bool) -> None:
    parent = remote_parent(text, None)
    assert parent is not None
    assert (parent.trace_id.hex(), parent.span_id.hex(), parent.sampled) == (TRACE, SPAN, sampled)


@pytest.mark.parametrize(
    ("state", "kept"),
    [(STATE, STATE), (" a=1 ,, b=2,", "a=1,b=2"), ("a=1,a=2", ""), ("A=1", ""), ("a", ""), ("a=é", ""),
     ("a=1;b", "a=1;b"),
     ("a=" + "x" * 256, "a=" + "x" * 256), ("a=" + "x" * 257, ""), (",".join(f"k{n}=1" for n in range(33)), ""),
     ("0t@sys=1", "0t@sys=1"), ("a=b=c", ""), (",".join(f"key{n}=" + "v" * 40 for n in range(20)), "")],
)  # fmt: skip
def test_a_tracestate_is_kept_whole_or_not_at_all(state: str, kept: str) -> None:
    parent = remote_parent(VALID, state)
    assert parent is not None
    assert parent.state == kept


@given(some.text(max_size=80), some.text(max_size=80))
def test_no_header_breaks_the_reading(parent: str, state: str) -> None:
    assert remote_parent(parent, state) is None
    assert remote_parent(VALID, state) is not None


@given(some.binary(min_size=8, max_size=8).filter(any))
def test_the_spans_of_a_call_have_ids_of_their_own(span_id: bytes) -> None:
    trace = TraceContext(os.urandom(16), span_id, True)
    assert len({trace.child(number) for number in range(128)}) == 128
    assert trace.child(0) == span_id


@pytest.mark.parametrize(
    ("name", "share", "parent", "kept"),
    [("always_on", 0.0, False, True), ("always_off", 1.0, True, False), ("parentbased_always_on", 0.0, None, True),
     ("parentbased_always_on", 1.0, False, False), ("parentbased_always_off", 0.0, True, True),
     ("parentbased_always_off", 1.0, None, False), ("traceidratio", 1.0, False, True),
     ("traceidratio", 0.0, True, False),
     ("parentbased_traceidratio", 0.0, True, True), ("parentbased_traceidratio", 1.0, None, True)],
)  # fmt: skip
def test_samplers_decide_as_the_specification_says(
    name: str, share: float, parent: bool | None, kept: bool
) -> None:
    assert Sampler(name, share).samples(os.urandom(16), parent) is kept


def test_a_share_keeps_that_share_and_the_same_traces_for_everybody() -> None:
    ids = [number.to_bytes(16) for number in range(0, 2**64, 2**64 // 1000)]
    tenth = {each for each in ids if Sampler("traceidratio", 0.1).samples(each, None)}
    fifth = {each for each in ids if Sampler("traceidratio", 0.2).samples(each, None)}
    assert len(tenth) == 101
    assert tenth < fifth


@LOOPBACK
@pytest.mark.parametrize("route", [OPENAI, CLAUDE, GEMINI, ANTHROPIC])
def test_providers_get_the_context_where_that_is_on(observed: Observed, route: str) -> None:
    answer = observed.gateway.post(
        CHAT, {"model": route, "messages": [HI]}, traceparent=VALID, tracestate=STATE
    )
    assert answer.status_code == 200, answer.data
    seen = observed.gateway.fakes[route.partition("/")[0]].seen[-1]
    assert seen.headers["tracestate"] == STATE
    version, trace, span, flags = seen.headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    (call,) = observed.export().check()
    assert span in {each.span_id.hex() for each in call if each.kind == each.SPAN_KIND_CLIENT}


@LOOPBACK
def test_providers_get_nothing_of_it_unless_it_is_on(tmp_path: Path) -> None:
    with everywhere(tmp_path, NI_OTEL="on") as gateway:
        answer = gateway.post(CHAT, {"model": OPENAI, "messages": [HI]}, traceparent=VALID, tracestate=STATE)
        assert answer.status_code == 200
        assert not {"traceparent", "tracestate"} & gateway.fakes["openai"].seen[-1].headers.keys()
        assert gateway.assembled.gateway.telemetry is not None


@LOOPBACK
def test_a_call_that_the_client_does_not_sample_is_logged_with_its_trace_and_not_exported(
    observed: Observed, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ni.calls")
    observed.gateway.post(CHAT, {"model": OPENAI, "messages": [HI]}, traceparent=VALID[:-1] + "0")
    assert observed.export().check() == []
    (record,) = [each for each in caplog.records if each.name == "ni.calls"]
    assert vars(record)["trace_id"] == TRACE
    assert len(vars(record)["span_id"]) == 16


@LOOPBACK
def test_each_call_has_a_trace_and_a_span_of_its_own(observed: Observed) -> None:
    drawn = [observed.telemetry.begin(lambda _: None) for _ in range(3 * DRAWN + 1)]
    assert len({one.trace_id for one in drawn}) == len({one.span_id for one in drawn}) == len(drawn)
    assert {(len(one.trace_id), len(one.span_id)) for one in drawn} == {(16, 8)}

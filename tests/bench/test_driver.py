"""The load program counts what arrived whole, says what did not, and reads replies however they are cut."""

import pytest

from bench.driver import Findings, Shape, run
from bench.peers import PACED, Peer
from bench.programs import Programs
from tests.bench.conftest import Replying

ONCE = Shape(connections=2, warm_ms=0, measure_ms=3000, once=True)
STREAM = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = 'data: {"choices":[{"delta":{"content":"sent:NOW;"},"finish_reason":null}]}\n\n'
FINISH = 'data: {"choices":[{"delta":{},"finish_reason": "stop"}]}\n\n'
DONE = "data: [DONE]\n\n"


def loaded(programs: Programs, port: int, shape: Shape = ONCE) -> Findings:
    return run([str(programs.driver)], port, Peer("tested", port).call(), shape, None)


def framed(*parts: str) -> str:
    """In HTTP chunks; a time stamp is as long as the instant that replaces it."""
    sized = ((len(part) + 16 * part.count("NOW"), part) for part in parts)
    return STREAM + "".join(f"{size:x}\r\n{part}\r\n" for size, part in sized) + "0\r\n\r\n"


def test_calls_of_the_upstream_are_all_whole(programs: Programs, upstream_port: int) -> None:
    seen = loaded(programs, upstream_port, Shape(connections=4, warm_ms=50, measure_ms=200))
    assert seen.trouble == ""
    assert seen.whole == seen.latency.count > 100
    assert 0 < seen.latency.p50_ms <= seen.latency.p99_ms <= seen.latency.max_ms


def test_each_chunk_of_a_paced_stream_is_seen_and_lasts_its_period(
    programs: Programs, upstream_port: int
) -> None:
    peer = Peer("direct", upstream_port)
    seen = run([str(programs.driver)], upstream_port, peer.stream(PACED), ONCE, None)
    assert seen.trouble == ""
    assert (seen.whole, seen.relay.count) == (2, 2 * 20)
    assert seen.latency.p50_ms >= 19 * 10


def test_a_stream_at_full_speed_has_fifty_chunks(programs: Programs, upstream_port: int) -> None:
    seen = run([str(programs.driver)], upstream_port, Peer("direct", upstream_port).stream(), ONCE, None)
    assert (seen.trouble, seen.whole, seen.relay.count) == ("", 2, 100)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_stream_is_read_alike_however_its_bytes_are_cut(
    programs: Programs, replying: Replying, size: int
) -> None:
    port = replying(framed(CHUNK, CHUNK[:40], CHUNK[40:], FINISH + DONE), size)
    seen = loaded(programs, port)
    assert (seen.trouble, seen.whole, seen.relay.count) == ("", 2, 4)


def test_relay_delay_is_arrival_less_the_instant_of_sending(programs: Programs, replying: Replying) -> None:
    seen = loaded(programs, replying(framed(CHUNK, FINISH, DONE)))
    assert 50 <= seen.relay.p50_ms < 1000


@pytest.mark.parametrize(
    "parts", [(CHUNK, DONE), (CHUNK, FINISH), (CHUNK,), ('data: {"error":{"message":"cut"}}\n\n',)]
)
def test_a_stream_without_finish_reason_and_done_is_broken(
    programs: Programs, replying: Replying, parts: tuple[str, ...]
) -> None:
    seen = loaded(programs, replying(framed(*parts)))
    assert (seen.whole, seen.broken) == (0, 2)
    assert seen.trouble.startswith("2 broken of 2 (a stream ended without")


def test_an_answer_that_is_not_200_is_a_failure_and_is_shown(programs: Programs, replying: Replying) -> None:
    port = replying('HTTP/1.1 429 Too Many\r\nContent-Length: 17\r\n\r\n{"error":"later"}')
    assert "2 failed of 2 (an answer was not 200: {'error':'later'})" in loaded(programs, port).trouble


def test_a_connection_closed_in_a_stream_is_a_failure(programs: Programs, replying: Replying) -> None:
    cut = STREAM + f"{len(FINISH):x}\r\n{FINISH}\r\n"
    seen = loaded(programs, replying(cut, hang_up=True))
    assert (seen.whole, seen.failed) == (0, 2)
    assert "closed in the middle of a stream" in seen.complaint


def test_a_stream_that_does_not_end_in_time_is_unfinished(programs: Programs, replying: Replying) -> None:
    shape = Shape(connections=2, warm_ms=0, measure_ms=200, once=True)
    seen = loaded(programs, replying(STREAM + f"{len(FINISH):x}\r\n{FINISH}\r\n"), shape)
    assert (seen.whole, seen.unfinished) == (0, 2)


def test_a_port_on_which_nobody_listens_is_refused(programs: Programs) -> None:
    assert loaded(programs, 1).refused == 2

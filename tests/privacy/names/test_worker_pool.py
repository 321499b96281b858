"""Workers that die, hang and are shared: the request in flight fails, the next one is served."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.domain.errors import DetectionFailed
from ni.privacy.names.worker.pool import Child, Limits, NamesPool, wait_until_ready
from ni.privacy.spans import Label, Span

STAND_IN = Path(__file__).with_name("stand_in.py")
PATIENT = Limits(batch_s=30, ready_s=30, first_pause_s=0.01)
STRICT = Limits(batch_s=0.5, ready_s=30, first_pause_s=0.01)


def stand_in() -> Child:
    return Child((sys.executable, str(STAND_IN)))


@pytest.fixture(params=[PATIENT], ids=["patient"])
def pool(request: pytest.FixtureRequest) -> Iterator[NamesPool]:
    pool = NamesPool(limits=request.param, start=stand_in)
    pool.start()
    assert wait_until_ready(pool, 30)
    yield pool
    pool.close()


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


def test_a_text_that_stands_several_times_is_read_once(pool: NamesPool) -> None:
    begun = time.monotonic()
    found = pool.find(["slowly"] * 2_000)  # each reading takes 20 ms
    assert time.monotonic() - begun < 10
    assert found == [[Span(0, 6, Label.PERSON, False)]] * 2_000


def test_each_text_gets_its_own_spans(pool: NamesPool) -> None:
    found = pool.find(["Ana", "", "Bartholomew"])
    assert found == [[Span(0, 3, Label.PERSON, False)], [], [Span(0, 11, Label.PERSON, False)]]


def test_a_worker_that_dies_fails_the_request_it_was_reading_and_serves_the_next(pool: NamesPool) -> None:
    with pytest.raises(DetectionFailed) as refusal:
        pool.find(["please die"])
    assert refusal.value.status == 503
    assert refusal.value.retry_after_s
    assert pool.find(["Ana"])[0]


def test_a_worker_killed_between_requests_is_replaced_without_failing_any(pool: NamesPool) -> None:
    [first] = pool.pids
    os.kill(first, 9)
    assert gone(first)
    assert pool.find(["Ana"])[0]
    assert pool.pids != (first,)


@pytest.mark.parametrize("pool", [STRICT], indirect=True)
def test_a_worker_that_overruns_is_ended_and_replaced(pool: NamesPool) -> None:
    [first] = pool.pids
    begun = time.monotonic()
    with pytest.raises(DetectionFailed):
        pool.find(["sleep"])
    assert time.monotonic() - begun < 5
    assert gone(first)
    assert pool.find(["Ana"])[0]


def test_the_rest_of_a_failed_request_is_not_read(pool: NamesPool) -> None:
    with pytest.raises(DetectionFailed):
        pool.find(["please die", *(f"slowly {number} " + "x" * 1900 for number in range(500))])
    begun = time.monotonic()
    assert pool.find(["Ana"])[0]
    assert time.monotonic() - begun < 5


def test_a_short_message_does_not_wait_behind_a_long_document(pool: NamesPool) -> None:
    done: list[str] = []

    def scan() -> None:
        pool.find([f"slowly {number} " + "word " * 380 for number in range(150)])
        done.append("long")

    long = threading.Thread(target=scan)
    long.start()
    time.sleep(0.1)
    pool.find(["Ana"])
    done.append("short")
    long.join()
    assert done == ["short", "long"]


def test_a_pool_that_never_comes_up_refuses_and_says_when_to_try_again() -> None:
    pool = NamesPool(
        limits=Limits(ready_s=0.2), start=lambda: Child((sys.executable, "-c", "raise SystemExit(1)"))
    )
    pool.start()
    with pytest.raises(DetectionFailed) as refusal:
        pool.find(["Ana"])
    assert refusal.value.retry_after_s == 5
    pool.close()


def test_closing_ends_the_worker_and_refuses_what_comes_after(pool: NamesPool) -> None:
    [pid] = pool.pids
    pool.close()
    assert gone(pid)
    with pytest.raises(DetectionFailed):
        pool.find(["Ana"])


def test_a_worker_ends_when_its_gateway_is_killed() -> None:
    source = (
        f"import sys, time; sys.path.insert(0, {str(STAND_IN.parents[3])!r})\n"
        "from ni.privacy.names.worker.pool import Child\n"
        f"child = Child((sys.executable, {str(STAND_IN)!r}))\n"
        "child.await_ready(30); print(child.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen((sys.executable, "-c", source), stdout=subprocess.PIPE, text=True) as gateway:
        assert gateway.stdout
        pid = int(gateway.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        gateway.kill()
    assert gone(pid)


def test_a_worker_sees_nothing_of_the_gateways_environment(
    pool: NamesPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-never-to-be-seen")
    with stand_in() as child:
        child.await_ready(30)
        assert b"never-to-be-seen" not in Path(f"/proc/{child.pid}/environ").read_bytes()


def test_under_gevent_the_event_loop_goes_on_while_a_worker_reads() -> None:
    here = Path(__file__).with_name("under_gevent.py")
    run = subprocess.run((sys.executable, str(here)), capture_output=True, text=True, timeout=60, check=True)
    ticks, _longest_ms = run.stdout.split()
    assert int(ticks) > 50  # the worker reads for three quarters of a second

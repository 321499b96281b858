"""The bench's parts fit together: sections are registered, requests are whole, processes are told apart."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import arguments, asked
from bench.gateway import Home
from bench.peers import Peer
from bench.processes import cpu_seconds, resident_mib, web_worker
from bench.programs import Missing, unpacked
from bench.sections import SECTIONS, conversations

FORKING = """
import os, subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
child = os.fork()
if not child:
    time.sleep(60)
print(child, flush=True)
sys.stdin.read()
other.kill(), os.kill(child, 9)
"""


def test_each_file_of_the_sections_is_registered_under_its_name() -> None:
    files = {path.stem for path in Path("bench/sections").glob("*.py")} - {"__init__"}
    assert files == set(SECTIONS)


def test_a_section_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments().parse_args(["--only", "throughput,nosuch"])
    assert "no section nosuch" in capsys.readouterr().err


def test_every_section_is_measured_and_nothing_is_written_unless_said() -> None:
    wanted = arguments().parse_args([])
    assert wanted.only == list(SECTIONS)
    assert not any([wanted.quick, wanted.write_docs, wanted.with_litellm, wanted.baselines_only])


@pytest.mark.parametrize(
    "other", [["--quick"], ["--baselines-only"], ["--only", "streams"], ["--beside", "HEAD"]]
)
def test_only_a_whole_run_is_written_into_the_page(
    other: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        asked(["--write-docs", *other])
    assert "--write-docs needs a whole run" in capsys.readouterr().err


def test_a_request_says_its_length_in_bytes() -> None:
    head, _, body = Peer("gateway", 8000, "key", "local/{}-local").call(user="é").partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"Authorization: Bearer key" in head
    assert b'"model":"local/bench-local"' in body


@pytest.mark.parametrize("octets", [200_000, 1_000_000])
def test_a_conversation_is_as_long_as_its_row_says(octets: int) -> None:
    body = conversations.request(Peer("gateway", 8000, "key", "local/{}-local"), octets).partition(
        b"\r\n\r\n"
    )[2]
    assert 0.95 * octets < len(body) < 1.02 * octets


def test_a_revision_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="no revision none-such"):
        unpacked("none-such", tmp_path)


def test_the_gateway_gets_none_of_the_settings_of_whoever_runs_the_bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NI_DATABASE_URL", "postgresql://elsewhere")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-elsewhere")
    environment = Home(tmp_path, 1, 2, None).environment()
    assert not {"NI_DATABASE_URL", "OPENAI_API_KEY"} & set(environment)
    assert environment["NI_HOME"].startswith(str(tmp_path))


def test_memory_and_cpu_of_this_process_are_read() -> None:
    assert 5 < resident_mib(os.getpid()) < 4000
    assert cpu_seconds(os.getpid()) > 0


def test_the_web_worker_is_the_forked_child_even_when_another_child_is_busier() -> None:
    arbiter = subprocess.Popen([sys.executable, "-c", FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert arbiter.stdout is not None
    try:
        forked = int(arbiter.stdout.readline())
        assert web_worker(arbiter.pid) == forked
    finally:
        arbiter.communicate()

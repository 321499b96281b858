"""What a provider's adapter costs beside its vendor's SDK alone: CPU of a call and of a streamed chunk, same fake.

Fake, adapter and SDK each have a process of their own; `direct` is the SDK. The machine's other core serves.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.programs import ROOT
from bench.provider_client import SDKS
from bench.rows import Gathered, Row, at_most
from bench.stage import Stage

GATEWAY, DIRECT = "gateway", "direct"


def measure(stage: Stage) -> list[Row]:
    """The rows on providers; none when only baselines are measured."""
    if stage.subject.name != GATEWAY:
        return []
    found = Gathered()
    for _ in stage.repeats("providers"):
        for name in SDKS:
            _one(name, found)
    rows: list[Row] = []
    for name in SDKS:
        rows.append(found.added_row(GATEWAY, _call(name), "ms", at_most(1)))
        rows.append(found.added_row(GATEWAY, _chunk(name), "ms", at_most(0.05)))
        rows.append(found.row(GATEWAY, _call(name), "ms"))
        rows.append(found.row(GATEWAY, _chunk(name), "ms"))
    return rows


def _one(name: str, found: Gathered) -> None:
    with _fake(name) as url:
        for who in (GATEWAY, DIRECT):
            command = [sys.executable, "-m", "bench.provider_client", who, name, url]
            run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603
            figures = json.loads(run.stdout) if run.returncode == 0 else {"call_ms": 0.0, "chunk_ms": 0.0}
            trouble = run.stderr.strip().rpartition("\n")[2] if run.returncode else ""
            found.add(who, _call(name), figures["call_ms"], trouble)
            found.add(who, _chunk(name), figures["chunk_ms"], trouble)


@contextmanager
def _fake(name: str) -> Iterator[str]:
    """The address of a fake that runs as long as the block."""
    command = [sys.executable, "-m", "tests.fakes.serve", name]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip()
    finally:
        child.stdin.close()
        child.wait(10)
        child.stdout.close()


def _call(name: str) -> str:
    return f"{name}: CPU of a call"


def _chunk(name: str) -> str:
    return f"{name}: CPU of a chunk"

"""What traces and metrics cost: two gateways that differ in `NI_OTEL` alone, loaded in turn in each repeat.

Which of them is first changes from repeat to repeat, so that a machine that becomes faster or slower favours neither.
Every call is traced, with its ten spans. The collector takes all of it at once, in a process of its own whose time is
not counted; what is counted is the CPU of the worker, the export of spans included. Metrics leave once a minute, as is
the default, and so seldom within a run.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from bench.cores import pinned
from bench.driver import closed_loop
from bench.gateway import Home, serving
from bench.peers import Peer
from bench.processes import cpu_seconds, web_worker
from bench.programs import ROOT
from bench.rows import Gathered, Row, at_most
from bench.servers import LOOPBACK, Launch, answers, free_port, running, wait_until
from bench.stage import Stage

GATEWAY, OFF, ON = "gateway", "off", "on"
CONNECTIONS = 16
EXPORTED_S = 1.5
"""How long after the load the last spans and metrics are sent, which are counted too."""
CPU = "CPU of the worker per request, traced or not"
MORE = "CPU of a call with tracing on, more than off"


def measure(stage: Stage) -> list[Row]:
    """The rows on tracing; none when only baselines are measured."""
    if stage.subject.name != GATEWAY:
        return []
    found = Gathered()
    with ExitStack() as servers:
        peers = {
            name: servers.enter_context(serving(home)) for name, home in servers.enter_context(_homes(stage))
        }
        for repeat in stage.repeats("telemetry"):
            for name in (OFF, ON) if repeat % 2 else (ON, OFF):
                _one(stage, name, peers[name], found)
            off_ms, on_ms = (found.values(name, CPU)[-1] for name in (OFF, ON))
            found.add(ON, MORE, 100 * (on_ms - off_ms) / off_ms)
    return [found.row(ON, CPU, "ms"), found.row(ON, MORE, "%", at_most(5))]


@contextmanager
def _homes(stage: Stage) -> Iterator[list[tuple[str, Home]]]:
    """Both gateways, not yet running, while a collector runs."""
    port, log = free_port(), stage.folder / "otlp_sink.log"
    command = pinned([sys.executable, "-m", "bench.otlp_sink", str(port)], stage.cores.loading)
    with running(Launch(command, log, ROOT)) as child:
        wait_until(lambda: answers(port, "GET", "/"), child, log)
        off, on = stage.fresh_home("telemetry-off"), stage.fresh_home("telemetry-on")
        on = replace(
            on,
            settings={
                "NI_OTEL": "on",
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{LOOPBACK}:{port}",
            },
        )
        for home in (off, on):
            home.make()
        yield [(OFF, off), (ON, on)]


def _one(stage: Stage, name: str, peer: Peer, found: Gathered) -> None:
    before_s = cpu_seconds(web_worker(peer.pid))
    seen = stage.load(peer, peer.call(), closed_loop(CONNECTIONS, stage.plan))
    time.sleep(EXPORTED_S)
    used_s = cpu_seconds(web_worker(peer.pid)) - before_s
    requests = max(1.0, seen.per_second * (seen.seconds + stage.plan.warm_ms / 1000))
    found.add(name, CPU, used_s * 1000 / requests, seen.trouble)

"""What the guard costs a call: its check over a warm connection, and anew for a connection that is not there yet.

Warm is the decision before a call and the verdict on the pooled peer. Cold adds what is thought about once: the name of
the endpoint, its addresses in lists as large as the real ones, and the look-up of the name on this machine.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from bench.rows import Gathered, Row, at_most
from bench.stage import Stage
from ni.domain.clock import SystemClock
from ni.domain.route import Capabilities, Deployment, Route, Tier
from ni.outbound.connection import system_resolve
from ni.residency.ip_ranges import Prefix, flattened
from ni.residency.monitor import MonitorDependencies, ResidencyMonitor
from ni.residency.range_store import AddressList, RangeIndex, RangeStore
from ni.residency.rules import Permit

GATEWAY = "gateway"
WARM, COLD, LOOKUP, LOAD = (
    "residency: check of a call, warm connection",
    "residency: check of a call, cold",
    "residency: look-up of one address",
    "residency: lists of three clouds, loaded",
)
TIMES = 20_000
COLD_TIMES = 200
ROWS = {"aws": 11_000, "azure": 40_000, "google-cloud": 1_200, "google": 100}
ENDPOINT = "https://bedrock-runtime.ca-central-1.amazonaws.com"
PEER = ("10.0.0.9",)


def measure(stage: Stage) -> list[Row]:
    """The rows on residency; none when only baselines are measured."""
    if stage.subject.name != GATEWAY:
        return []
    found = Gathered()
    for repeat in stage.repeats("residency"):
        _one(stage.folder / f"residency-{repeat}", found)
    return [
        found.row(GATEWAY, WARM, "ms", at_most(0.2)),
        found.row(GATEWAY, COLD, "ms", at_most(15)),
        found.row(GATEWAY, LOOKUP, "µs"),
        found.row(GATEWAY, LOAD, "ms"),
    ]


def _one(folder: Path, found: Gathered) -> None:
    clock = SystemClock()
    range_store = RangeStore(folder)
    for name, rows in ROWS.items():
        range_store.store(_made(name, rows, clock))
    found.add(GATEWAY, LOAD, _each(range_store.load, 1) * 1e3)
    range_index = RangeIndex(range_store, (), clock, timedelta(days=14))
    monitor = ResidencyMonitor(
        range_index, MonitorDependencies(lambda route: ENDPOINT, True, lambda drift: None, clock)
    )
    route = _route()

    def warm() -> None:
        assert isinstance(monitor.decide(route), Permit)
        assert isinstance(monitor.vet(route, "", PEER), Permit)

    def cold() -> None:
        system_resolve("localhost", 443)
        fresh = _route()
        assert isinstance(monitor.decide(fresh), Permit)
        assert isinstance(monitor.vet(fresh, "", PEER), Permit)

    found.add(GATEWAY, WARM, _each(warm, TIMES) * 1e3)
    found.add(GATEWAY, COLD, _each(cold, COLD_TIMES) * 1e3)
    spans = range_index.lists["azure"].spans
    found.add(GATEWAY, LOOKUP, _each(lambda: spans.find("10.3.7.9"), TIMES) * 1e6)


def _each(step: Callable[[], object], times: int) -> float:
    """Seconds that one of many takes."""
    began = time.perf_counter()
    for _ in range(times):
        step()
    return (time.perf_counter() - began) / times


def _made(name: str, rows: int, clock: SystemClock) -> AddressList:
    """A list of so many prefixes of both families, with the first address in the region that is asked for."""
    label = "ca-central-1" if name == "aws" else "elsewhere"
    prefixes = [
        Prefix(f"{IPv4Address(0x0A000000 + 256 * at)}/24", f"{label}{at % 40 or ''}") for at in range(rows)
    ]
    prefixes += [
        Prefix(f"{IPv6Address((0x2600 << 112) + (at << 80))}/48", f"other{at % 40}")
        for at in range(rows // 2)
    ]
    return AddressList(name, "bench", "0" * 64, clock.now(), len(prefixes), flattened(prefixes))


def _route() -> Route:
    deployment = Deployment("bedrock-ca", "bedrock", "ca-central-1", "CA")
    return Route("r", "bedrock", "maker.model", Tier.CANADIAN_CLOUD, deployment, Capabilities(), None)

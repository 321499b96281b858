"""A gateway whose providers are strict fakes, and a strict collector; what waits is exported when a test asks."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ni.factory.telemetry import Telemetry
from tests.api.everywhere import Everywhere, everywhere
from tests.fakes.otlp_receiver import OtlpReceiver

COLLECTOR_KEY = "canary-collector-key-3d41"


@dataclass
class Observed:
    """The gateway and what it exports."""

    gateway: Everywhere
    receiver: OtlpReceiver

    @property
    def telemetry(self) -> Telemetry:
        """The export of the gateway."""
        telemetry = self.gateway.assembled.gateway.telemetry
        assert telemetry is not None
        return telemetry

    def export(self) -> OtlpReceiver:
        """Send what waits, and give the collector."""
        self.telemetry.exporter.send_spans()
        self.telemetry.send_metrics()
        return self.receiver


@pytest.fixture(scope="module")
def receiver() -> Iterator[OtlpReceiver]:
    with OtlpReceiver() as served:
        yield served


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, receiver: OtlpReceiver) -> Iterator[Observed]:
    settings = {
        "NI_OTEL": "on",
        "NI_OTEL_PROPAGATE": "on",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"{receiver.url}/",
        "OTEL_EXPORTER_OTLP_HEADERS": f"api-key={COLLECTOR_KEY},x-two=a%20b",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
    }
    with everywhere(tmp_path_factory.mktemp("observed"), **settings) as gateway:
        yield Observed(gateway, receiver)


@pytest.fixture
def observed(started: Observed) -> Observed:
    """The same gateway for each test, with nothing left of the one before."""
    started.export()
    started.receiver.forget()
    started.receiver.objections.clear()
    started.gateway.forget()
    return started

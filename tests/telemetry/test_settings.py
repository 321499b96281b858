"""The `OTEL_` variables mean what OpenTelemetry says, once `NI_OTEL` is on, and nothing before."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ni.factory import telemetry
from ni.factory.telemetry import telemetry_terms
from ni.settings import Settings
from ni.settings.values import SettingsError
from tests.assembled import ROOT

WRONG = {
    "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318",
    "OTEL_EXPORTER_OTLP_HEADERS": "canary-without-equals", "OTEL_RESOURCE_ATTRIBUTES": "x",
    "OTEL_TRACES_SAMPLER": "jaeger_remote", "OTEL_TRACES_SAMPLER_ARG": "1.5", "OTEL_METRIC_EXPORT_INTERVAL": "10",
}  # fmt: skip


def terms(**environ: str) -> telemetry.TelemetryTerms:
    """Those of an environment where it is on."""
    found = telemetry_terms(Settings.from_environ({"NI_OTEL": "on", **environ}))
    assert found is not None
    return found


def test_it_is_off_by_default_whatever_a_platform_sets() -> None:
    assert telemetry_terms(Settings.from_environ({})) is None
    assert telemetry_terms(Settings.from_environ(WRONG)) is None


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_cannot_be_heeded_refuses_the_start_by_name(name: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        terms(**{name: WRONG[name]})
    assert "canary" not in str(refused.value)


def test_defaults_are_those_of_the_specification() -> None:
    found = terms()
    assert (found.endpoint, found.sampler, found.share) == (
        "http://localhost:4318",
        "parentbased_always_on",
        1.0,
    )
    assert (found.interval_s, found.headers, found.propagate) == (60.0, {}, False)
    assert found.attributes["service.name"] == "northern-inference"


def test_pairs_are_percent_decoded_and_the_service_name_wins() -> None:
    found = terms(
        OTEL_EXPORTER_OTLP_HEADERS="api-key=a%3Db%2C , x = 1 ,",
        OTEL_RESOURCE_ATTRIBUTES="service.name=other,team=l%27équipe",
        OTEL_SERVICE_NAME="gateway",
        OTEL_EXPORTER_OTLP_ENDPOINT="https://c.example.ca/otlp/",
    )
    assert found.headers == {"api-key": "a=b,", "x": "1"}
    assert found.attributes["team"] == "l'équipe"
    assert found.attributes["service.name"] == "gateway"
    assert found.endpoint == "https://c.example.ca/otlp"
    assert "a=b" not in repr(found)


def test_headers_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "headers"
    path.write_text("api-key=from-a-file\n")
    assert terms(OTEL_EXPORTER_OTLP_HEADERS_FILE=str(path)).headers == {"api-key": "from-a-file"}


def test_a_header_that_would_break_the_request_is_refused() -> None:
    with pytest.raises(SettingsError):
        terms(OTEL_EXPORTER_OTLP_HEADERS="x=a%0D%0Ay: b")


def test_without_its_library_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"northern-inference\[otel\]") as refused:
        terms()
    assert "\n" not in str(refused.value)


def test_the_gateway_imports_without_its_library() -> None:
    script = """
import json, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("opentelemetry", "google.protobuf")):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import ni.factory.serving
print(json.dumps([name for name in sys.modules if name.startswith("ni.telemetry")]))
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == []

"""What building the providers may not cost: heavy libraries load when a route that needs them is called."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, sys
from ni.outbound.connection import Connector, system_resolve
from ni.outbound.client import EgressClient
from ni.domain.clock import SystemClock
from ni.providers.registry import build_providers
from ni.domain.route import Deployment

clock = SystemClock()
providers = build_providers(EgressClient(Connector((), system_resolve, clock, 1.0), clock), lambda name: None)
for name, provider in providers.items():
    provider.missing(Deployment(name, name, "ca-central-1", "CA"))
print(json.dumps(sorted(sys.modules)))
"""
HEAVY = (
    "anthropic",
    "boto3",
    "botocore",
    "grpc",
    "httpx",
    "openai",
    "opentelemetry",
    "requests",
    "urllib3",
    "vertexai",
)
GOOGLE = (
    "google.api_core",
    "google.auth",
    "google.cloud.aiplatform",
    "google.genai",
    "google.oauth2",
    "google.protobuf",
)
"""(`google` itself is a namespace that installed packages announce at the interpreter's start.)"""


def loaded_by(script: str) -> list[str]:
    """The vendors' modules that an interpreter has loaded after a script."""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = json.loads(run.stdout)
    return [name for name in loaded if name.split(".")[0] in HEAVY or name.startswith(GOOGLE)]


def test_an_application_that_is_about_to_serve_has_loaded_no_vendors_library(tmp_path: Path) -> None:
    script = f"""
import json, sys
from pathlib import Path
from tests.assembled import assembled
with assembled(Path({str(tmp_path)!r})) as made:
    assert made.client.get("/readyz").status_code == 200
print(json.dumps(sorted(sys.modules)))
"""
    assert loaded_by(script) == []


def test_building_the_providers_loads_no_vendors_library() -> None:
    assert loaded_by(SCRIPT) == []

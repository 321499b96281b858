"""The files of `deploy/` pass their checkers, and say what the product says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import ni
from ni.settings import Settings, unknown
from tests.running import ROOT

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "northern-inference.service"
COMPOSE = sorted(DEPLOY.glob("compose*.yaml"))
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
MOST_EXPOSED = 2.5


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} here")
    return found


def run(*command: str, folder: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True, check=False
    )


def test_the_unit_is_one_that_systemd_understands(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/ni/bin/ni", "/bin/true"))  # the program is not here
    done = run(program("systemd-analyze"), "verify", str(unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_hardened() -> None:
    done = run(program("systemd-analyze"), "security", "--offline=yes", str(UNIT))
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= MOST_EXPOSED


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    """A copy of the folder with what `deploy/try` makes in it."""
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    done = run("sh", "try", "secrets", folder=tmp_path / "deploy")
    assert done.returncode == 0, done.stderr
    (tmp_path / "deploy" / ".env").touch()
    return tmp_path / "deploy"


@pytest.mark.parametrize("file", COMPOSE, ids=lambda path: path.name)
def test_compose_reads_the_file_and_asks_for_the_name(deploy: Path, file: Path) -> None:
    command = [program("docker-compose"), "-f", file.name, "config"]
    refused = run(*command, folder=deploy, NI_NAME="")
    assert refused.returncode != 0
    assert "write the public name" in refused.stderr
    done = run(*command, folder=deploy, NI_NAME="gateway.example.ca")
    assert done.returncode == 0, done.stderr
    for service in services(done.stdout):
        environ = {name: str(value) for name, value in service.get("environment", {}).items()}
        own = {name: value for name, value in environ.items() if not name.endswith("_FILE")}
        assert Settings.from_environ(own).public_url == "https://gateway.example.ca"
        assert unknown(Settings.from_environ(own)) == []


def services(text: str) -> list[dict[str, Any]]:
    """The services that run our image."""
    found = [
        each for each in yaml.safe_load(text)["services"].values() if each["image"] == "northern-inference"
    ]
    assert found
    return found


def test_the_secrets_that_the_script_makes_are_private_and_usable(deploy: Path, tmp_path: Path) -> None:
    from ni.settings.secret_files import Secrets, adopt

    names = ("pepper", "master", "custody.seed")
    files = {name: deploy / "secrets" / name for name in names}
    before = {name: path.read_bytes() for name, path in files.items()}
    adopt(tmp_path / "home", files)
    Secrets.load(tmp_path / "home")
    if os.geteuid() == 0:
        assert all(path.stat().st_mode & 0o077 == 0 for path in files.values())
    run("sh", "try", "secrets", folder=deploy)
    assert {name: path.read_bytes() for name, path in files.items()} == before


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda path: path.name)
def test_manifests_fit_the_schema_of_kubernetes(file: Path) -> None:
    validator = Path(sys.executable).with_name("kubernetes-validate")
    done = run(str(validator), "--strict", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def documents() -> list[dict[str, Any]]:
    return [each for path in MANIFESTS for each in yaml.safe_load_all(path.read_text())]


def pods() -> list[dict[str, Any]]:
    return [each["spec"]["template"] for each in documents() if each["kind"] in ("Deployment", "Job")]


def test_manifests_set_what_the_gateway_knows() -> None:
    (config,) = [each["data"] for each in documents() if each["kind"] == "ConfigMap"]
    own = {name: value for name, value in config.items() if not name.endswith("_FILE")}
    assert unknown(Settings.from_environ(own)) == []
    assert Settings.from_environ(own).custody_origin


def test_every_container_is_confined_and_of_this_version() -> None:
    assert len(pods()) == 2
    for pod in pods():
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        for container in pod["spec"]["containers"]:
            confined = container["securityContext"]
            assert confined["readOnlyRootFilesystem"]
            assert confined["capabilities"] == {"drop": ["ALL"]}
            assert container["image"] == f"northern-inference:{ni.__version__}"


def test_the_service_leads_to_gateways_alone() -> None:
    (service,) = [each for each in documents() if each["kind"] == "Service"]
    chosen = service["spec"]["selector"].items()
    gateways = [pod for pod in pods() if chosen <= pod["metadata"]["labels"].items()]
    assert [pod["spec"]["containers"][0]["args"] for pod in gateways] == [["serve"]]


def test_what_goes_to_the_builder_of_the_image_is_what_the_dockerfile_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text()
    allowed = {line[1:] for line in ignored.splitlines() if line.startswith("!")}
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert {name for line in copies for name in line.split()} == allowed
    assert "*" in ignored.splitlines()

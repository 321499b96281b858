"""The guides are true: every `sh` block runs as it is written, against a running gateway, and does what it promises."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.web.docs import BLOCK as CODE
from ni.web.docs import PLACE
from tests.running import RunningGateway

FILES = sorted((Path(__file__).parent / "integrations").glob("*.md"))
GUIDES = [path for path in FILES if "." not in path.stem]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACEHOLDER = re.compile(r"(?<!\$)\{\{(.*?)\}\}")
BLOCKS = [
    (path.stem, at, block)
    for path in GUIDES
    for at, block in enumerate(BLOCK.findall(path.read_text("utf-8")))
]
LIVES_ELSEWHERE = re.compile(r"https?://(?!opencode\.ai/config\.json)(?!127\.0\.0\.1)[\w.]+")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    instance = RunningGateway(tmp_path_factory.mktemp("gateway"))
    instance.ni("init")
    yield instance.start()
    assert instance.stop() == 0


@pytest.fixture(scope="module")
def key(gateway: RunningGateway) -> str:
    return gateway.key()


@pytest.mark.faults
@pytest.mark.parametrize(("name", "at", "block"), BLOCKS, ids=[f"{name}-{at}" for name, at, _ in BLOCKS])
def test_a_block_runs_as_it_is_written(
    gateway: RunningGateway, key: str, name: str, at: int, block: str
) -> None:
    script = "set -eo pipefail\n" + block.replace("{{BASE_URL}}", gateway.url)
    environ = {"PATH": os.environ["PATH"], "NI_API_KEY": key}
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environ, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert '"error":{' not in done.stdout


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_has_one_title_known_placeholders_and_no_address_of_its_own(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("# ")
    assert (
        len(
            re.findall(
                r"^# ", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
            )
        )
        == 1
    )
    assert set(PLACEHOLDER.findall(text)) <= {"BASE_URL", "API_KEY"}
    assert "BASE_URL" in text
    assert not LIVES_ELSEWHERE.findall(text)


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_links_between_guides_lead_somewhere(path: Path) -> None:
    known = {f"/docs/{guide.stem}.html" for guide in GUIDES}
    assert set(re.findall(r"\]\((/docs/[^)]*)\)", path.read_text("utf-8"))) <= known


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_is_there_in_french_with_the_same_code_links_and_tables(path: Path) -> None:
    english, french = path.read_text("utf-8"), path.with_suffix(".fr.md").read_text("utf-8")
    assert len(PLACE.findall(french)) == len(CODE.findall(english))
    assert not CODE.findall(french)
    assert set(PLACEHOLDER.findall(french)) <= {"BASE_URL", "API_KEY", "BLOCK"}
    links = r"\]\((/docs/[^)]*)\)"
    assert re.findall(links, french) == re.findall(links, english)
    english = CODE.sub("", english)
    for mark in ("\n| ", "\n## ", "\n- ", "\n1. "):
        assert french.count(mark) == english.count(mark), mark
    assert not LIVES_ELSEWHERE.findall(french)


def test_every_french_guide_has_its_english_one() -> None:
    assert {path.name for path in FILES if path not in GUIDES} == {f"{path.stem}.fr.md" for path in GUIDES}

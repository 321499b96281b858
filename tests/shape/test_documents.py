"""What the documents promise is what the code does: errors, headers, words."""

import re
from pathlib import Path

import pytest

from ni.__main__ import command_parts
from ni.cli import main
from ni.domain import errors
from ni.domain.errors import Problem
from ni.domain.route import Tier

ROOT = Path(__file__).resolve().parents[2]
PROBLEMS = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Problem)),
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda kind: kind.__name__)
def test_every_error_is_documented_with_its_status_code_and_type(problem: type[Problem]) -> None:
    row = f"| {problem.status} | `{problem.code}` | `{problem.type}` |"
    assert row in (ROOT / "docs/errors.md").read_text()


def test_no_error_is_documented_that_does_not_exist() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    assert {(int(status), code) for status, code in rows} == {(kind.status, kind.code) for kind in PROBLEMS}


def test_every_sentence_ends_and_says_a_next_step() -> None:
    for problem in PROBLEMS:
        assert problem.text.endswith("."), problem
        says_at_the_place = problem.text is errors.BadRequest.text  # who raises it gives the sentence
        assert says_at_the_place or len(re.findall(r"[.,;:]\s", problem.text)) >= 1, problem


def test_every_header_of_the_code_is_documented_and_the_other_way_round() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "ni").rglob("*.py"))
    in_code = set(re.findall(r'"(X-NI-[A-Za-z-]+)"', sources))
    in_table = set(
        re.findall(r"^\| `(X-NI-[A-Za-z-]+)`", (ROOT / "docs/headers.md").read_text(), re.MULTILINE)
    )
    assert in_code == in_table


def test_the_readme_names_every_tier() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [tier.value for tier in Tier if f"`{tier.value}`" not in readme] == []


def test_every_test_that_the_page_on_reliability_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs/reliability.md").read_text())
    assert len(named) > 60
    lost = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).exists() or (test and f"def {test}(" not in (ROOT / file).read_text())
    ]
    assert lost == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for target, heading in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text()):
            file = page.parent / target if target else page
            if not file.exists():
                broken.append(f"{page.name}: {target}")
            elif heading and file.suffix == ".md" and heading not in anchors(file.read_text()):
                broken.append(f"{page.name}: {target}#{heading}")
    assert broken == []


def anchors(page: str) -> set[str]:
    """The headings of a page as links name them: lower case, blanks as hyphens, no other signs."""
    headings = re.findall(r"(?m)^#+ (.*)$", page)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_commands_that_documents_name_exist(capsys: pytest.CaptureFixture[str]) -> None:
    named = re.compile(r"`(?:(?:\.venv/bin/)?python -m )?ni (-*[a-z]+(?: [a-z-]+[a-z])?)[` ]")
    pages = (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    found = {words for page in pages for words in named.findall(page.read_text())}
    assert len(found) > 20
    for words in sorted(found):
        with pytest.raises(SystemExit) as ended:
            main([*words.split(), "--help"], command_parts())
        assert ended.value.code == 0, words
    capsys.readouterr()


def test_files_that_documents_name_exist() -> None:
    named = re.compile(r"`((?:ni|tests|tools|bench|docs|templates|static)/[\w./-]+)(?::\d+)?`")
    pages = (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    found = {(page.name, name) for page in pages for name in named.findall(page.read_text())}
    assert len(found) > 20
    made = {"bench/results/"}  # by a run of the bench
    assert [one for one in sorted(found) if one[1] not in made and not _is_there(one[1])] == []


def _is_there(name: str) -> bool:
    """Modules may be named without their ending, functions behind a full stop."""
    return any((ROOT / name.rstrip("/")).parent.glob(f"{Path(name).name}*"))


def test_nothing_names_the_machine_it_was_written_on() -> None:
    named = re.compile(r"(?<![\w.])/(?:work|farm)/[a-z]")
    folders = ("ni", "docs", "tests", "tools", "bench", "static/js", "templates")
    kinds = (".py", ".md", ".js", ".html", ".toml")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in kinds]
    assert [str(path) for path in files if named.search(path.read_text())] == []


def test_every_test_that_the_page_on_reliability_names_exists() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text()
    goals = re.findall(r"^\| (R\d+) \|.*?\| `(tests/[\w/]+\.py)(?:::(\w+))?` \|", page, re.MULTILINE)
    assert [name for name, _, _ in goals] == [f"R{number}" for number in range(1, 30)]
    for name, path, test in goals:
        source = (ROOT / path).read_text()
        assert not test or f"def {test}(" in source, (name, path, test)


def test_every_word_of_the_glossary_is_used_and_explained_once() -> None:
    rows = re.findall(r"^\| ([A-Za-z ]+) \| ", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    words = [row for row in rows if row != "word"]
    code = "".join(path.read_text() for path in (ROOT / "ni").rglob("*.py"))
    spaced = re.sub(r"\s+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", code)).lower()
    assert [word for word in words if word.lower() not in spaced] == []
    assert sorted(set(words)) == sorted(words)
    assert len(words) > 30


def test_targets_of_make_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages = (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    named = {
        (page.name, name) for page in pages for name in re.findall(r"`make ([a-z0-9-]+)", page.read_text())
    }
    assert len(named) > 20
    assert [each for each in sorted(named) if each[1] not in targets] == []


def test_the_first_screen_of_the_readme_says_what_to_run_what_it_needs_and_how_long_it_takes() -> None:
    screen = (ROOT / "README.md").read_text().partition("![")[0]
    assert len(screen.splitlines()) <= 25
    for command in ("make run", "make test"):
        (row,) = re.findall(rf"^\| `{command}` \|(.+)$", screen, re.MULTILINE)
        assert re.search(r"\d (?:MB|GB)", row), command
        assert re.search(r"minutes", row), command


OF_CODE = ("CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md", "docs/ui-principles.md")


def test_names_that_pages_about_the_code_show_are_names_of_the_code() -> None:
    code = "".join(path.read_text() for path in (ROOT / "ni").rglob("*.py"))
    known = set(re.findall(r"\w+", code))
    shown = {
        (page, name)
        for page in OF_CODE
        for quoted in re.findall(r"`@?([A-Za-z_][\w.]*)(?:\(.*?\))?`", (ROOT / page).read_text())
        for name in quoted.split(".")
        if re.fullmatch(r"[A-Z]\w*[a-z]\w*", name)
    }
    assert len(shown) > 15
    assert [each for each in sorted(shown) if each[1] not in known] == []


MARGIN = 100


def prose(page: Path) -> list[tuple[int, str]]:
    """The numbered lines of a document that can be wrapped: no tables, code, headings, pictures or comments."""
    text = re.sub(
        r"^```.*?^```", lambda code: "\n" * code[0].count("\n"), page.read_text(), flags=re.M | re.S
    )
    lines = enumerate(text.split("\n"), 1)
    return [(at, line) for at, line in lines if not line.startswith(("|", "    ", "#", "![", "<!--"))]


def test_lines_of_documents_wrap_at_a_hundred() -> None:
    pages = (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
    long = [f"{page.name}:{at}" for page in pages for at, line in prose(page) if len(line) > MARGIN]
    assert long == []

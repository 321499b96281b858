"""`docs/settings.md` and `.env.example` say what the settings declare."""

import re
import subprocess
from pathlib import Path

from ni.settings import Settings
from tools.settings_pages import example, of_providers, page, settings

ROOT = Path(__file__).resolve().parents[2]
AGAIN = "run: make settings"


def test_the_page_of_settings_is_written_from_them() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page(), AGAIN


def test_the_example_is_written_from_them() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == example(), AGAIN


def test_every_setting_stands_in_both() -> None:
    names = [each.name for each in settings()] + [each.name for each in of_providers()]
    assert len(names) > 40
    assert [name for name in names if f"| `{name}` |" not in page()] == []
    assert re.findall(r"^#(\w+)=", example(), re.MULTILINE) == names


def test_the_example_sets_nothing_and_read_as_it_stands_it_says_the_defaults() -> None:
    """A shell reads it twice: as it is, and with each variable set to what stands behind it."""
    assert _read(example()) == {}
    written = _read(re.sub(r"^#(?=[A-Z_]+=)", "", example(), flags=re.MULTILINE))
    Settings.from_environ({name: value for name, value in written.items() if name.startswith("NI_")})
    assert {each.name: each.default for each in settings()}.items() <= written.items()


def _read(text: str) -> dict[str, str]:
    """The variables that a shell has after it read the text."""
    script = 'set -a; eval "$(cat)"; env -0'
    done = subprocess.run(
        ["env", "-i", "/bin/sh", "-c", script], input=text, capture_output=True, text=True, check=True
    )
    pairs = dict(entry.partition("=")[::2] for entry in done.stdout.split("\0") if entry)
    return {
        name: value for name, value in pairs.items() if name not in {"PWD", "SHLVL", "_", "OLDPWD", "PATH"}
    }

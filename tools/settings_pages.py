"""`make settings`: writes `docs/settings.md` and `.env.example` from the settings that the gateway declares.

`tests/tools/test_settings_pages.py` holds that both files are what this writes.
"""

import textwrap
from dataclasses import dataclass, fields
from pathlib import Path

from ni.domain.providers import PROVIDERS
from ni.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Described:
    """A variable as the documents describe it: `default` is empty where there is none, or says what stands in."""

    name: str
    default: str
    meaning: str


def settings() -> list[Described]:
    """The settings of the gateway, in their order."""
    found = [entry.metadata for entry in fields(Settings) if "name" in entry.metadata]
    return [Described(each["name"], each["default"], each["meaning"]) for each in found]


def of_providers() -> list[Described]:
    """The variables that hold providers' addresses and credentials; `default` is words."""
    found = [setting for provider in PROVIDERS.values() for setting in provider.settings]
    return [Described(each.name, each.default, each.meaning) for each in found]


def page() -> str:
    """The text of `docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        "Settings are environment variables. An empty value means the default. A bad or unsafe value refuses",
        "the start with one line that names it. `.env.example` lists all of them, for `docker --env-file`,",
        "systemd's `EnvironmentFile` or a shell.",
        "",
        "A secret may stand in a file: `NI_METRICS_TOKEN_FILE=/run/secrets/metrics` is read in place of",
        "`NI_METRICS_TOKEN`. That holds for the secrets in this table, for `NI_DATABASE_URL`, for every",
        "variable of a provider and for those that the catalog names. The `AWS_*` variables of boto3's own",
        "chain have `AWS_SHARED_CREDENTIALS_FILE` instead.",
        "",
        *_rows(
            [
                (each.name, f"`{each.default}`" if each.default else "none", each.meaning)
                for each in settings()
            ]
        ),
        "",
        "## Providers",
        "",
        "Credentials and addresses of providers. Several deployments of one provider are in the catalog,",
        "which names the variables that hold their credentials.",
        "",
        *_rows([(each.name, each.default, each.meaning) for each in of_providers()]),
        "",
    ]
    return "\n".join(lines)


def example() -> str:
    """The text of `.env.example`: every variable in a comment, with its default where it has one."""
    lines = [
        "# Every setting of Northern Inference, with its default. Copy this file to .env, take away the # before",
        "# what you set, and hand it to the server: docker run --env-file .env, EnvironmentFile= of systemd, or",
        "# in a shell: set -a; . ./.env; set +a. The gateway reads environment variables alone.",
        "# Written by `make settings`.",
        "",
    ]
    for each in settings():
        lines += [*_comment(each.meaning), f"#{each.name}={each.default}", ""]
    lines += ["# ---- Providers: credentials and addresses", ""]
    for named in of_providers():
        default = "" if named.default == "none" else f" Default: {named.default}."
        lines += [*_comment(named.meaning + default), f"#{named.name}=", ""]
    return "\n".join(lines)


def _comment(text: str) -> list[str]:
    return [
        f"# {line}" for line in textwrap.wrap(text, WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    ]


def _rows(rows: list[tuple[str, str, str]]) -> list[str]:
    head = ["| variable | default | meaning |", "| --- | --- | --- |"]
    return head + [f"| `{name}` | {default} | {meaning} |" for name, default, meaning in rows]


def main() -> None:
    """Write both files."""
    (ROOT / "docs" / "settings.md").write_text(page(), encoding="utf-8")
    (ROOT / ".env.example").write_text(example(), encoding="utf-8")


if __name__ == "__main__":
    main()

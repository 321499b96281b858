"""Settings: typed, documented, and refused in one line that names the variable when they are bad or unsafe."""

import re
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest

from ni.settings import Settings, unknown
from ni.settings.values import SettingsError

ROOT = Path(__file__).resolve().parents[2]
TLS = {"NI_PUBLIC_URL": "https://ni.example.ca"}
POSTGRES = {"NI_DATABASE_URL": "postgresql+psycopg://ni@db/ni"}


def test_an_empty_environment_gives_a_private_instance() -> None:
    settings = Settings.from_environ({})
    assert (settings.bind, settings.public_url, settings.workers) == (
        "127.0.0.1:8000",
        "http://127.0.0.1:8000",
        1,
    )
    assert settings.home == Path("instance").absolute()
    assert settings.database_url == f"sqlite:///{settings.home / 'ni.db'}"
    assert (settings.jurisdiction, settings.currency, settings.residency_mode) == ("CA", "CAD", "enforce")
    assert (settings.prepaid, settings.private_networks) == (False, ())


def test_percentages_and_rates_are_whole_millionths() -> None:
    settings = Settings.from_environ(
        {"NI_USD_RATE": "1.372645", "NI_MARGIN_PERCENT": "2.5", "NI_BYOK_FEE_PERCENT": "0.0001"}
    )
    assert (settings.usd_rate_millionths, settings.margin_millionths, settings.byok_fee_millionths) == (
        1_372_645,
        25_000,
        1,
    )


def test_an_empty_value_means_the_default() -> None:
    assert Settings.from_environ({"NI_WORKERS": " ", "NI_CURRENCY": ""}).currency == "CAD"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NI_BIND", "8000"),
        ("NI_BIND", "127.0.0.1:0"),
        ("NI_BIND", "127.0.0.1:65536"),
        ("NI_BIND", ":8000"),
        ("NI_WORKERS", "0"),
        ("NI_WORKERS", "two"),
        ("NI_WORKERS", "-1"),
        ("NI_PUBLIC_URL", "ni.example.ca"),
        ("NI_PUBLIC_URL", "ftp://ni.example.ca"),
        ("NI_PUBLIC_URL", "https://ni.example.ca/path"),
        ("NI_PUBLIC_URL", "https://u:p@ni.example.ca"),
        ("NI_PUBLIC_URL", "https://[::1"),
        ("NI_PUBLIC_URL", "https://ni.example.ca:99999"),
        ("NI_JURISDICTION", "Canada"),
        ("NI_JURISDICTION", "ca"),
        ("NI_CURRENCY", "$"),
        ("NI_USD_RATE", "0"),
        ("NI_USD_RATE", "-1"),
        ("NI_USD_RATE", "NaN"),
        ("NI_USD_RATE", "1.3726451"),
        ("NI_USD_RATE", "1,40"),
        ("NI_RESIDENCY_MODE", "off"),
        ("NI_PRIVATE_NETWORKS", "10.0.0.1/8"),
        ("NI_PRIVATE_NETWORKS", "localhost"),
        ("NI_MARGIN_PERCENT", "-1"),
        ("NI_PREPAID", "maybe"),
        ("NI_TRUSTED_PROXIES", "9"),
        ("NI_LOG_LEVEL", "loud"),
        ("NI_DATABASE_URL", "mysql://db/ni"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_that_names_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ({name: value})
    assert refusal.value.name == name
    assert str(refusal.value).startswith(name)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("environ", "blamed"),
    [
        ({"NI_BIND": "0.0.0.0:8000"}, "NI_BIND"),
        ({"NI_BIND": "[::]:8000"}, "NI_BIND"),
        ({"NI_BIND": "ni.example.ca:8000"}, "NI_BIND"),
        ({"NI_BIND": "0.0.0.0:8000", "NI_PUBLIC_URL": "http://ni.example.ca"}, "NI_BIND"),
        ({"NI_PUBLIC_URL": "http://ni.example.ca"}, "NI_PUBLIC_URL"),
        ({"NI_BIND": "unix:/run/ni.sock"}, "NI_PUBLIC_URL"),
        ({"NI_WORKERS": "5"}, "NI_WORKERS"),
    ],
)
def test_an_unsafe_start_is_refused(environ: dict[str, str], blamed: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ(environ)
    assert refusal.value.name == blamed


@pytest.mark.parametrize(
    "environ",
    [
        {"NI_BIND": "localhost:8000"},
        {"NI_BIND": "[::1]:8000"},
        {"NI_BIND": "127.0.0.2:1"},
        {"NI_BIND": "0.0.0.0:8000", **TLS},
        {"NI_BIND": "unix:/run/ni.sock", **TLS},
        {"NI_WORKERS": "4", **POSTGRES},
        {"NI_PUBLIC_URL": "http://localhost:9000/"},
    ],
)
def test_a_safe_start_is_allowed(environ: dict[str, str]) -> None:
    assert Settings.from_environ(environ).public_url


def test_networks_are_read_as_networks() -> None:
    found = Settings.from_environ({"NI_PRIVATE_NETWORKS": "127.0.0.0/8, fd00::/8"}).private_networks
    assert found == (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))


def test_a_credential_is_looked_up_by_name_and_printed_nowhere() -> None:
    settings = Settings.from_environ(
        {"OPENAI_API_KEY": "canary-1", "AZURE_EAST_KEY": " ", "NI_METRICS_TOKEN": "canary-2"}
    )
    found = settings.lookup("OPENAI_API_KEY")
    assert found
    assert found.reveal() == "canary-1"
    assert settings.lookup("AZURE_EAST_KEY") is None
    assert settings.lookup("MISSING") is None
    assert "canary" not in f"{settings!r} {settings} {found}"


def test_every_setting_is_heeded_somewhere() -> None:
    sources = [path for path in (ROOT / "ni").rglob("*.py") if path.parent.name != "settings"]
    text = "".join(path.read_text() for path in sources)
    named = [entry.name for entry in fields(Settings) if "name" in entry.metadata]
    assert [name for name in named if not re.search(rf"\bsettings\.{name}\b", text)] == []


@pytest.mark.parametrize(
    "name", ["NI_METRICS_TOKEN", "NI_DATABASE_URL", "NI_DRIFT_WEBHOOK_SECRET", "OPENAI_API_KEY"]
)
def test_a_secret_may_stand_in_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mounted"
    path.write_text("postgresql+psycopg://ni@db/ni\n")
    settings = Settings.from_environ({f"{name}_FILE": str(path)})
    assert settings.named[name] == "postgresql+psycopg://ni@db/ni"
    with pytest.raises(SettingsError, match=f"{name} and {name}_FILE are both set"):
        Settings.from_environ({f"{name}_FILE": str(path), name: "x"})
    for wrong in (tmp_path, tmp_path / "absent"):
        with pytest.raises(SettingsError, match=rf"{name}_FILE names .*cannot be read"):
            Settings.from_environ({f"{name}_FILE": str(wrong)})


def test_a_variable_that_the_catalog_names_may_stand_in_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "mounted").write_text("sk-fake\n")
    settings = Settings.from_environ({"SECOND_OPENAI_KEY_FILE": str(tmp_path / "mounted")})
    found = settings.lookup("SECOND_OPENAI_KEY")
    assert found is not None
    assert found.reveal() == "sk-fake"
    assert settings.lookup("THIRD") is None


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"NI_TLS_CERT": "c.pem"}, "NI_TLS_KEY"),
        ({"NI_TLS_KEY": "k.pem"}, "NI_TLS_KEY"),
        ({"NI_TLS_CERT": "self-signed", "NI_TLS_KEY": "k.pem"}, "NI_TLS_KEY"),
        ({"NI_TLS_CERT": "self-signed", "NI_BIND": "unix:/run/ni.sock", **TLS}, "NI_TLS_CERT"),
        ({"NI_TLS_CERT": "self-signed", "NI_PUBLIC_URL": "http://127.0.0.1:8000"}, "NI_PUBLIC_URL"),
    ],
)
def test_half_of_tls_is_refused(environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ(environ)
    assert refusal.value.name == named


def test_with_a_certificate_other_machines_may_reach_it() -> None:
    settings = Settings.from_environ({"NI_TLS_CERT": "self-signed", "NI_BIND": "0.0.0.0:8443"})
    assert settings.public_url.startswith("https://")
    assert settings.public_url.endswith(":8443")
    assert "//0." not in settings.public_url


def test_settings_that_are_none_are_told() -> None:
    environ = {
        "NI_WROKERS": "2",
        "NI_WORKERS": "2",
        "NI_LOCAL_API_KEY_FILE": "",
        "NI_LOCAL_BASE_URL": "http://x",
    }
    assert unknown(Settings.from_environ(environ)) == ["NI_WROKERS"]

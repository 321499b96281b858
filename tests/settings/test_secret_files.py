"""The secret files: made private, refused in one line when anything about them is wrong."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ni.settings.secret_files import NAMES, Secrets, SecretsError, create


@pytest.fixture
def home(tmp_path: Path) -> Path:
    create(tmp_path, os.urandom)
    return tmp_path


def test_secrets_are_readable_by_their_owner_alone(home: Path) -> None:
    folder = home / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == dict.fromkeys(
        NAMES, 0o600
    )


def test_making_them_again_changes_nothing(home: Path) -> None:
    before = Secrets.load(home)
    assert create(home, os.urandom) == ()
    assert Secrets.load(home) == before


def test_each_purpose_has_a_secret_of_its_own(home: Path) -> None:
    secrets = Secrets.load(home)
    derived = {secrets.derive(purpose) for purpose in ("surrogates", "map-codes", "sessions", "credentials")}
    assert len(derived | {secrets.master, secrets.custody_seed}) == 6
    assert secrets.derive("sessions") == Secrets.load(home).derive("sessions")


def test_printing_shows_no_secret(home: Path) -> None:
    secrets = Secrets.load(home)
    assert secrets.master.hex() not in repr(secrets)
    assert repr(secrets) == "Secrets()"


def test_several_peppers_are_read_by_version(home: Path) -> None:
    with (home / "secrets" / "pepper").open("a") as file:
        file.write(f"2:{os.urandom(32).hex()}\n")
    assert set(Secrets.load(home).peppers) == {1, 2}


def _open_to_group(path: Path) -> None:
    path.chmod(0o640)


def _open_to_world(path: Path) -> None:
    path.chmod(0o604)


def _missing(path: Path) -> None:
    path.unlink()


def _short(path: Path) -> None:
    path.write_bytes(b"1:00" if path.name == "pepper" else b"short")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _typed(path: Path) -> None:
    path.write_bytes(b"1:" + b"61" * 32 if path.name == "pepper" else b"changeme" * 4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("harm", [_open_to_group, _open_to_world, _missing, _short, _empty, _typed])
def test_a_start_with_a_bad_secret_is_refused_in_one_line(
    home: Path, name: str, harm: Callable[[Path], None]
) -> None:
    harm(home / "secrets" / name)
    with pytest.raises(SecretsError) as refusal:
        Secrets.load(home)
    assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_folder_open_to_others_is_refused(home: Path) -> None:
    (home / "secrets").chmod(0o755)
    with pytest.raises(SecretsError, match="chmod 700"):
        Secrets.load(home)


def test_an_instance_without_secrets_is_told_to_init(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="ni init"):
        Secrets.load(tmp_path)

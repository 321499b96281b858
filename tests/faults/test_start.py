"""A start that custody refuses: one line that says why, no traceback, and no second try by the server."""

from pathlib import Path

import pytest

from tests.running import RunningGateway

WHY = "ni: custody=rollback: folder: it holds what no key of the log has signed"


def test_a_start_that_custody_refuses_says_so_in_one_line(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path)
    gateway.ni("init")
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / f"{9:020d}.txt").write_text("elsewhere\n9\nroot\n\n— elsewhere AAAA\n")
    with pytest.raises(AssertionError, match="did not start"):
        gateway.start()
    lines = gateway.log.read_text().splitlines()
    assert [line.startswith(WHY) for line in lines if line.startswith("ni: ")] == [True]
    assert not any("Traceback" in line for line in lines)

"""Only a call beside which there is no other may hold up the event loop while its units become durable."""

from pathlib import Path
from typing import Any

import pytest

from ni.metering.admission import Admit
from ni.metering.settlement import Settle
from ni.store.journal import DirectJournal
from ni.store.unit import Unit
from tests.assembled import Assembled, assembled


def ask(instance: Assembled, headers: dict[str, str], stream: bool = False) -> Any:
    """A response whose body is not read yet."""
    body = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "go"}], "stream": stream}
    return instance.client.post("/v1/chat/completions", json=body, headers=headers)


def test_a_call_is_alone_until_there_is_a_second_and_again_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[str, bool]] = []
    write = DirectJournal.write

    def noting(journal: DirectJournal, unit: Unit, alone: bool = False) -> tuple[Any, ...]:
        if unit.parts and isinstance(unit.parts[0], Admit | Settle):
            noted.append((type(unit.parts[0]).__name__, alone))
        return write(journal, unit, alone)

    with assembled(tmp_path) as instance:
        headers = instance.headers()
        monkeypatch.setattr(DirectJournal, "write", noting)
        first = ask(instance, headers, stream=True)
        assert noted == [("Admit", True)]
        assert ask(instance, headers).status_code == 200
        assert noted[1:] == [("Admit", False), ("Settle", False)]
        assert first.data.endswith(b"data: [DONE]\n\n")
        assert noted[3:] == [("Settle", True)]


def test_a_reply_of_the_gateways_own_never_holds_up_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[bool] = []
    write = DirectJournal.write

    def noting(journal: DirectJournal, unit: Unit, alone: bool = False) -> tuple[Any, ...]:
        noted.append(alone)
        return write(journal, unit, alone)

    with assembled(tmp_path) as instance:
        headers = instance.headers()
        monkeypatch.setattr(DirectJournal, "write", noting)
        body = {"model": "no-such-model", "messages": [{"role": "user", "content": "go"}]}
        assert instance.client.post("/v1/chat/completions", json=body, headers=headers).status_code == 200
    assert noted == [False]

"""The playground asks as a key only while the key itself could: not once it expired or was revoked, nor for another."""

from pathlib import Path
from typing import Any

import pytest

from ni.domain.clock import to_ms
from ni.store.tables.access import keys
from ni.web.client import UnwatchedClient
from ni.web.portal.playground_reply import PlaygroundReply, Prompt, send_prompt
from tests.assembled import Assembled, assembled


def ask(made: Assembled, key_id: str, account_id: str = "default") -> PlaygroundReply | None:
    services = made.app.extensions["ni.portal"].services
    prompt = Prompt(key_id, "sandbox/echo-local", [{"role": "user", "content": "ni-help"}], {})
    return send_prompt(services, account_id, prompt, UnwatchedClient(), stream=False)


@pytest.mark.parametrize("column", ["expires_at", "revoked_at"])
def test_a_key_that_lets_nobody_in_any_more_asks_nothing(tmp_path: Path, column: str) -> None:
    with assembled(tmp_path) as made:
        made.key()
        (key,) = made.gateway.keys_of("default").list()
        now_ms = to_ms(made.gateway.clock.now())
        for at, asked in ((None, True), (now_ms + 60_000, column == "expires_at"), (now_ms, False)):
            ended: Any = {column: at}
            with made.gateway.database.engine.begin() as connection:
                connection.execute(keys.update().values(**ended))
            assert (ask(made, key.id) is not None) is asked, at


def test_a_key_of_another_account_is_not_there(tmp_path: Path) -> None:
    with assembled(tmp_path) as made:
        made.key()
        (key,) = made.gateway.keys_of("default").list()
        orchard = made.gateway.accounts.create("Orchard")
        assert ask(made, key.id, orchard.id) is None

"""The row of a call that was denied says under whose law it stood: the gateway's own, as nothing was sent on."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from ni.store.tables.metering import usage
from tests.assembled import assembled


@pytest.mark.parametrize("home", ["CA", "US"])
def test_a_denied_row_has_the_jurisdiction_of_the_gateway(tmp_path: Path, home: str) -> None:
    with assembled(tmp_path, NI_JURISDICTION=home) as instance:
        headers = instance.headers(strict=True)
        body = {"model": "no/such-route", "messages": [{"role": "user", "content": "hi"}]}
        assert instance.client.post("/v1/chat/completions", json=body, headers=headers).status_code == 404
        with instance.gateway.database.read() as connection:
            rows = connection.execute(sa.select(usage.c.outcome, usage.c.jurisdiction, usage.c.route)).all()
    assert [tuple(row) for row in rows] == [("denied", home, "")]

"""`/api/usage?from=&to=`: a date is a day of the account, in its own time zone; an instant is what it says."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from ni.domain.clock import to_ms
from ni.store.tables.access import accounts
from ni.store.tables.metering import usage
from tests.assembled import assembled

ASKED = {"model": "ni-models", "messages": [{"role": "user", "content": "ni-help"}]}


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("America/Toronto", "2026-03-08T05:00:00+00:00", "2026-03-09T03:59:59+00:00"),  # a day of 23 hours
        ("America/Vancouver", "2026-11-01T07:00:00+00:00", "2026-11-02T07:59:59+00:00"),  # one of 25
        ("Asia/Tokyo", "2026-03-07T15:00:00+00:00", "2026-03-08T14:59:59+00:00"),
        ("UTC", "2026-03-08T00:00:00+00:00", "2026-03-08T23:59:59+00:00"),
    ],
)
def test_a_date_is_a_day_of_the_account(tmp_path: Path, zone: str, first: str, last: str) -> None:
    day = "2026-11-01" if zone == "America/Vancouver" else "2026-03-08"
    with assembled(tmp_path) as instance:
        headers, engine = instance.headers(), instance.gateway.database.engine
        with engine.begin() as connection:
            connection.execute(accounts.update().values(time_zone=zone))
        instance.gateway.keys.forget()
        assert instance.client.post("/v1/chat/completions", json=ASKED, headers=headers).status_code == 200
        for moved_ms, listed in ((0, 1), (-1, 0)):
            for instant, sign in ((first, 1), (last, -1)):
                at = to_ms(datetime.fromisoformat(instant)) + sign * moved_ms * 1000
                with engine.begin() as connection:
                    connection.execute(usage.update().values(at=at))
                answer = instance.client.get(f"/api/usage?from={day}&to={day}", headers=headers)
                assert len(json.loads(answer.data)["data"]) == listed, (instant, moved_ms)

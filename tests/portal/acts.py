"""What is on record of administrative acts."""

from typing import Any

from ni.custody.activity import ActivityFilter
from ni.domain.activity import Activity
from ni.factory.gateway import Gateway


def acts(gateway: Gateway, account: str | None = None, **wanted: Any) -> list[Activity]:
    """What is on record, newest first."""
    entries = gateway.activity_log.entries(account, ActivityFilter(**wanted))
    return [entry.activity for entry in entries if entry.activity]

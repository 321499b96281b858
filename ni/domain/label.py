"""Who a call was for, as it is kept with its usage row."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labels:
    """A user and a tag that the client named; empty where it named none."""

    end_user: str = ""
    tag: str = ""

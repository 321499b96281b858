"""Queues, for the operator: what waits in each process, how fast it drains, and for how long it has waited.

The queues of the process that serves the page are as of now, those of others as of their last heartbeat.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.domain.clock import to_ms
from ni.domain.errors import StoreUnavailable
from ni.domain.queues import QueueState
from ni.metering.processes import STALE_MS
from ni.web.portal.context import services
from ni.web.security import AccessRule, authorised

bp = Blueprint("queues", __name__, url_prefix="/portal/queues")


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue of one process; `deployment` is empty for those that stand before no deployment."""

    process: str
    state: QueueState

    @property
    def deployment(self) -> str:
        """The id of the deployment that the queue stands before."""
        kind, _, name = self.state.name.partition(" ")
        return name if kind == "deployment" else ""

    @property
    def label(self) -> str:
        """What is waited for, in words."""
        words = {
            "calls": gettext("Every call"),
            "masking": gettext("Personal data"),
            "journal": gettext("Writing to the database"),
        }
        return self.deployment or words.get(self.state.name, self.state.name)


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """Every queue of every process that is alive."""
    lines = list(_lines())
    return render_template(
        "portal/queues.html",
        lines=lines,
        waiting=sum(line.state.waiting for line in lines),
        refused=sum(line.state.refused for line in lines),
        longest_ms=max((line.state.longest_ms for line in lines), default=0),
        processes=len({line.process for line in lines}),
    )


def _lines() -> Iterator[QueueLine]:
    instance = services().instance
    mine = instance.processes.me
    yield from (QueueLine(f"{mine.host} {mine.pid}", state) for state in instance.queues())
    oldest_ms = to_ms(services().clock.now()) - STALE_MS
    try:
        beats = instance.processes.heartbeats()
    except StoreUnavailable:  # what waits here is shown all the same
        return
    for beat in beats:
        if beat.process.id != mine.id and to_ms(beat.beat_at) > oldest_ms:
            name = f"{beat.process.host} {beat.process.pid}"
            yield from (QueueLine(name, state) for state in beat.queues)

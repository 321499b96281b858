"""Which serving processes are alive: each writes a row when it starts and a heartbeat every few seconds.

An open call belongs to a process. It is dead if it ran on this host and its pid is gone or was given to another program
(the start time in `/proc` differs), or if it ran elsewhere and has not beaten for `STALE_MS`.
"""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from ni.domain.clock import from_ms
from ni.domain.queues import QueueState, queues_of
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.metering import open_calls, processes
from ni.store.unit import Change, Unit

STALE_MS = 30_000
_PROCESS = (processes.c.id, processes.c.host, processes.c.pid, processes.c.started)


@dataclass(frozen=True, slots=True)
class Process:
    """A serving process; `started` distinguishes processes that had the same pid."""

    id: str
    host: str
    pid: int
    started: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A process, when it last said that it is alive, and what waited in it then."""

    process: Process
    beat_at: datetime
    queues: Sequence[QueueState] = ()


def this_process(process_id: str) -> Process:
    """The current process."""
    pid = os.getpid()
    return Process(process_id, socket.gethostname(), pid, _started(pid))


class Processes:
    """The table of serving processes, as process `me` uses it."""

    def __init__(self, database: Database, journal: Journal, me: Process) -> None:
        self._database = database
        self._journal = journal
        self.me = me

    def register(self, now_ms: int) -> None:
        """Insert the row of this process."""
        row = {
            "id": self.me.id,
            "host": self.me.host,
            "pid": self.me.pid,
            "started": self.me.started,
            "beat_at": now_ms,
        }
        self._journal.write(Unit((Change(processes.insert(), row, expect=1),)))

    def beat(self, now_ms: int, queues: str = "") -> None:
        """Write the heartbeat of this process, with the text of what waits in it."""
        self._journal.write(
            Unit(
                (
                    Change(
                        processes.update().where(processes.c.id == sa.bindparam("wanted")),
                        {"wanted": self.me.id, "beat_at": now_ms, "queues": queues},
                    ),
                )
            )
        )

    def heartbeats(self) -> list[Heartbeat]:
        """All processes that have a row, by host and pid."""
        wanted = sa.select(*_PROCESS, processes.c.beat_at, processes.c.queues)
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(processes.c.host, processes.c.pid)).all()
        return [Heartbeat(Process(*row[:4]), from_ms(row.beat_at), queues_of(row.queues)) for row in rows]

    def dead(self, now_ms: int) -> list[str]:
        """Ids of processes that have a row or open calls and are not alive, sorted."""
        with self._database.read() as connection:
            known = connection.execute(sa.select(*_PROCESS, processes.c.beat_at)).all()
            owners = set(connection.scalars(sa.select(open_calls.c.process_id).distinct()))
        gone = [
            row.id
            for row in known
            if row.id != self.me.id and not self._lives(Process(*row[:4]), row.beat_at, now_ms)
        ]
        return sorted({*gone, *(owners - {row.id for row in known})})

    def forget(self, process_id: str) -> None:
        """Delete the row of a process whose calls are all settled."""
        self._journal.write(
            Unit(
                (
                    Change(
                        processes.delete().where(processes.c.id == sa.bindparam("wanted")),
                        {"wanted": process_id},
                    ),
                )
            )
        )

    def _lives(self, process: Process, beat_at: int, now_ms: int) -> bool:
        if process.host == self.me.host:
            return _started(process.pid) == process.started
        return now_ms - beat_at < STALE_MS


def _started(pid: int) -> str:
    """The start time of a pid in clock ticks, with the boot's id (proc(5), field 22); empty if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    if fields[0] == "Z":
        return ""
    return f"{boot}/{fields[19]}"

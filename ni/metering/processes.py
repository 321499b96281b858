"""Which serving processes are alive: each writes a row when it starts and a heartbeat every few seconds.

An open call belongs to a process. It is dead if it ran on this host and its pid is gone or was given to another program
(the start time in `/proc` differs), or if it ran elsewhere and has not beaten for `STALE_MS`.
"""

import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from ni.domain.clock import from_ms
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.metering import open_calls, processes
from ni.store.unit import Change, Unit

STALE_MS = 30_000


@dataclass(frozen=True, slots=True)
class Process:
    """A serving process; `started` distinguishes processes that had the same pid."""

    id: str
    host: str
    pid: int
    started: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A process, and when it last said that it is alive."""

    process: Process
    beat_at: datetime


def this_process(process_id: str) -> Process:
    """The current process."""
    pid = os.getpid()
    return Process(process_id, socket.gethostname(), pid, _started(pid))


class Processes:
    """The table of serving processes, as process `me` uses it."""

    def __init__(self, database: Database, journal: Journal, me: Process) -> None:
        self._database = database
        self._journal = journal
        self._me = me

    def register(self, now_ms: int) -> None:
        """Insert the row of this process."""
        row = {
            "id": self._me.id,
            "host": self._me.host,
            "pid": self._me.pid,
            "started": self._me.started,
            "beat_at": now_ms,
        }
        self._journal.write(Unit((Change(processes.insert(), row, expect=1),)))

    def beat(self, now_ms: int) -> None:
        """Write the heartbeat of this process."""
        self._journal.write(
            Unit(
                (
                    Change(
                        processes.update().where(processes.c.id == sa.bindparam("wanted")),
                        {"wanted": self._me.id, "beat_at": now_ms},
                    ),
                )
            )
        )

    def heartbeats(self) -> list[Heartbeat]:
        """All processes that have a row, by host and pid."""
        wanted = sa.select(
            processes.c.id, processes.c.host, processes.c.pid, processes.c.started, processes.c.beat_at
        ).order_by(processes.c.host, processes.c.pid)
        with self._database.read() as connection:
            return [Heartbeat(Process(*row[:4]), from_ms(row.beat_at)) for row in connection.execute(wanted)]

    def dead(self, now_ms: int) -> list[str]:
        """Ids of processes that have a row or open calls and are not alive, sorted."""
        with self._database.read() as connection:
            known = connection.execute(
                sa.select(
                    processes.c.id,
                    processes.c.host,
                    processes.c.pid,
                    processes.c.started,
                    processes.c.beat_at,
                )
            ).all()
            owners = set(connection.scalars(sa.select(open_calls.c.process_id).distinct()))
        gone = [
            row.id
            for row in known
            if row.id != self._me.id and not self._lives(Process(*row[:4]), row.beat_at, now_ms)
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
        if process.host == self._me.host:
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

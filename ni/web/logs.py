"""Logs for operators: one JSON object per line, bounded fields, no prompt, answer, key or credential.

Only the fields named here leave; an exception is logged with its type and where it happened, not with values.
"""

import json
import logging
import re
import sys
import threading
import time
import traceback
from types import TracebackType
from typing import Any

import orjson

FIELDS = (
    "request_id",
    "key_id",
    "method",
    "path",
    "status",
    "code",
    "param",
    "dialect",
    "route",
    "outcome",
    "latency_ms",
    "deployment",
    "provider",
    "upstream_status",
    "hint",
)
MAX_FIELD = 256
KEY = re.compile(r"ni_live_\w*")
"""What looks like a key, should a library quote what a client sent."""


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; control characters are escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": KEY.sub("ni_live_...", record.getMessage())[:1024],
        }
        noted = vars(record)
        for name in FIELDS:
            value = noted.get(name)
            if value is not None:
                line[name] = value if isinstance(value, int) else str(value)[:MAX_FIELD]
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["where"] = _where(record.exc_info[2])
        written = orjson.dumps(line)
        # Separators beyond ASCII end a line for some readers: escape them too, where there are any.
        return written.decode() if written.isascii() else json.dumps(line)


def _where(trace: TracebackType | None) -> list[str]:
    """The innermost frames as `file:line function`; never source lines or values."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-6:]]


def start_logging(level: str = "INFO") -> None:
    """Send all logs to standard error as JSON lines.

    Where a record was made, by which thread and process, is never shown, so it is not looked up either: the switches
    are those of the logging HOWTO, section "Optimization".
    """
    logging._srcfile = None  # noqa: SLF001 - the HOWTO's own words
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    server = logging.getLogger(
        "gunicorn.error"
    )  # it comes with a handler that writes the messages of exceptions
    server.handlers[:] = []
    server.propagate = True
    _take_what_nobody_caught()
    for noisy in ("urllib3", "botocore", "boto3", "google"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _take_what_nobody_caught() -> None:
    """Log what ends a greenlet or a thread; gevent and Python would print it, with values in its message."""
    import gevent  # here, for the server's first process formats its lines with this file and has no hub

    log = logging.getLogger("ni.uncaught")

    def in_greenlet(_: Any, kind: Any, fault: Any, trace: Any) -> None:
        log.error("a greenlet broke", exc_info=(kind, fault, trace))

    def in_thread(uncaught: Any) -> None:
        log.error("a thread broke", exc_info=tuple(uncaught)[:3])

    hub: Any = gevent.get_hub()
    hub.print_exception = in_greenlet  # gevent offers no other way
    threading.excepthook = in_thread

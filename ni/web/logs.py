"""Logs for operators: one JSON object per line, bounded fields, no prompt, answer, key or credential.

Only the extra fields in `FIELDS` are written. An exception is logged with its type and stack, without its message.
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
from gunicorn.glogging import Logger

FIELDS = (
    "request_id",
    "trace_id",
    "span_id",
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
"""An API key, in case that a library quotes what a client sent."""


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; control characters are escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, without the line end."""
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": KEY.sub("ni_live_...", record.getMessage())[:1024],
        }
        extra = vars(record)
        for name in FIELDS:
            value = extra.get(name)
            if value is not None:
                line[name] = value if isinstance(value, int) else str(value)[:MAX_FIELD]
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["where"] = _where(record.exc_info[2])
        encoded = orjson.dumps(line)
        # Some readers end a line at separators beyond ASCII (U+2028): escape those too.
        return encoded.decode() if encoded.isascii() else json.dumps(line)


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """The server's log, without a line for each request.

    `ni.calls` logs calls. gunicorn takes any configuration of logs for a wish to log requests, and would collect the
    fields of each before it finds that nobody reads them.
    """

    @property
    def access_log_enabled(self) -> bool:
        """Never."""
        return False


def _where(trace: TracebackType | None) -> list[str]:
    """The innermost frames as `file:line function`; never source lines or values."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-6:]]


def start_logging(level: str = "INFO") -> None:
    """Send all logs to standard error as JSON lines, from `level` on.

    Caller, thread and process of a record are not shown, so they are not collected (logging HOWTO, "Optimization").
    """
    logging._srcfile = None  # noqa: SLF001 - the HOWTO's own words
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # gunicorn's logger comes with a handler that writes the messages of exceptions.
    server = logging.getLogger("gunicorn.error")
    server.handlers[:] = []
    server.propagate = True
    _log_uncaught()
    for noisy in ("urllib3", "botocore", "boto3", "google"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _log_uncaught() -> None:
    """Log exceptions that end a greenlet or a thread; gevent and Python would print them with their messages."""
    import gevent  # here: gunicorn's arbiter formats its lines with this file and has no hub

    log = logging.getLogger("ni.uncaught")

    def in_greenlet(_: Any, kind: Any, fault: Any, trace: Any) -> None:
        log.error("a greenlet broke", exc_info=(kind, fault, trace))

    def in_thread(uncaught: Any) -> None:
        log.error("a thread broke", exc_info=tuple(uncaught)[:3])

    hub: Any = gevent.get_hub()
    hub.print_exception = in_greenlet  # gevent offers no other way
    threading.excepthook = in_thread

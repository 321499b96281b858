"""gunicorn's configuration (`-c`): one gevent worker per process, bounded headers, streams drained on stop.

The arbiter reads it before anything is patched, so it imports nothing of ours and names the log format as text.
`keepalive` is also the only limit on how long the head of a request may take.
"""

import os
import signal
import sys

worker_class = "ni.web.worker.Worker"
worker_connections = 4000
keepalive = 5
timeout = 120
graceful_timeout = 60
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
forwarded_allow_ips = ""
errorlog = "-"
logger_class = "ni.web.logs.ServerLog"
logconfig_dict = {
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "ni.web.logs.JsonLines"}},
    "handlers": {
        "json": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
    },
    "root": {"level": "WARNING", "handlers": ["json"]},
    "loggers": {
        "gunicorn.error": {"level": "WARNING", "handlers": ["json"], "propagate": False},
        "gunicorn.access": {"level": "WARNING", "handlers": ["json"], "propagate": False},
    },
}
"""Log lines of the arbiter are JSON like those of the workers."""
loglevel = "warning"
proc_name = "northern-inference"
control_socket_disable = True
STOPS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})
"""Signals that end a worker."""


def on_starting(server):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - gunicorn has no types
    """Keep the working directory out of the import path, where the command line asked for that (`-P`)."""
    if sys.flags.safe_path and os.getcwd() in sys.path:  # noqa: PTH109 - as gunicorn writes it into the path
        sys.path.remove(os.getcwd())  # noqa: PTH109
    os.register_at_fork(after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS))


def pre_fork(server, worker):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - gunicorn has no types
    """Block signals that stop, so that one that comes while a worker begins waits for it (`ni.web.worker`)."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)


def pre_exec(server):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - gunicorn has no types
    """Correct the command by which SIGUSR2 starts a second master on the same socket.

    The socket is passed by `GUNICORN_FD`; the descriptor in `--bind` was closed when the first master took it over. And
    gunicorn would run its own file by path, which puts its folder, with a package `http`, before the standard library.
    """
    words = sys.argv[1:]
    if "--bind" in words:  # a master that SIGUSR2 started has none
        at = words.index("--bind")
        words = words[:at] + words[at + 2 :]
    server.START_CTX[0] = sys.executable
    safe = ["-P"] if sys.flags.safe_path else []
    server.START_CTX["args"] = [sys.executable, *safe, "-m", "gunicorn", *words]


def child_exit(server, worker):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - gunicorn has no types
    """Remove the gauges of a worker that ended from the sums (prometheus-client, "Multiprocess Mode (Gunicorn)")."""
    folder = server.cfg.env.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid, folder)  # type: ignore[no-untyped-call]

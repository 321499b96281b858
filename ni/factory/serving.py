"""What a serving process does when it starts: logs, recovery of what another left open, jobs beside the calls.

An application that answers 503 until the real one could be built: a database that is away is waited for.

Without it a worker that cannot start ends, gunicorn takes that for a fault of the application and ends all workers,
those too that were only waiting for the database to come back.
"""

import atexit
import gc
import logging
import os
import resource
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import gevent
import orjson
from flask import Flask
from gunicorn.arbiter import Arbiter

from ni.access.sessions import Sessions
from ni.custody.log_service import FORGET_S, TICK_S
from ni.custody.logs import CustodyRefused
from ni.domain.clock import to_ms
from ni.domain.errors import StoreUnavailable
from ni.factory.application import create_app
from ni.factory.custody import origin
from ni.factory.gateway import Gateway, MakeJournal, names_of
from ni.gateway.stream import EVERY_S
from ni.metering.balance import CurrencyChanged, hold_currency
from ni.privacy.masking import warm_up
from ni.privacy.names import Names
from ni.settings import Settings
from ni.settings.secret_files import Secrets, SecretsError
from ni.store import schema
from ni.store.database import Database
from ni.store.journal import ThreadJournal
from ni.store.schema import SchemaError
from ni.store.writer import Writer
from ni.web.api.errors import RequestIds
from ni.web.health import Background
from ni.web.logs import start_logging
from ni.web.metrics import Metrics

log = logging.getLogger(__name__)

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
TRY_AGAIN_S = 1.0
JSON = ("Content-Type", "application/json")


class WaitingApplication:
    """WSGI: 503 for every address but `/healthz` until `build` has returned an application, then that application.

    `build` is tried each second while it raises `StoreUnavailable`; what else it raises ends the process through
    `final`, for it would be raised again.
    """

    def __init__(self, build: Callable[[], Wsgi], final: Callable[[Exception], None]) -> None:
        self._build = build
        self._final = final
        self._application: Wsgi = RequestIds(unavailable, os.urandom)

    def start(self) -> "WaitingApplication":
        """Build now, or begin to wait."""
        if not self._built():
            log.warning("the database is away: everything is answered with 503 until it is back")
            gevent.spawn(self._wait)
        return self

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """One request (PEP 3333)."""
        return self._application(environ, start_response)

    def _wait(self) -> None:
        while not self._built():
            gevent.sleep(TRY_AGAIN_S)
        log.warning("the database is back")

    def _built(self) -> bool:
        try:
            self._application = self._build()
        except StoreUnavailable:
            return False
        except Exception as fault:  # noqa: BLE001 - reported by `final`
            self._final(fault)
        return True


def unavailable(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Says that the process lives and cannot serve."""
    if environ.get("PATH_INFO") == "/healthz":
        start_response("200 OK", [JSON])
        return [b'{"status":"ok"}']
    problem = StoreUnavailable()
    retry = ("Retry-After", str(problem.retry_after_s))
    start_response("503 Service Unavailable", [JSON, retry])
    if environ.get("PATH_INFO") == "/readyz":
        return [b'{"status":"not ready","checks":{"database":false}}']
    error = {"message": problem.message, "type": problem.type, "param": None, "code": problem.code}
    return [orjson.dumps({"error": error})]


REFUSALS = (CurrencyChanged, CustodyRefused, SchemaError, SecretsError)
BEAT_S = 5.0
COLLECT_AFTER = (25_000, 20, 20)
"""Objects made before the youngest are collected, and how many collections before the next generation is."""
SWEEP_S = 10.0
LOCAL_MODELS_S = 30.0
KEYS_USED_S = 3.0
LOOK_S = 45.0
DRIFT_S = 3.0
SESSIONS_S = 600.0
USAGE_S = 3600.0
CLAIMS_S = 3600.0
BREATH_S = 0.05
RETENTION_FIRST_S = 30.0
"""An instance that is started anew each day must forget too."""


def serving_app(settings: Settings, root: str) -> WaitingApplication:
    """The application of this process, with its journal and its jobs running.

    A database that is away is waited for. What refuses the start for good is one line, and the status that tells
    gunicorn not to try again: it would be refused again.
    """
    start_logging(settings.log_level.upper())
    # A core dump would hold prompts, keys and credentials in the clear. The workers that find names inherit this.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    names = names_of(settings)
    return WaitingApplication(lambda: _started(settings, root, names), _refuse).start()


def _refuse(fault: Exception) -> None:
    """End the process for what cannot heal. Raises `SystemExit`, or the fault itself where it is one of ours."""
    if not isinstance(fault, REFUSALS):
        raise fault
    sys.stderr.write(f"ni: {fault}\n")
    sys.exit(Arbiter.APP_LOAD_ERROR)


def _started(settings: Settings, root: str, names: Names) -> Flask:
    """Raises `StoreUnavailable` while the database is away, before anything was started."""
    secrets = Secrets.load(settings.home)
    with closing(Database(settings.database_url)) as database:
        schema.require_current(database)
    metrics = Metrics(settings.shared_numbers)
    journals: list[ThreadJournal] = []
    gateway = Gateway(settings, secrets, _measured(metrics, journals), metrics, names)
    try:
        return _serving(gateway, metrics, root)
    except StoreUnavailable:
        for journal in journals:
            journal.close()
        gateway.database.close()
        raise


def _serving(gateway: Gateway, metrics: Metrics, root: str) -> Flask:
    settings = gateway.settings
    hold_currency(gateway.database, gateway.journal, settings.currency)
    gateway.processes.register(to_ms(gateway.clock.now()))
    gateway.log_service.start(origin(settings, gateway.clock.now()))
    gateway.recovery.sweep()
    gateway.look_for_local_models()
    app = create_app(gateway, metrics, root)
    _start_jobs(gateway, metrics)
    if settings.pii_workers:
        warm_up()
    _calm_collector()
    return app


def _calm_collector() -> None:
    """What is loaded by now stays for good and need not be looked at again; a call leaves hardly a cycle behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _measured(metrics: Metrics, journals: list[ThreadJournal]) -> MakeJournal:
    """A journal with a thread, whose queue the numbers show; it is added to `journals`."""

    def make(writer: Writer) -> ThreadJournal:
        journal = ThreadJournal(writer)
        journals.append(journal)
        metrics.watch_journal(journal, lambda: writer.aside.count)
        return journal

    return make


def _start_jobs(gateway: Gateway, metrics: Metrics) -> None:
    jobs = Background()
    jobs.every(BEAT_S, metrics.sample)
    jobs.every(BEAT_S, gateway.beat)
    jobs.every(TICK_S, gateway.log_service.tick)
    jobs.every(FORGET_S, gateway.log_service.forget, RETENTION_FIRST_S)
    jobs.every(SWEEP_S, gateway.recovery.sweep)
    jobs.every(LOCAL_MODELS_S, gateway.look_for_local_models)
    jobs.every(LOOK_S, lambda: gateway.residency.look(gateway.monitor, gateway.catalog))
    jobs.every(DRIFT_S, gateway.residency.tell_of_drift)
    jobs.every(SESSIONS_S, Sessions(gateway.base).sweep)
    jobs.every(EVERY_S, lambda: gateway.pipeline.running.end_revoked(gateway.keys.invalid))
    jobs.every(KEYS_USED_S, lambda: gateway.keys.note_used(gateway.journal))
    jobs.every(CLAIMS_S, lambda: gateway.claims.forget(to_ms(gateway.clock.now())))
    if gateway.settings.usage_retention_days:
        jobs.every(
            USAGE_S, lambda: gateway.retention.sweep(lambda: gevent.sleep(BREATH_S)), RETENTION_FIRST_S
        )
    atexit.register(jobs.stop)

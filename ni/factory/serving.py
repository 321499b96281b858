"""What a serving process does when it starts: logs, recovery of calls that another process left open, background jobs.

`serving_app` is what `app.py` hands to gunicorn.
"""

import atexit
import gc
import logging
import resource
import sys
from collections.abc import Callable
from contextlib import closing

import gevent
from flask import Flask
from gunicorn.arbiter import Arbiter

from ni.access.sessions import Sessions
from ni.custody.log_service import FORGET_S, TICK_S
from ni.custody.logs import CustodyRefused
from ni.domain.clock import to_ms
from ni.domain.errors import StoreUnavailable
from ni.factory.application import WaitingApplication, create_app
from ni.factory.gateway import Gateway, MakeJournal
from ni.factory.services import names_of, origin
from ni.gateway.upstream import EVERY_S
from ni.metering.balance import CurrencyChanged, hold_currency
from ni.privacy.masking import warm_up
from ni.privacy.names import Names
from ni.resources import as_called
from ni.settings import Settings
from ni.settings.secret_files import Secrets, SecretsError
from ni.settings.values import SettingsError
from ni.store import schema
from ni.store.database import Database
from ni.store.journal import ThreadJournal
from ni.store.schema import SchemaError, SchemaNewer
from ni.store.writer import Writer
from ni.web.logs import start_logging
from ni.web.metrics import Metrics

log = logging.getLogger(__name__)

REFUSALS = (CurrencyChanged, CustodyRefused, SchemaError, SecretsError, SettingsError)
BEAT_S = 5.0
COLLECT_AFTER = (10_000, 4, 250)
"""Thresholds of the garbage collector's three generations (`gc.set_threshold`)."""
SCHEMA_S = 5.0
SWEEP_S = 10.0
LOCAL_MODELS_S = 30.0
KEYS_USED_S = 3.0
SURVEY_S = 45.0
DRIFT_S = 3.0
ACCOUNTS_S = 5.0
INSTANCE_S = 60.0
DELIVER_S = 3.0
OLD_ALERTS_S = 24 * 3600.0
SESSIONS_S = 600.0
USAGE_S = 3600.0
CLAIMS_S = 3600.0
BREATH_S = 0.05
RETENTION_FIRST_S = 30.0
"""Soon after the start, so that an instance that is restarted each day deletes old rows too."""


def serving_app(settings: Settings, root: str) -> WaitingApplication:
    """The application of this process, with its journal and its jobs running.

    A database that is away is waited for. What refuses the start for good is one line, and the status that tells
    gunicorn not to try again: it would be refused again.
    """
    start_logging(settings.log_level.upper())
    # A core dump would hold prompts, keys and credentials in the clear. The workers that find names inherit this.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    names = names_of(settings)
    application = WaitingApplication(lambda: _started(settings, root, names), _refuse).start()
    database = Database(settings.database_url)
    gevent.spawn(_repeat, SCHEMA_S, lambda: application.hold(_left_behind(database)), SCHEMA_S)
    return application


def _left_behind(database: Database) -> bool:
    """Whether a newer program changed the schema so that this one must not go on. A database that is away says no."""
    try:
        schema.require_current(database)
    except SchemaNewer:
        return True
    except (StoreUnavailable, SchemaError):
        return False
    return False


def _refuse(fault: Exception) -> None:
    """End the process: `SystemExit` for a refusal that a new start would meet again, else the fault is raised."""
    if not isinstance(fault, REFUSALS):
        raise fault
    sys.stderr.write(f"ni: {as_called(str(fault))}\n")
    sys.exit(Arbiter.APP_LOAD_ERROR)


def _started(settings: Settings, root: str, names: Names) -> Flask:
    """Build the gateway and its application. Raises `StoreUnavailable` while the database is away, or too new."""
    secrets = Secrets.load(settings.home)
    with closing(Database(settings.database_url)) as database:
        try:
            schema.require_current(database)
        except SchemaNewer as newer:  # ending here would end the neighbours too, which finish their calls
            log.error("%s", newer)  # noqa: TRY400 - the sentence says it all
            raise StoreUnavailable from newer
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
    """Exempt all loaded objects from collection and collect rarely: a call leaves hardly a cycle behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _measured(metrics: Metrics, journals: list[ThreadJournal]) -> MakeJournal:
    """Makes a journal with a thread, whose queue the metrics show, and appends it to `journals`."""

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
    jobs.every(SURVEY_S, lambda: gateway.residency.survey(gateway.monitor, gateway.catalog))
    jobs.every(DRIFT_S, gateway.residency.report_drift)
    jobs.every(ACCOUNTS_S, gateway.look_at_accounts)
    jobs.every(INSTANCE_S, gateway.look_at_instance)
    jobs.every(DELIVER_S, gateway.alerts.deliveries.send_due)
    jobs.every(OLD_ALERTS_S, gateway.alerts.book.forget)
    jobs.every(SESSIONS_S, Sessions(gateway.base).sweep)
    jobs.every(EVERY_S, lambda: gateway.pipeline.running.end_revoked(gateway.keys.invalid))
    jobs.every(KEYS_USED_S, lambda: gateway.keys.note_used(gateway.journal))
    jobs.every(CLAIMS_S, lambda: gateway.claims.forget(to_ms(gateway.clock.now())))
    jobs.every(USAGE_S, gateway.health.forget, RETENTION_FIRST_S)
    if gateway.settings.usage_retention_days:
        jobs.every(
            USAGE_S, lambda: gateway.retention.sweep(lambda: gevent.sleep(BREATH_S)), RETENTION_FIRST_S
        )
    atexit.register(jobs.stop)
    telemetry = gateway.telemetry
    if telemetry is not None:
        for seconds, job in telemetry.jobs():
            jobs.every(seconds, job)
        atexit.register(
            telemetry.close
        )  # before the jobs are stopped: the last one registered is the first to run


class Background:
    """Jobs that run at intervals, each in a greenlet, until `stop`."""

    def __init__(self) -> None:
        self._running: list[gevent.Greenlet[..., None]] = []

    def every(self, seconds: float, job: Callable[[], object], first_s: float | None = None) -> None:
        """Run `job` every `seconds`, at first after `first_s` (default `seconds`); faults are logged, never fatal."""
        self._running.append(gevent.spawn(_repeat, seconds, job, seconds if first_s is None else first_s))

    def stop(self) -> None:
        """End all jobs."""
        gevent.killall(self._running)
        self._running.clear()


def _repeat(seconds: float, job: Callable[[], object], wait_s: float) -> None:
    while True:
        gevent.sleep(wait_s)
        wait_s = seconds
        try:
            job()
        except Exception:  # a job that fails once must not end: what it does is needed the next time too
            log.exception("a background job failed")

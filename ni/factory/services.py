"""Services that take more than a constructor call to build: finding names, the residency guard, the custody log.

`Gateway` and the command line build them here from settings and from the objects that they depend on.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import gevent

from ni.access.credentials import CredentialKeys
from ni.access.identity import IdentityProvider, Registration
from ni.catalog.health import HealthWriter
from ni.catalog.routes import Catalog
from ni.custody.anchors import Anchor, AnchorTools, Post, build_anchors
from ni.custody.drifts import Drifts
from ni.custody.log_service import LogService
from ni.custody.log_signer import SeedFiles
from ni.custody.logs import CustodyRefused, LogDependencies, LogFreeze, LogHead
from ni.custody.record_writer import custody_writers
from ni.domain.clock import Clock
from ni.domain.errors import DetectionFailed
from ni.domain.ids import Random
from ni.domain.provider_descriptor import Proof
from ni.domain.providers import PROVIDERS
from ni.domain.queues import QueueState
from ni.domain.route import Drift, Route
from ni.gateway.dependencies import Meters
from ni.gateway.queues import CallQueues, QueueSettings
from ni.metering.admission import AdmissionWriter, RateWriter
from ni.metering.idempotency import ClaimWriter
from ni.metering.settlement import ReleaseWriter, SettlementWriter
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import OutboundFault
from ni.privacy.detect import DetectionPolicy
from ni.privacy.masking import Substitution, derived
from ni.privacy.names import Names
from ni.privacy.names.worker.pool import NamesPool
from ni.privacy.spans import Span, rules_version
from ni.providers.base import Provider, aside
from ni.residency.monitor import MonitorDependencies, ResidencyMonitor
from ni.residency.range_store import RangeIndex, RangeStore
from ni.residency.refresh import Intake, Refresher
from ni.residency.rules import claims_a_place, read_endpoint
from ni.settings import Settings
from ni.settings.secret_files import Secrets, write_private
from ni.store.database import Database
from ni.store.journal import Journal, ThreadJournal
from ni.store.unit import PartWriter
from ni.web.api.endpoint import LabelPolicy
from ni.web.client import let_others_run

log = logging.getLogger(__name__)

WITNESS_ANSWER_BYTES = 64 * 1024
"""The most that is read of a witness's answer."""
SIGN_ON_BYTES = 1024 * 1024
"""The most that is read of an answer of the provider of single sign-on."""
SIGN_ON_TIMEOUTS = Timeouts(first_byte_s=10.0, idle_s=5.0, total_s=15.0)
SIGN_ON_PATH = "/portal/sso/callback"
"""Where the provider sends browsers back to."""


def make_label_policy(settings: Settings, secrets: Secrets) -> LabelPolicy:
    """Reads and stores the users and tags that requests name, as `NI_USAGE_LABELS` says."""
    return LabelPolicy(derived(secrets.derive("labels")), settings.labels == "plain")


def credential_keys(secrets: Secrets) -> CredentialKeys:
    """The keys that seal stored credentials, and the one of their fingerprints.

    The purpose of version 1 has no number: it was there before the others.
    """

    def seal_key(version: int) -> bytes:
        return secrets.derive("credentials" if version == 1 else f"credentials/{version}")

    return CredentialKeys(seal_key, secrets.derive("credential-fingerprints"))


def part_writers(database: Database, random: Random, freeze: LogFreeze) -> Sequence[PartWriter]:
    """The writers of a journal unit, in the order in which they run: those that may refuse the unit come first."""
    money = (
        RateWriter(database),
        ClaimWriter(database),
        AdmissionWriter(database),
        SettlementWriter(database),
        ReleaseWriter(database),
        HealthWriter(database),
    )
    return *money, *custody_writers(database, random, freeze)


class NoWorkers:
    """Stands in for the workers where the operator runs none: calls that need masking are refused."""

    @property
    def version(self) -> str:
        """Raises `DetectionFailed`: there are no models whose version could be given."""
        raise DetectionFailed

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        """Raises `DetectionFailed`."""
        raise DetectionFailed


def start_names(settings: Settings) -> NamesPool:
    """Start the worker processes that find names; calls wait for them, and are refused if they do not start."""
    pool = NamesPool(settings.pii_workers)
    pool.start()
    return pool


def make_queues(settings: Settings, clock: Clock) -> CallQueues:
    """The queues of one process, with the limits that the settings name."""
    per_deployment, by_deployment = settings.calls_per_deployment
    limits = QueueSettings(
        calls=settings.calls_at_once,
        per_key=settings.calls_at_once_per_key,
        masking=settings.masked_at_once,
        per_deployment=per_deployment,
        waiting=settings.calls_waiting,
        wait_s=settings.calls_wait_s,
        by_deployment=by_deployment,
    )
    return CallQueues(limits, clock)


def states_of(queues: CallQueues, journal: Journal) -> Sequence[QueueState]:
    """What waits in a process now: calls, and units of its journal."""
    return [*queues.states(), *(journal.states() if isinstance(journal, ThreadJournal) else ())]


def names_ready(names: Names, any_masked: Callable[[], bool]) -> bool:
    """Whether calls are not held up by `names`: its models are loaded, or it has none and no key needs them."""
    if isinstance(names, NamesPool):
        return names.ready
    return not isinstance(names, NoWorkers) or not any_masked()


def names_of(settings: Settings) -> Names:
    """Finds names in a serving process: in worker processes, which are started, or not at all."""
    return start_names(settings) if settings.pii_workers else NoWorkers()


def policy_of(settings: Settings) -> DetectionPolicy:
    """Which kinds of values are masked, by the settings."""
    return DetectionPolicy(rules=rules_version(), private_addresses=settings.pii_private_addresses)


def make_shield(settings: Settings, secrets: Secrets, names: Names) -> Substitution:
    """The masking of this process, for all accounts."""
    policy = policy_of(settings)
    return Substitution(names, derived(secrets.derive("surrogates")), policy, pause=let_others_run)


@dataclass(frozen=True)
class ResidencyServices:
    """The residency guard of one process with its address lists, and the jobs that it does beside calls.

    `tell` is given drift with its counts, once it is written.
    """

    settings: Settings
    egress: EgressClient
    drifts: Drifts
    meters: Meters
    clock: Clock
    tell: Callable[[Sequence[tuple[Drift, int]]], None]

    def make_monitor(self, provider_of: Callable[[str], Provider | None]) -> ResidencyMonitor:
        """The residency guard; `provider_of` gives the adapter of a provider by name."""
        settings = self.settings

        def endpoint_of(route: Route) -> str:
            provider = provider_of(route.provider)
            return provider.endpoint(route.deployment) if provider else ""

        index = RangeIndex(
            self.range_store, settings.private_networks, self.clock, timedelta(days=settings.ranges_days)
        )
        return ResidencyMonitor(
            index,
            MonitorDependencies(endpoint_of, settings.residency_mode == "enforce", self._report, self.clock),
        )

    @cached_property
    def range_store(self) -> RangeStore:
        """The address lists that this `NI_HOME` keeps."""
        return RangeStore(self.settings.home / "ranges")

    @cached_property
    def refresher(self) -> Refresher:
        """Fetches address lists; gives way to calls while it reads them."""
        return Refresher(self.egress, Intake(self.range_store, self.clock, pause=lambda: gevent.sleep(0)))

    def report_drift(self) -> None:
        """Write drift that was noted since the last time to the database and the log, and raise its alerts."""
        events = self.drifts.flush()
        for drift, count in events:
            values = (drift.rule, drift.deployment, drift.expected, drift.found, count)
            log.warning("residency drift: %s of %s, expected %s, found %s, %d times", *values)
        if events:
            self.tell(events)

    def survey(self, monitor: ResidencyMonitor, catalog: Catalog) -> None:
        """Fetch lists that are due, load lists that any process has stored, and check the addresses of endpoints."""
        places = (place for route in catalog.routes() for place in route.places)
        routes = [place for place in places if catalog.is_ready(place)]
        if self.settings.ranges_refresh:
            self.refresher.refresh_due(_lists_for(routes, monitor), monitor.range_index.lists)
        if monitor.range_index.renew():
            self.egress.forget()
        monitor.survey(_one_per_deployment(routes), self._addresses)

    def _addresses(self, url: str) -> Sequence[str]:
        try:
            return self.egress.addresses(url)
        except OutboundFault as fault:
            raise OSError(str(fault)) from fault

    def _report(self, drift: Drift) -> None:
        self.meters.drifted(drift)
        self.drifts.note(drift)


def _lists_for(routes: Iterable[Route], monitor: ResidencyMonitor) -> list[str]:
    """Names of the address lists that the evidence of `routes` needs; no other list is fetched."""
    wanted: dict[str, None] = {}
    for route in routes:
        endpoint = read_endpoint(route.provider, monitor.endpoint_of(route))
        if claims_a_place(route) and endpoint.proof not in (Proof.NOTHING, Proof.OWN):
            wanted.update(dict.fromkeys(PROVIDERS[route.provider].address_lists))
    return list(wanted)


def _one_per_deployment(routes: Iterable[Route]) -> Iterable[Route]:
    """One route of each deployment."""
    return {route.deployment.id: route for route in routes}.values()


def make_log_service(
    settings: Settings, secrets: Secrets, tools: LogDependencies, egress: EgressClient, freeze: LogFreeze
) -> LogService:
    """The service of the custody log, with its anchors: the folder of checkpoints and those that the operator names.

    Raises `CustodyRefused` where `NI_CUSTODY_ANCHORS` names no anchor.
    """
    anchor_tools = AnchorTools(settings.home / "checkpoints", poster(egress), _s3, tools.clock, aside)

    def anchors(head: LogHead) -> Sequence[Anchor]:
        try:
            return build_anchors(settings.custody_anchors, head, anchor_tools)
        except ValueError as fault:
            raise CustodyRefused(f"NI_CUSTODY_ANCHORS: {fault}.") from fault

    seeds = SeedFiles(settings.home / "secrets", write_private).load(secrets.custody_seed)
    return LogService(tools, seeds, anchors, freeze)


def origin(settings: Settings, now: datetime) -> str:
    """The origin of a log that begins now; a log that has begun keeps the one that it has."""
    host = urlsplit(settings.public_url).netloc or "localhost"
    return settings.custody_origin or f"{host}/custody/{now.year}"


def poster(egress: EgressClient) -> Post:
    """A function that posts plain text to a URL and returns status and body of the answer. It raises `OSError`."""

    def post(url: str, body: bytes) -> tuple[int, bytes]:
        try:
            response = egress.send(Request("POST", url, {"Content-Type": "text/plain"}, body))
            return response.status, response.read(WITNESS_ANSWER_BYTES)
        except OutboundFault as fault:
            raise OSError(str(fault)) from fault

    return post


def openid_provider(settings: Settings, egress: EgressClient, random: Random) -> IdentityProvider | None:
    """The provider of single sign-on that the settings name, reached through `egress`; None without one."""
    if not settings.oidc_issuer:
        return None
    from ni.access.openid import OpenIDProvider  # loaded only where people sign in by a provider

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            response = egress.send(Request(method, url, headers, body, SIGN_ON_TIMEOUTS))
            return response.status, response.read(SIGN_ON_BYTES)
        except OutboundFault as fault:
            raise OSError(str(fault)) from fault

    registration = Registration(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        f"{settings.public_url}{SIGN_ON_PATH}",
        " ".join(settings.oidc_scopes),
        settings.oidc_groups_claim,
    )
    return OpenIDProvider(registration, send, egress.clock, random)


def _s3() -> Any:
    import boto3  # loaded only where a bucket is an anchor

    return boto3.client("s3")

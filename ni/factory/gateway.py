"""The only place where packages meet: builds them from the settings and hands them to each other.

`Gateway` is everything a serving process needs below the web; `create_app` puts the web on top. The command line uses
the same pieces with a journal without a thread.

How substitution is put together: names from worker processes, patterns here, one cache. Of the factory's layer.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import monotonic

import gevent

import ni
from ni.access.account_keys import AccountKeys
from ni.access.accounts import Accounts
from ni.access.base import Base
from ni.access.credentials import CredentialKeys, Credentials
from ni.access.key_format import Peppers
from ni.access.keys import KeyGate
from ni.access.passwords import Passwords, ThreadOffload
from ni.access.services import AccessServices
from ni.catalog.routes import Catalog, Gates
from ni.custody.drifts import Drifts
from ni.custody.log_lifecycle import LogDependencies as CustodyTools
from ni.custody.log_service import LogService
from ni.custody.logs import LogFreeze
from ni.custody.record_reader import RecordReader
from ni.custody.record_writer import custody_writers
from ni.dialects.base import Dialect
from ni.dialects.chat_variants import ChatNormaliser, ChatVariantsDialect
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.dialects.sealed_state import StateSealer
from ni.dialects.texts import CompletionsDialect, EmbeddingsDialect
from ni.domain.clock import Clock, SystemClock, to_ms
from ni.domain.errors import DetectionFailed, Problem
from ni.domain.ids import Random, object_id
from ni.domain.route import Deployment
from ni.factory.custody import make_log_service
from ni.factory.residency import ResidencyServices
from ni.gateway.dependencies import Dependencies, Instance, Meters
from ni.gateway.limits import Concurrency
from ni.gateway.pipeline import Pipeline
from ni.gateway.recovery import Recovery
from ni.inchat.answer import InChat
from ni.inchat.list_tokens import ListTokens
from ni.inchat.mappings import Mappings
from ni.metering.admission import AdmissionWriter, RateWriter
from ni.metering.balance import Balances
from ni.metering.budget import SpendCheck
from ni.metering.cost import Terms
from ni.metering.idempotency import Claims, ClaimWriter
from ni.metering.processes import Processes, this_process
from ni.metering.retention import Retention
from ni.metering.settlement import ReleaseWriter, SettlementWriter
from ni.metering.usage_queries import Reports
from ni.outbound.client import EgressClient
from ni.outbound.connection import Connector, system_resolve
from ni.privacy.masking import Shield, Substitution, derived
from ni.privacy.model_names import ModelNames
from ni.privacy.names import Names
from ni.privacy.names.worker.pool import NamesPool
from ni.privacy.spans import DetectionPolicy, Span, rules_version
from ni.providers.base import Provider
from ni.providers.openai_compatible import Local
from ni.providers.registry import build_providers
from ni.residency.monitor import ResidencyMonitor
from ni.settings import Settings
from ni.settings.secret_files import Secrets
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.unit import PartWriter
from ni.store.write_faults import Aside, DiskReserve
from ni.store.writer import Writer
from ni.web.api.endpoint import LabelPolicy

AT_ONCE_S = 1e-9
"""Over when the loop has looked at its sockets and timers once: libev does not wait for what has passed already."""
PAUSE_S = 0.0005
_LOOKS = 8
_NOBODY_S = 0.0001
"""What so many looks take at the most where nobody else had anything to do."""


def give_way() -> None:
    """Lets others run; if they had something to do, also what follows from it.

    A sleep, however short, lets the loop run timers and sockets too; yielding alone does not. One that libev has to
    wait for takes a millisecond at least (`backend_mintime` of epoll), which nobody has a use for in a quiet process.
    """
    begun = monotonic()
    for _ in range(_LOOKS):
        gevent.sleep(AT_ONCE_S)
    if monotonic() - begun > _NOBODY_S:
        gevent.sleep(PAUSE_S)


class NoWorkers:
    """Where the operator runs no worker, names cannot be looked for: calls that need it are refused."""

    @property
    def version(self) -> str:
        """None: what is asked is refused."""
        raise DetectionFailed

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Raises `DetectionFailed`."""
        raise DetectionFailed


def start_names(settings: Settings) -> NamesPool:
    """The worker processes, starting; calls wait for them, and are refused if they do not come."""
    pool = NamesPool(settings.pii_workers)
    pool.start()
    return pool


def names_ready(names: Names) -> bool:
    """Whether a call would be served: the models are loaded, or none are needed."""
    return not isinstance(names, NamesPool) or names.ready


def names_of(settings: Settings) -> Names:
    """Who looks for names in a serving process."""
    return start_names(settings) if settings.pii_workers else NoWorkers()


def policy_of(settings: Settings) -> DetectionPolicy:
    """What the operator wants to be hidden."""
    return DetectionPolicy(rules=rules_version(), private_addresses=settings.pii_private_addresses)


def make_shield(settings: Settings, secrets: Secrets, names: Names) -> Substitution:
    """Substitution for all accounts of this process."""
    policy = policy_of(settings)
    return Substitution(names, derived(secrets.derive("surrogates")), policy, pause=give_way)


CONNECT_S = 5.0
MakeJournal = Callable[[Writer], Journal]


def part_writers(database: Database, random: Random, freeze: LogFreeze) -> Sequence[PartWriter]:
    """Who writes what in a journal unit, in this order: what may refuse comes first."""
    money = (
        RateWriter(database),
        ClaimWriter(database),
        AdmissionWriter(database),
        SettlementWriter(database),
        ReleaseWriter(database),
    )
    return *money, *custody_writers(database, random, freeze)


def credential_keys(secrets: Secrets) -> CredentialKeys:
    """What stored credentials are protected with; the first version has no number in its purpose."""

    def seal_key(version: int) -> bytes:
        return secrets.derive("credentials" if version == 1 else f"credentials/{version}")

    return CredentialKeys(seal_key, secrets.derive("credential-fingerprints"))


@dataclass(frozen=True)
class Gateway:
    """One process of an instance. Built after the process has forked; nothing here starts by itself."""

    settings: Settings
    secrets: Secrets
    make_journal: MakeJournal
    meters: Meters
    names: Names
    clock: Clock = SystemClock()  # noqa: RUF009 - it has no state
    random: Random = os.urandom

    @cached_property
    def database(self) -> Database:
        """The database."""
        return Database(self.settings.database_url)

    @cached_property
    def journal(self) -> Journal:
        """Where all writes go."""
        reserve = DiskReserve(self.settings.home if self.database.sqlite else None)
        writing = part_writers(self.database, self.random, self.freeze)
        aside = Aside(self.settings.home)
        return self.make_journal(Writer(self.database, writing, reserve, aside))

    @cached_property
    def freeze(self) -> LogFreeze:
        """The flag that stops the custody log, and with it new calls."""
        return LogFreeze()

    @cached_property
    def log_service(self) -> LogService:
        """Looks after the custody log."""
        tools = CustodyTools(self.database, self.journal, self.clock, self.random)
        return make_log_service(self.settings, self.secrets, tools, self.egress, self.freeze)

    @cached_property
    def base(self) -> Base:
        """What access stands on."""
        return Base(self.database, self.journal, self.clock, self.random)

    @cached_property
    def peppers(self) -> Peppers:
        """What keys are digested with."""
        return Peppers(self.secrets.peppers)

    @cached_property
    def access(self) -> AccessServices:
        """Accounts, people, keys and credentials."""

        def factor_key(version: int) -> bytes:
            return self.secrets.derive(f"second-factor-{version}")

        return AccessServices(
            self.base,
            self.peppers,
            credential_keys(self.secrets),
            factor_key,
            lambda: Passwords(ThreadOffload()),
        )

    @property
    def keys(self) -> KeyGate:
        """Who may call."""
        return self.access.gate

    @property
    def accounts(self) -> Accounts:
        """The accounts."""
        return self.access.accounts

    def keys_of(self, account_id: str) -> AccountKeys:
        """The keys of an account."""
        return self.access.keys_of(account_id)

    @cached_property
    def egress(self) -> EgressClient:
        """The one way out."""
        return EgressClient(
            Connector(self.settings.private_networks, system_resolve, self.clock, CONNECT_S), self.clock
        )

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        """What upstreams speak, by provider name."""
        return build_providers(self.egress, self.settings.lookup)

    @cached_property
    def residency(self) -> ResidencyServices:
        """The residency guard's lists and background jobs."""
        drifts = Drifts(self.database, self.journal, self.clock)
        return ResidencyServices(self.settings, self.egress, drifts, self.meters, self.clock)

    @cached_property
    def monitor(self) -> ResidencyMonitor:
        """Where calls may go."""
        return self.residency.monitor(self.providers.get)

    @cached_property
    def catalog(self) -> Catalog:
        """What may be called."""
        gates = Gates(configured=self._configured, permitted=self.monitor.permits)
        return Catalog(self.database, self.clock, self.settings.jurisdiction, gates)

    @cached_property
    def inchat(self) -> InChat:
        """The gateway's own replies, and what model names stand for."""
        return InChat(self.catalog, self.mappings, ListTokens(self.secrets.derive("map-codes")), self.clock)

    @cached_property
    def mappings(self) -> Mappings:
        """Model names that keys and accounts have pinned to routes."""
        return Mappings(self.database, self.journal, self.clock, self.model_names.stored)

    @cached_property
    def model_names(self) -> ModelNames:
        """How names that are no routes are written down."""
        return ModelNames(self.secrets.derive("model-names"))

    @cached_property
    def terms(self) -> Terms:
        """How this instance accounts."""
        settings = self.settings
        return Terms(
            settings.currency,
            settings.usd_rate_millionths,
            settings.margin_millionths,
            settings.byok_fee_millionths,
        )

    @cached_property
    def instance(self) -> Instance:
        """This process."""
        build = f"northern-inference {ni.__version__}"
        return Instance(
            object_id("process", self.random),
            self.settings.jurisdiction,
            self.terms,
            build,
            self.settings.prepaid,
        )

    @cached_property
    def label_policy(self) -> LabelPolicy:
        """How it is kept whom calls are for."""
        return LabelPolicy(derived(self.secrets.derive("labels")), self.settings.labels == "plain")

    @cached_property
    def seals(self) -> StateSealer:
        """What clients carry for us."""
        return StateSealer(self.secrets.derive("reasoning"), self.random)

    @cached_property
    def messages(self) -> MessagesDialect:
        """The dialect that can also count."""
        return MessagesDialect(self.seals)

    @cached_property
    def responses(self) -> ResponsesDialect:
        """The other."""
        return ResponsesDialect(self.seals, self.clock)

    @cached_property
    def dialects(self) -> Mapping[str, Dialect]:
        """What clients speak, by dialect name."""
        shapes = ChatNormaliser(self.seals, lambda name: self.catalog.resolve(name) is not None)
        dialects: tuple[Dialect, ...] = (
            ChatVariantsDialect(shapes),
            self.responses,
            self.messages,
            EmbeddingsDialect(),
            CompletionsDialect(),
        )
        return {dialect.name: dialect for dialect in dialects}

    @cached_property
    def pipeline(self) -> Pipeline:
        """What every call for a model goes through."""
        concurrency = Concurrency(self.settings.calls_at_once, self.settings.calls_at_once_per_key)
        parts = Dependencies(
            dialects=self.dialects,
            catalog=self.catalog,
            inchat=self.inchat,
            guard=self.monitor,
            shield=self.shield,
            journal=self.journal,
            providers=self.providers,
            meters=self.meters,
            clock=self.clock,
            random=self.random,
            instance=self.instance,
            credentials=self.credentials,
            concurrency=concurrency,
            spend_check=SpendCheck(self.database),
            claims=self.claims,
            model_names=self.model_names,
        )
        return Pipeline(parts)

    @cached_property
    def claims(self) -> Claims:
        """Calls that came with an `Idempotency-Key`."""
        return Claims(self.database, self.journal)

    @cached_property
    def shield(self) -> Shield:
        """What must not leave, and the way back."""
        return make_shield(self.settings, self.secrets, self.names)

    @cached_property
    def reports(self) -> Reports:
        """What was used."""
        return Reports(self.database)

    @cached_property
    def retention(self) -> Retention:
        """How long usage rows are kept."""
        return Retention(self.database, self.journal, self.clock, self.settings.usage_retention_days)

    @cached_property
    def balances(self) -> Balances:
        """What prepaid accounts have."""
        return Balances(self.database, self.journal, self.clock, self.random)

    @property
    def credentials(self) -> Credentials:
        """What accounts bring for providers."""
        return self.access.credentials

    @cached_property
    def records(self) -> RecordReader:
        """What was recorded."""
        return RecordReader(self.database)

    @cached_property
    def processes(self) -> Processes:
        """Which serving processes live."""
        return Processes(self.database, self.journal, this_process(self.instance.process_id))

    @cached_property
    def recovery(self) -> Recovery:
        """Closes what dead processes left open."""
        return Recovery(self.database, self.journal, self.processes, self.clock, self.random)

    def look_for_local_models(self) -> None:
        """Ask the operator's own server which models it has; those of last time stay if it does not answer."""
        local = self.providers["local"]
        deployment = Deployment("local", "local", "", self.settings.jurisdiction)
        if isinstance(local, Local) and local.missing(deployment) is None:
            try:
                self.catalog.with_local(local.models(deployment))
            except Problem:
                return

    def beat(self) -> None:
        """Say that this process lives."""
        self.processes.beat(to_ms(self.clock.now()))

    def _configured(self, deployment: Deployment) -> bool:
        provider = self.providers.get(deployment.provider)
        return provider is not None and provider.missing(deployment) is None

"""`Gateway` builds every object that a serving process needs below the web, once, when it is first asked for.

The order of its properties is that of the packages: storage, access, upstreams and residency, catalog and in-chat
replies, masking and dialects, metering, custody, then the pipeline that joins them. The command line uses the same
properties with a journal that has no thread.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import ni
from ni.access.accounts import Accounts
from ni.access.admin_tokens import AdminClaims
from ni.access.base import Base
from ni.access.credentials import Credentials
from ni.access.key_reminders import expiring_keys
from ni.access.key_text import Peppers
from ni.access.keys import AccountKeys, KeyGate
from ni.access.passwords import Passwords, ThreadOffload
from ni.access.services import AccessServices
from ni.alerts.receivers import AlertTools
from ni.catalog.editing import CatalogEditor
from ni.catalog.health import Breakers, DeploymentHealth
from ni.catalog.offers import CatalogOffers
from ni.catalog.placing import Placing
from ni.catalog.routes import Catalog, Gates
from ni.custody.activity import ActivityLog
from ni.custody.drifts import Drifts
from ni.custody.log_service import LogService
from ni.custody.logs import LogDependencies, LogFreeze
from ni.custody.record_reader import RecordReader
from ni.dialects.base import Dialect
from ni.dialects.chat_variants import ChatNormaliser, ChatVariantsDialect
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.dialects.sealed_state import StateSealer
from ni.dialects.texts import CompletionsDialect, EmbeddingsDialect
from ni.domain.activity import Acting, Tell
from ni.domain.clock import Clock, SystemClock, to_ms
from ni.domain.errors import Problem
from ni.domain.ids import Random, object_id
from ni.domain.queues import QueueState, queues_text
from ni.domain.route import Deployment
from ni.factory.alerts import AlertServices, deployment_alerts
from ni.factory.services import (
    ResidencyServices,
    credential_keys,
    make_label_policy,
    make_log_service,
    make_queues,
    make_shield,
    openid_provider,
    part_writers,
    states_of,
)
from ni.factory.telemetry import Telemetry, TelemetryTools, TracedMeters, make_telemetry
from ni.factory.translations import translate
from ni.gateway.dependencies import Dependencies, Instance, Meters
from ni.gateway.local_servers import LocalServers, LocalServerTools
from ni.gateway.pipeline import Pipeline
from ni.gateway.provider_setup import ConnectionTest, ProviderSetup
from ni.gateway.queues import CallQueues
from ni.gateway.recovery import Recovery
from ni.inchat.answer import InChat
from ni.inchat.list_tokens import ListTokens
from ni.inchat.mappings import Mappings
from ni.metering.account_budgets import AccountBudgets, BudgetTools
from ni.metering.balance import Balances
from ni.metering.budget import SpendCheck
from ni.metering.budget_alerts import BudgetAlerts
from ni.metering.cost import Terms
from ni.metering.idempotency import Claims
from ni.metering.processes import Processes, this_process
from ni.metering.retention import Retention
from ni.metering.usage_queries import Reports
from ni.outbound.client import EgressClient
from ni.outbound.connection import Connector, system_resolve
from ni.privacy.masking import Shield
from ni.privacy.model_names import ModelNames
from ni.privacy.names import Names
from ni.providers.base import Provider
from ni.providers.local_probe import ServerProbe
from ni.providers.openai_compatible import Local
from ni.providers.registry import build_providers
from ni.residency.monitor import ResidencyMonitor
from ni.settings import Settings
from ni.settings.secret_files import Secrets
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.write_faults import Aside, DiskReserve
from ni.store.writer import Writer
from ni.web.acting import who_acts
from ni.web.api.endpoint import LabelPolicy

CONNECT_S = 5.0
MakeJournal = Callable[[Writer], Journal]


@dataclass(frozen=True)
class Gateway:
    """The objects of one process. Build it after the process has forked; it starts no thread, greenlet or process.

    `make_journal` decides whether writes have a thread; `names` finds names of people, or refuses to; `acting` gives
    who makes a change.
    """

    settings: Settings
    secrets: Secrets
    make_journal: MakeJournal
    meters: Meters
    names: Names
    clock: Clock = SystemClock()  # noqa: RUF009 - it has no state
    random: Random = os.urandom
    acting: Acting = who_acts

    # ---------------------------------------------------------------------------------------- storage and this process

    @cached_property
    def database(self) -> Database:
        """The connections to `NI_DATABASE_URL`; opened at their first use."""
        return Database(self.settings.database_url)

    @cached_property
    def journal(self) -> Journal:
        """The one path of all writes to the database; a unit that cannot be written goes to a file in `NI_HOME`."""
        reserve = DiskReserve(self.settings.home if self.database.sqlite else None)
        writers = part_writers(self.database, self.random, self.freeze)
        aside = Aside(self.settings.home)
        return self.make_journal(Writer(self.database, writers, reserve, aside))

    @cached_property
    def instance(self) -> Instance:
        """The id of this process, its version, and the jurisdiction and accounting terms of the installation."""
        build = f"northern-inference {ni.__version__}"
        return Instance(
            object_id("process", self.random),
            self.settings.jurisdiction,
            self.terms,
            build,
            self.settings.prepaid,
        )

    @cached_property
    def processes(self) -> Processes:
        """The table of serving processes, in which this one notes that it is alive."""
        return Processes(self.database, self.journal, this_process(self.instance.process_id))

    @cached_property
    def recovery(self) -> Recovery:
        """Settles the calls that processes left open when they died."""
        return Recovery(self.database, self.journal, self.processes, self.clock, self.random)

    def beat(self) -> None:
        """Note in the database that this process is alive, and what waits in it."""
        self.processes.beat(to_ms(self.clock.now()), queues_text(self.queue_states()))

    # ---------------------------------------------------------------------------------------------------------- access

    @cached_property
    def base(self) -> Base:
        """Database, journal, clock, randomness and who acts, as the services of `ni.access` take them."""
        return Base(self.database, self.journal, self.clock, self.random, self.acting)

    @property
    def _tools(self) -> tuple[Database, Journal, Clock, Random, Tell]:
        return self.base.database, self.base.journal, self.base.clock, self.base.random, self.base.activity

    @cached_property
    def peppers(self) -> Peppers:
        """The HMAC keys under which API keys are stored as digests."""
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
            lambda: openid_provider(self.settings, self.egress, self.random),
            self.settings.operators_only,
            self.settings.lookup,
        )

    @property
    def keys(self) -> KeyGate:
        """Authenticates API keys, with a cache of those that were just used."""
        return self.access.gate

    @property
    def accounts(self) -> Accounts:
        """Reads and changes accounts."""
        return self.access.accounts

    def keys_of(self, account_id: str) -> AccountKeys:
        """Lists, creates and revokes the API keys of one account."""
        return self.access.keys_of(account_id)

    @property
    def credentials(self) -> Credentials:
        """The provider credentials that accounts store (BYOK), sealed."""
        return self.access.credentials

    @cached_property
    def admin_claims(self) -> AdminClaims:
        """The `Idempotency-Key` values of administrative requests."""
        return AdminClaims(self.base, self.secrets.derive("admin-idempotency"))

    # ------------------------------------------------------------------------------------------ upstreams and residency

    @cached_property
    def egress(self) -> EgressClient:
        """The only HTTP client that opens connections to other machines."""
        return EgressClient(self.connector, self.clock)

    @cached_property
    def connector(self) -> Connector:
        """Opens connections to vetted addresses."""
        return Connector(self.settings.private_networks, system_resolve, self.clock, CONNECT_S)

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        """The adapters of upstream wire formats, by the provider's name in the catalog."""
        return build_providers(self.egress, self.access.platform_credentials.lookup)

    @cached_property
    def residency(self) -> ResidencyServices:
        """The residency guard's lists and background jobs."""
        drifts = Drifts(self.database, self.journal, self.clock)
        return ResidencyServices(
            self.settings, self.egress, drifts, self.meters, self.clock, self.alerts.tell_drift
        )

    @cached_property
    def monitor(self) -> ResidencyMonitor:
        """Decides by tags and addresses whether a call may go to a deployment."""
        return self.residency.make_monitor(self.providers.get)

    # ------------------------------------------------------------------------------------- catalog and in-chat replies

    @cached_property
    def catalog(self) -> Catalog:
        """The routes; callable are those whose provider is set up and that the residency guard permits."""
        gates = Gates(self._configured, self.monitor.permits, self.access.platform_credentials.renew)
        return Catalog(self.database, self.clock, self.settings.jurisdiction, gates)

    @cached_property
    def breakers(self) -> Breakers:
        """The breakers of deployments, which all processes share."""
        return Breakers(self.database, self.journal, self.clock, self.meters.rested)

    @cached_property
    def health(self) -> DeploymentHealth:
        """How deployments fare, from real calls."""
        return DeploymentHealth(self.database, self.journal, self.clock)

    @cached_property
    def offers(self) -> CatalogOffers:
        """What the shipped catalog offers to that of the instance."""
        return CatalogOffers(self.database, self.journal, self.clock, self.base.activity)

    @cached_property
    def editor(self) -> CatalogEditor:
        """Changes prices, routes and deployments, on record."""
        return CatalogEditor(self.database, self.journal, self.base.activity)

    @cached_property
    def local_servers(self) -> LocalServers:
        """Adds, changes, tests and removes local servers."""
        tools = LocalServerTools(
            self.editor, self.access.platform_credentials, ServerProbe(self.egress), self.catalog, self.monitor,
            lambda: self.providers["local"], self.clock, self.random, self.settings.jurisdiction,
        )  # fmt: skip
        return LocalServers(tools)

    @cached_property
    def placing(self) -> Placing:
        """Edits of deployments and of where routes run."""
        return Placing(self.database, self.journal, self.base.activity)

    @cached_property
    def setup(self) -> ProviderSetup:
        """The operator's stored credentials of providers, and trying them."""
        test = ConnectionTest(self.catalog, self.providers, self.random, self.monitor)
        return ProviderSetup(self.access.platform_credentials, self.catalog, test)

    @cached_property
    def mappings(self) -> Mappings:
        """Model names that keys and accounts have pinned to routes."""
        base, stored = self.base, self.model_names.stored
        return Mappings(base.database, base.journal, base.clock, base.activity, stored)

    @cached_property
    def model_names(self) -> ModelNames:
        """The form in which model names that are no routes are stored: they may hold personal data."""
        return ModelNames(self.secrets.derive("model-names"))

    @cached_property
    def inchat(self) -> InChat:
        """The gateway's replies to commands and unknown model names, and the resolution of names to routes."""
        tokens = ListTokens(self.secrets.derive("map-codes"))
        return InChat(self.catalog, self.mappings, tokens, self.clock, translate)

    def look_for_local_models(self) -> None:
        """Ask the operator's own server which models it has; the known ones stay if it does not answer."""
        local = self.providers["local"]
        deployment = Deployment("local", "local", "", self.settings.jurisdiction)
        if isinstance(local, Local) and local.missing(deployment) is None:
            try:
                self.catalog.with_local(local.models(deployment))
            except Problem:
                return

    def _configured(self, deployment: Deployment) -> bool:
        return self.missing_setting(deployment) is None

    def missing_setting(self, deployment: Deployment) -> str | None:
        """What must be set before a deployment can be used; None if nothing."""
        provider = self.providers.get(deployment.provider)
        return provider.missing(deployment) if provider else "This version has no adapter for the provider."

    # ------------------------------------------------------------------------------------------------ masking, dialects

    @cached_property
    def shield(self) -> Shield:
        """Replaces personal data in requests, and puts it back into answers."""
        return make_shield(self.settings, self.secrets, self.names)

    @cached_property
    def state_sealer(self) -> StateSealer:
        """Encrypts state that clients send back with a later request, such as signed reasoning."""
        return StateSealer(self.secrets.derive("reasoning"), self.random)

    @cached_property
    def messages_dialect(self) -> MessagesDialect:
        """Anthropic's Messages, which can count tokens too."""
        return MessagesDialect(self.state_sealer)

    @cached_property
    def responses_dialect(self) -> ResponsesDialect:
        """OpenAI's Responses, which its endpoint needs by its own type."""
        return ResponsesDialect(self.state_sealer, self.clock)

    @cached_property
    def dialects(self) -> Mapping[str, Dialect]:
        """The API formats of clients, by name: chat, responses, messages, embeddings, completions."""
        normaliser = ChatNormaliser(self.state_sealer, lambda name: self.catalog.resolve(name) is not None)
        dialects: tuple[Dialect, ...] = (
            ChatVariantsDialect(normaliser),
            self.responses_dialect,
            self.messages_dialect,
            EmbeddingsDialect(),
            CompletionsDialect(),
        )
        return {dialect.name: dialect for dialect in dialects}

    # -------------------------------------------------------------------------------------------------------- metering

    @cached_property
    def terms(self) -> Terms:
        """Currency, exchange rate, margin and BYOK fee, by which costs are computed."""
        settings = self.settings
        return Terms(
            settings.currency,
            settings.usd_rate_millionths,
            settings.margin_millionths,
            settings.byok_fee_millionths,
        )

    @cached_property
    def claims(self) -> Claims:
        """The `Idempotency-Key` values of earlier calls, which refuse a repeated call."""
        return Claims(self.database, self.journal)

    @cached_property
    def label_policy(self) -> LabelPolicy:
        """Reads the user and tag that a request names, in the form of `NI_USAGE_LABELS`: plain or as a digest."""
        return make_label_policy(self.settings, self.secrets)

    @cached_property
    def reports(self) -> Reports:
        """Queries of usage rows."""
        return Reports(self.database)

    @cached_property
    def balances(self) -> Balances:
        """Balances, grants and statements of prepaid accounts."""
        base = self.base
        return Balances(base.database, base.journal, base.clock, base.random, base.activity)

    def budgets_of(self, account_id: str, time_zone: str, actor: str = "") -> AccountBudgets:
        """Lists, sets and removes the budgets of one account."""
        tools = BudgetTools(*self._tools)
        return AccountBudgets(tools, account_id, time_zone, actor)

    @cached_property
    def retention(self) -> Retention:
        """Deletes usage rows older than `NI_USAGE_RETENTION_DAYS`."""
        return Retention(self.database, self.journal, self.clock, self.settings.usage_retention_days)

    @cached_property
    def alerts(self) -> AlertServices:
        """Raises alerts, and tells those who are to be told."""
        tools = AlertTools(*self._tools)
        return AlertServices(self.settings, self.secrets, tools, self.connector)

    @cached_property
    def budget_alerts(self) -> BudgetAlerts:
        """Finds budgets that have reached a percentage of which people are to be told."""
        return BudgetAlerts(self.database, self.clock, self.settings.currency, self._names_of)

    def _names_of(self, account_id: str) -> Mapping[str, str]:
        """Names of an account's keys and people, by id."""
        keys, people = self.keys_of(account_id).list(), self.access.members_of(account_id).list()
        return {key.id: key.spec.name for key in keys} | {each.user_id: each.name for each in people}

    def look_at_accounts(self) -> None:
        """Raise the alerts of accounts: budgets that are used up, keys that expire."""
        self.alerts.book.raise_all((*self.budget_alerts.alerts(), *expiring_keys(self.database, self.clock)))

    def look_at_instance(self) -> None:
        """Raise the operator's alerts: deployments that fail, anchors that are behind, prices that are old."""
        newest = max((route.price.since for route in self.catalog.routes() if route.price), default="")
        deployments = deployment_alerts(self.breakers, self.health, self.clock.now())
        self.alerts.look(self.log_service.lag(), newest, deployments)

    # --------------------------------------------------------------------------------------------------------- custody

    @cached_property
    def freeze(self) -> LogFreeze:
        """The flag that stops the custody log, and with it new calls."""
        return LogFreeze()

    @cached_property
    def log_service(self) -> LogService:
        """Signs and publishes the heads of the custody log, makes receipts, erases and forgets."""
        tools = LogDependencies(*self._tools)
        return make_log_service(self.settings, self.secrets, tools, self.egress, self.freeze)

    @cached_property
    def activity_log(self) -> ActivityLog:
        """Lists administrative acts."""
        return ActivityLog(self.database)

    @cached_property
    def records(self) -> RecordReader:
        """Reads custody records of calls."""
        return RecordReader(self.database)

    # ------------------------------------------------------------------------------------------- telemetry and pipeline

    @cached_property
    def telemetry(self) -> Telemetry | None:
        """The export of traces and metrics; None where that is off, or nothing is served. Raises `SettingsError`."""
        tools = TelemetryTools(self.egress, self.clock, self.random, self.instance, self.providers)
        return make_telemetry(self.settings, tools, self.meters)

    @cached_property
    def queues(self) -> CallQueues:
        """The queues in which calls of this process wait."""
        return make_queues(self.settings, self.clock)

    def queue_states(self) -> Sequence[QueueState]:
        """What waits in this process now."""
        return states_of(self.queues, self.journal)

    @cached_property
    def pipeline(self) -> Pipeline:
        """Takes a parsed call through its phases, from resolution to settlement."""
        parts = Dependencies(
            dialects=self.dialects,
            catalog=self.catalog,
            inchat=self.inchat,
            guard=self.monitor,
            shield=self.shield,
            journal=self.journal,
            providers=self.providers,
            meters=TracedMeters(self.meters, self.telemetry) if self.telemetry else self.meters,
            clock=self.clock,
            random=self.random,
            instance=self.instance,
            credentials=self.credentials,
            queues=self.queues,
            spend_check=SpendCheck(self.database, self.clock),
            claims=self.claims,
            model_names=self.model_names,
            label_of=self.label_policy.label,
            breakers=self.breakers,
            patience_s=self.settings.failover_after_s,
            translate=translate,
        )
        return Pipeline(parts)

"""Every setting of an instance, typed, with its meaning and default; the only reader of the environment.

A value that is malformed or unsafe refuses the start with one line that names the variable, says what is wrong and
what to write instead. Credentials of providers are not fields: the catalog names the variables that hold them, and
`lookup` returns each as a `Secret`. `make settings` writes `docs/settings.md` and
`.env.example` from this file.

`NAME_FILE` names a file that holds what `NAME` would hold. Docker and Kubernetes mount secrets as files,
since an environment is shown by their own tools.
"""

import os
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from ni.domain.providers import PROVIDERS
from ni.domain.secret import Secret
from ni.settings.refusals import SELF_SIGNED as SELF_SIGNED
from ni.settings.refusals import refuse_unsafe
from ni.settings.values import (
    SettingsError,
    address,
    choice,
    contact,
    count,
    counts,
    currency,
    folder,
    fraction,
    full_url,
    is_loopback,
    jurisdiction,
    networks,
    optional_file,
    origins,
    rate,
    switch,
    url,
    word,
    words,
)

ENDING = "_FILE"
MOST_BYTES = 64 * 1024


def written(environ: Mapping[str, str], name: str) -> str:
    """The value of `name`, or of the file that `name_FILE` names, without blanks at its ends; empty without either.

    Raises `SettingsError` where both are set, or the file cannot be read as text.
    """
    value = environ.get(name, "").strip()
    path = environ.get(name + ENDING, "").strip()
    if not path:
        return value
    if value:
        raise SettingsError(name, f"and {name}{ENDING} are both set; leave one of them out")
    try:
        with Path(path).open("rb") as file:
            octets = file.read(MOST_BYTES + 1)
        if len(octets) > MOST_BYTES:
            raise SettingsError(
                name + ENDING, f"names {path}, which is longer than 64 KiB; name another file"
            )
        return octets.decode().strip()
    except (OSError, UnicodeDecodeError) as fault:
        why = getattr(fault, "strerror", None) or "it is no UTF-8 text"
        raise SettingsError(
            name + ENDING, f"names {path}, which cannot be read ({why}); mount or name a readable file"
        ) from None


def filled(environ: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """`environ` with the values of those `names` that stand in files. Raises `SettingsError`."""
    return {**environ, **{name: written(environ, name) for name in names if environ.get(name + ENDING)}}


EVERYWHERE = ("0.0.0.0", "[::]")  # noqa: S104 - the names of all addresses, to tell them from one that is reachable


def _setting(name: str, default: str, meaning: str, read: Callable[[str], Any]) -> Any:
    """A field that is read from the variable `name`; `default` is written as an operator would write it."""
    return field(metadata={"name": name, "default": default, "meaning": meaning, "read": read})


@dataclass(frozen=True, slots=True)
class Settings:
    """The values that the operator set, or their defaults. Rates and fractions are integers in millionths."""

    home: Path = _setting(  # noqa: RUF009 - it only makes a field
        "NI_HOME", "instance", "Folder of the database, the secret files and the backups.", folder
    )
    database_url: str = _setting(
        "NI_DATABASE_URL",
        "",
        "SQLAlchemy URL of the database; empty means `ni.db`, SQLite, in `NI_HOME`. "
        "PostgreSQL (`postgresql+psycopg://...`) serves several processes or machines.",
        word,
    )
    bind: str = _setting(
        "NI_BIND",
        "127.0.0.1:8000",
        "Address and port to listen on, or `unix:/path`. An address that other machines "
        "can reach needs `NI_PUBLIC_URL=https://...`.",
        address,
    )
    workers: int = _setting(
        "NI_WORKERS", "1", "Processes that serve. SQLite takes up to 4 on one machine.", count(1, 64)
    )
    calls_at_once: int = _setting(
        "NI_CALLS_AT_ONCE", "2000", "Calls under way in one process; more wait.", count(1, 4000)
    )
    calls_at_once_per_key: int = _setting(
        "NI_CALLS_AT_ONCE_PER_KEY",
        "1000",
        "Calls of one key under way or waiting in one process; more are refused.",
        count(1, 4000),
    )
    calls_per_deployment: tuple[int, Mapping[str, int]] = _setting(
        "NI_CALLS_AT_ONCE_PER_DEPLOYMENT",
        "1000",
        "Calls under way at a deployment in one process; more wait. `1000, local=4` gives the deployment `local` four.",
        counts(1, 4000),
    )
    masked_at_once: int = _setting(
        "NI_MASKED_AT_ONCE",
        "64",
        "Calls in one process whose texts are looked through for personal data; more wait.",
        count(1, 4000),
    )
    calls_waiting: int = _setting(
        "NI_CALLS_WAITING",
        "1000",
        "Calls that wait in each queue of a process; more are refused.",
        count(0, 4000),
    )
    calls_wait_s: int = _setting(
        "NI_CALLS_WAIT_S", "10", "Seconds that a call waits in a queue before it is refused.", count(0, 600)
    )
    failover_after_s: int = _setting(
        "NI_FAILOVER_AFTER_S",
        "20",
        "Seconds that a stream may take to begin where a further deployment of its route could take the call.",
        count(1, 600),
    )
    public_url: str = _setting(
        "NI_PUBLIC_URL",
        "",
        "How people and programs reach this instance; empty means `http://` and `NI_BIND`.",
        url,
    )
    tls_cert: str = _setting(
        "NI_TLS_CERT",
        "",
        "Serve https without a proxy, for a trial in the office: the file of the certificate and its chain (PEM), or "
        "`self-signed` for one that is made in `NI_HOME`.",
        word,
    )
    tls_key: Path | None = _setting(  # noqa: RUF009 - it only makes a field
        "NI_TLS_KEY", "", "File of the private key (PEM) of `NI_TLS_CERT`.", optional_file
    )
    trusted_proxies: int = _setting(
        "NI_TRUSTED_PROXIES",
        "0",
        "How many reverse proxies in front set `X-Forwarded-For`; 0 ignores it.",
        count(0, 8),
    )
    cors_origins: tuple[str, ...] = _setting(
        "NI_CORS_ORIGINS",
        "",
        "Origins whose pages may call the API from a browser, separated by commas, such as "
        "`https://chat.example.ca`; empty allows none.",
        origins,
    )
    contact: str = _setting(
        "NI_CONTACT",
        "",
        "Where people report a problem: an e-mail address, or the `https://` address of a page. Pages show it; empty "
        "shows none.",
        contact,
    )
    jurisdiction: str = _setting(
        "NI_JURISDICTION",
        "CA",
        "Whose law applies where this instance runs: two capital letters.",
        jurisdiction,
    )
    currency: str = _setting("NI_CURRENCY", "CAD", "Currency in which amounts are kept and shown.", currency)
    usd_rate_millionths: int = _setting(
        "NI_USD_RATE",
        "1.40",
        "Price of one US dollar in `NI_CURRENCY`, the operator's choice; the default is a "
        "round figure for CAD as of November 2026. Stored with each usage row.",
        rate,
    )
    residency_mode: str = _setting(
        "NI_RESIDENCY_MODE",
        "enforce",
        "`enforce` refuses what is not verified; `monitor` only records it.",
        choice("enforce", "monitor"),
    )
    ranges_refresh: bool = _setting(
        "NI_RANGES_REFRESH",
        "on",
        "Fetch the address lists of the clouds that are in use, once a day; `off` leaves that to "
        "`ni residency refresh`.",
        switch,
    )
    ranges_days: int = _setting(
        "NI_RANGES_DAYS",
        "14",
        "Days after which an address list is not believed any more; routes in Canada that rest on it are then refused.",
        count(1, 365),
    )
    drift_webhook: str = _setting(
        "NI_DRIFT_WEBHOOK",
        "",
        "Address that is told of drift by a POST of JSON; empty tells nobody but the portal, the log and the metrics.",
        full_url,
    )
    drift_webhook_secret: Secret = _setting(  # noqa: RUF009 - it only makes a field
        "NI_DRIFT_WEBHOOK_SECRET",
        "",
        "Signs these posts, HMAC-SHA256 in the header `X-NI-Signature`; empty: by a secret that "
        "`ni alert receivers --instance` shows.",
        Secret,
    )
    smtp_url: Secret = _setting(  # noqa: RUF009 - it only makes a field
        "NI_SMTP_URL",
        "",
        "Mail server for alerts, as `smtp://user:password@mail.example.ca:587` (STARTTLS) or `smtps://...`; empty: no "
        "mail is sent.",
        Secret,
    )
    mail_from: str = _setting(
        "NI_MAIL_FROM", "", "Address that mail of alerts comes from; needed with NI_SMTP_URL.", str.strip
    )
    private_networks: tuple[IPv4Network | IPv6Network, ...] = _setting(
        "NI_PRIVATE_NETWORKS",
        "",
        "Networks (CIDR, separated by commas) that outbound connections may reach although they are private.",
        networks,
    )
    pii_workers: int = _setting(
        "NI_PII_WORKERS",
        "1",
        "Processes that look for names in prompts; with 0, calls of keys with substitution are refused.",
        count(0, 32),
    )
    pii_private_addresses: bool = _setting(
        "NI_PII_PRIVATE_ADDRESSES",
        "off",
        "`on` masks private IP addresses too (10.x, 172.16.x to 172.31.x, 192.168.x, fe80:, fc00:), which lead nowhere "
        "from outside.",
        switch,
    )
    margin_millionths: int = _setting(
        "NI_MARGIN_PERCENT", "0", "Added to the provider's cost to make the charge, in percent.", fraction
    )
    byok_fee_millionths: int = _setting(
        "NI_BYOK_FEE_PERCENT",
        "5",
        "Routing fee on calls with an account's own credential, in percent of the list price.",
        fraction,
    )
    prepaid: bool = _setting(
        "NI_PREPAID", "off", "`on` refuses calls that an account's balance does not cover.", switch
    )
    usage_retention_days: int = _setting(
        "NI_USAGE_RETENTION_DAYS",
        "0",
        "Days for which usage rows are kept; 0 keeps them for ever. Daily totals are always kept.",
        count(0, 36500),
    )
    labels: str = _setting(
        "NI_USAGE_LABELS",
        "hashed",
        "How the user and the tag that a client names are kept with usage rows: `hashed` with a secret of the account, "
        "or `plain`.",
        choice("hashed", "plain"),
    )
    metrics_token: Secret = _setting(  # noqa: RUF009 - it only makes a field
        "NI_METRICS_TOKEN",
        "",
        "Bearer token for `/metrics`; empty shows it to this machine only, and to nobody where a proxy stands in front "
        "(`NI_PUBLIC_URL` is https, or `NI_BIND` a Unix socket).",
        Secret,
    )
    custody_origin: str = _setting(
        "NI_CUSTODY_ORIGIN",
        "",
        "Name of the custody log, decided once, when it begins; empty means the host of "
        "`NI_PUBLIC_URL`, `/custody/` and the year.",
        word,
    )
    custody_anchors: tuple[str, ...] = _setting(
        "NI_CUSTODY_ANCHORS",
        "",
        "Where checkpoints are published beside the folder `checkpoints` in `NI_HOME`, "
        "separated by commas: `s3://BUCKET/PREFIX`, `git:/PATH`, `witness:KEY@https://HOST/PATH`.",
        words,
    )
    pepper_file: Path | None = _setting(  # noqa: RUF009 - it only makes a field
        "NI_PEPPER_FILE",
        "",
        "A mounted file that becomes `secrets/pepper` in `NI_HOME`, where that is empty at a start.",
        optional_file,
    )
    master_file: Path | None = _setting(  # noqa: RUF009 - it only makes a field
        "NI_MASTER_FILE", "", "The same for `secrets/master`.", optional_file
    )
    custody_seed_file: Path | None = _setting(  # noqa: RUF009 - it only makes a field
        "NI_CUSTODY_SEED_FILE", "", "The same for `secrets/custody.seed`.", optional_file
    )
    oidc_issuer: str = _setting(
        "NI_OIDC_ISSUER",
        "",
        "Issuer of the OpenID Connect provider that signs people in to the portal, exactly as its discovery document "
        "writes it; empty means passwords alone.",
        full_url,
    )
    oidc_client_id: str = _setting(
        "NI_OIDC_CLIENT_ID", "", "Client ID of this instance at the provider.", word
    )
    oidc_client_secret: Secret = _setting(  # noqa: RUF009 - it only makes a field
        "NI_OIDC_CLIENT_SECRET", "", "Client secret at the provider; empty for a public client.", Secret
    )
    oidc_scopes: tuple[str, ...] = _setting(
        "NI_OIDC_SCOPES",
        "openid,email,profile,offline_access",
        "Scopes that are asked for, separated by commas. With `offline_access` the provider gives a refresh token, so "
        "that who is removed there is out here within a minute.",
        words,
    )
    oidc_groups_claim: str = _setting(
        "NI_OIDC_GROUPS_CLAIM",
        "groups",
        "Claim that lists a person's groups, by name or by path (`realm_access.roles`).",
        str,
    )
    oidc_name: str = _setting("NI_OIDC_NAME", "", "What people call the provider; the button says it.", str)
    operators_only: bool = _setting(
        "NI_PASSWORD_SIGN_IN",
        "everyone",
        "Whom a password lets into the portal: `everyone` who has one, or `operators` alone, so that there is a way in "
        "when the provider is down.",
        lambda text: choice("everyone", "operators")(text) == "operators",
    )
    otel: bool = _setting(
        "NI_OTEL",
        "off",
        "`on` sends traces and metrics to an OpenTelemetry collector, over OTLP/HTTP with protobuf. The `OTEL_` "
        "variables count then, and not before.",
        switch,
    )
    otel_propagate: bool = _setting(
        "NI_OTEL_PROPAGATE",
        "off",
        "`on` sends the trace context to providers too (`traceparent`, and the client's `tracestate`), by which they "
        "can tell which calls belong together.",
        switch,
    )
    otel_endpoint: str = _setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "http://localhost:4318",
        "Address of the collector, to which `/v1/traces` and `/v1/metrics` are added. A private one needs "
        "`NI_PRIVATE_NETWORKS`; plain http is for those alone.",
        word,
    )
    otel_protocol: str = _setting(
        "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "The one protocol that is spoken.", word
    )
    otel_headers: Secret = _setting(  # noqa: RUF009 - it only makes a field
        "OTEL_EXPORTER_OTLP_HEADERS",
        "",
        "Headers for the collector, such as its key: `name=value`, separated by commas, percent-encoded.",
        Secret,
    )
    otel_service: str = _setting(
        "OTEL_SERVICE_NAME", "", "Name of this service; empty means `northern-inference`.", word
    )
    otel_attributes: str = _setting(
        "OTEL_RESOURCE_ATTRIBUTES",
        "",
        "What else is said of this service: `name=value`, separated by commas, percent-encoded.",
        word,
    )
    otel_sampler: str = _setting(
        "OTEL_TRACES_SAMPLER",
        "parentbased_always_on",
        "Which calls are traced: `always_on`, `always_off`, `traceidratio`, or one of these after `parentbased_`, "
        "which does as the client's `traceparent` says where there is one.",
        word,
    )
    otel_sampler_arg: str = _setting(
        "OTEL_TRACES_SAMPLER_ARG", "", "The share for `traceidratio`, from 0 to 1; empty means 1.", word
    )
    otel_interval: str = _setting(
        "OTEL_METRIC_EXPORT_INTERVAL", "60000", "Milliseconds between two exports of the metrics.", word
    )
    log_level: str = _setting(
        "NI_LOG_LEVEL", "info", "Least severity of log lines.", choice("debug", "info", "warning", "error")
    )
    named: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables, with the values of those that stand in files."""
    given: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables as they were given: what another process of ours is started with."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings in `environ`, where an empty value means the default. Raises `SettingsError`."""
        given, environ = environ, filled(environ, _of_files(cls))
        values: dict[str, Any] = {}
        for entry in fields(cls):
            if "name" not in entry.metadata:
                continue
            text = environ.get(entry.metadata["name"], "").strip() or entry.metadata["default"]
            try:
                values[entry.name] = entry.metadata["read"](text)
            except ValueError as fault:
                raise SettingsError(entry.metadata["name"], str(fault)) from None
        settings = cls(**_completed(values), named=environ, given=given)
        refuse_unsafe(settings)
        return settings

    @classmethod
    def load(cls, over: Mapping[str, str] | None = None) -> "Settings":
        """The settings in this process's environment, where those of `over` count first. Raises `SettingsError`."""
        return cls.from_environ({**os.environ, **(over or {})})

    @property
    def shared_numbers(self) -> Path | None:
        """The folder in which several workers keep their metrics; None for a single worker."""
        return self.home / "numbers" if self.workers > 1 else None

    @property
    def direct(self) -> bool:
        """Whether clients reach the server without a proxy: it is bound to, and published on, loopback only."""
        tcp = not self.bind.startswith("unix:")
        return tcp and not self.trusted_proxies and is_loopback(self.public_url.removeprefix("http://"))

    def lookup(self, name: str) -> Secret | None:
        """The value of a variable that the catalog names, e.g. `OPENAI_API_KEY`; None if it is unset or empty.

        It may stand in the file that `OPENAI_API_KEY_FILE` names. Raises `SettingsError` if that cannot be read.
        """
        text = self.named.get(name, "").strip() or written(self.named, name)
        return Secret(text) if text else None


def _completed(values: dict[str, Any]) -> dict[str, Any]:
    """`values` with the defaults that depend on other settings filled in."""
    database_url = values["database_url"] or f"sqlite:///{values['home'] / 'ni.db'}"
    public_url = values["public_url"]
    if not public_url and not values["bind"].startswith("unix:"):
        host, _, port = values["bind"].rpartition(":")
        if values["tls_cert"]:
            public_url = f"https://{platform.node() if host in EVERYWHERE else host}:{port}"
        else:
            public_url = f"http://{host}:{port}"
    return {**values, "database_url": database_url, "public_url": public_url}


def _of_files(kind: type[Settings]) -> list[str]:
    """The variables whose values may stand in files: secrets, the database's URL, and what providers need."""
    own = [entry.metadata["name"] for entry in fields(kind) if entry.metadata.get("read") is Secret]
    theirs = [setting.name for provider in PROVIDERS.values() for setting in provider.settings]
    return ["NI_DATABASE_URL", *own, *theirs]


def unknown(settings: Settings) -> list[str]:
    """Variables that look like settings of ours and are none: misspelt, or of another version."""
    own = {entry.metadata["name"] for entry in fields(Settings) if "name" in entry.metadata}
    known = own | {setting.name for provider in PROVIDERS.values() for setting in provider.settings}
    named = (name for name, value in settings.named.items() if name.startswith("NI_") and value)
    return sorted(name for name in named if name not in known and name.removesuffix(ENDING) not in known)

"""Combinations of settings that refuse the start: they would send keys and prompts without TLS, or cannot work."""

from typing import TYPE_CHECKING

from ni.settings.values import SettingsError, is_loopback, is_mail_server

if TYPE_CHECKING:
    from ni.settings import Settings

MOST_ON_SQLITE = 4
SELF_SIGNED = "self-signed"


def _refuse_half_tls(settings: "Settings") -> None:
    """Raise `SettingsError` for a certificate without its key, or TLS where nothing listens on a port."""
    if settings.tls_cert and settings.bind.startswith("unix:"):
        raise SettingsError("NI_TLS_CERT", "is for an address and a port; leave it out with a Unix socket")
    if settings.tls_cert and settings.public_url.startswith("http://"):
        raise SettingsError("NI_PUBLIC_URL", "is plain http, and NI_TLS_CERT serves https; write https://...")
    if settings.tls_key and settings.tls_cert in ("", SELF_SIGNED):
        raise SettingsError("NI_TLS_KEY", "is set without the certificate; name its file in NI_TLS_CERT")
    if settings.tls_cert not in ("", SELF_SIGNED) and not settings.tls_key:
        raise SettingsError("NI_TLS_KEY", "is missing; name the file of the key of NI_TLS_CERT")


def _refuse_half_oidc(settings: "Settings") -> None:
    """Raise `SettingsError` for an issuer without a client, or a client without an issuer."""
    if settings.oidc_issuer and not settings.oidc_client_id:
        raise SettingsError("NI_OIDC_CLIENT_ID", "is missing; write the client ID that the provider gave")
    if settings.oidc_client_id and not settings.oidc_issuer:
        raise SettingsError("NI_OIDC_ISSUER", "is missing; write the issuer of the provider")
    if settings.oidc_issuer and "openid" not in settings.oidc_scopes:
        raise SettingsError(
            "NI_OIDC_SCOPES", "leaves out `openid`, without which nobody is signed in; add it"
        )


def _refuse_half_mail(settings: "Settings") -> None:
    """Raise `SettingsError` for a mail server that is none, or without an address that mail comes from."""
    if settings.smtp_url and not is_mail_server(settings.smtp_url.reveal()):
        raise SettingsError(
            "NI_SMTP_URL", "is no mail server; write smtp://user:password@host:port, or smtps://"
        )
    if settings.smtp_url and "@" not in settings.mail_from:
        raise SettingsError("NI_MAIL_FROM", "is missing; write the address that mail of alerts comes from")


def refuse_unsafe(settings: "Settings") -> None:
    """Raise `SettingsError` for combinations that would send keys and prompts without TLS or overload SQLite."""
    _refuse_half_tls(settings)
    _refuse_half_oidc(settings)
    _refuse_half_mail(settings)
    secure = settings.public_url.startswith("https://")
    if not settings.public_url:
        raise SettingsError(
            "NI_PUBLIC_URL", "is needed when NI_BIND is a Unix socket; write the address people use"
        )
    if not secure and not is_loopback(settings.bind):
        raise SettingsError(
            "NI_BIND",
            f"is {settings.bind}, which other machines can reach without TLS; put a TLS "
            "proxy in front and set NI_PUBLIC_URL=https://..., or write 127.0.0.1:8000",
        )
    if not secure and not is_loopback(settings.public_url.removeprefix("http://")):
        raise SettingsError(
            "NI_PUBLIC_URL", "is plain http on a name that is not this machine; write https://..."
        )
    backend = settings.database_url.partition(":")[0].partition("+")[0]
    if backend not in ("sqlite", "postgresql"):
        raise SettingsError(
            "NI_DATABASE_URL",
            "is neither SQLite nor PostgreSQL; "
            "write postgresql+psycopg://user@host/name, or leave it empty for SQLite",
        )
    if settings.workers > MOST_ON_SQLITE and backend == "sqlite":
        raise SettingsError(
            "NI_WORKERS",
            f"is more than {MOST_ON_SQLITE} on SQLite, whose processes take turns to write; "
            f"write at most {MOST_ON_SQLITE}, or set NI_DATABASE_URL to a PostgreSQL database",
        )

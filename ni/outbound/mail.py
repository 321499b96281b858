"""Mail over the operator's SMTP server (RFC 5321), named by a URL as `smtp://user:password@mail.example.ca:587`.

The server's name is resolved and vetted as that of any upstream. With `smtp` the connection is upgraded by STARTTLS
(RFC 3207), which only a server in the operator's own networks may lack; with `smtps` it is TLS from its first byte
(RFC 8314). Certificates are verified by name.
"""

import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from ni.domain.secret import Secret
from ni.outbound.addresses import Origin, is_private
from ni.outbound.connection import Connector
from ni.outbound.errors import OutboundFault

TIMEOUT_S = 10.0
PORTS = {"smtp": 587, "smtps": 465}


class MailFault(Exception):
    """Why a mail was not taken, in a few words."""


class MailServerAway(MailFault):
    """The server could not be used; the words, which may name it and its address, are for operators."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server with its credentials, and the address that mail comes from."""

    url: Secret
    sender: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of plain text to one address."""

    to: str
    subject: str
    text: str


class _VettedSMTP(smtplib.SMTP):
    """Connects to an address that was vetted, and verifies the certificate by the server's name."""

    def __init__(self, name: str, address: str, tls: ssl.SSLContext | None) -> None:
        self.address = address
        self._implicit = tls
        super().__init__(timeout=TIMEOUT_S, local_hostname="northern-inference")
        self._host = name  # `starttls` verifies by it

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = socket.create_connection((self.address, port), timeout)
        return self._implicit.wrap_socket(sock, server_hostname=host) if self._implicit else sock


def send_mail(connector: Connector, server: MailServer, mail: Mail) -> None:
    """Send one message. Raises `MailFault`."""
    message = EmailMessage()
    try:
        message["From"], message["To"], message["Subject"] = server.sender, mail.to, mail.subject
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834
        message.set_content(mail.text)
        _send(connector, server, message)
    except OutboundFault as fault:
        raise MailServerAway(str(fault)) from fault
    except smtplib.SMTPResponseException as fault:
        raise MailFault(f"the mail server answered {fault.smtp_code}") from fault
    except smtplib.SMTPRecipientsRefused as fault:
        raise MailFault("the mail server refused the address") from fault
    except (smtplib.SMTPException, OSError, ValueError) as fault:
        raise MailServerAway(f"the mail server could not be used: {type(fault).__name__}") from fault


def _send(connector: Connector, server: MailServer, message: EmailMessage) -> None:
    parts = urlsplit(server.url.reveal())
    host, implicit = parts.hostname or "", parts.scheme == "smtps"
    port = parts.port or PORTS[parts.scheme]
    addresses = connector.look_up(Origin(parts.scheme, host, port))
    tls = connector.make_tls()
    tls.set_alpn_protocols([])  # that of HTTP was set
    with _connected(host, port, addresses, tls if implicit else None) as smtp:
        smtp.ehlo_or_helo_if_needed()
        if not implicit:
            _upgrade(smtp, tls, is_private(ip_address(smtp.address), connector.private))
        if parts.username:
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
        smtp.send_message(message)


def _connected(host: str, port: int, addresses: Sequence[str], tls: ssl.SSLContext | None) -> _VettedSMTP:
    """A session with the first address that answers. Raises `OSError`, `SMTPException`."""
    fault: Exception = OSError("no address")
    for address in addresses:
        smtp = _VettedSMTP(host, address, tls)
        try:
            code, _ = smtp.connect(host, port)
        except OSError as failure:
            fault = failure
            continue
        if code != 220:
            smtp.close()
            raise smtplib.SMTPConnectError(code, b"")
        return smtp
    raise fault


def _upgrade(smtp: smtplib.SMTP, tls: ssl.SSLContext, private: bool) -> None:
    if smtp.has_extn("starttls"):
        smtp.starttls(context=tls)
        smtp.ehlo()
    elif not private:
        raise MailFault("the mail server offers no STARTTLS")

"""Mail over a real SMTP server: STARTTLS and TLS by name, credentials, refusals, and nothing sent in the clear."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from ni.domain.secret import Secret
from ni.outbound.addresses import parse_networks
from ni.outbound.connection import Connector
from ni.outbound.mail import Mail, MailFault, MailServer, _upgrade, send_mail
from tests.fakes.certificates import NAME
from tests.fakes.doors import HandClock, loopback
from tests.running import free_port

MAIL = Mail(
    "ops@example.ca", "Northern Inference: alert", "Budget of the month: 80% is spent.\n\nÇa dépasse.\n"
)


class Inbox:
    """Keeps what arrives; refuses mail to `nobody@`."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.sessions: list[Session] = []

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: object, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such address"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        self.sessions.append(session)
        content = envelope.content
        assert isinstance(content, bytes)
        self.messages.append(message_from_bytes(content, policy=policy.default))
        return "250 taken"


def authenticate(*arguments: object) -> AuthResult:
    given = arguments[-1]
    assert isinstance(given, LoginPassword)
    return AuthResult(success=given == LoginPassword(b"ni", b"p@ss"))


@contextmanager
def serving(**options: Any) -> Iterator[tuple[Inbox, int]]:
    inbox, port = Inbox(), free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield inbox, port
    finally:
        controller.stop()


@pytest.fixture
def tls(identity: tuple[Path, str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity[0])
    return context


@pytest.fixture
def trusting(identity: tuple[Path, str]) -> Callable[[], ssl.SSLContext]:
    return lambda: ssl.create_default_context(cafile=identity[0])


def connector(
    make_tls: Callable[[], ssl.SSLContext] = ssl.create_default_context, private: str = "127.0.0.0/8"
) -> Connector:
    return Connector(parse_networks(private), loopback, HandClock(), 2.0, make_tls)


def server(port: int, scheme: str = "smtp", login: str = "", name: str = NAME) -> MailServer:
    return MailServer(Secret(f"{scheme}://{login}{name}:{port}"), "gateway@example.ca")


def test_mail_arrives_as_it_was_written() -> None:
    with serving() as (inbox, port):
        send_mail(connector(), server(port), MAIL)
    (message,) = inbox.messages
    assert (message["From"], message["To"], message["Subject"]) == (
        "gateway@example.ca",
        MAIL.to,
        MAIL.subject,
    )
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == MAIL.text


def test_a_connection_is_upgraded_and_credentials_go_through_it_alone(
    tls: ssl.SSLContext, trusting: Callable[[], ssl.SSLContext]
) -> None:
    guarded = {
        "tls_context": tls,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": authenticate,
    }
    with serving(**guarded) as (inbox, port):
        send_mail(connector(trusting), server(port, login="ni:p%40ss@"), MAIL)
        with pytest.raises(MailFault):
            send_mail(connector(trusting), server(port, login="ni:wrong@"), MAIL)
    (session,) = inbox.sessions
    assert session.ssl is not None


class ImplicitTls(Controller):
    """A server whose connections are TLS from their first byte; the library's own trial connection is plain."""

    def _trigger_server(self) -> None:
        """Connect as a client would, by TLS and without looking at the certificate."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection((self.hostname, self.port), 5) as plain,
            context.wrap_socket(plain) as sock,
        ):
            sock.recv(1024)


def test_tls_from_the_first_byte(tls: ssl.SSLContext, trusting: Callable[[], ssl.SSLContext]) -> None:
    inbox, port = Inbox(), free_port()
    controller = ImplicitTls(inbox, hostname="127.0.0.1", port=port, ssl_context=tls)
    controller.start()
    try:
        send_mail(connector(trusting), server(port, "smtps"), MAIL)
        with pytest.raises(MailFault):
            send_mail(connector(trusting), server(port, "smtps", name="other.test"), MAIL)
    finally:
        controller.stop()
    assert len(inbox.messages) == 1


@pytest.mark.parametrize("name", ["other.test", "upstream.test.evil.test"])
def test_a_certificate_for_another_name_is_refused(
    tls: ssl.SSLContext, trusting: Callable[[], ssl.SSLContext], name: str
) -> None:
    with serving(tls_context=tls) as (inbox, port), pytest.raises(MailFault):
        send_mail(connector(trusting), server(port, name=name), MAIL)
    assert inbox.messages == []


def test_a_server_outside_without_starttls_gets_no_mail() -> None:
    class Plain:
        def has_extn(self, name: str) -> bool:
            return False

    with pytest.raises(MailFault, match="STARTTLS"):
        _upgrade(Plain(), ssl.create_default_context(), private=False)  # type: ignore[arg-type]


def test_a_private_address_that_was_not_opened_is_not_connected_to() -> None:
    with serving() as (inbox, port), pytest.raises(MailFault, match="not a public address"):
        send_mail(connector(private=""), server(port), MAIL)
    assert inbox.messages == []


def test_an_address_that_the_server_refuses_is_a_fault_in_few_words() -> None:
    with serving() as (_, port), pytest.raises(MailFault, match="refused the address"):
        send_mail(connector(), server(port), Mail("nobody@example.ca", "x", "y"))


def test_a_header_cannot_be_injected() -> None:
    with serving() as (inbox, port), pytest.raises(MailFault):
        send_mail(connector(), server(port), Mail("a@example.ca\r\nBcc: b@example.ca", "x", "y"))
    assert inbox.messages == []


def test_a_server_that_is_away_is_a_fault() -> None:
    with pytest.raises(MailFault):
        send_mail(connector(), server(free_port()), MAIL)

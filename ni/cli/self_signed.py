"""Certificates of `ni serve` without a proxy: a self-signed one that is made in `NI_HOME`, or the operator's files.

Programs accept a self-signed certificate only where they are told to; it is for a trial, not for Cursor, whose own
servers make the call.
"""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ni.cli.context import CliError
from ni.settings.secret_files import write_private

DAYS = 397
"""The longest that browsers accept."""
LEAST_LEFT = timedelta(days=14)


def self_signed(folder: Path, public_url: str) -> tuple[Path, Path]:
    """The files of certificate and key for the host of `public_url`, made anew if absent, for another host or old."""
    host = urlsplit(public_url).hostname or "localhost"
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not (key.is_file() and certificate.is_file() and _fits(certificate, host)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = ec.generate_private_key(ec.SECP256R1())
        pem, clear = serialization.Encoding.PEM, serialization.NoEncryption()
        write_private(key, secret.private_bytes(pem, serialization.PrivateFormat.PKCS8, clear))
        write_private(certificate, _certificate(secret, host).public_bytes(pem))
    return certificate, key


def require_pair(certificate: Path, key: Path) -> None:
    """Raises `CliError` unless the files are a certificate and its key."""
    for path in (certificate, key):
        if not path.is_file():
            raise CliError(f"There is no file {path}; name the certificate's and the key's files.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as fault:
        raise CliError(
            f"{certificate} and {key} are no certificate and key that fit ({fault.strerror or fault}); both are PEM."
        ) from None


def _fits(certificate: Path, host: str) -> bool:
    try:
        made = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return _name(host) in list(names) and made.not_valid_after_utc - LEAST_LEFT > datetime.now(UTC)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _certificate(secret: ec.EllipticCurvePrivateKey, host: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Northern Inference")])
    now = datetime.now(UTC)
    names = {_name(host), _name("localhost"), _name("127.0.0.1")}
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(sorted(names, key=str)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(secret, hashes.SHA256())
    )

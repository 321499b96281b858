"""Credentials that accounts bring: sealed to their place, never shown again, never another account's."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
import sqlalchemy as sa

from ni.access.credentials import CredentialKeys, Credentials
from ni.access.encryption import Binding, Cipher, DecryptionFailed, Encrypted
from ni.access.key_spec import ALL_TIERS, KeySpec
from ni.access.refusals import Refused
from ni.domain.errors import CredentialRefused, UpstreamBusy
from ni.domain.secret import Secret
from ni.store.tables.access import credentials as table
from tests.cast import Cast

KEY = "sk-canary-0123456789abcdefWXYZ"
AZURE = {"api_key": Secret("azure-canary-0123456789"), "endpoint": Secret("https://north.openai.azure.com")}

AWS = {"access_key_id": Secret("AKIA" + "Q" * 16), "secret_access_key": Secret("a+/9" * 10)}


def google_key(**changed: str) -> Secret:
    """The key file of a service account."""
    key = {
        "type": "service_account",
        "client_email": "ni@my-project-1.iam.gserviceaccount.com",
        "private_key": "-----BEGIN PRIVATE KEY-----",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return Secret(json.dumps(key | changed))


@pytest.mark.parametrize(
    ("provider", "given"),
    [
        ("openai", {"api_key": Secret(f" {KEY}\n")}),
        ("azure", AZURE | {"api_version": Secret("2025-04-01-preview")}),
        ("bedrock", AWS | {"session_token": Secret("IQoJb3JpZ2luX2VjE//8=" * 20)}),
        ("vertex_ai", {"service_account": google_key(), "project": Secret("my-project-1")}),
    ],
)
def test_what_has_the_form_of_a_credential_is_stored(
    cast: Cast, stored: Credentials, provider: str, given: dict[str, Secret]
) -> None:
    stored.store(cast.alices, provider, given)
    assert set(stored.of(cast.alices, provider)) == set(given)


@pytest.fixture
def stored(cast: Cast) -> Credentials:
    return Credentials(cast.access.base, CredentialKeys(lambda version: bytes([version]) * 32, bytes(32)))


def revealed(fields: Mapping[str, Secret]) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in fields.items()}


def test_the_line_gets_the_fields_and_people_the_last_four(cast: Cast, stored: Credentials) -> None:
    made = stored.store(cast.alices, "openai", {"api_key": Secret(KEY)}, "alice")
    assert revealed(stored.of(cast.alices, "openai")) == {"api_key": KEY}
    assert stored.list(cast.alices) == (made,)
    assert made.last4 == "WXYZ"
    assert KEY not in repr(made)


def test_another_account_finds_nothing(cast: Cast, stored: Credentials) -> None:
    stored.store(cast.alices, "openai", {"api_key": Secret(KEY)})
    assert stored.of(cast.charlies, "openai") == {}
    assert stored.list(cast.charlies) == ()
    assert not stored.remove(cast.charlies, "openai")
    assert stored.of(cast.alices, "openai")


def test_no_part_of_a_secret_is_in_the_database(cast: Cast, stored: Credentials) -> None:
    stored.store(cast.alices, "openai", {"api_key": Secret(KEY)})
    with cast.access.database.read() as connection:
        row = connection.execute(sa.select(table)).one()
    written = b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    assert KEY[:12].encode() not in written
    assert KEY[-12:].encode() not in written


@pytest.mark.parametrize("moved", ["account_id", "provider", "id"])
def test_a_row_that_was_moved_does_not_open_and_nothing_stands_in(
    cast: Cast, stored: Credentials, moved: str
) -> None:
    stored.store(cast.alices, "openai", {"api_key": Secret(KEY)})
    to = {"account_id": cast.charlies, "provider": "anthropic", "id": "cred_other"}
    with cast.access.database.engine.begin() as connection:
        connection.execute(table.update().values({moved: to[moved]}))
    account = cast.charlies if moved == "account_id" else cast.alices
    with pytest.raises(CredentialRefused):
        stored.of(account, "anthropic" if moved == "provider" else "openai")


def test_every_altered_byte_is_noticed() -> None:
    cipher = Cipher(lambda version: bytes([version]) * 32, bytes)
    place = Binding("acc", "openai", "cred")
    sealed = cipher.encrypt(place, b"secret")
    for at in range(len(sealed.octets)):
        octets = bytearray(sealed.octets)
        octets[at] ^= 1
        with pytest.raises(DecryptionFailed):
            cipher.decrypt(place, Encrypted(sealed.nonce, bytes(octets)))
    with pytest.raises(DecryptionFailed):
        cipher.decrypt(replace(place, key_version=2), sealed)


def test_a_new_address_needs_the_secret_again(cast: Cast, stored: Credentials) -> None:
    stored.store(cast.alices, "azure", AZURE)
    with pytest.raises(Refused) as refusal:
        stored.store(cast.alices, "azure", {"endpoint": Secret("https://evil.example.com")})
    assert refusal.value.field == "api_key"
    assert stored.list(cast.alices)[0].shown == {"endpoint": "https://north.openai.azure.com"}


@pytest.mark.parametrize(
    ("provider", "given", "field"),
    [
        ("sandbox", {}, "provider"),
        ("openai", {}, "api_key"),
        ("openai", {"api_key": Secret(" ")}, "api_key"),
        ("openai", {"api_key": Secret("sk\x00")}, "api_key"),
        ("openai", {"api_key": Secret("not a key with spaces")}, "api_key"),
        ("anthropic", {"api_key": Secret("clé-d’accès-0123456789")}, "api_key"),
        ("openai", {"api_key": Secret("k"), "base_url": Secret("https://example.com")}, "base_url"),
        ("azure", AZURE | {"endpoint": Secret("http://north.openai.azure.com")}, "endpoint"),
        ("azure", AZURE | {"endpoint": Secret("https://u:p@north.openai.azure.com")}, "endpoint"),
        ("azure", AZURE | {"endpoint": Secret("https://north.example.com")}, "endpoint"),
        ("azure", AZURE | {"endpoint": Secret("https://openai.azure.com.example.com")}, "endpoint"),
        ("azure", AZURE | {"endpoint": Secret("https://north.openai.azure.com:8443")}, "endpoint"),
        ("azure", AZURE | {"api_version": Secret("the newest one")}, "api_version"),
        ("bedrock", {"secret_access_key": Secret("s")}, "access_key_id"),
        ("bedrock", AWS | {"secret_access_key": Secret("too short")}, "secret_access_key"),
        ("bedrock", AWS | {"access_key_id": Secret("the id of my key")}, "access_key_id"),
        ("vertex_ai", {"service_account": Secret("a path/to/key.json")}, "service_account"),
        ("vertex_ai", {"service_account": Secret('{"type": "authorized_user"}')}, "service_account"),
        ("vertex_ai", {"service_account": google_key(private_key="")}, "service_account"),
        ("vertex_ai", {"service_account": google_key(token_uri="https://evil.example/t")}, "service_account"),
        ("vertex_ai", {"service_account": google_key(), "project": Secret("My Project")}, "project"),
    ],
)
def test_a_credential_that_cannot_be_one_is_refused_by_field(
    cast: Cast, stored: Credentials, provider: str, given: dict[str, Secret], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        stored.store(cast.alices, provider, given)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1\\.openai.azure.com", "https://127.0.0.1%2f.openai.azure.com",
        "https://x.openai.azure.com/../", "https://x..openai.azure.com", "https://-.openai.azure.com",
        "https://xn--a.openai.azure.com", "https://\u0445.openai.azure.com", "https://.openai.azure.com",
        "https://x_y.openai.azure.com", "https://x.openai.azure.com/%2e%2e/", "https://x.openai.azure.com/a?b",
    ],
)  # fmt: skip
def test_an_address_that_no_resource_has_is_refused(cast: Cast, stored: Credentials, address: str) -> None:
    with pytest.raises(Refused) as refusal:
        stored.store(cast.alices, "azure", AZURE | {"endpoint": Secret(address)})
    assert refusal.value.field == "endpoint"


def test_the_connection_is_tested_with_what_is_stored(cast: Cast, stored: Credentials) -> None:
    stored.store(cast.alices, "openai", {"api_key": Secret(KEY)})
    seen: list[dict[str, str]] = []

    def refuse(provider: str, fields: Mapping[str, Secret]) -> None:
        seen.append(revealed(fields))
        raise UpstreamBusy(provider=provider)

    assert stored.test(cast.alices, "openai", lambda provider, fields: None) is None
    assert isinstance(stored.test(cast.alices, "openai", refuse), UpstreamBusy)
    assert seen == [{"api_key": KEY}]
    with pytest.raises(KeyError):
        stored.test(cast.charlies, "openai", refuse)


@pytest.mark.parametrize("byok", [False, True])
def test_a_key_with_the_toggle_knows_its_accounts_providers(
    cast: Cast, stored: Credentials, byok: bool
) -> None:
    stored.store(cast.alices, "openai", {"api_key": Secret(KEY)})
    spec = KeySpec("k", ALL_TIERS, byok=byok)
    text = cast.access.keys_of(cast.alices).create(spec, "alice").text.reveal()
    assert cast.access.gate.authenticate(text).own_providers == (
        frozenset({"openai"}) if byok else frozenset()
    )

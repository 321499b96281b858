"""Secrets as programs, commands, configurations and people write them: values in carriers, and code that holds none."""

from itertools import product

import pytest

from ni.privacy.cache import FindingsCache
from ni.privacy.detect import Detector
from ni.privacy.names import NoNames
from ni.privacy.policy import Policy
from ni.privacy.scan import scanned
from ni.privacy.spans import Label

PASSWORDS = ("Chouette91", "Caribou$88", "m9#Kx2Lq8Zt")
LITERALS = (
    "define('DB_PASSWORD','{}')",
    'define( "DB_PASSWORD", "{}" );',
    'config.set("password", "{}")',
    'os.getenv("DB_PASSWORD", "{}")',
    'os.environ.setdefault("DB_PASSWORD", "{}")',
    'monkeypatch.setenv("API_SECRET", "{}")',
    "process.env.DB_PASSWORD || '{}'",
    "process.env.DB_PASSWORD ?? '{}'",
    "'password' => '{}',",
    "await page.fill('#password', '{}')",
    "cy.get('input[name=password]').type('{}')",
    'driver.find_element(By.ID, "password").send_keys("{}")',
    '["password", "{}"]',
    "('password', '{}')",
    '<property name="password" value="{}"/>',
    '<add key="SmtpPassword" value="{}" />',
    'password.set("{}")',
    'password: String::from("{}")',
    'auth=("lroy", "{}")',
    'mysqli_connect("localhost", "root", "{}")',
    'server.login("bot", "{}")',
)
SENTENCES = (
    "I set the admin password to {} but can't log in",
    "le mot de passe du wifi est {}",
    "the root password for db1 is {}.",
    "password of the staging box: {}",
    "password is: {}",
    'My password "{}" doesn\'t work',
    "The password was changed to {} yesterday",
    "his password ({}) is weak",
    "pw: {}",
    "ssh lroy@prod (pw {})",
    "use {} as the password",
    "username lroy password {}",
    "Passwort: {}",
    "senha: {}",
    "Contraseña: {}",
    "пароль: {}",
    "密码：{}",
    "パスワード: {}",
    'psk="{}"',
)
TALK = (
    "password: must contain eight characters",
    "Hash the password with SHA-256 and store it",
    "reset the password for user42 in db1",
    "the password for server01 is required",
    "passwords are stored in table users2",
    "The password expires in 2025-03-04",
    "Give the password to Service2",
    "The password (Argon2id) is safe",
    "Le mot de passe est obligatoire.",
    "passphrase: the words that you chose at the start",
    "pass user_id2 to the handler, not Object3D",
)
CODE = (
    'let password = std::env::var("DB_PASSWORD")?',
    'let api_key = env::var("OPENAI_API_KEY_2").unwrap();',
    "password: Faker::Internet.password",
    'password: String::from("x")',
    "let password = Zeroizing::new(rpassword::read_password()?);",
    "('password', 'required|min:8')",
    '"password", "VARCHAR(255)"',
    "$table->string('password', 60);",
    "form.add('password', 'password_field')",
    "page.fill('#password', '#confirm-2')",
    'os.getenv("DB_PASSWORD", "")',
    "process.env.API_TOKEN || 'your-token-1'",
    "password = bcrypt2(value)",
    "const password = process.env.DB_PASS2 || process.env.DB_PASS;",
)


def found(text: str) -> list[str]:
    spans = scanned(Detector(NoNames(), Policy(), FindingsCache()), b"key", text)
    return [text[span.start : span.end] for span in spans if span.label is Label.SECRET]


@pytest.mark.parametrize(("value", "carrier"), list(product(PASSWORDS, LITERALS)))
def test_a_literal_beside_a_key_that_names_a_secret_is_one(value: str, carrier: str) -> None:
    assert found(carrier.format(value)) == [value]


@pytest.mark.parametrize(("value", "carrier"), list(product(PASSWORDS, SENTENCES)))
def test_a_password_that_a_sentence_or_a_label_tells_is_one(value: str, carrier: str) -> None:
    assert found(carrier.format(value)) == [value]


def test_both_passwords_of_a_change_are_found() -> None:
    assert found("change my password from Chouette91 to Hibou2025!") == ["Chouette91", "Hibou2025!"]


@pytest.mark.parametrize("label", ["passphrase", "GPG passphrase", "password", "Mot de passe"])
def test_a_phrase_of_small_words_after_a_label_is_a_secret(label: str) -> None:
    assert found(f"{label}: correct horse battery staple") == ["correct horse battery staple"]


@pytest.mark.parametrize("text", CODE + TALK)
def test_a_call_a_path_a_rule_or_a_name_is_no_secret(text: str) -> None:
    assert found(text) == []

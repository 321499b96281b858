"""Secrets as programs, commands, configurations and people write them: values in carriers, and code that holds none."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.spans import Label
from tests.privacy.cast import answered, masked, sent

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
    "user admin pass {}",
    "user: lroy, pass: {}",
    "PASS {}",
    "pass {}",
)
COMMANDS = (
    "zip -P {} a.zip f",
    "gpg --batch --passphrase {} -c f",
    "ldapsearch -D cn=admin -w {}",
    "sqlcmd -S db -U sa -P {}",
    "smbclient //srv/share -U lroy%{}",
    "mongo -u app -p {}",
    "htpasswd -b f lroy {}",
    'chpasswd <<< "lroy:{}"',
    'echo "lroy:{}" | chpasswd',
    "net use Z: \\\\srv\\share /user:lroy {}",
    'echo "{}" | sudo -S apt update',
    'setx DB_PASSWORD "{}"',
    "ENV DB_PASSWORD {}",
    "requirepass {}",
    "WIFI:S:Maison;T:WPA;P:{};;",
    "snmp-server community {} RO",
    "username admin password 7 {}",
    "CREATE USER a IDENTIFIED BY '{}'",
    "ALTER USER app WITH PASSWORD '{}';",
    "openssl enc -aes-256-cbc -k {} -in a",
)
NO_PASSWORD = (
    "mysql -h db -P 3306 -u root -p shop1",
    "docker run -p 8080:80 nginx",
    "docker login -u x -p ${TOKEN2}",
    "openssl req -x509 -days 365 -nodes",
    "gpg --passphrase-file key1.txt",
    "zip -r a1.zip dir",
    "htpasswd -c -B .htpasswd lroy2",
    "hf_getModelNameFromTheHubRepositoryPath",
    "https://x.ca:8080/a@b",
)
TOKENS = (
    "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",
    "secret_Zk3Lm9Qw7Rt5Xy1Nb8Vc2Df6Gh4Jk0PsT3aQabCDefG",
    "$apr1$8Jk2Lm9Q$Rt5Xy1Nb8Vc2Df6Gh4Jk0P",
    "$1$mERr$hx5rVt7rPNoS4wqbXKX7m0",
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
    "pass Python3.11 to the runner",
    "PIN is 4 digits",
    "The PIN is 6 to 8 characters",
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
    "getByTestId('password', 'input1')",
    "fill('password', 'field-2b')",
    "'password' => 'UserController@show2'",
    "Route::post('/password', 'PasswordController@reset2');",
    "password: input2",
    "ENV PASS_THROUGH 1",
    "7z a -plugin1 x.7z",
    "const password = process.env.DB_PASS2 || process.env.DB_PASS;",
    "MLKEM1024P384PrivateKey = rust_openssl.hpke.MLKEM1024P384PrivateKey",
    "api_key = settings.providers.OpenAI2.key_v1",
)


def secrets_in(text: str) -> list[str]:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return [text[span.start : span.end] for span in spans if span.label is Label.SECRET]


@pytest.mark.parametrize(("value", "carrier"), list(product(PASSWORDS, LITERALS)))
def test_a_literal_beside_a_key_that_names_a_secret_is_one(value: str, carrier: str) -> None:
    assert secrets_in(carrier.format(value)) == [value]


@pytest.mark.parametrize(("value", "carrier"), list(product(PASSWORDS, SENTENCES)))
def test_a_password_that_a_sentence_or_a_label_tells_is_one(value: str, carrier: str) -> None:
    assert secrets_in(carrier.format(value)) == [value]


@pytest.mark.parametrize(("value", "carrier"), list(product(PASSWORDS, COMMANDS)))
def test_the_argument_that_a_command_takes_as_a_password_is_one(value: str, carrier: str) -> None:
    assert secrets_in(carrier.format(value)) == [value]


@pytest.mark.parametrize("carrier", ["{}", "lisa:{}", "enable {}", "key = '{}'", "({})"])
@pytest.mark.parametrize("token", TOKENS)
def test_a_token_proves_itself(token: str, carrier: str) -> None:
    assert secrets_in(carrier.format(token)) == [token]


@pytest.mark.parametrize("url", ["mongodb+srv://etl:{}@c0.mongodb.net/db", "postgres://app:{}@db:5432/x"])
@pytest.mark.parametrize("value", ["P@ssw0rd-Lx9", "p@ss9word", "ab@cd@ef", "Chouette91"])
def test_a_password_in_a_url_may_hold_at_signs(value: str, url: str) -> None:
    assert secrets_in(url.format(value)) == [value]


def test_a_key_beside_the_name_of_its_issuer_and_a_pair_of_oracle_are_found() -> None:
    assert secrets_in("here's my OpenAI key: Zk3Lm9Qw7Rt5Xy1Nb8Vc2Df6") == ["Zk3Lm9Qw7Rt5Xy1Nb8Vc2Df6"]
    assert secrets_in("jdbc:oracle:thin:scott/tiger9@//db:1521/XE") == ["tiger9"]


def test_both_passwords_of_a_change_are_found() -> None:
    assert secrets_in("change my password from Chouette91 to Hibou2025!") == ["Chouette91", "Hibou2025!"]


@pytest.mark.parametrize(
    "text",
    [
        "My debit card PIN is 4471, thanks",
        "Le NIP est 4471.",
        "Your verification code is 482917.",
        "CVV: 482",
    ],
)
def test_the_code_of_a_card_or_a_second_factor_is_found(text: str) -> None:
    assert secrets_in(text)[0] in text
    assert secrets_in(text)[0].isdigit()


def test_a_password_with_an_at_sign_is_told_from_the_method_of_a_route() -> None:
    assert secrets_in("define('DB_PASSWORD','Chouette@91')") == ["Chouette@91"]


@pytest.mark.parametrize("label", ["passphrase", "GPG passphrase", "password", "Mot de passe"])
def test_a_phrase_of_small_words_after_a_label_is_a_secret(label: str) -> None:
    assert secrets_in(f"{label}: correct horse battery staple") == ["correct horse battery staple"]


@pytest.mark.parametrize("text", CODE + TALK + NO_PASSWORD)
def test_a_call_a_path_a_rule_or_a_name_is_no_secret(text: str) -> None:
    assert secrets_in(text) == []


@pytest.mark.parametrize(
    "command", ["mysql -u root -p{} shop", "mysqldump -uroot -p{} shop", "7z a -p{} a.7z f"]
)
@pytest.mark.parametrize("value", ["Chouette91", "P@ss9word", "Caribou$88"])
def test_the_letter_of_a_flag_stays_and_the_password_comes_back(value: str, command: str) -> None:
    text = command.format(value)
    assert secrets_in(text) == [value]
    result = masked(text)
    assert value not in sent(result)
    assert answered(result, f"Run {sent(result)}") == f"Run {text}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("login: admin / Chouette#91", ["Chouette#91"]),
        ("Login with lroy and Chouette91x", ["Chouette91x"]),
        ("lroy@bell.net:Chouette91", ["Chouette91"]),
        ("lroy@bell.net / Chouette91", ["Chouette91"]),
        ('("lroy@bell.net", "Chouette91")', ["Chouette91"]),
        ("new PDO($dsn, 'root', 'Chouette91');", ["Chouette91"]),
        ("lroy@bell.net,Order#1234,paid", []),
        ('"lroy@bell.net", "H2X1Y4"', []),
        ("git@github.com:Org/Repo2024.git", []),
        ("scp lroy@host.acme.ca:/Data/Foo22 .", []),
        ("lroy@bell.net:8080", []),
    ],
)
def test_a_password_after_its_user_is_told_from_a_record_and_a_path(text: str, wanted: list[str]) -> None:
    assert secrets_in(text) == wanted

"""Passwords of letters alone, user information of any characters, and tokens of issuers: values in carriers.

A scrambled word (`ZkTUEyxxSXS`) tells itself from a name in code, which is made of words; a plain word is a password
only where nothing else can stand.
"""

import random
import string
from itertools import product

import pytest

from ni.privacy.recognisers.secret_values import is_scrambled
from tests.privacy.recognisers.test_secrets import secrets_in

SCRAMBLED = ("ZkTUEyxxSXS", "xKcDpLmQwErTyUiOp", "mODUyMEkLJIRkHLI")
SAID = (
    "PGPASSWORD={} psql",
    "export PGPASSWORD='{}'",
    "DB_PASSWORD={}",
    "SSHPASS={} sshpass -e ssh h",
    "password: {}",
    '"password": "{}"',
    "my password is {}",
    "le mot de passe est {}",
    "curl -u bob:{} http://x",
    "sshpass -p {} ssh h",
    "snmp-server community {} RO",
    'wpa-psk "{}"',
    "wpa-psk ascii 0 {}",
    "tool --secret={} --n 3",
    "tool --pass {}",
    "define('DB_PASSWORD', '{}');",
    "const password = '{}';",
    "postgres://app:{}@db/x",
    "snmpget -v2c -c {} 10.0.0.1",
)
WORDS = ("correcthorsebattery", "Ptarmigan", "hunter", "zhfkwpqmvnsl", "qwertyuiop")
BESIDE_WORDS = (
    "curl -u bob:{} http://x",
    "curl -s --user 'bob:{}' https://x/y",
    "PGPASSWORD={} psql -h db",
    "docker run -e MYSQL_ROOT_PASSWORD={} mysql",
    "sshpass -p {} ssh h",
    'psk="{}"',
)
URLS = (
    "postgres://u:{}@h/db",
    "redis://:{}@cache:6379/0",
    "DATABASE_URL=mysql+pymysql://root:{}@db:3306/x",
    "url: 'mongodb://app:{}@c0.example.net/db'",
)
OF_ANY_SIGNS = ("tR$vbQ!mZ", "a#b9Zk?q", "p/w%21x&y=z", "K*(1)~[x]", "é!ù$9x", "Hibou!+^|9")
NO_PASSWORD = (
    "password: string",
    "password: required",
    "password: <password>",
    "PASSWORD=changeme",
    "PGPASSWORD=$PG_PASS psql",
    "PGPASSWORD=yourpassword psql" if is_scrambled("yourpassword") else "password=your_password",
    "the password is wrong",
    "the password is required",
    "the password is sent by mail",
    "le mot de passe est refusé",
    "curl -u user:password http://x",
    "curl -u username:mypassword http://x",
    'curl -u "$USER:$TOKEN" http://x',
    "curl -u admin:changeme http://x",
    "curl https://x | docker run -u node:node img",
    "password: passwordSchema",
    "password: NewPasswordField",
    "token = CancellationToken",
    "secretKey: SecretKeySpec",
    "password = userPwdHash",
    "token: getCsrfToken",
    "tool --secret=true",
    "kubectl create --secret=db-credentials",
    "postgres://$USER:$PASS@db/x",
    "postgres://${U}:${P}@db/x",
    "http://localhost:8080/users/@me",
    "mongodb://h1:27017/db?x=a@b",
    "docker run -p 127.0.0.1:8080:80 nginx",
    "mkdir -p Build/Release64!",
    "npx -p typescript@5.4 tsc",
    "la réponse de sécurité est requise",
    "the secret answer is hashed",
)
_HEX, _ALNUM = "0123456789abcdef", string.ascii_letters + string.digits
ISSUED = (
    ("HRKU-", _HEX, 36, ""), ("CLOJARS_", _HEX, 60, ""), ("duffel_live_", _ALNUM, 43, ""),
    ("EZAK", _ALNUM, 54, ""), ("pnu_", _ALNUM, 36, ""), ("xkeysib-", _HEX, 64, "-Zk3Lm9Qw7Rt5Xy1N"),
    ("CFPAT-", _ALNUM, 43, ""), ("ops_eyJ", _ALNUM, 90, ""), ("LTAI", _ALNUM, 20, ""), ("fw_", _ALNUM, 24, ""),
    ("pcsk_", _ALNUM, 60, ""), ("tvly-", _ALNUM, 32, ""), ("apify_api_", _ALNUM, 36, ""), ("e2b_", _HEX, 40, ""),
    ("napi_", _HEX, 64, ""), ("sgp_", _HEX, 40, ""), ("hcaik_", _HEX, 58, ""), ("abc8Q~", _ALNUM, 34, ""),
    ("squ_", _HEX, 40, ""), ("bkua_", _HEX, 40, ""), ("CCIPAT_Zk3Lm9Qw7Rt5Xy1Nb8_", _HEX, 40, ""),
    ("rnd_", _ALNUM, 28, ""), ("nfp_", _ALNUM, 36, ""), ("dp.st.dev.", _ALNUM, 40, ""),
    ("pscale_tkn_", _ALNUM, 43, ""),
)  # fmt: skip
AROUND = ("{}", "TOKEN={}", "use {} there", '{{"k": "{}"}}', "x,{},y")


@pytest.mark.parametrize(("value", "place"), list(product(SCRAMBLED, SAID)))
def test_a_password_of_small_letters_and_capitals_is_found_behind_its_label(value: str, place: str) -> None:
    assert secrets_in(place.format(value)) == [value]


@pytest.mark.parametrize(("value", "place"), list(product(WORDS, BESIDE_WORDS)))
def test_a_word_is_a_password_where_nothing_else_can_stand(value: str, place: str) -> None:
    assert secrets_in(place.format(value)) == [value]


@pytest.mark.parametrize(("value", "place"), list(product(OF_ANY_SIGNS, URLS)))
def test_the_password_of_a_url_may_hold_any_sign(value: str, place: str) -> None:
    text = place.format(value)
    found = secrets_in(text)
    assert value in found or "".join(found) == value


@pytest.mark.parametrize(("issued", "around"), list(product(ISSUED, AROUND)))
def test_a_token_of_an_issuer_is_found_wherever_it_stands(
    issued: tuple[str, str, int, str], around: str
) -> None:
    prefix, alphabet, length, end = issued
    drawn = "".join(random.Random(prefix).choices(alphabet, k=length - 2))  # noqa: S311 - a made-up value
    value = f"{prefix}{drawn}7a{end}"
    assert secrets_in(around.format(value)) == [value]


@pytest.mark.parametrize("text", NO_PASSWORD)
def test_a_type_a_placeholder_and_what_is_said_of_passwords_stay(text: str) -> None:
    assert secrets_in(text) == []


def test_names_in_code_are_not_scrambled() -> None:
    names = (
        "getUserById HttpURLConnection XMLHttpRequest parseJSONBody MyVeryLongClassName isEnabledByDefault"
    )
    assert [name for name in names.split() if is_scrambled(name)] == []

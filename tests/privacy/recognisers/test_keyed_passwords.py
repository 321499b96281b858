"""Passwords made of words are found beside the keys, options and codes that announce them; names in code stay."""

from itertools import product

import pytest

from ni.privacy.recognisers.secret import find

HUMPS = ("kodiakIsland", "OwlRiverMoose", "saffronRose", "neigeEtVerglas")
PHRASES = ("oh canada 1867", "j'aime la tourtière 1998", "m0n p3tit s3cret")
WORDS = ("butterscotch", "citrouille")
CODES = ("48213", "7731")
QUOTED = (
    'smtp_password = "{}"', '{{"user": "ana", "Pass": "{}"}}', 'params => {{"pw"=>"{}"}}', "$conf['db_pass'] = \"{}\";",
    'DB_PASSWORD="{}"', 'const smtpPassword = "{}";', 'ansible_become_password="{}"',
)  # fmt: skip
WHOLE = (
    "REDIS_PASS={}", "web1 ansible_host=db ansible_ssh_pass={}", "user=a@b.ca pass={} ip=10.0.0.4",
    "first=Ana&pwd={}&city=Laval", "spring.datasource.password={}",
)  # fmt: skip
COMMANDS = (
    "mysql -h db -u app --password={} app < dump.sql", "mysql -u root -p{} app", "redis-cli -h cache -a {} ping",
    "openssl enc -aes-256-cbc -pass pass:{} -in a -out b", "openssl pkcs12 -in a.p12 -passin pass:{}",
    "echo '{}' | docker login -u ci --password-stdin", "htpasswd -b .htpasswd ana {}", "snmp_community: {}9",
    "CREATE USER ana IDENTIFIED BY '{}';",
    "create user ana identified by '{}';", "ALTER LOGIN ana WITH PASSWORD = '{}';",
)  # fmt: skip
KEYED_CODES = (
    'pager_pin = "{}"', '{{"adminPin": {}}}', "pin: {}", "the garage keypad is {}", "le cadenas c'est {}", "NIP={}",
)  # fmt: skip
CASES = (
    *product(HUMPS, QUOTED + WHOLE), *product(PHRASES, QUOTED), *product(WORDS, (QUOTED[0], QUOTED[2], *COMMANDS)),
    *product(CODES, KEYED_CODES),
)  # fmt: skip


def found(text: str) -> set[str]:
    return {text[span.start : span.end] for span in find(text)}


@pytest.mark.parametrize(("value", "place"), CASES)
def test_a_password_of_words_is_found_beside_what_announces_it(value: str, place: str) -> None:
    hidden = value + "9" if place.startswith("snmp") else value
    assert hidden in found(place.format(value))


@pytest.mark.parametrize(
    "text",
    [
        'password: "newPassword"', "password = formData",
        'user.password = "hashedValue"', 'type_password = "plaintext"',
        '{"password": "passwordField"}', 'password: "must be at least 8 characters"', 'Outcome.PASS = "passed"',
        'SHADOW_PASS = "shadowDepth"', 'label_password = "Kennwort"', "connect(u, password=dbParam)",
        'password="${DB_PASSWORD}"', "--password=<password>", "--password=$DB_PASSWORD",
        "openssl rsa -passin pass:$P",
        'echo "$TOKEN" | gh auth login --with-token', "mysql -uroot -p app < schema.sql", "IDENTIFIED BY 'password'",
        "Load the library identified by 'name'.",
        "led_pin = 13", "pin: requests 2.32", "pin the version 2024", "the keypad has 12 keys", "PASS=all",
        "CACHE_KEY=d41d8cd98f00b204e9800998ecf8427e", "admin/Index2View", "the key for the map is below the picture",
        'password = "Enter your new password 2"', '{"password": "Password 1"}', "pass=userInput next=1",
    ],
)  # fmt: skip
def test_names_in_code_and_texts_of_forms_are_no_passwords(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize("value", ["Lutin$1234", "xY7-4410-Qz", "Vk3!pQ92m"])
@pytest.mark.parametrize("place", ["Router: admin / {}", "temp code given {}", "temporary password is {}"])
def test_a_scrambled_code_behind_a_usual_user_or_word_is_found(value: str, place: str) -> None:
    assert value in found(place.format(value))


@pytest.mark.parametrize(
    "place", ["the deploy key for staging is {}", "la clé de test est {}", "TRAPLINE_KEY={}"]
)
def test_a_random_key_is_found_behind_a_sentence_that_names_it(place: str) -> None:
    key = "q7Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao0"
    assert found(place.format(key)) == {key}


def test_the_next_field_of_a_form_is_no_part_of_a_password() -> None:
    assert found("pwd=Arepas+Queso7&nas=046454286&adresse=12+rue+Fabre") == {"Arepas+Queso7"}

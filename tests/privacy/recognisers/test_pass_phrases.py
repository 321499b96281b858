"""Pass phrases and passwords of small letters are found behind a key for them; what is said of them stays."""

from itertools import product

import pytest

from ni.privacy.recognisers.secret import find

PHRASES = (
    "vieux moulin trois pommes 8", "chouette lapone endormie", "bienvenue chez nous 2026", "orange canot sans pagaie",
    "seven loons over the narrows", "tuque rouge sous la neige", "trois outardes au crepuscule",
    "l'hiver des renards bleus",
)  # fmt: skip
KEYS = (
    "password",
    "restic_password",
    "passphrase",
    "psk",
    "smtp_pass",
    "mot_de_passe",
    "wifi key",
    "Master password",
)
PLACES = (
    "{}: {}", "  {}: {}", "    - {}: {}", '{} = "{}"', "{} = '{}'", '"{}": "{}",', "{}: {} (ask Ana)",
    "- {}: {}\n- next: 1",
)  # fmt: skip
LETTERS = ("vjtqwkzmxhlpncdr", "hgrtwqplkmnbvcxz")
GROUPS = ("vjtq wkzm xhlp ncdr",)
PLACES_OF_LETTERS = ("smtp_pass: {}", "  imap-password:   {}", "app_secret: {}", "- token: {}")
PLACES_OF_GROUPS = ("app password: {}", 'smtp_password = "{}"', "mot de passe (Gmail): {}", "the pw is {} ok")


def found(text: str) -> set[str]:
    return {text[span.start : span.end] for span in find(text)}


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [*product(PLACES, KEYS, PHRASES)],
)
def test_a_phrase_is_found_that_is_the_value_of_a_key_for_passwords(place: str, key: str, value: str) -> None:
    assert found(place.format(key, value)) == {value}


@pytest.mark.parametrize(
    ("value", "place"), [*product(LETTERS, PLACES_OF_LETTERS), *product(GROUPS, PLACES_OF_GROUPS)]
)
def test_small_letters_that_are_no_words_are_found(value: str, place: str) -> None:
    assert found(place.format(value)) == {value}


@pytest.mark.parametrize(
    "said",
    [
        "must contain at least eight characters", "ask your manager for it", "voir le coffre du bureau",
        "same as last time", "in the shared vault", "mot de passe perdu", "is too short", "try again in five minutes",
        "le mot de passe actuel", "reset your password now", "optional passphrase for the key",
        "taken from the environment", "sent by text message yesterday", "found on the back of the router",
        "celui de la semaine passée", "affiché derrière le comptoir", "demandez au service informatique",
        "minimum de douze lettres", "provided during onboarding session", "encrypted before each write",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["password: {}", '  new_password: "{}"', "mot_de_passe = '{}'", "mdp : {}"])
def test_what_is_said_of_a_password_is_none(said: str, place: str) -> None:
    assert found(place.format(said)) == set()


@pytest.mark.parametrize(
    "code",
    [
        "token: undefinedvariable", "  user_password: passwordvalue", "pass: allgreensincemonday",
        "sort_key: descendingorder",
        "password -> hashed with bcrypt", "key: strengths and weaknesses", "the password of that old mail account",
    ],
)  # fmt: skip
def test_words_of_code_and_of_prose_are_no_phrases(code: str) -> None:
    assert found(code) == set()


HASHES = (
    "pbkdf2_sha256$600000${}", "('pbkdf2_sha256$600000${}')", "scrypt:32768:8:1${}", "pbkdf2:sha256:260000${}",
)  # fmt: skip


@pytest.mark.parametrize("carrier", HASHES)
@pytest.mark.parametrize("salt", ["bDryvzOSnwlc", "q8Zk"])
def test_the_salt_and_the_hash_that_frameworks_store_are_found(salt: str, carrier: str) -> None:
    value = f"{salt}$VWMoIiHpSyrSdDdlg5Z2CrXfKXGf9jTlqvmQ7aB9x2c"
    assert found(carrier.format(value)) == {value}


KEYS_OF_MACHINES = (
    "JWT_SIGNING_KEY:      {}", "vault unseal key 1: {}", "recovery key: {}",
    "algolia_admin_key = '{}'", '"masterKey": "{}"', "session_key: {}",
    'write_key = "{}"',
)  # fmt: skip


@pytest.mark.parametrize("carrier", KEYS_OF_MACHINES)
@pytest.mark.parametrize("value", ["3e3156f8e9925619c1df890456c4d4a8", "Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1A"])
def test_a_random_key_is_found_behind_the_name_of_its_use(value: str, carrier: str) -> None:
    assert found(carrier.format(value)) == {value}


@pytest.mark.parametrize(
    "carrier",
    ['  ~ password = "{}" -> "{}"', "~ master_password='{}' => '{}'", "password changed from {} to {}"],
)
def test_both_sides_of_a_change_are_found(carrier: str) -> None:
    old, new = "Lynx#Canada#88", "Pekan-Ungava-19!"
    assert found(carrier.format(old, new)) == {old, new}


@pytest.mark.parametrize(
    "carrier",
    [
        "The door code changes to {} on Monday.", "the gate code was changed to {}", "the alarm code is now {}",
        "Le code de la porte c'est {}?", "le code de la porte, c'est le {}.", "Le code d'entrée devient {}.",
        "Code porte: {}", "Her badge code was {}", "the building code is {}", "code de l'alarme changé pour {}",
    ],
)  # fmt: skip
def test_the_code_of_a_door_is_found_however_it_is_told(carrier: str) -> None:
    assert found(carrier.format("3391")) == {"3391"}


@pytest.mark.parametrize("key", ["QX4T9-88KLM-2PQ7Z-W0R5N", "AB12-CD34-EF56-GH78"])
@pytest.mark.parametrize(
    "carrier", ["product key {}", "License key: {}", "clé de licence : {}", "activation code is {}"]
)
def test_the_key_of_a_product_is_found(key: str, carrier: str) -> None:
    assert found(carrier.format(key)) == {key}


@pytest.mark.parametrize(
    "text",
    [
        "the exit code is now 3391", "The license key format is AAAA-BBBB-CCCC", "a door code is 4 digits",
        "Server host key: ssh-ed25519", "session key: AES-128", "SNMP community strings are sent in clear",
        "the primary key: orders_2024_q3_total", "wifi key rotation happens monthly",
    ],
)  # fmt: skip
def test_neighbours_of_codes_and_keys_are_none(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(
    "carrier", ["wifi WPA2 key {}", "wifi pw {} ok", "sudo pw {}", "SNMP community {}", "mdp {}"]
)
def test_a_word_with_a_number_is_found_right_behind_an_unmistakable_noun(carrier: str) -> None:
    assert found(carrier.format("caribou-forestier-12")) == {"caribou-forestier-12"}


@pytest.mark.parametrize("value", ["castor-et-caribou", "Haggis-n-Neeps", "lynx-lac-lune-loup"])
@pytest.mark.parametrize(
    "carrier",
    [
        "réseau Chalet, mot de passe {}",
        "the same password everywhere: {}",
        "The password is {}.",
        "mdp {} pour le wifi",
    ],
)
def test_words_that_hyphens_join_are_found_behind_a_password(value: str, carrier: str) -> None:
    assert found(carrier.format(value)) == {value}


@pytest.mark.parametrize(
    "text",
    [
        "The password cross-site-scripting test", "password: must-change-at-login", "un mot de passe tout-à-fait sûr",
        "password state-of-the-art hashing", "code=482913 items shipped", "sms queue length=482913",
        "otp disabled, exit code=1",
    ],
)  # fmt: skip
def test_words_with_hyphens_that_say_what_a_password_is_like_are_none(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize("carrier", ['msg="otp sent" user=a code={} ip=1', "sms delivered to x, code: {}"])
def test_a_code_in_the_log_of_its_sending_is_found(carrier: str) -> None:
    assert found(carrier.format("482913")) == {"482913"}


@pytest.mark.parametrize("first", "/gA")
@pytest.mark.parametrize(
    "carrier", ["AccountName=a;AccountKey={};x", "JWT_SIGNING_KEY={}", "SharedAccessKey={}"]
)
def test_a_key_in_base64_is_found_whatever_it_begins_with(first: str, carrier: str) -> None:
    key = first + "9XVVstRZ4U/ElkoAlsVeTMR76QyPXkI8gPlBvJqYse="
    assert found(carrier.format(key)) == {key}

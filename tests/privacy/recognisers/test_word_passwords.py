"""Passwords that are plain words are found where a label says so; what is said of passwords is none."""

from itertools import product

import pytest

from ni.privacy.recognisers.secret_words import find_words

WORDS = ("butterscotch", "citrouille", "Frontenac", "wolverine-lake")
PLACES = (
    "Password: {}", "the wifi password is {}", "mot de passe : {}", "mdp = {}", "Login: admin\nPassword: {}",
    "user: ana / pass: {}", 'ADMIN_PASSWORD={}', '{{"username": "admin", "password": "{}"}}', "Security answer: {}",
    "le mot de passe temporaire est {}, merci", "my password is {} and it fails", "* Mot de passe du wifi : {}",
    "ssid AcmeGuest, key {}",
)  # fmt: skip


@pytest.mark.parametrize(("word", "place"), list(product(WORDS, PLACES)))
def test_a_word_behind_a_label_for_passwords_is_a_secret(word: str, place: str) -> None:
    text = place.format(word)
    assert {text[span.start : span.end] for span in find_words(text)} == {word}


@pytest.mark.parametrize(
    "text",
    [
        "The password is required and must be at least eight characters.", "Password: required", "password: string",
        "the password is incorrect", "le mot de passe est invalide", "password = password", "    password: str",
        "password = form", "Password: TextField",
        '{"password": "string"}', '{"password": "Password"}', "Mot de passe oublié?",
        "PASSWORD=changeme", "default password: admin", "The password was changed yesterday.", "passwd: files systemd",
        "Password authentication is disabled.", "if password is None:", "- password: the user's password",
        "| password | string | yes |", "the password is stored", "le mot de passe est chiffré.", "password: ${SECRET}",
        "Mot de passe : obligatoire", "const password = generated;", "Changer le mot de passe",
    ],
)  # fmt: skip
def test_what_is_said_of_passwords_stays(text: str) -> None:
    assert list(find_words(text)) == []

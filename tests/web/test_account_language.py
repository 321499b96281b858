"""What the gateway says to programs is in the language that an account chose: errors, replies in chat, streams."""

from collections.abc import Iterator
from typing import Any

import pytest

from ni.access.accounts import DEFAULT, AccountSettings
from tests.assembled import ORIGIN, Assembled, assembled


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("home")) as instance:
        yield instance


def choose(instance: Assembled, language: str) -> None:
    account = instance.gateway.accounts.get(DEFAULT)
    assert account
    settings = AccountSettings(account.name, account.time_zone, account.commands, locale=language)
    instance.gateway.accounts.change(DEFAULT, settings)


def ask(instance: Assembled, text: str, model: str, **body: object) -> Any:
    sent = {"model": model, "messages": [{"role": "user", "content": text}], **body}
    path = "/v1/chat/completions"
    return instance.client.post(path, base_url=ORIGIN, json=sent, headers=instance.headers())


@pytest.mark.parametrize(
    ("language", "first", "closest"),
    [
        ("fr", "« no-such-model » n’est pas l’un des identifiants", "Comment choisir"),
        ("en", '"no-such-model" isn\'t one of the exact route ids', "How to choose:"),
        ("", '"no-such-model" isn\'t one of the exact route ids', "How to choose:"),
    ],
)
def test_a_reply_in_chat_is_in_the_account_s_language(
    instance: Assembled, language: str, first: str, closest: str
) -> None:
    choose(instance, language)
    said = ask(instance, "Hello", "no-such-model").json["choices"][0]["message"]["content"]
    assert said.replace("\u00a0", " ").startswith(first)
    assert closest in said


@pytest.mark.parametrize("stream", [False, True])
def test_commands_are_explained_in_french(instance: Assembled, stream: bool) -> None:
    choose(instance, "fr")
    assert "sans frais" in ask(instance, "ni-help", "sandbox/echo-local", stream=stream).text


def test_an_error_is_in_the_account_s_language_whatever_the_client_prefers(instance: Assembled) -> None:
    choose(instance, "fr")
    french = ask(instance, "Hello", "sandbox/echo-local", max_tokens="many").json["error"]["message"]
    choose(instance, "")
    english = ask(instance, "Hello", "sandbox/echo-local", max_tokens="many").json["error"]["message"]
    assert french != english
    assert "max_tokens" in english
    assert "max_tokens" in french

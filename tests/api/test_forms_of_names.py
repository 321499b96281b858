"""A model that writes a surrogate in another form gives the client that form of the original, in every dialect."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ni.privacy.reading_stages import unescaped
from ni.privacy.words import without_accents
from ni.providers.base import ProviderRequest
from ni.providers.sandbox import SandboxResponse
from tests.api.instance import Instance, Remembering, running
from tests.api.speakers import SPEAKERS, Speaker
from tests.privacy.cast import KnownNames

NAME = "Hélène Côté"
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": lambda name: f"Ask {name}.",
    "in capitals": lambda name: f"ASK {name.upper()}!",
    "in small letters": lambda name: f"ask {name.lower()} now",
    "possessive": lambda name: f"{name}'s file, and {name.split()[1]}’s",
    "first name only": lambda name: f"Dear {name.split()[0]},",
    "family name only": lambda name: f"Madame {name.split()[1]} est là",
    "elided": lambda name: f"le dossier d'{name}",
    "escaped": lambda name: f"she is {json.dumps(name)} here",
}


class Distorting(Remembering):
    """A model that answers with what its form makes of the name that it was sent."""

    form: Callable[[str], str] = staticmethod(str)

    def send(self, order: ProviderRequest) -> SandboxResponse:
        *before, last = order.body["messages"]
        text = last["content"] if isinstance(last["content"], str) else last["content"][0]["text"]
        changed = {**last, "content": self.form(text.removeprefix("I am ").removesuffix("."))}
        exchange = super().send(replace(order, body={**order.body, "messages": [*before, changed]}))
        self.orders[-1] = order
        return exchange


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running(tmp_path_factory.mktemp("home"), KnownNames([NAME]), Distorting()) as started:
        yield started


def asked(instance: Instance, speaker: Speaker, form: Callable[[str], str], stream: bool, **more: Any) -> Any:
    instance.sandbox.form = form  # type: ignore[attr-defined]
    body = speaker.body(("user", f"I am {NAME}."), stream=stream, **more)
    response = instance.post(speaker.path, body)
    assert NAME.split(maxsplit=1)[0] not in json.dumps(instance.sent, ensure_ascii=False)
    instance.sandbox.orders.clear()
    return response


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
def test_each_form_of_the_surrogate_gives_that_form_of_the_original(
    instance: Instance, speaker: Speaker, stream: bool
) -> None:
    for form in FORMS.values():
        response = asked(instance, speaker, form, stream)
        said = speaker.streamed(response) if stream else speaker.text(response)
        # Which letters a model escapes depends on the surrogate; what the escapes stand for does not.
        assert unescaped(said) == unescaped(form(NAME))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
def test_a_surrogate_without_its_accents_never_reaches_the_client(
    instance: Instance, speaker: Speaker, stream: bool
) -> None:
    response = asked(instance, speaker, without_accents, stream)
    said = speaker.streamed(response) if stream else speaker.text(response)
    assert without_accents(said) == without_accents(NAME)


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
def test_names_in_arguments_of_tools_are_restored_and_stay_valid_json(
    instance: Instance, speaker: Speaker
) -> None:
    def called(name: str) -> str:
        return "call read with " + json.dumps({"path": f'"{name}"\n{name.upper()}', "note": name})

    response = asked(instance, speaker, called, False, tools=[speaker.tool])
    _, arguments = speaker.call_of(json.loads(response.data))
    assert arguments == {"path": f'"{NAME}"\n{NAME.upper()}', "note": NAME}

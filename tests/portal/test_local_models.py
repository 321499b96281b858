"""Local models by form: a server's address is typed, its models are chosen, and they answer."""

import html
import re
from collections.abc import Iterator

import pytest

from ni.domain.secret import Secret
from ni.factory.gateway import Gateway
from ni.gateway.local_servers import NewServer
from tests.fakes.doors import make_door
from tests.fakes.openai_server import KEY, FakeOpenAI
from tests.fakes.own_servers import OwnServerFake, ollama
from tests.portal.conftest import Browser

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
PAGE = "/portal/local-models"
NEW = f"{PAGE}/new"
SERVER = f"{PAGE}/local-desk"


@pytest.fixture(autouse=True)
def door(gateway: Gateway) -> None:
    """Connections into loopback are allowed, as with NI_PRIVATE_NETWORKS."""
    gateway.__dict__["egress"] = make_door()


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def added(gateway: Gateway, server: FakeOpenAI) -> str:
    return gateway.local_servers.add(NewServer("desk", server.base_url, "CA", Secret(KEY)))[0].id


def filled(text: str) -> dict[str, str]:
    """The fields of the page's form as they stand."""
    found = {
        name: html.unescape(value)
        for tag in re.findall(r"<input[^>]+>", text)
        if (name := _of(tag, "name"))
        and (value := _of(tag, "value")) is not None
        and (_of(tag, "type") != "checkbox" or " checked" in tag)
    }
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'<option selected[^>]*value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else ""
    return {name: value for name, value in found.items() if name.startswith("models-")}


def _of(tag: str, name: str) -> str | None:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else None


def test_a_server_is_added_its_models_chosen_and_they_answer(
    alice: Browser, gateway: Gateway, server: FakeOpenAI
) -> None:
    address = server.base_url.removesuffix("/v1").removeprefix("http://")
    answers = {"address": address, "key": KEY, "place": "CA", "name": "desk"}
    assert alice.post(NEW, answers, page=NEW).headers["Location"] == SERVER
    page = alice.get(SERVER).text
    assert alice.post(SERVER, {**filled(page), "pricing": "free"}, page=SERVER).status_code == 303
    assert "began to answer after" in alice.get(PAGE).text
    assert server.headers[-1]["authorization"] == f"Bearer {KEY}"
    route = gateway.catalog.resolve("local/qwen-local")
    assert route is not None
    assert gateway.catalog.is_callable(route)


def test_what_the_server_says_of_a_model_fills_in_the_form(alice: Browser) -> None:
    with OwnServerFake(ollama) as server:
        alice.post(NEW, {"address": server.address, "place": "CA", "name": "desk"}, page=NEW)
        page = alice.get(SERVER).text
    assert "Ollama" in page
    fields = filled(page)
    assert fields["models-1-model"] == "qwen3-vl:8b"
    assert (fields["models-1-context_window"], fields["models-1-images"]) == ("32768", "yes")
    assert (fields["models-0-reasoning"], fields["models-2-kind"]) == ("no", "embedding")


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"address": "127.0.0.1:1", "place": "CA"}, "address"),
        ({"address": "10.9.9.9:1", "place": "CA"}, "address"),
        ({"address": "http://a b", "place": "CA"}, "address"),
        ({"address": "127.0.0.1:1", "place": "elsewhere"}, "place"),
        ({"address": "127.0.0.1:1"}, "place"),
        ({"address": "127.0.0.1:1", "place": "CA", "name": "My desk"}, "name"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    alice: Browser, gateway: Gateway, answers: dict[str, str], field: str
) -> None:
    answer = alice.post(NEW, answers, page=NEW)
    assert answer.status_code == 400
    assert f'id="{field}-error-1"' in answer.text
    assert gateway.local_servers.list() == []


def test_a_wrong_key_is_said_beside_its_field_and_shown_nowhere(alice: Browser, server: FakeOpenAI) -> None:
    wrong = "own-canary-that-nobody-takes"
    answer = alice.post(NEW, {"address": server.base_url, "place": "CA", "key": wrong}, page=NEW)
    assert 'id="key-error-1"' in answer.text
    assert wrong not in answer.text


def test_a_price_by_the_hour_needs_its_numbers(alice: Browser, added: str, gateway: Gateway) -> None:
    fields = {**filled(alice.get(SERVER).text), "pricing": "hour", "usd_per_hour": "3,60"}
    for more, status in (({}, 400), ({"input_per_s": "1000", "output_per_s": "fast"}, 400)):
        assert alice.post(SERVER, {**fields, **more}, page=SERVER).status_code == status
    speeds = {"input_per_s": "1000", "output_per_s": "100"}
    assert alice.post(SERVER, {**fields, **speeds}, page=SERVER).status_code == 303
    price = gateway.editor.route("local/qwen-local").prices[0]
    assert (price.input, price.output) == (10**9, 10**10)


def test_a_server_that_is_away_shows_what_it_serves_and_says_so(alice: Browser, gateway: Gateway) -> None:
    with FakeOpenAI() as server:
        alice.post(NEW, {"address": server.base_url, "key": KEY, "place": "CA", "name": "desk"}, page=NEW)
        alice.post(SERVER, {**filled(alice.get(SERVER).text), "pricing": "free"}, page=SERVER)
        gateway.egress.forget()
    page = alice.get(SERVER).text
    assert "Nobody answers" in page
    assert filled(page)["models-0-model"] == "qwen"
    answer = alice.post(f"{SERVER}/test", {"route": "local/qwen-local"}, page=PAGE)
    assert answer.status_code == 303
    assert "Local is overloaded or unavailable" in alice.get(PAGE).text


def test_a_new_address_is_looked_at_before_it_counts(alice: Browser, added: str, gateway: Gateway) -> None:
    page = f"{SERVER}/address"
    assert alice.post(page, {"address": "127.0.0.1:1"}, page=page).status_code == 400
    with FakeOpenAI() as other:
        assert alice.post(page, {"address": other.base_url, "key": KEY}, page=page).status_code == 303
        assert gateway.local_servers.get(added).deployment.endpoint == other.base_url


def test_a_server_is_removed_with_its_routes_after_a_question(
    alice: Browser, added: str, gateway: Gateway
) -> None:
    alice.post(SERVER, {**filled(alice.get(SERVER).text), "pricing": "free"}, page=SERVER)
    page = f"{SERVER}/remove"
    assert "local/qwen-local" in alice.get(page).text
    assert alice.post(page, page=page).status_code == 303
    assert gateway.catalog.resolve("local/qwen-local") is None
    assert alice.get(SERVER).status_code == 404


def test_the_pages_speak_french(alice: Browser, added: str) -> None:
    alice.post("/language", {"language": "fr"}, page="/portal/")
    assert "Modèles locaux" in alice.get(PAGE).text
    assert "Jetons lus par seconde" in alice.get(SERVER).text

"""Local servers over the real packages: added by address, several for one route, their keys sealed, on record."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from ni.catalog.own_servers import Offered, key_setting
from ni.catalog.routes import FRESH_S
from ni.catalog.sheet import CatalogFault
from ni.domain.errors import BadRequest, NotFound, UpstreamAuth
from ni.domain.route import Price
from ni.domain.secret import Secret
from ni.factory.gateway import Gateway
from ni.gateway.local_servers import NewServer, suggested_name
from ni.settings import secret_files
from ni.store.tables.access import platform_credentials
from tests.assembled import opened, prepare
from tests.cast import StandingClock
from tests.fakes.openai_server import KEY, FakeOpenAI
from tests.fakes.own_servers import OwnServerFake, llama_cpp, local_ai, ollama
from tests.portal.acts import acts

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
OPEN = {"NI_PRIVATE_NETWORKS": "127.0.0.0/8"}
ROUTE = "local/gpt-oss-20b-local"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an instance with the shipped catalog and a log; each test gets a copy."""
    home = tmp_path_factory.mktemp("prepared")
    secret_files.create(home, os.urandom)
    with opened(home, OPEN) as gateway:
        prepare(gateway)
        gateway.log_service.start("ni.example/custody/2026")
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "home"))


@pytest.fixture
def gateway(home: Path) -> Iterator[Gateway]:
    with opened(home, OPEN) as gateway:
        yield gateway
        gateway.egress.forget()


def add(gateway: Gateway, address: str, name: str, key: str = "") -> str:
    """Add a server with all the models that it lists; its id."""
    servers = gateway.local_servers
    server, found = servers.add(NewServer(name, address, "CA", Secret(key) if key else None))
    servers.serve(server.id, [Offered(one.id, one.capabilities) for one in found.models])
    return server.id


def told(gateway: Gateway) -> list[tuple[str, object, object]]:
    """What the last act changed."""
    return list(acts(gateway)[0].changes)


def test_the_models_of_a_server_are_routes_that_say_what_it_said(gateway: Gateway) -> None:
    with OwnServerFake(ollama) as server:
        add(gateway, server.address, "desk")
    route = gateway.catalog.resolve("local/qwen3-vl:8b-local")
    assert route is not None
    assert (route.jurisdiction, route.deployment.id) == ("CA", "local-desk")
    assert (route.capabilities.context_window, route.capabilities.vision) == (32768, True)
    assert gateway.catalog.is_callable(route)
    vectors = gateway.catalog.resolve("local/nomic-embed-text:latest-local")
    assert vectors is not None
    assert vectors.capabilities.kind == "embedding"


def test_a_name_that_no_route_can_have_becomes_one_and_the_server_is_asked_by_its_own(
    gateway: Gateway,
) -> None:
    with OwnServerFake(llama_cpp) as server:
        add(gateway, server.address, "desk")
    route = gateway.catalog.resolve("local/models/Qwen-2.5.gguf-local")
    assert route is not None
    assert route.upstream_model == "/models/Qwen 2.5.gguf"


def test_a_second_server_with_the_model_is_the_next_deployment_and_the_first_may_leave(
    gateway: Gateway,
) -> None:
    with OwnServerFake(local_ai) as one, OwnServerFake(local_ai) as two:
        first, second = add(gateway, one.address, "one"), add(gateway, two.address, "two")
    assert places(gateway) == [first, second]
    gateway.local_servers.remove(first)
    assert places(gateway) == [second]
    gateway.local_servers.remove(second)
    assert gateway.catalog.resolve(ROUTE) is None
    assert gateway.local_servers.list() == []


def places(gateway: Gateway) -> list[str]:
    route = gateway.catalog.resolve(ROUTE)
    return [place.deployment.id for place in route.places] if route else []


def test_a_model_of_the_server_that_the_environment_names_keeps_it_first(gateway: Gateway) -> None:
    gateway.catalog.with_local(["gpt-oss-20b"])
    with OwnServerFake(local_ai) as server:
        added = add(gateway, server.address, "one")
    assert places(gateway) == ["local", added]


def test_what_is_not_chosen_any_more_ends(gateway: Gateway) -> None:
    with OwnServerFake(ollama) as server:
        added = add(gateway, server.address, "desk")
    gateway.local_servers.serve(added, [Offered("llama3.2:3b", {})])
    assert [row.id for row in gateway.local_servers.get(added).routes] == ["local/llama3.2:3b-local"]


def test_a_price_holds_for_new_routes_alone_and_vectors_cost_no_output(gateway: Gateway) -> None:
    price = Price("2026-01-01", 10, 20, 10, 10)
    with OwnServerFake(ollama) as server:
        added, _ = gateway.local_servers.add(NewServer("desk", server.address, "CA"))
        models = [Offered("llama3.2:3b", {}), Offered("nomic-embed-text", {"kind": "embedding"})]
        gateway.local_servers.serve(added.id, models[:1])
        gateway.local_servers.serve(added.id, models, price)
    charged = {row.id: row.prices[0] for row in gateway.local_servers.get(added.id).routes}
    words, vectors = charged["local/llama3.2:3b-local"], charged["local/nomic-embed-text-local"]
    assert (words.input, words.output, vectors.input, vectors.output) == (0, 0, 10, 0)


@pytest.mark.parametrize("place", ["US", "", "elsewhere"])
def test_a_machine_that_is_not_said_to_stand_here_is_refused(gateway: Gateway, place: str) -> None:
    with OwnServerFake(local_ai) as server, pytest.raises(BadRequest) as refused:
        gateway.local_servers.add(NewServer("desk", server.address, place))
    assert refused.value.param == "jurisdiction"
    assert server.seen == []
    assert gateway.local_servers.list() == []


@pytest.mark.parametrize("name", ["", "Desk", "a b", "-a", "a" * 41])
def test_a_name_of_another_form_is_refused(gateway: Gateway, name: str) -> None:
    with pytest.raises(BadRequest) as refused:
        gateway.local_servers.add(NewServer(name, "127.0.0.1:1", "CA"))
    assert refused.value.param == "name"


def test_a_name_that_is_taken_is_refused_before_the_server_is_asked(gateway: Gateway) -> None:
    with OwnServerFake(local_ai) as server:
        add(gateway, server.address, "desk")
        with pytest.raises(BadRequest) as refused:
            gateway.local_servers.add(NewServer("desk", "127.0.0.1:1", "CA"))
    assert refused.value.param == "name"


def test_calls_carry_the_stored_key_and_an_environment_variable_wins(gateway: Gateway, home: Path) -> None:
    with FakeOpenAI() as server:
        added = add(gateway, server.base_url, "desk", KEY)
        assert gateway.local_servers.test(added, "local/qwen-local").first_ms >= 0
        assert server.headers[-1]["authorization"] == f"Bearer {KEY}"
        with opened(home, {**OPEN, key_setting(added): "sk-of-the-environment"}) as other:
            assert other.access.platform_credentials.lookup(key_setting(added)) == Secret(
                "sk-of-the-environment"
            )


def test_a_stored_key_is_sealed_and_never_told(gateway: Gateway) -> None:
    with FakeOpenAI() as server:
        added = add(gateway, server.base_url, "desk", KEY)
    with gateway.database.read() as connection:
        row = connection.execute(sa.select(platform_credentials)).one()
    assert KEY.encode() not in row.sealed
    assert KEY not in str(acts(gateway))
    gateway.local_servers.remove(added)
    assert gateway.access.platform_credentials.lookup(key_setting(added)) is None
    assert (f"key of {added}", "ends in 6789", None) in told(gateway)


def test_a_key_that_does_not_open_is_an_error_and_nothing_is_sent_without_it(gateway: Gateway) -> None:
    with FakeOpenAI() as server:
        added = add(gateway, server.base_url, "desk", KEY)
        with gateway.database.engine.begin() as connection:
            connection.execute(platform_credentials.update().values(id="key_moved"))
        gateway.access.platform_credentials.renew()
        asked = len(server.requests)
        with pytest.raises(UpstreamAuth):
            gateway.local_servers.test(added, "local/qwen-local")
        assert len(server.requests) == asked


def test_a_key_stays_with_the_address_it_was_entered_for(gateway: Gateway) -> None:
    with FakeOpenAI() as server, OwnServerFake(local_ai) as other:
        added = add(gateway, server.base_url, "desk", KEY)
        gateway.local_servers.move(added, server.base_url, None)
        assert gateway.access.platform_credentials.lookup(key_setting(added)) == Secret(KEY)
        gateway.local_servers.move(added, other.address, None)
        assert all(KEY not in shown for _, _, shown in other.seen)
        assert gateway.access.platform_credentials.lookup(key_setting(added)) is None


def test_another_process_follows_within_five_seconds(gateway: Gateway, home: Path) -> None:
    clock = StandingClock(gateway.clock.now())
    with opened(home, OPEN, clock) as other, FakeOpenAI() as server:
        assert other.catalog.resolve("local/qwen-local") is None
        assert other.access.platform_credentials.lookup("NI_LOCAL_DESK_KEY") is None
        add(gateway, server.base_url, "desk", KEY)
        clock.move(seconds=FRESH_S + 0.1)
        assert other.catalog.resolve("local/qwen-local") is not None
        assert other.access.platform_credentials.lookup("NI_LOCAL_DESK_KEY") == Secret(KEY)


def test_what_a_server_does_not_serve_is_not_tested(gateway: Gateway) -> None:
    with OwnServerFake(local_ai) as server:
        added = add(gateway, server.address, "desk")
    with pytest.raises(NotFound):
        gateway.local_servers.test(added, "sandbox/echo-local")


def test_every_change_is_one_record_of_what_was_and_is(gateway: Gateway) -> None:
    with OwnServerFake(local_ai) as server:
        added, _ = gateway.local_servers.add(NewServer("desk", server.address, "CA"))
        assert [name for name, _, _ in told(gateway)] == ["deployment local-desk"]
        gateway.local_servers.serve(added.id, [Offered("gpt-oss-20b", {"context_window": 4096})])
    assert [name for name, _, _ in told(gateway)] == [f"route {ROUTE}", f"price {ROUTE} 2026-01-01"]
    gateway.local_servers.remove(added.id)
    assert [after for _, _, after in told(gateway)] == [None] * 3


def test_a_capability_that_cannot_be_is_refused(gateway: Gateway) -> None:
    with OwnServerFake(local_ai) as server:
        added, _ = gateway.local_servers.add(NewServer("desk", server.address, "CA"))
    with pytest.raises(BadRequest, match="context_window"):
        gateway.local_servers.serve(added.id, [Offered("gpt-oss-20b", {"context_window": 0})])
    assert gateway.local_servers.get(added.id).routes == ()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("http://127.0.0.1:11434/v1", "127-0-0-1-11434"),
        ("GPU.example.ca", "gpu-example-ca"),
        ("[::1]:80", "1-80"),
        ("%%", "server"),
    ],
)
def test_a_name_is_made_of_the_address(address: str, name: str) -> None:
    assert suggested_name(address, []) == name
    assert suggested_name(address, [f"local-{name}"]) == f"{name}-2"


def test_a_price_that_has_begun_stays_and_one_to_come_is_withdrawn(gateway: Gateway) -> None:
    editor, route = gateway.editor, "openai/gpt-4.1-us"
    today = gateway.clock.now().date()
    editor.set_price(route, Price("2999-01-01", 10**9, 10**9, 10**9, 10**9))
    editor.withdraw_price(route, "2999-01-01", today)
    with pytest.raises(CatalogFault, match="has begun"):
        editor.withdraw_price(route, editor.route(route).prices[0].since, today)
    with pytest.raises(CatalogFault, match="no price"):
        editor.withdraw_price(route, "2999-01-01", today)

"""The read model: exact resolution, what is callable, which price is in force, and freshness."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from ni.catalog import changes
from ni.catalog.load import SHIPPED, load
from ni.catalog.routes import Catalog, Gates
from ni.catalog.sheet import Lifecycle, Sheet
from ni.domain.route import Deployment, Route, Tier
from ni.store.database import Database
from ni.store.journal import Journal
from tests.cast import tell
from tests.catalog.cast import StoppedClock, small
from tests.slow_reads import reads_of_a_crowd

MODEL = "bedrock/vendor.model-1-ca"
ALL = frozenset(Tier)

Open = Callable[[Sheet], Catalog]


class Doors:
    """Gates that a test can close."""

    def __init__(self) -> None:
        self.unconfigured: set[str] = set()
        self.refused: set[str] = set()

    def gates(self) -> Gates:
        return Gates(configured=self._configured, permitted=self._permitted)

    def _configured(self, deployment: Deployment) -> bool:
        return deployment.id not in self.unconfigured

    def _permitted(self, route: Route, least: str) -> bool:
        return route.id not in self.refused


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture
def open_catalog(database: Database, journal: Journal, clock: StoppedClock, doors: Doors) -> Open:
    def opened(sheet: Sheet) -> Catalog:
        changes.store(sheet, database, journal, tell)
        return Catalog(database, clock, "CA-QC", doors.gates())

    return opened


def ids(catalog: Catalog, tiers: frozenset[Tier] = ALL) -> list[str]:
    return [route.id for route in catalog.callable_by(tiers)]


def with_route(**changes: object) -> Sheet:
    sheet = small()
    return replace(sheet, routes=(replace(sheet.routes[0], **changes),))  # type: ignore[arg-type]


def test_a_route_is_found_by_its_exact_id_alone(open_catalog: Open) -> None:
    catalog = open_catalog(small())
    route = catalog.resolve(MODEL)
    assert route is not None
    assert (route.upstream_model, route.litellm_model) == ("vendor.model-1", "bedrock/vendor.model-1")
    for near in (
        MODEL.upper(),
        MODEL + " ",
        MODEL.removesuffix("-ca"),
        MODEL[:-1],
        "",
        "bedrock/vendor.model-1",
    ):
        assert catalog.resolve(near) is None


def test_the_list_keeps_the_order_of_the_catalog(open_catalog: Open) -> None:
    shipped = load(SHIPPED)
    assert ids(open_catalog(shipped)) == [route.id for route in shipped.routes]


def test_only_allowed_tiers_are_listed(open_catalog: Open) -> None:
    catalog = open_catalog(load(SHIPPED))
    listed = ids(catalog, frozenset({Tier.CANADIAN_CLOUD}))
    assert listed
    assert all(route_id.endswith("-ca") for route_id in listed)
    assert ids(catalog, frozenset()) == []


@pytest.mark.parametrize("change", [{"enabled": False}, {"prices": ()}, {"lifecycle": Lifecycle.RETIRED}])
def test_a_route_without_price_switched_off_or_retired_is_known_but_not_callable(
    open_catalog: Open, change: dict[str, object]
) -> None:
    catalog = open_catalog(with_route(**change))
    assert ids(catalog) == []
    assert catalog.resolve(MODEL) is not None


def test_an_unconfigured_deployment_and_a_refused_route_are_not_callable(
    open_catalog: Open, doors: Doors
) -> None:
    catalog = open_catalog(small())
    route = catalog.resolve(MODEL)
    assert route is not None
    doors.refused = {MODEL}
    assert (ids(catalog), catalog.is_ready(route)) == ([], True)
    doors.refused, doors.unconfigured = set(), {"bedrock-ca"}
    catalog.refresh()  # what is configured is read with the rest, every few seconds
    assert (ids(catalog), catalog.is_ready(route)) == ([], False)
    doors.unconfigured = set()
    catalog.refresh()
    assert ids(catalog) == [MODEL]


def test_the_price_in_force_is_the_latest_that_has_begun(
    open_catalog: Open, clock: StoppedClock, database: Database, journal: Journal
) -> None:
    catalog = open_catalog(small())
    changes.store(small(("2026-01-01", "2026-11-24"), ("15.00", "12.00")), database, journal, tell)
    catalog.refresh()
    route = catalog.resolve(MODEL)
    assert route is not None
    assert route.price is not None
    assert route.price.since == "2026-01-01"
    assert catalog.price_at(route, date(2025, 12, 31)) is None
    new = catalog.price_at(route, date(2026, 11, 24))
    assert new is not None
    assert new.output == 12_000_000_000
    clock.pass_s(86_400)
    tomorrow = catalog.resolve(MODEL)
    assert tomorrow is not None
    assert tomorrow.price == new


def test_a_route_priced_from_tomorrow_is_not_callable_today(open_catalog: Open) -> None:
    assert ids(open_catalog(small(("2026-01-01", "2026-11-24")))) == []


def test_a_change_by_another_process_is_seen_within_seconds(
    open_catalog: Open, clock: StoppedClock, database: Database, journal: Journal
) -> None:
    catalog = open_catalog(small())
    assert ids(catalog) == [MODEL]
    changes.store(with_route(enabled=False), database, journal, tell)
    clock.pass_s(5.1)
    assert ids(catalog) == []


def test_models_of_the_local_server_become_free_routes_of_the_operators_jurisdiction(
    open_catalog: Open,
) -> None:
    catalog = open_catalog(small())
    catalog.with_local(["qwen2.5-coder:1.5b", "library/llama3"])
    assert ids(catalog) == [MODEL, "local/library/llama3-local", "local/qwen2.5-coder:1.5b-local"]
    route = catalog.resolve("local/qwen2.5-coder:1.5b-local")
    assert route is not None
    assert route.price is not None
    assert (route.tier, route.jurisdiction, route.price.output) == (Tier.OWN_HARDWARE, "CA-QC", 0)
    catalog.with_local([])
    assert ids(catalog) == [MODEL]


def test_a_catalog_without_a_local_deployment_has_no_local_routes(open_catalog: Open) -> None:
    sheet = small()
    catalog = open_catalog(replace(sheet, deployments=sheet.deployments[:1]))
    catalog.with_local(["qwen"])
    assert ids(catalog) == [MODEL]
    catalog.with_local(["qwen"])


def test_a_listed_route_is_not_replaced_by_a_model_of_the_local_server(open_catalog: Open) -> None:
    listed = (
        ("bedrock/vendor.model-1-ca", "local/qwen-local"),
        (
            'provider = "bedrock"\nupstream_model = "vendor.model-1"',
            'provider = "local"\nupstream_model = "qwen"',
        ),
        ("managed_canadian_cloud", "own_hardware"),
        (
            'suffix = "-ca"\nregion = "ca-central-1"\njurisdiction = "CA"\ndeployment = "bedrock-ca"',
            'suffix = "-local"\nregion = "local"\njurisdiction = "operator"\ndeployment = "local"',
        ),
        ('input = "3.00", cached_input = "0.30", output = "15.00"', 'input = "1", output = "2"'),
    )
    catalog = open_catalog(small(*listed))
    catalog.with_local(["qwen"])
    route = catalog.resolve("local/qwen-local")
    assert route is not None
    assert route.price is not None
    assert route.price.output == 2_000_000_000


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("/models/foo.gguf", "models/foo.gguf"),
        ("C:\\models\\foo.gguf", "C:-models-foo.gguf"),
        ("my model (v2)", "my-model-v2"),
        ("bad | name", "bad-name"),
        ("x\n", "x"),
        ("<img>", "img"),
        ("modèle", "mod-le"),
        ("../../etc", "etc"),
        ("a%20b?c", "a-20b-c"),
    ],
)
def test_a_model_of_an_own_server_is_a_route_whatever_it_is_called(
    open_catalog: Open, model: str, name: str
) -> None:
    catalog = open_catalog(small())
    catalog.with_local([model])
    route = catalog.resolve(f"local/{name}-local")
    assert route is not None
    assert route.upstream_model == model


def test_a_model_keeps_its_own_name_when_another_is_cleaned_to_it(open_catalog: Open) -> None:
    catalog = open_catalog(small())
    catalog.with_local(["/llama", "llama", "<>", "", "x" * 300])
    assert ids(catalog) == [MODEL, "local/llama-local"]
    route = catalog.resolve("local/llama-local")
    assert route is not None
    assert route.upstream_model == "llama"


def test_a_crowd_reads_a_catalog_that_is_out_of_date_once(
    open_catalog: Open, database: Database, clock: StoppedClock
) -> None:
    catalog = open_catalog(small())
    assert reads_of_a_crowd(database, lambda: catalog.resolve(MODEL)) == 1

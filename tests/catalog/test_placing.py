"""Edits of where routes run: proposed and checked like a catalog file, shown, then applied on record."""

from typing import Any

import pytest

from ni.catalog import changes
from ni.catalog.load import SHIPPED, load
from ni.catalog.placing import Placing, names_of
from ni.catalog.sheet import CatalogFault
from ni.store.database import Database
from ni.store.journal import Journal
from tests.cast import tell

ROUTE = "azure/gpt-4.1-mini-ca"
NEW: dict[str, Any] = {"id": "azure-two", "provider": "azure", "region": "canadaeast", "jurisdiction": "CA"}


@pytest.fixture
def placing(database: Database, journal: Journal) -> Placing:
    """Over the shipped catalog."""
    changes.store(load(SHIPPED), database, journal, tell)
    return Placing(database, journal, tell)


def test_a_proposal_changes_nothing_until_it_is_applied(placing: Placing, database: Database) -> None:
    before = changes.read(database)
    proposal = placing.deployment(NEW)
    assert [name for name, _, _ in proposal.differences] == ["deployment azure-two"]
    assert changes.read(database) == before
    placing.apply(proposal)
    placing.apply(placing.route(ROUTE, ["azure-two", "azure-ca"]))
    row = next(row for row in changes.read(database).routes if row.id == ROUTE)
    assert names_of(row) == ("azure-two", "azure-ca")
    assert row.enabled
    assert row.prices == next(each for each in before.routes if each.id == ROUTE).prices


def test_a_route_is_switched_with_its_deployments(placing: Placing, database: Database) -> None:
    placing.apply(placing.route(ROUTE, ["azure-ca"], enabled=False))
    assert next(row for row in changes.read(database).routes if row.id == ROUTE).enabled is False
    assert placing.route(ROUTE, ["azure-ca"]).differences == ()


@pytest.mark.parametrize(
    ("changed", "credential", "said"),
    [
        ({"id": "azure-ca"}, "shared", "already"),
        ({"id": "Azure two"}, "shared", "small letters"),
        ({"id": "a" * 33}, "shared", "at most 32"),
        ({"provider": "nobody"}, "shared", "not added here"),
        ({"provider": "sandbox"}, "shared", "not added here"),
        ({"region": "eastus"}, "shared", "no tier of azure"),
        ({"jurisdiction": "US"}, "shared", "no tier of azure"),
        ({"endpoint": "https://elsewhere.example.ca"}, "shared", "credential of its own"),
        ({"options": {"colour": "red"}}, "shared", "unknown option `colour`"),
        ({"options": {"sku": 1}}, "shared", "table of strings"),
        ({}, "colour", "shared or api_key"),
    ],
)
def test_what_cannot_be_is_refused_in_the_words_of_the_catalog(
    placing: Placing, changed: dict[str, Any], credential: str, said: str
) -> None:
    with pytest.raises(CatalogFault, match=said):
        placing.deployment({**NEW, **changed}, credential)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "needs a deployment"),
        (["nowhere"], "does not exist"),
        (["azure-ca", "azure-ca"], "2 times"),
        (["azure-ca", "azure-global"], "jurisdiction"),
        (["azure-ca", "bedrock-ca"], "provider"),
        (["azure-global"], "cannot run in region"),
    ],
)
def test_a_route_runs_only_where_it_stays_the_same(placing: Placing, names: list[str], said: str) -> None:
    with pytest.raises(CatalogFault, match=said):
        placing.route(ROUTE, names)


@pytest.mark.parametrize("provider", ["openai", "anthropic", "azure", "vertex_ai", "bedrock"])
def test_a_deployment_with_its_own_credential_reads_variables_of_its_name(
    placing: Placing, provider: str
) -> None:
    places = {"azure": ("canadaeast", "CA"), "vertex_ai": ("us", "US"), "bedrock": ("ca-west-1", "CA")}
    region, jurisdiction = places.get(provider, ("us", "US"))
    row = {"id": f"{provider.replace('_', '-')}-two", "provider": provider, "region": region}
    credential = {"vertex_ai": "service_account", "bedrock": "secret_access_key"}.get(provider, "api_key")
    new = placing.deployment({**row, "jurisdiction": jurisdiction}, credential).sheet.deployments[0]
    named = [new.credential_setting, new.endpoint_setting, *new.options.values()]
    assert [name for name in named if name]
    assert all(name.startswith("PROVIDER_") and "_TWO_" in name for name in named if name)


def test_a_deployment_that_a_route_names_is_not_deleted(placing: Placing, database: Database) -> None:
    with pytest.raises(CatalogFault, match="named by"):
        placing.remove("azure-ca")
    with pytest.raises(CatalogFault, match="no deployment"):
        placing.remove("azure-two")
    placing.apply(placing.deployment(NEW))
    placing.remove("azure-two")
    assert "azure-two" not in {each.id for each in changes.read(database).deployments}

"""Loading a catalog: what contradicts itself is refused by a sentence that names the place."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.catalog.check import PLACEMENTS
from ni.catalog.load import SHIPPED, load, parse, write
from ni.catalog.sheet import CatalogFault, Sheet
from ni.domain.route import Tier
from tests.catalog.cast import SMALL, small, small_text

SEED = [
    "bedrock/global.anthropic.claude-sonnet-4-6-global",
    "bedrock/global.anthropic.claude-opus-4-8-global",
    "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0-global",
    "vertex_ai/gemini-2.5-pro-ca",
    "vertex_ai/gemini-2.5-flash-ca",
    "azure/gpt-4.1-mini-ca",
    "bedrock/mistral.mistral-large-2402-v1:0-ca",
    "bedrock/meta.llama3-70b-instruct-v1:0-ca",
]


def test_the_shipped_catalog_is_sound_and_holds_the_published_ids() -> None:
    ids = {route.id for route in load(SHIPPED).routes}
    assert ids.issuperset(SEED)
    assert "sandbox/echo-local" in ids
    for shape in (r"azure/DeepSeek.*", r"bedrock/us\..*-us", r"openai/.*-us", r"anthropic/.*-us"):
        assert any(re.fullmatch(shape, route_id) for route_id in ids), shape


def test_every_shipped_route_has_a_price_and_a_suffix_that_says_where_it_runs() -> None:
    for route in load(SHIPPED).routes:
        assert route.prices, route.id
        assert route.suffix == PLACEMENTS[route.tier].suffix
        assert (route.jurisdiction == "CA") == (route.suffix == "-ca")


@pytest.mark.parametrize("text", [SHIPPED.read_text(encoding="utf-8"), SMALL])
def test_what_is_written_is_read_back_the_same(text: str) -> None:
    sheet = parse(text)
    assert parse(write(sheet)) == sheet


def test_prices_become_whole_nanos_and_default_to_the_input_price() -> None:
    (price,) = small(('input = "3.00"', 'input = "3.0000000010"')).routes[0].prices
    assert price.input == price.cache_write == 3_000_000_001
    assert price.cached_input == 300_000_000


TIER = 'tier = "managed_canadian_cloud"'
CA = 'provider = "bedrock"\nregion = "ca-central-1"\njurisdiction = "CA"'
FAULTS: list[tuple[tuple[tuple[str, str], ...], str]] = [
    (((TIER, 'tier = "managed_us_cloud"'),), "suffix"),
    (((TIER, 'tier = "moon"'),), "own_hardware, managed_canadian_cloud"),
    ((('suffix = "-ca"', 'suffix = "-us"'),), "end with its suffix"),
    ((('suffix = "-ca"', 'suffix = "-ca"\nspeed = 1'),), "unknown field `speed`"),
    ((('region = "ca-central-1"', 'region = "us-east-1"'),), "cannot run in region `us-east-1`"),
    ((('jurisdiction = "CA"', 'jurisdiction = "US"'),), "must have the jurisdiction `CA`"),
    ((('id = "bedrock/', 'id = "azure/'),), "begin with its provider"),
    (
        (('upstream_model = "vendor.model-1"', 'upstream_model = "vendor.model-2"'),),
        "would be `bedrock/vendor.model-2-ca`",
    ),
    ((('deployment = "bedrock-ca"', 'deployment = "bedrock-qc"'),), "`bedrock-qc`, which does not exist"),
    ((('provider = "bedrock"\nregion', 'provider = "azure"\nregion'),), "its deployment `bedrock-ca` says"),
    ((('provider = "bedrock"\nregion', 'provider = "cohere"\nregion'),), "unknown provider `cohere`"),
    ((('input = "3.00"', "input = 3.0"),), "needs `input` as a string"),
    ((('input = "3.00"', 'input = "three"'),), "decimal string"),
    ((('input = "3.00"', 'input = "-3"'),), "decimal string"),
    ((('input = "3.00"', 'input = "30.00"'),), "`output` is less than `input`"),
    (
        (('input = "3.00"', 'input = "0"'), ('cached_input = "0.30"', 'cached_input = "0"')),
        "more than nothing",
    ),
    ((('cached_input = "0.30"', 'cached_input = "4"'),), "`cached_input` is more than `input`"),
    ((('output = "15.00"', 'output = "15000000"'),), "more than 1000 USD"),
    ((('output = "15.00"', 'cache_write_1h = "1500", output = "15.00"'),), "more than 1000 USD"),
    ((('output = "15.00"', 'request = "1000.01", output = "15.00"'),), "for a request or an image"),
    ((('output = "15.00"', 'image = "1000.01", output = "15.00"'),), "for a request or an image"),
    ((('output = "15.00"', 'margin_percent = "10000.1", output = "15.00"'),), "is more than 10000"),
    (
        (('output = "15.00"', 'cache_write = "4", cache_write_1h = "3.99", output = "15.00"'),),
        "`cache_write_1h` is less than `cache_write`",
    ),
    ((('since = "2026-01-01"', 'since = "January"'),), "date such as"),
    ((('since = "2026-01-01"', 'since = "20260101"'),), "date such as"),
    ((('since = "2026-01-01"', 'since = "2026-W01-1"'),), "date such as"),
    ((('since = "2026-01-01"', 'since = "2026-02-30"'),), "date such as"),
    ((('since = "2026-01-01"', "since = 20260101"),), "date such as"),
    (((CA, CA + '\noptions = { SKU = "Standard" }'),), "unknown option `SKU`"),
    (((CA, CA + '\noptions = { "api_region:" = "x" }'),), "unknown option `api_region:`"),
    (((CA, CA + '\ncredential_setting = "sk-live-0123456789"'),), "name of an environment variable"),
    (((CA, CA + '\noptions = { secret_key_setting = "a secret" }'),), "name of an environment variable"),
    (
        (('output = "15.00"', 'output = "15.00", bands = [{ above = 9, input = "0", output = "0" }]'),),
        "more than nothing (above 9 tokens)",
    ),
    ((('id = "bedrock/vendor.model-1-ca"', 'id = "bedrock/a b-ca"'),), "id of the form"),
    ((('suffix = "-ca"', 'suffix = "-ca"\nenabled = "yes"'),), "`enabled` as true or false"),
    (
        (('suffix = "-ca"', 'suffix = "-ca"\ncapabilities = { vision = true }'),),
        "unknown capability `vision`",
    ),
    ((('suffix = "-ca"', 'suffix = "-ca"\ncapabilities = { reasoning = "yes" }'),), "as true or false"),
    ((('suffix = "-ca"', 'suffix = "-ca"\ncapabilities = "all"'),), "`capabilities` as a table"),
    ((("prices = [{", "prices = { nano = 1 } # [{"),), "`prices` as a list of tables"),
    ((('jurisdiction = "operator"', 'jurisdiction = "operator"\noptions = { a = 1 }'),), "table of strings"),
    ((('suffix = "-ca"', 'suffix = "-ca"\ncapabilities = { context_window = 0 }'),), "positive number"),
    ((('suffix = "-ca"', 'suffix = "-ca"\ncapabilities = { modalities = ["smell"] }'),), "`modalities`"),
    ((('suffix = "-ca"', 'suffix = "-ca"\nretires = "soon"'),), "needs `retires` as a date such as"),
    (
        (('suffix = "-ca"', 'suffix = "-ca"\nsuccessor = "bedrock/vendor.model-1-ca"'),),
        "another route of the same jurisdiction",
    ),
    ((('output = "15.00"', 'output = "15.00", source = "two\\nlines"'),), "`source` as one line"),
]


@pytest.mark.parametrize(("changes", "sentence"), FAULTS)
def test_a_catalog_that_contradicts_itself_is_refused(
    changes: tuple[tuple[str, str], ...], sentence: str
) -> None:
    with pytest.raises(CatalogFault) as caught:
        small(*changes)
    assert sentence in str(caught.value)
    assert "Route `" in str(caught.value) or "Deployment `" in str(caught.value)


def test_a_secret_pasted_for_the_name_of_a_setting_is_not_repeated() -> None:
    with pytest.raises(CatalogFault) as caught:
        small((CA, CA + '\ncredential_setting = "sk-live-0123456789"'))
    assert "sk-live" not in str(caught.value)


def test_a_date_of_toml_is_a_date() -> None:
    (price,) = small(('since = "2026-01-01"', "since = 2026-01-01")).routes[0].prices
    assert price.since == "2026-01-01"


def test_an_id_listed_twice_is_refused() -> None:
    with pytest.raises(CatalogFault, match=r"`bedrock/vendor\.model-1-ca` is listed 2 times"):
        parse(SMALL + SMALL[SMALL.index("[[routes]]") :])


def test_a_price_dated_twice_is_refused() -> None:
    again = ', { since = "2026-01-01", input = "1", output = "2" }'
    doubled = small_text(('output = "15.00" }', 'output = "15.00" }' + again))
    with pytest.raises(CatalogFault, match="2026-01-01"):
        parse(doubled)


def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    for name in ("missing.toml", "latin.toml"):
        with pytest.raises(CatalogFault, match=name):
            load(tmp_path / name)


OPTION_NAMES = st.sampled_from(["api_region", "profile", "credentials"])


@given(st.text(), st.dictionaries(OPTION_NAMES, st.text(), max_size=3), st.booleans())
def test_any_text_in_a_field_survives_writing_and_reading(
    endpoint: str, options: dict[str, str], enabled: bool
) -> None:
    sheet = small()
    deployments = (replace(sheet.deployments[0], endpoint=endpoint, options=options), *sheet.deployments[1:])
    routes = (
        replace(sheet.routes[0], enabled=enabled, prices=(), capabilities={"modalities": ["text", "image"]}),
    )
    odd = Sheet(deployments, routes)
    assert parse(write(odd)) == odd


def test_routes_must_be_tables() -> None:
    with pytest.raises(CatalogFault, match="`routes` as a list of tables"):
        parse("routes = 1")


def test_broken_toml_is_refused_with_its_line() -> None:
    with pytest.raises(CatalogFault, match="line 3"):
        parse("# a\n\n[[routes\n")


def test_every_tier_has_a_placement() -> None:
    assert set(PLACEMENTS) == set(Tier)


def test_an_end_its_successor_and_the_source_of_a_price_survive_writing_and_reading() -> None:
    text = small_text(
        ('suffix = "-ca"', 'suffix = "-ca"\nretires = 2027-01-14\nsuccessor = "bedrock/vendor.model-2-ca"'),
        ('output = "15.00"', 'output = "15.00", source = "a list (2026-11-30)"'),
    )
    (row,) = parse(write(parse(text))).routes
    assert (row.retires, row.successor) == ("2027-01-14", "bedrock/vendor.model-2-ca")
    assert row.prices[0].source == "a list (2026-11-30)"

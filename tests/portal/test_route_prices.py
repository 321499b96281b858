"""Prices by form: every component of the catalog file, seen as a difference before it is written, on record."""

from datetime import timedelta

import pytest

from ni.domain.money import NANOS
from ni.domain.route import Band
from ni.factory.gateway import Gateway
from tests.portal.acts import acts
from tests.portal.cast import NOW
from tests.portal.conftest import Browser

ROUTE = "openai/gpt-4.1-us"
PAGE = f"/portal/prices/{ROUTE}"
LATER = (NOW + timedelta(days=30)).date().isoformat()
WHOLE = {
    "since": LATER, "input": "3,00", "cached_input": "0.30", "cache_write": "3.75", "cache_write_1h": "6",
    "output": "15", "request": "0.01", "image": "0.002", "margin_percent": "12.5", "bands-0-above": "200000",
    "bands-0-input": "6", "bands-0-output": "22.50",
}  # fmt: skip


def test_a_price_with_every_component_is_previewed_then_written(alice: Browser, gateway: Gateway) -> None:
    known = gateway.editor.route(ROUTE).prices
    shown = alice.post(f"{PAGE}/preview", WHOLE, page=PAGE)
    assert shown.status_code == 200
    for words in ("above 200,000 tokens", "Per image", "12.5%", "+50%"):
        assert words in shown.text
    assert gateway.editor.route(ROUTE).prices == known
    assert alice.post(PAGE, WHOLE, page=PAGE).status_code == 303
    price = gateway.editor.route(ROUTE).prices[-1]
    assert (price.since, price.input, price.cache_write_1h) == (LATER, 3 * NANOS, 6 * NANOS)
    assert (price.request, price.image, price.margin_millionths) == (10**7, 2 * 10**6, 125_000)
    assert price.bands == (Band(200_000, 6 * NANOS, 22_500_000_000, 6 * NANOS, 6 * NANOS),)
    (name, before, after), *_ = acts(gateway)[0].changes
    assert (name, before) == (f"price {ROUTE} {LATER}", None)
    assert '"input":3000000000' in str(after)


def test_the_form_begins_with_what_is_charged_today(alice: Browser, gateway: Gateway) -> None:
    route = gateway.catalog.resolve(ROUTE)
    assert route is not None and route.price is not None  # noqa: PT018
    text = alice.get(PAGE).text
    assert 'name="input"' in text
    assert f'value="{route.price.input / NANOS:.2f}"' in text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"input": "dear"}, "Write an amount such as 5.00."),
        ({"output": ""}, "This field is required."),
        ({"since": "tomorrow"}, "Not a valid date value."),
        ({"output": "1"}, "`output` is less than `input`"),
        ({"bands-0-input": ""}, "input"),
        ({"margin_percent": "0.00001"}, "four decimals"),
    ],
)
def test_a_price_that_cannot_be_meant_is_refused_with_a_reason(
    alice: Browser, gateway: Gateway, wrong: dict[str, str], words: str
) -> None:
    known = gateway.editor.route(ROUTE).prices
    for path in (f"{PAGE}/preview", PAGE):
        answer = alice.post(path, {**WHOLE, **wrong}, page=PAGE)
        assert answer.status_code == 400
        assert words in answer.text
    assert gateway.editor.route(ROUTE).prices == known


def test_a_price_of_the_same_day_is_replaced_with_a_warning(alice: Browser) -> None:
    alice.post(PAGE, WHOLE, page=PAGE)
    assert "It is replaced" in alice.post(f"{PAGE}/preview", {**WHOLE, "input": "4"}, page=PAGE).text


def test_a_price_to_come_is_withdrawn_and_one_that_has_begun_is_not(alice: Browser, gateway: Gateway) -> None:
    begun = gateway.editor.route(ROUTE).prices[0].since
    alice.post(PAGE, WHOLE, page=PAGE)
    for since in (LATER, begun, "nonsense"):
        assert alice.post(f"{PAGE}/withdraw", {"since": since}, page=PAGE).status_code == 303
    assert [price.since for price in gateway.editor.route(ROUTE).prices] == [begun]


def test_a_machine_by_the_hour_has_a_form_on_own_hardware_alone(alice: Browser, gateway: Gateway) -> None:
    assert "usd_per_hour" not in alice.get(PAGE).text
    page = "/portal/prices/sandbox/echo-local"
    hour = {"since": LATER, "usd_per_hour": "3.60", "input_per_s": "1000", "output_per_s": "100"}
    assert "US$1.00" in alice.post(f"{page}/preview", hour, page=page).text
    alice.post(page, hour, page=page)
    assert gateway.editor.route("sandbox/echo-local").prices[-1].output == 10 * NANOS


def test_a_route_is_switched_moved_withdrawn_and_deleted(alice: Browser, gateway: Gateway) -> None:
    def state(**answers: str) -> None:
        assert alice.post(f"{PAGE}/state", answers, page=PAGE).status_code == 303

    alice.post(f"{PAGE}/delete", page=f"{PAGE}/delete")
    assert gateway.editor.route(ROUTE).enabled
    state(enabled="no")
    assert not gateway.editor.route(ROUTE).enabled
    state(enabled="yes")
    state(place="1")
    assert gateway.catalog.routes()[0].id == ROUTE
    state(lifecycle="retired")
    route = gateway.catalog.resolve(ROUTE)
    assert route is not None
    assert not gateway.catalog.is_callable(route)
    assert alice.post(f"{PAGE}/delete", page=f"{PAGE}/delete").status_code == 303
    assert gateway.catalog.resolve(ROUTE) is None
    assert alice.get(PAGE).status_code == 404


def test_members_change_nothing(bob: Browser, gateway: Gateway) -> None:
    known = gateway.editor.read()
    for path in (PAGE, f"{PAGE}/preview", f"{PAGE}/state", f"{PAGE}/delete", f"{PAGE}/withdraw"):
        assert bob.post(path, WHOLE, page="/portal/settings/profile").status_code == 403
    assert gateway.editor.read() == known

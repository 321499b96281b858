"""What the shipped catalog offers: the operator takes it over one by one or all at once, or declines it."""

import sqlalchemy as sa

from ni.catalog import changes
from ni.factory.gateway import Gateway
from ni.store.tables.catalog import prices, routes
from tests.portal.conftest import Browser

PAGE = "/portal/catalog-updates"
GONE = "openai/gpt-4.1-mini-us"
KEPT = "openai/gpt-4.1-us"


def forget(gateway: Gateway) -> None:
    """Let a route and the price of another one be missing, as in a catalog of before."""
    with gateway.database.engine.begin() as connection:
        connection.execute(prices.delete().where(prices.c.route_id.in_([GONE, KEPT])))
        connection.execute(routes.delete().where(routes.c.id == GONE))


def offered(gateway: Gateway) -> list[str]:
    return [offer.id for offer in gateway.offers.open() if offer.name in (GONE, KEPT)]


def test_the_operator_is_told_and_takes_one_over(alice: Browser, gateway: Gateway) -> None:
    forget(gateway)
    assert "catalog offers" in alice.get("/portal/").text
    text = alice.get(PAGE).text
    assert GONE in text
    assert KEPT in text
    assert alice.post(PAGE, {"take": f"route:{GONE}"}, page=PAGE).status_code == 303
    assert GONE in {row.id for row in changes.read(gateway.database).routes}
    assert [one.partition("@")[0] for one in offered(gateway)] == [f"price:{KEPT}"]


def test_what_is_declined_is_offered_no_more(alice: Browser, gateway: Gateway) -> None:
    forget(gateway)
    alice.post(PAGE, {"decline": f"route:{GONE}"}, page=PAGE)
    assert [one.partition("@")[0] for one in offered(gateway)] == [f"price:{KEPT}"]
    with gateway.database.read() as connection:
        assert connection.scalar(sa.select(routes.c.id).where(routes.c.id == GONE)) is None


def test_all_is_taken_over_at_once(alice: Browser, gateway: Gateway) -> None:
    forget(gateway)
    alice.post(PAGE, {"take_all": "y"}, page=PAGE)
    assert offered(gateway) == []


def test_members_take_nothing(bob: Browser, gateway: Gateway) -> None:
    forget(gateway)
    assert bob.post(PAGE, {"take_all": "y"}, page="/portal/settings/profile").status_code == 403
    assert len(offered(gateway)) == 2

"""Price files in the portal: disagreements are shown, and what is ticked becomes new prices, on record."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.catalog.price_lists import SOURCES, Source
from ni.factory.gateway import Gateway
from ni.outbound.connection import system_resolve
from tests.fakes.doors import make_door
from tests.fakes.raw_server import Act, RawServer
from tests.portal.acts import acts
from tests.portal.conftest import HOST, Browser

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])

FILES = Path(__file__).parents[1] / "catalog" / "prices"
PAGE = "/portal/price-sources"
ROUTE = "openai/gpt-4.1-us"
LATER = "2999-01-01"


@pytest.fixture(autouse=True)
def door(gateway: Gateway) -> Iterator[None]:
    """Connections into loopback are allowed, as with NI_PRIVATE_NETWORKS."""
    gateway.__dict__["egress"] = egress = make_door(system_resolve)
    yield
    egress.forget()


def litellm(**more: object) -> bytes:
    """A file that prices one model at four and sixteen dollars."""
    entry = {"litellm_provider": "openai", "input_cost_per_token": 4e-06, "output_cost_per_token": 1.6e-05}
    return json.dumps({"gpt-4.1": entry, **more}).encode()


def sent(browser: Browser, octets: bytes) -> tuple[int, str]:
    """What comes of a file; the form is written here, because the test client leaves large ones open."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(PAGE).text)
    assert found
    parts = (
        b'form-data; name="csrf_token"\r\n\r\n' + found[1].encode(),
        b'form-data; name="file"; filename="prices.json"\r\n\r\n' + octets,
    )
    body = b"".join(b"--cut\r\nContent-Disposition: " + part + b"\r\n" for part in parts) + b"--cut--\r\n"
    form = "multipart/form-data; boundary=cut"
    answer = browser.client.post(PAGE, base_url=f"http://{HOST}", data=body, content_type=form)
    return answer.status_code, answer.text


def test_what_disagrees_is_shown_and_taken_over_when_it_is_ticked(alice: Browser, gateway: Gateway) -> None:
    known = gateway.editor.read()
    status, text = sent(alice, litellm())
    assert (status, "LiteLLM" in text, ROUTE in text, "US$4.00" in text) == (200, True, True, True)
    assert gateway.editor.read() == known
    offered = re.search(rf'name="price:{ROUTE}" value="([^"]+)"', text)
    assert offered
    answers = {"take": ROUTE, "since": LATER, f"price:{ROUTE}": html.unescape(offered[1])}
    assert alice.post(f"{PAGE}/take", answers, page=PAGE).status_code == 303
    price = gateway.editor.route(ROUTE).prices[-1]
    assert (price.since, price.input, price.output) == (LATER, 4 * 10**9, 16 * 10**9)
    assert price.source.startswith("LiteLLM (20")
    assert price.cached_input == gateway.editor.route(ROUTE).prices[0].cached_input
    alice.post(f"{PAGE}/take", answers, page=PAGE)
    assert len(gateway.editor.route(ROUTE).prices) == 2


def test_what_is_no_price_file_is_refused_with_a_reason(alice: Browser) -> None:
    for octets in (b"", b"{", b"[]", b"\xff"):
        status, text = sent(alice, octets)
        assert status == 400
        assert "The file" in text


def test_a_file_of_several_megabytes_is_read_and_a_larger_form_elsewhere_is_not(alice: Browser) -> None:
    large = litellm(filler="x" * 3 * 2**20)
    assert sent(alice, large)[0] == 200
    assert alice.post("/portal/prices/" + ROUTE, {"since": "x" * 3 * 2**20}, page=PAGE).status_code == 413


def test_prices_that_were_tampered_with_are_checked_as_any(alice: Browser, gateway: Gateway) -> None:
    known = gateway.editor.read()
    for row in (
        '{"input": "5", "output": "1"}',
        "{",
        '{"input": "5"}',
        '{"input": "5", "output": "9", "x": 1}',
    ):
        alice.post(f"{PAGE}/take", {"take": ROUTE, "since": LATER, f"price:{ROUTE}": row}, page=PAGE)
    alice.post(f"{PAGE}/take", {"take": ROUTE, "since": "soon", f"price:{ROUTE}": "{}"}, page=PAGE)
    assert gateway.editor.read() == known


def test_members_compare_nothing(bob: Browser) -> None:
    assert bob.get(PAGE).status_code == 403


def fetched(browser: Browser, address: str) -> tuple[int, str]:
    answer = browser.post(f"{PAGE}/fetch", {"address": address}, page=PAGE)
    return answer.status_code, html.unescape(answer.text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_each_source_is_fetched_by_its_address_and_nothing_changes(
    source: Source, alice: Browser, gateway: Gateway
) -> None:
    known, told = gateway.editor.read(), len(acts(gateway))
    body = (FILES / f"{source.name.lower()}.json").read_bytes()
    with RawServer([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)]) as server:
        address = f"http://127.0.0.1:{server.port}/api.json"
        status, text = fetched(alice, address)
    assert (status, f"<h2>{source.name}</h2>" in text, f'value="{address}"' in text) == (200, True, True)
    assert source.address in text
    assert [request.split(b" ")[1] for request in server.seen] == [b"/api.json"]
    assert b"authorization" not in server.seen[0].lower()
    assert (gateway.editor.read(), len(acts(gateway))) == (known, told)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "answered 302"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b" " * 17 * 2**20, "larger than 16 MiB"),
        (
            lambda sock: sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n["),
            "broke before the file",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "is none of the price files"),
    ],
)
def test_what_goes_wrong_on_the_way_is_a_sentence(alice: Browser, act: Act, sentence: str) -> None:
    with RawServer([act]) as server:
        status, text = fetched(alice, f"http://127.0.0.1:{server.port}/api.json")
    assert (status, sentence in text) == (400, True)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "Write an address such as"),
        ("file:///etc/passwd", "Write an address such as"),
        ("https://exa mple.ca/", "Write an address such as"),
        ("http://10.0.0.1/prices", "may not be reached from here"),
        ("https://169.254.169.254/latest/meta-data", "may not be reached from here"),
        ("http://127.0.0.1:9/prices", "Nobody answers at 127.0.0.1"),
    ],
)
def test_an_address_that_is_none_or_leads_inside_is_refused(
    alice: Browser, address: str, sentence: str
) -> None:
    status, text = fetched(alice, address)
    assert (status, sentence in text) == (400, True), text

"""Price files in the portal: disagreements are shown, and what is ticked becomes new prices, on record."""

import html
import json
import re

from ni.factory.gateway import Gateway
from tests.portal.conftest import HOST, Browser

PAGE = "/portal/price-sources"
ROUTE = "openai/gpt-4.1-us"
LATER = "2999-01-01"


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

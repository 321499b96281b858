"""Connect and the guides: this instance's address, no raw HTML, and whether a request has arrived."""

import re
from datetime import timedelta
from html import unescape

import pytest

from ni.factory.gateway import Gateway
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene, send_call

PAGE = "/portal/connect"


@pytest.mark.parametrize("path", ["/docs/a-tool.html", "/portal/connect/a-tool"])
def test_a_guide_has_this_instance_s_address_and_no_html_of_its_own(alice: Browser, path: str) -> None:
    text = alice.get(path).text
    assert "curl http://127.0.0.1:8000/v1/chat/completions" in text
    assert "{{" not in text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert text.count("<h1>") == 1
    assert '<article class="guide" lang="en">' in text


@pytest.mark.parametrize("name", ["nowhere", "..%2f..%2fREADME", "A-TOOL", "a-tool.md"])
def test_a_guide_that_is_none_is_not_found(nobody: Browser, name: str) -> None:
    assert nobody.get(f"/docs/{name}.html").status_code == 404


def test_the_index_lists_every_guide(nobody: Browser) -> None:
    assert 'href="/docs/a-tool.html"' in nobody.get("/docs/").text


def test_connect_says_whether_a_request_has_arrived(alice: Browser, charlie: Browser) -> None:
    assert alice.get("/portal/connect").text.count('<tr id="r-') == 3
    assert "No request yet." in charlie.get("/portal/connect").text


def text_of(block: str, text: str) -> str:
    """The text of the element with this id."""
    return unescape(
        re.sub("<[^>]+>", "", text.partition(f'id="{block}"')[2].partition(">")[2].partition("</code>")[0])
    )


def test_a_key_is_filled_in_where_the_dots_are_and_goes_on_to_the_guides(
    alice: Browser, scene: Scene
) -> None:
    key = scene.places["key_text"]
    assert "Bearer ni_live_…" in text_of("connect-curl", alice.get(PAGE).text)
    answer = alice.post(PAGE, {"key_text": f" {key} "}, page=PAGE)
    assert answer.status_code == 200
    assert f"Bearer {key}" in text_of("connect-curl", answer.text)
    assert 'formaction="/portal/connect/a-tool"' in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    guide = alice.post(f"{PAGE}/a-tool", {"key_text": key}, page=PAGE).text
    assert key in guide
    assert "ni_live_…" not in guide
    assert key not in alice.get(PAGE).text + alice.get(f"{PAGE}/a-tool").text


@pytest.mark.parametrize("wrong", ["", "sk-123", "ni_live_short", "<b>x", "ni_live_" + "a" * 54])
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/a-tool"])
def test_what_is_no_key_is_not_filled_in(alice: Browser, path: str, wrong: str) -> None:
    answer = alice.post(path, {"key_text": wrong}, page=PAGE)
    assert answer.status_code == 400
    assert "This is not a key" in answer.text
    assert not wrong or wrong not in answer.text


def test_a_key_that_was_just_made_can_be_taken_to_the_guides(alice: Browser) -> None:
    made = alice.post(
        "/portal/keys/new", {"name": "fresh", "tiers": "own_hardware"}, page="/portal/keys/new"
    ).text
    key = text_of("key-text", made)
    form = made.partition('action="/portal/connect"')[2].partition("</form>")[0]
    assert f'name="key_text" value="{key}"' in form


def test_the_check_sees_what_arrived_since_the_page_was_opened(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    text = alice.get(PAGE).text
    address = unescape(text.partition('data-live="')[2].partition('"')[0])
    assert "Waiting for a request" in text
    assert "Waiting for a request" in alice.get(address).text
    assert unescape(text.partition('class="refresh" href="')[2].partition('"')[0]) == (
        address.replace("/live", "") + "#check"
    )
    gateway.clock.moment += timedelta(seconds=1)  # type: ignore[attr-defined]
    later = Scene(scene.home, dict(scene.places))
    send_call(gateway, later)
    for path in (address, address.replace("/live", "")):
        arrived = alice.get(path).text
        assert "Your request has arrived." in arrived
        assert f'href="/portal/requests/{later.places["record"]}"' in arrived
    assert "Waiting for a request" in alice.get(PAGE).text


def test_the_first_request_of_an_account_is_called_so(charlie: Browser) -> None:
    assert "Your first request has arrived." not in charlie.get(PAGE).text


@pytest.mark.parametrize("since", ["", "x", "-1", "9" * 30, "²", "0"])
def test_any_instant_in_the_address_is_survived(alice: Browser, since: str) -> None:
    assert alice.get(f"{PAGE}?since={since}").status_code == 200


def test_guides_stand_in_groups_and_a_new_one_needs_no_entry(alice: Browser) -> None:
    text = alice.get(PAGE).text
    assert "Good to know" in text
    assert text.index("Good to know") < text.index('href="/portal/connect/a-tool"')

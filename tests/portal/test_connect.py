"""Connect and the guides: this instance's address, no raw HTML, and whether a request has arrived."""

import pytest

from tests.portal.conftest import Browser


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

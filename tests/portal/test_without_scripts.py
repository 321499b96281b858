"""With JavaScript off every page does its work: forms are sent by the browser itself, to addresses that are there."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from ni.factory.gateway import Gateway
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene, give_second_factor
from tests.portal.test_isolation import PAGES

READABLE = [path for path in PAGES if not path.endswith((".csv", ".json", "/receipt", "/live"))]


@dataclass
class Form:
    """A form: where it goes and what it holds."""

    method: str
    action: str
    names: set[str] = field(default_factory=set)
    buttons: int = 0


class Reader(HTMLParser):
    """Collects forms, and buttons that nothing but a script makes work; a template is not part of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.idle: list[str] = []
        self._open = False
        self._templates = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._templates += tag == "template"
        if self._templates:
            return
        if tag == "form":
            self.forms.append(Form(found.get("method") or "get", found.get("action") or ""))
            self._open = True
        elif self._open and tag in ("input", "select", "textarea") and found.get("name"):
            self.forms[-1].names.add(found["name"] or "")
        elif tag == "button" and found.get("type") == "button" and "copy" not in (found.get("class") or ""):
            self.idle.append(str(found))
        elif tag == "button" and self._open and found.get("type", "submit") == "submit":
            self.forms[-1].buttons += 1

    def handle_endtag(self, tag: str) -> None:
        self._templates -= tag == "template"
        self._open = self._open and tag != "form"


def read(text: str) -> Reader:
    """What a page offers."""
    reader = Reader()
    reader.feed(text)
    return reader


def takes(app: Flask, form: Form, page: str) -> bool:
    """Whether the form's address takes what the form sends."""
    try:
        app.url_map.bind("localhost").match(form.action or page.partition("?")[0], form.method.upper())
    except HTTPException:
        return False
    return True


@pytest.mark.parametrize("path", READABLE)
def test_every_form_is_sent_by_the_browser_itself_to_an_address_that_takes_it(
    app: Flask, alice: Browser, gateway: Gateway, scene: Scene, path: str
) -> None:
    give_second_factor(gateway, scene.places["bob"])
    reader = read(alice.get(path).text)
    assert reader.idle == []
    for form in reader.forms:
        assert form.buttons, form
        assert takes(app, form, scene.filled(path)), form
        assert form.method != "post" or "csrf_token" in form.names, form


def test_every_page_has_the_forms_of_its_frame(alice: Browser) -> None:
    actions = {form.action for form in read(alice.get("/portal/").text).forms}
    assert {"/language", "/theme", "/portal/sign-out"} <= actions


def test_a_button_that_needs_a_script_would_be_noticed() -> None:
    assert read('<button type="button">Go</button>').idle
    assert not read('<button type="button" class="copy">Copy</button>').idle
    assert not read('<template><button type="button">Go</button></template>').idle
    assert read('<template></template><button type="button">Go</button>').idle

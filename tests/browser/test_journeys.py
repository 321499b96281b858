"""What people come to do, on a real gateway: set up, call, look it up, be stopped, undo, invite; also in French.

One gateway serves all journeys; each begins with people, keys and accounts of its own.
"""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Watched
from tests.fakes.openai_server import KEY as UPSTREAM_KEY
from tests.fakes.openai_server import FakeOpenAI
from tests.running import ROOT, RunningGateway

PASSWORD = "an orchard in September"
ECHO = "sandbox/echo-local"
ALICE = {"name": "Alice Tremblay", "email": "alice@example.ca", "password": PASSWORD}


@dataclass
class Instance:
    """A gateway that Alice has set up, and her sign-in."""

    gateway: RunningGateway
    chromium: Browser
    signed_in: Any = None
    set_up_complaints: tuple[str, ...] = ()

    def open(self, signed_in: bool = True, **context: Any) -> Watched:
        """A browser of its own, with Alice's sign-in or nobody's."""
        state = self.signed_in if signed_in else None
        opened = self.chromium.new_context(**{"locale": "en-CA", **context}, storage_state=state)
        return Watched(opened.new_page(), self.gateway.url)

    def ask(self, key: str, *said: str, model: str = ECHO) -> tuple[int, Any]:
        """Status and body of a chat call; what was said alternates between user and assistant."""
        roles = ("user", "assistant")
        messages = [{"role": roles[at % 2], "content": text} for at, text in enumerate(said)]
        request = urllib.request.Request(
            f"{self.gateway.url}/v1/chat/completions",
            json.dumps({"model": model, "messages": messages}).encode(),
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)


@pytest.fixture(scope="module")
def instance(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with FakeOpenAI() as upstream:
        settings = {"OPENAI_BASE_URL": upstream.base_url, "OPENAI_API_KEY": UPSTREAM_KEY}
        settings |= {"NI_PII_WORKERS": "1"}
        gateway = RunningGateway(tmp_path_factory.mktemp("instance"), **settings)
        link = gateway.ni("init")["set_up_url"]
        gateway.start()
        made = Instance(gateway, chromium)
        watched = made.open(signed_in=False)
        watched.visit(link.removeprefix(gateway.url))
        watched.submit(**ALICE)
        assert watched.page.url == f"{gateway.url}/portal/"
        made.signed_in = watched.page.context.storage_state()
        made.set_up_complaints = tuple(watched.complaints)
        warm_up(made)
        yield made
        gateway.stop()


def warm_up(made: Instance) -> None:
    """Wait until the language models are there: until then, calls that need them are refused."""
    key = new_key(made.open(), "Warm-up")
    ends_at = time.monotonic() + 90
    while made.ask(key, "Hello")[0] != 200:
        assert time.monotonic() < ends_at
        time.sleep(0.5)


def new_key(watched: Watched, name: str, **answers: str) -> str:
    """Make a key as a person does; its text."""
    watched.visit("/portal/keys/new")
    watched.submit(name=name, **answers)
    return watched.page.inner_text("#key-text")


def test_from_the_set_up_link_to_a_row_in_usage_and_its_record(instance: Instance) -> None:
    watched = instance.open()
    new_key(watched, "First key")
    shown = watched.page.inner_text("#key-curl")
    done = subprocess.run(["bash", "-c", shown], capture_output=True, check=True, timeout=20)
    assert json.loads(done.stdout)["choices"][0]["message"]["content"]
    watched.visit("/portal/usage")
    row = watched.page.locator("tbody tr", has_text="First key")
    row.wait_for(timeout=1000)
    instance.ask(new_key_text(shown), "again")
    watched.page.locator("tbody[data-live] tr", has_text="First key").nth(1).wait_for(timeout=2500)
    row.first.locator("a").click()
    path = watched.page.locator("ol.path").inner_text()
    assert path.index("Your tool") < path.index("NI") < path.index("Sandbox")
    verify(instance, watched)
    assert (*instance.set_up_complaints, *watched.complaints) == ()


def test_who_revoked_the_key_is_seen_in_two_clicks_and_verified(instance: Instance) -> None:
    watched = instance.open()
    new_key(watched, "Short-lived")
    watched.visit("/portal/keys")
    row = watched.page.locator("tbody tr", has_text="Short-lived")
    watched.visit(str(row.locator("a[href$='/revoke']").get_attribute("href")))
    watched.page.click("main form [type=submit]")
    watched.page.click("nav a[href='/portal/activity']")
    act = watched.page.locator("tbody tr", has_text="Short-lived").first
    assert ALICE["email"] in act.inner_text()
    act.locator("a").click()
    assert ALICE["email"] in watched.page.inner_text("#act")
    verify(instance, watched)
    assert watched.complaints == []


def verify(instance: Instance, watched: Watched) -> None:
    """Download the receipt of the record on the page, and check it with the single-file verifier."""
    with watched.page.expect_download() as download:
        watched.page.click("a[href$='/receipt']")
    receipt = instance.gateway.home / "receipt.json"
    download.value.save_as(receipt)
    watched.visit("/portal/custody")
    key = watched.page.inner_text("#public-key-1")
    subprocess.run(
        [sys.executable, "ni_verify.py", "verify", str(receipt), "--vkey", key],
        cwd=ROOT, check=True, capture_output=True, timeout=20,
    )  # fmt: skip


def new_key_text(shown: str) -> str:
    """The key inside a `curl` that is shown."""
    found = re.search(r"ni_live_\w+", shown)
    assert found
    return found[0]


def test_a_key_at_its_cap_is_refused_and_the_pages_say_so(instance: Instance) -> None:
    watched = instance.open()
    key = new_key(watched, "Capped key", cap="0.0001")
    listed = urllib.request.Request(
        f"{instance.gateway.url}/v1/models", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(listed, timeout=10) as answer:
        priced = next(one["id"] for one in json.load(answer)["data"] if one["id"].startswith("openai/"))
    status, body = instance.ask(key, "Hello", model=priced)
    assert (status, body["error"]["code"]) == (429, "insufficient_quota")
    watched.visit("/portal/usage?outcome=denied")
    assert (
        watched.page.locator("tbody tr", has_text="Capped key").locator(".badge.warn").inner_text()
        == "Refused"
    )
    watched.visit("/portal/keys")
    assert "$0.0001" in watched.page.locator("tbody tr", has_text="Capped key").inner_text()
    assert watched.complaints == []


def test_a_name_pinned_in_chat_is_undone_in_mappings(instance: Instance) -> None:
    watched = instance.open()
    key = new_key(watched, "Pinning key")
    _, listed = instance.ask(key, "Hello", model="my-favourite")
    text = listed["choices"][0]["message"]["content"]
    number = re.search(rf"^\s*(\d+)\. .*{re.escape(ECHO)}", text, re.M)
    assert number
    instance.ask(key, "Hello", text, number[1], model="my-favourite")
    _, answered = instance.ask(key, "What now?", model="my-favourite")
    assert "What now?" in answered["choices"][0]["message"]["content"]
    watched.visit("/portal/mappings")
    watched.page.locator("tbody tr", has_text="my-favourite").locator("button").click()
    assert watched.page.locator("tbody tr", has_text="my-favourite").count() == 0
    _, unpinned = instance.ask(key, "And now?", model="my-favourite")
    assert "isn't one of the exact route ids" in unpinned["choices"][0]["message"]["content"]
    assert watched.complaints == []


def test_a_member_joins_by_link_and_sees_without_changing(instance: Instance) -> None:
    watched = instance.open()
    watched.visit("/portal/settings/people")
    watched.page.click("form[action$='/invite'] [type=submit]")
    link = watched.page.inner_text("#invitation")
    newcomer = instance.open(signed_in=False, java_script_enabled=False)
    newcomer.visit(link.removeprefix(instance.gateway.url))
    newcomer.submit(name="Bob Roy", email="bob@example.ca", password="a pear tree in October")
    newcomer.submit(email="bob@example.ca", password="a pear tree in October")
    newcomer.visit("/portal/keys")
    assert newcomer.page.locator("tbody tr").count() > 0
    assert newcomer.page.locator("a[href='/portal/keys/new']").count() == 0
    assert newcomer.page.goto(f"{instance.gateway.url}/portal/keys/new").status == 403  # type: ignore[union-attr]
    assert newcomer.page.goto(link).status == 410  # type: ignore[union-attr]
    assert watched.complaints == []


def test_signing_in_with_a_code_from_an_app(instance: Instance) -> None:
    operator = instance.open()
    operator.visit("/portal/accounts")
    operator.submit(name="Orchard")
    link = operator.page.inner_text("#invitation")
    watched = instance.open(signed_in=False)
    watched.visit(link.removeprefix(instance.gateway.url))
    watched.submit(name="Eve", email="eve@example.ca", password=PASSWORD)
    watched.submit(email="eve@example.ca", password=PASSWORD)
    watched.visit("/portal/settings/second-factor")
    app = pyotp.TOTP(watched.page.inner_text("#secret-text"))
    watched.submit(code=app.now(), current=PASSWORD)
    recovery = watched.page.inner_text("#recovery").split()
    assert len(recovery) == 10
    for code, good in (("000000", False), (recovery[0], True), (recovery[0], False)):
        watched.page.context.clear_cookies()
        watched.visit("/portal/sign-in")
        watched.submit(email="eve@example.ca", password=PASSWORD)
        watched.submit(code=code)
        assert watched.page.url.endswith("/portal/") == good, code
    assert [text for text in watched.complaints if "403" not in text and "[DOM]" not in text] == []


def test_french_by_keyboard_alone(instance: Instance) -> None:
    watched = instance.open(signed_in=False)
    page = watched.page
    watched.visit("/portal/sign-in")
    press_until(watched, "button[value=fr]")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[lang=fr-CA]")
    press_until(watched, "#email")
    page.keyboard.type(ALICE["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/")
    assert page.inner_text("h1") == "Aperçu"
    press_until(watched, "nav.wide a[href='/portal/playground']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#prompt")
    press_until(watched, "#prompt")
    page.keyboard.type("Bonjour de Trois-Rivières")
    press_until(watched, "main form.panel [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer:not([aria-busy]):not(:empty)")
    assert "Trois-Rivières" in page.inner_text("#answer")
    assert watched.complaints == []


def press_until(watched: Watched, selector: str) -> None:
    """Move the focus with the Tab key until it is there."""
    for _ in range(60):
        if watched.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        watched.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached with the Tab key")


def test_without_javascript_every_form_still_does_its_work(instance: Instance) -> None:
    watched = instance.open(java_script_enabled=False)
    key = new_key(watched, "Plain key")
    watched.visit("/portal/playground")
    watched.page.select_option("#key", label=f"Plain key (…{key[-4:]})")
    watched.page.fill("#prompt", "Hello without a script, marie@tremblay.ca")
    watched.page.click("main form.panel [type=submit]")
    assert "Hello without a script, marie@tremblay.ca" in watched.page.inner_text("#answer")
    sent = watched.page.inner_text("#sent")
    assert "Hello without a script" in sent
    assert "marie@tremblay.ca" not in sent
    assert watched.page.locator("#sent mark").count() > 0
    watched.page.click("#record-link")
    assert "Sandbox" in watched.page.inner_text("ol.path")
    watched.visit("/portal/accounts")
    watched.submit(name="Plain account")
    assert "/portal/invite/" in watched.page.inner_text("#invitation")
    watched.visit("/portal/settings/account")
    watched.page.select_option("#time_zone", "America/Halifax")
    watched.page.click("form[action$='/account'] [type=submit]")
    watched.page.locator(".notice.success").wait_for()


def test_no_request_leaves_a_trace_of_what_was_said(instance: Instance, tmp_path: Path) -> None:
    """The playground, too, writes nothing that was typed into the database's files or the log."""
    key = new_key(instance.open(), "Silent key")
    instance.ask(key, "xylophone-quartz-7713")
    found = [
        path.name
        for path in instance.gateway.home.rglob("*")
        if path.is_file() and b"xylophone-quartz-7713" in path.read_bytes()
    ]
    assert found == []

"""People sign in through a certified OpenID provider, on the whole application; only the browser is played by hand."""

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ni.access.accounts import Role
from ni.access.onboarding import NewUser
from ni.access.single_sign_on import GroupRole
from ni.domain.secret import Secret
from ni.factory.application import create_app
from ni.factory.gateway import Gateway
from ni.settings import secret_files
from ni.web.metrics import Metrics
from tests.assembled import ORIGIN, ROOT, opened, prepare
from tests.cast import StandingClock
from tests.clients.conftest import HERE, INSTALLED, require
from tests.running import free_port

NODE = INSTALLED / "node_modules/node/bin/node"
ANNA = {"email": "anna@example.ca", "email_verified": True, "name": "Anna Roy", "groups": ["engineers"]}


class Provider:
    """The provider as a process, its directory, and the logout tokens that it posted."""

    def __init__(self) -> None:
        require(NODE.exists() and (INSTALLED / "node_modules/oidc-provider").is_dir(), "oidc-provider")
        self.posted: Queue[str] = Queue()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._mailbox = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._mailbox.serve_forever, daemon=True).start()
        self.start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        posted = self.posted

        class Mailbox(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                posted.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Mailbox

    def start(self) -> None:
        """Begin to serve, with a key that nobody has seen."""
        mailbox = f"http://127.0.0.1:{self._mailbox.server_port}/"
        command = [str(NODE), str(HERE / "openid.mjs"), str(self._port), ORIGIN, mailbox]
        environ = {"PATH": os.environ["PATH"], "INSTALLED": str(INSTALLED)}
        self._process = subprocess.Popen(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout
        assert self._process.stdout.readline().strip() == "ready"

    def stop(self) -> None:
        """End the process; its directory and sessions are gone."""
        self._process.terminate()
        self._process.communicate()

    def close(self) -> None:
        """End everything."""
        self.stop()
        self._mailbox.shutdown()
        self._mailbox.server_close()

    def put(self, who: str, **claims: object) -> None:
        """Add a person to the directory, or change them."""
        requests.put(f"{self.url}/people/{who}", json=claims, timeout=10).raise_for_status()

    def remove(self, who: str) -> None:
        """Remove a person from the directory."""
        requests.delete(f"{self.url}/people/{who}", timeout=10).raise_for_status()


@dataclass
class Instance:
    """The application with single sign-on set up, and people's browsers."""

    gateway: Gateway
    client: FlaskClient
    clock: StandingClock
    elsewhere: requests.Session

    def get(self, path: str) -> TestResponse:
        """A page."""
        return self.client.get(path, base_url=ORIGIN)

    def sign_in(self, who: str) -> TestResponse:
        """To the provider, through its forms, and back."""
        sent = self.get("/portal/sso?next=/portal/usage")
        assert sent.status_code == 303
        back = at_the_provider(self.elsewhere, sent.location, who)
        return self.get(f"{urlsplit(back).path}?{urlsplit(back).query}")

    def post(self, path: str, **form: str) -> TestResponse:
        """A form, with the token of the page that the browser may see."""
        page = self.get(path.removesuffix("/remove")).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        return self.client.post(path, data={"csrf_token": token[1], **form}, base_url=ORIGIN)

    def is_in(self) -> bool:
        """Whether the browser is signed in."""
        return self.get("/portal/").status_code == 200

    def allow(self, group: str, account: str, role: Role) -> None:
        """A line of the operator's table."""
        self.gateway.access.single_sign_on.groups.add(GroupRole(group, account, role))


def at_the_provider(browser: requests.Session, address: str, who: str) -> str:
    """Fill the provider's forms in until it sends the browser back; where to."""
    answer = browser.get(address, allow_redirects=False, timeout=10)
    for _ in range(12):
        if answer.is_redirect:
            address = urljoin(answer.url, answer.headers["Location"])
            if address.startswith(ORIGIN):
                return address
            answer = browser.get(address, allow_redirects=False, timeout=10)
            continue
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
        action = re.search(r'action="([^"]+)"', answer.text)
        if "success" in address:
            return address
        assert action, answer.text[:500]
        sent = {**form, "login": who, "password": "any", "logout": "yes"}
        answer = browser.post(urljoin(answer.url, action[1]), data=sent, allow_redirects=False, timeout=10)
    raise AssertionError("the provider sent nobody back")


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def instance(provider: Provider, tmp_path: Path) -> Iterator[Instance]:
    home, clock = tmp_path / "home", StandingClock(datetime.now(UTC))
    secret_files.create(home, os.urandom)
    environ = {
        "NI_OIDC_ISSUER": provider.url,
        "NI_OIDC_CLIENT_ID": "northern",
        "NI_OIDC_CLIENT_SECRET": "a-secret-of-the-test-that-is-long",
        "NI_OIDC_NAME": "Northern Directory",
        "NI_PASSWORD_SIGN_IN": "operators",
        "NI_PRIVATE_NETWORKS": "127.0.0.0/8",
    }
    with opened(home, environ, clock) as gateway:
        prepare(gateway)
        gateway.log_service.start("ni.example/custody/2026")
        client = create_app(gateway, Metrics(), str(ROOT)).test_client()
        with requests.Session() as elsewhere:
            yield Instance(gateway, client, clock, elsewhere)
        gateway.egress.forget()


def test_a_person_lands_in_the_account_of_their_group_and_is_out_when_removed(
    provider: Provider, instance: Instance
) -> None:
    research = instance.gateway.accounts.create("Research")
    instance.allow("engineers", research.id, Role.MEMBER)
    provider.put("anna", **ANNA)
    landed = instance.sign_in("anna")
    assert (landed.status_code, landed.location) == (303, "/portal/usage")
    page = instance.get("/portal/").text
    assert "Research" in page
    assert [(one.email, one.role) for one in instance.gateway.access.members_of(research.id).list()] == [
        ("anna@example.ca", Role.MEMBER)
    ]
    provider.remove("anna")
    assert instance.is_in()
    instance.clock.move(seconds=59)
    assert not instance.is_in()


def test_groups_that_lead_into_two_accounts_and_their_best_role_count(
    provider: Provider, instance: Instance
) -> None:
    research = instance.gateway.accounts.create("Research")
    instance.allow("engineers", "default", Role.MEMBER)
    instance.allow("engineers", research.id, Role.MEMBER)
    instance.allow("leads", "default", Role.OWNER)
    provider.put("anna", **{**ANNA, "groups": ["engineers", "leads"]})
    instance.sign_in("anna")
    user = instance.gateway.access.users.by_email("anna@example.ca")
    assert user
    joined = {account.id: role for account, role in instance.gateway.accounts.of(user.id)}
    assert joined == {"default": Role.OWNER, research.id: Role.MEMBER}
    provider.put("anna", **{**ANNA, "groups": ["engineers"]})
    instance.clock.move(seconds=59)
    assert instance.is_in()
    assert {account.id: role for account, role in instance.gateway.accounts.of(user.id)} == {
        "default": Role.MEMBER,
        research.id: Role.MEMBER,
    }
    provider.put("anna", **{**ANNA, "groups": []})
    instance.clock.move(seconds=59)
    assert not instance.is_in()
    assert instance.gateway.accounts.of(user.id) == ()


def test_who_is_in_no_group_of_ours_is_told_so_and_not_let_in(provider: Provider, instance: Instance) -> None:
    provider.put("anna", **ANNA)
    refused = instance.sign_in("anna")
    assert refused.status_code == 403
    assert "none of your groups leads into an account" in refused.text
    assert instance.gateway.access.users.by_email("anna@example.ca") is None


@pytest.mark.parametrize(("verified", "status"), [(True, 303), (False, 403)])
def test_a_user_of_before_is_found_by_a_verified_address_alone(
    provider: Provider, instance: Instance, verified: bool, status: int
) -> None:
    instance.allow("engineers", "default", Role.MEMBER)
    person = NewUser("anna@example.ca", "Anna", Secret("a long password of hers"))
    before = instance.gateway.access.onboarding.create(person, "default", Role.OWNER)
    provider.put("anna", **{**ANNA, "email_verified": verified})
    assert instance.sign_in("anna").status_code == status
    assert len(instance.gateway.access.users.list()) == 1
    roles = [(one.user_id, one.role) for one in instance.gateway.access.members_of("default").list()]
    assert roles == [(before.id, Role.OWNER)]  # what an invitation gave is not the groups' to change


def test_a_provider_that_is_down_leaves_sessions_a_quarter_of_an_hour_and_operators_their_passwords(
    instance: Instance, provider: Provider
) -> None:
    instance.allow("engineers", "default", Role.MEMBER)
    password = "a long password of theirs"
    for email in ("op@example.ca", "member@example.ca"):
        instance.gateway.access.onboarding.create(
            NewUser(email, "P", Secret(password)), "default", Role.OWNER
        )
    provider.put("anna", **ANNA)
    instance.sign_in("anna")
    provider.stop()
    instance.clock.move(minutes=14)
    assert instance.is_in()
    instance.clock.move(minutes=2)
    assert not instance.is_in()
    instance.clock.move(hours=1)
    told = instance.get("/portal/sso")
    assert (told.status_code, "does not answer" in told.text) == (503, True)
    for email, status in (("member@example.ca", 403), ("op@example.ca", 303)):
        assert instance.post("/portal/sign-in", email=email, password=password).status_code == status
    provider.start()


def test_a_provider_that_signs_with_another_key_is_believed_after_its_keys_are_read_again(
    instance: Instance, provider: Provider
) -> None:
    instance.allow("*", "default", Role.MEMBER)
    provider.put("anna", **ANNA)
    instance.sign_in("anna")
    assert instance.is_in()
    provider.stop()
    provider.start()
    provider.put("anna", **ANNA)
    instance.clock.move(seconds=31)
    assert instance.sign_in("anna").status_code == 303


@pytest.mark.parametrize(("off_s", "status"), [(50, 303), (-50, 303), (-120, 403), (7200, 403)])
def test_clocks_may_differ_by_a_minute(
    instance: Instance, provider: Provider, off_s: int, status: int
) -> None:
    instance.allow("*", "default", Role.MEMBER)
    provider.put("anna", **ANNA)
    instance.clock.move(seconds=off_s)
    assert instance.sign_in("anna").status_code == status


@pytest.mark.parametrize("spoilt", ["state", "code", "iss"])
def test_an_answer_that_was_tampered_with_signs_nobody_in(
    instance: Instance, provider: Provider, spoilt: str
) -> None:
    instance.allow("*", "default", Role.MEMBER)
    provider.put("anna", **ANNA)
    back = urlsplit(at_the_provider(instance.elsewhere, instance.get("/portal/sso").location, "anna"))
    query = {**dict(parse_qsl(back.query)), spoilt: "https://other.example"}
    assert instance.get(f"{back.path}?{urlencode(query)}").status_code == 403
    assert not instance.is_in()
    assert instance.get(f"{back.path}?{back.query}").status_code == 403  # the first answer used the trip up


def test_who_turns_back_at_the_provider_reads_a_sentence(instance: Instance, provider: Provider) -> None:
    state = dict(parse_qsl(urlsplit(instance.get("/portal/sso").location).query))["state"]
    answer = f"error=access_denied&state={state}&iss={quote(provider.url, safe='')}"
    told = instance.get(f"/portal/sso/callback?{answer}")
    assert (told.status_code, "did not let you in" in told.text) == (403, True)


def test_the_providers_word_that_a_session_is_over_ends_it_at_once(
    provider: Provider, instance: Instance
) -> None:
    instance.allow("*", "default", Role.MEMBER)
    provider.put("anna", **ANNA)
    instance.sign_in("anna")
    forged = {"logout_token": "e30.e30.e30"}
    assert instance.client.post("/portal/sso/logout", data=forged, base_url=ORIGIN).status_code == 400
    assert instance.is_in()
    at_the_provider(instance.elsewhere, f"{provider.url}/session/end", "anna")
    token = dict(parse_qsl(provider.posted.get(timeout=10)))
    told = instance.client.post("/portal/sso/logout", data=token, base_url=ORIGIN)
    assert (told.status_code, told.headers["Cache-Control"]) == (200, "no-store")
    assert not instance.is_in()
    again = instance.client.post("/portal/sso/logout", data=token, base_url=ORIGIN)
    assert (again.status_code, again.get_json()) == (400, {"error": "invalid_request"})


def test_an_operator_decides_in_the_portal_which_groups_lead_where(
    provider: Provider, instance: Instance
) -> None:
    person = NewUser("op@example.ca", "Op", Secret("a long password of theirs"))
    instance.gateway.access.onboarding.create(person, "default", Role.OWNER)
    instance.post("/portal/sign-in", email="op@example.ca", password="a long password of theirs")
    page = instance.get("/portal/sso/groups").text
    assert f"{ORIGIN}/portal/sso/callback" in page
    added = instance.post("/portal/sso/groups", group="engineers", account="default", role="member")
    assert added.status_code == 303
    assert "engineers" in instance.get("/portal/sso/groups").text
    gone = instance.post("/portal/sso/groups/remove", group="engineers", account="default")
    assert gone.status_code == 303
    assert instance.gateway.access.single_sign_on.groups.list() == ()

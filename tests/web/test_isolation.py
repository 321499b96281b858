"""Two accounts on one real gateway: whatever address one asks for with the other's ids, nothing is told or changed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.routing import Rule as Address

from ni.access.accounts import Role
from ni.access.key_spec import KeySpec
from ni.access.onboarding import NewUser
from ni.domain.secret import Secret
from ni.web.security import AccessRule, rule_of
from tests.assembled import ORIGIN, Assembled, assembled

PASSWORD = "correct horse battery staple 7"
MARKS = ("zzalpha", "zzsecretmodel")
"""What stands in the first account's names: must never be seen by the second."""


class Two:
    """The gateway, with what the first account has and a browser and a key of the second."""

    def __init__(self, made: Assembled) -> None:
        self.made = made
        gateway = made.gateway
        people = gateway.access.onboarding
        self.accounts = [gateway.accounts.create(name) for name in ("zzalpha", "beta")]
        ids = [account.id for account in self.accounts]
        created = [
            gateway.keys_of(one).create(KeySpec(name=f"{mark} key"), created_by="")
            for one, mark in zip(ids, ("zzalpha", "beta"), strict=True)
        ]
        self.keys = [one.text.reveal() for one in created]
        self.key_ids = [one.id for one in created]
        self.users = [
            people.create(NewUser(f"{mark}@example.ca", mark, Secret(PASSWORD)), one, Role.OWNER)
            for one, mark in zip(ids, ("zzalpha", "beta"), strict=True)
        ]
        self.request_id = self.ask(0, "zzsecretmodel").headers["X-NI-Request-ID"]
        self.ids = ids
        self.browser = made.app.test_client()
        self.token = self._token("/portal/sign-in")
        form = {"csrf_token": self.token, "email": "beta@example.ca", "password": PASSWORD}
        assert self.browser.post("/portal/sign-in", data=form, base_url=ORIGIN).status_code == 303
        self.token = self._token("/portal/keys")

    def _token(self, path: str) -> str:
        page = self.browser.get(path, base_url=ORIGIN).text
        return page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]

    def ask(self, who: int, model: str) -> Any:
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
        headers = {"Authorization": f"Bearer {self.keys[who]}"}
        return self.made.client.post("/v1/chat/completions", json=body, headers=headers)

    def filled(self, address: Address) -> str:
        """The address with the first account's ids."""
        values = {}
        for name in address.arguments:
            values[name] = {
                "key_id": self.key_ids[0], "request_id": self.request_id, "name": "zzsecretmodel",
                "user_id": self.users[0].id, "account_id": self.ids[0],
            }.get(name, self.key_ids[0])  # fmt: skip
        built = address.build(values)
        return built[1] if built else ""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with assembled(tmp_path_factory.mktemp("two")) as made:
        yield Two(made)


def test_no_page_tells_or_changes_anything_of_another_account(two: Two) -> None:
    asked = 0
    for address in two.made.app.url_map.iter_rules():
        if rule_of(two.made.app, address.endpoint) not in (
            AccessRule.SESSION,
            AccessRule.OWNER,
            AccessRule.OPERATOR,
        ):
            continue
        path = two.filled(address)
        for method in sorted((address.methods or set()) & {"GET", "POST"}):
            data = {"csrf_token": two.token, "name": "taken", "confirm": "yes"} if method == "POST" else None
            if "sign-out" in path or "password" in path:
                continue
            answer = two.browser.open(path, method=method, data=data, base_url=ORIGIN)
            asked += 1
            assert answer.status_code < 500 or answer.status_code == 503, (method, path, answer.status_code)
            if method == "GET":
                said = answer.text.replace(path, "")
                assert not any(mark in said for mark in MARKS), (path, answer.status_code)
    print(f"{asked} addresses asked, nothing of the other account seen")
    assert asked > 40
    assert two.ask(0, "ni-help").status_code == 200  # its key still lives
    owned = two.made.gateway.keys_of(two.ids[0]).list()
    assert [key.spec.name for key in owned] == ["zzalpha key"]


@pytest.mark.parametrize("query", ["", "?key={key}", "?route=zzsecretmodel", "?limit=1000&from=2000-01-01"])
def test_usage_of_another_account_is_not_listed(two: Two, query: str) -> None:
    path = "/api/usage" + query.format(key=two.key_ids[0])
    answer: Any = two.made.client.get(path, headers={"Authorization": f"Bearer {two.keys[1]}"})
    rows = json.loads(answer.data)["data"]
    assert two.request_id not in [row["request_id"] for row in rows]
    assert all(row["key_id"] == two.key_ids[1] for row in rows)


def test_a_record_of_another_account_is_not_found(two: Two) -> None:
    path = f"/api/usage/custody/{two.request_id}"
    own: Any = two.made.client.get(path, headers={"Authorization": f"Bearer {two.keys[0]}"})
    other: Any = two.made.client.get(path, headers={"Authorization": f"Bearer {two.keys[1]}"})
    assert (own.status_code, other.status_code) == (200, 404)


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize(
    "value", ["9999-12-31", "0001-01-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00+14:00"]
)
def test_a_date_at_the_end_of_time_is_no_fault_of_ours(two: Two, name: str, value: str) -> None:
    path = f"/api/usage?{name}={value.replace('+', '%2B')}"
    answer = two.made.client.get(path, headers={"Authorization": f"Bearer {two.keys[1]}"})
    assert answer.status_code in (200, 400)

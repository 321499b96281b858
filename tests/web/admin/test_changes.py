"""What the endpoints do: accounts, people, keys, credentials, catalog, credit; once, and only on the present state."""

from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from ni.access.admin_tokens import TokenSpec
from ni.access.key_text import mint
from ni.domain.errors import ChangedMeanwhile
from ni.factory.application import HELD
from ni.store.held_rows import HeldRows, with_held
from ni.store.tables.access import accounts, keys, members, users
from ni.store.tables.catalog import routes
from ni.store.tables.custody import custody_records
from ni.store.unit import Change, Unit
from ni.store.writer import Writer
from ni.web.admin.api import ENDPOINTS, READERS, etag_of
from tests.web.admin.cast import EVERYTHING, Admin


def done(admin: Admin, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """The answer to a request of the operator that must succeed."""
    answer = admin.ask(admin.token(), method, path, body, **headers)
    assert answer.status_code < 300, answer.text
    return answer.json if answer.status_code != 204 else None


def provisioned(admin: Admin) -> list[tuple[int, Any]]:
    """What a provisioning tool does: an account, a key with limits, both read back, changed, deleted and gone."""
    token, seen = admin.token(), list[tuple[int, Any]]()

    def step(method: str, path: str, body: Any = None) -> Any:
        answer = admin.ask(token, method, path, body)
        seen.append((answer.status_code, answer.headers.get("ETag", "") != ""))
        return answer.json if answer.data else {}

    account = step(
        "POST", "/accounts", {"name": "team", "time_zone": "America/Vancouver", "min_evidence": "B"}
    )
    one = f"/accounts/{account['id']}"
    limits = {
        "name": "ci",
        "max_spend_per_day": "5.00",
        "rpm": 60,
        "tags": ["night"],
        "tiers": ["own_hardware"],
    }
    key = step("POST", f"{one}/keys", limits)
    read = step("GET", f"{one}/keys/{key['id']}")
    assert {name: read[name] for name in limits} == limits
    assert key == read | {"key": key["key"]}
    changed = step("PATCH", f"{one}/keys/{key['id']}", {"rpm": None, "max_spend_per_day": "7.50"})
    assert changed == read | {"rpm": None, "max_spend_per_day": "7.50"}
    budget: Any = {}
    for scope, subject in (("key", key["id"]), ("account", "")):
        budget = step(
            "PUT", f"{one}/budgets", {"scope": scope, "subject": subject, "window": "month", "limit": "50"}
        )
        assert step("GET", f"{one}/budgets/{budget['id']}") == budget
    step("DELETE", f"{one}/budgets/{budget['id']}")
    step("DELETE", one)  # refused: it has a live key
    step("DELETE", f"{one}/keys/{key['id']}")
    step("DELETE", f"{one}/keys/{key['id']}")
    step("DELETE", one)
    step("GET", one)
    return seen


def test_what_is_made_and_deleted_can_be_made_and_deleted_again_with_the_same_answers(admin: Admin) -> None:
    first = provisioned(admin)
    assert [status for status, _ in first] == [201, 201, 200, 200, *[200] * 4, 204, 409, 204, 404, 204, 404]
    assert provisioned(admin) == first


def test_an_account_with_usage_stays(admin: Admin) -> None:
    account = done(admin, "POST", "/accounts", {"name": "used"})
    one = f"/accounts/{account['id']}"
    key = done(admin, "POST", f"{one}/keys", {"name": "k"})
    called = admin.instance.client.post(
        "/v1/chat/completions",
        json={"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "hi"}]},
        headers={"Authorization": f"Bearer {key['key']}"},
    )
    assert called.status_code == 200
    rows = done(admin, "GET", f"{one}/usage")["data"]
    assert [row["key_id"] for row in rows] == [key["id"]]
    (sums,) = done(admin, "GET", f"{one}/usage/totals?by=route")["data"]
    assert (sums["route"], sums["requests"]) == ("sandbox/echo-local", 1)
    done(admin, "DELETE", f"{one}/keys/{key['id']}")
    refused = admin.ask(admin.token(), "DELETE", one)
    assert (refused.status_code, "stay on record" in refused.text) == (409, True)


def test_the_first_account_cannot_be_deleted(admin: Admin) -> None:
    assert admin.ask(admin.token(), "DELETE", "/accounts/default").status_code == 409


def test_a_rotated_key_answers_its_new_text_and_both_work(admin: Admin) -> None:
    one = f"/accounts/{admin.mine}/keys"
    made = done(admin, "POST", one, {"name": "k"})
    rotated = done(admin, "POST", f"{one}/{made['id']}/rotate", {"overlap_seconds": 3600})
    assert rotated["id"] == made["id"]
    for text in (made["key"], rotated["key"]):
        assert admin.instance.gateway.keys.authenticate(text).key_id == made["id"]
    done(admin, "POST", f"{one}/{made['id']}/rotate")
    assert "key" not in done(admin, "GET", f"{one}/{made['id']}")


def test_people_are_promoted_moved_and_removed_and_an_account_keeps_an_owner(admin: Admin) -> None:
    mine, theirs, ids = admin.mine, admin.theirs, admin.ids[admin.mine]
    person = f"/accounts/{mine}/people/{ids['user_id']}"
    assert done(admin, "PATCH", person, {"role": "owner"})["role"] == "owner"
    done(admin, "PATCH", person, {"role": "member"})
    (owner,) = [
        each["id"]
        for each in done(admin, "GET", f"/accounts/{mine}/people")["data"]
        if each["role"] == "owner"
    ]
    last = admin.ask(admin.token(), "DELETE", f"/accounts/{mine}/people/{owner}")
    assert (last.status_code, "needs an owner" in last.text) == (400, True)
    moving = {"email": "member@mine.example.ca", "role": "owner", "leaves": mine}
    moved = done(admin, "POST", f"/accounts/{theirs}/people", moving)
    assert (moved["id"], moved["role"]) == (ids["user_id"], "owner")
    assert admin.ask(admin.token(), "GET", person).status_code == 404
    assert admin.ask(admin.token(), "POST", f"/accounts/{theirs}/people", moving).status_code == 400
    done(admin, "DELETE", f"/accounts/{theirs}/people/{ids['user_id']}")
    assert done(admin, "GET", f"/users/{ids['user_id']}")["accounts"] == {}
    assert done(admin, "PATCH", f"/users/{owner}", {"operator": True})["operator"]
    assert admin.ask(admin.token(), "PATCH", f"/users/{owner}", {"operator": False}).status_code == 400


def test_the_last_owner_does_not_leave_by_moving(admin: Admin) -> None:
    moving = {"email": "owner@mine.example.ca", "role": "member", "leaves": admin.mine}
    assert admin.ask(admin.token(), "POST", f"/accounts/{admin.theirs}/people", moving).status_code == 400
    assert len(done(admin, "GET", f"/accounts/{admin.theirs}/people")["data"]) == 2


def test_an_invitation_lets_somebody_join(admin: Admin) -> None:
    made = done(admin, "POST", f"/accounts/{admin.mine}/invitations", {"role": "member"})
    path = made["url"].removeprefix("http://127.0.0.1:8000")
    assert admin.instance.client.get(path, base_url="http://127.0.0.1:8000").status_code == 200


def test_an_open_invitation_is_listed_with_its_maker_and_withdrawn_once(admin: Admin) -> None:
    invitations = f"/accounts/{admin.mine}/invitations"
    token_id, text = admin.instance.gateway.access.admin_tokens.create(TokenSpec("ci", EVERYTHING, None))
    made = admin.ask(text.reveal(), "POST", invitations, {"role": "auditor"}).json or {}
    listed = {each["id"]: each for each in done(admin, "GET", invitations)["data"]}
    one = listed.pop(made["id"])
    assert (one["role"], one["made_by"], one["expires_at"]) == ("auditor", token_id, made["expires_at"])
    assert [each["made_by"] for each in listed.values()] == ["gateway"]
    assert made["url"].rpartition("/")[2] not in str(one)
    done(admin, "DELETE", f"{invitations}/{made['id']}")
    assert admin.ask(text.reveal(), "DELETE", f"{invitations}/{made['id']}").status_code == 404
    assert made["id"] not in str(done(admin, "GET", invitations))
    path = made["url"].removeprefix("http://127.0.0.1:8000")
    assert admin.instance.client.get(path, base_url="http://127.0.0.1:8000").status_code == 410


def test_a_credential_is_stored_and_forgotten_and_its_secret_not_told(admin: Admin) -> None:
    path, secret = f"/accounts/{admin.mine}/credentials", "sk-" + "b" * 40
    stored = admin.ask(admin.token(), "PUT", f"{path}/openai", {"api_key": secret})
    assert stored.status_code == 200
    assert secret not in stored.text + admin.ask(admin.token(), "GET", path).text
    assert admin.ask(admin.token(), "PUT", f"{path}/openai", {"api_key": "short"}).status_code == 400
    assert admin.ask(admin.token(), "PUT", f"{path}/nobody", {"api_key": secret}).status_code == 400
    done(admin, "DELETE", f"{path}/openai")
    assert admin.ask(admin.token(), "DELETE", f"{path}/openai").status_code == 404


def test_a_route_is_switched_off_for_keys_and_a_price_holds_from_its_day(admin: Admin) -> None:
    headers = admin.instance.headers()
    listed = "/v1/models/sandbox/echo-local"
    assert admin.instance.client.get(listed, headers=headers).status_code == 200
    done(admin, "PATCH", "/routes/sandbox/echo-local", {"enabled": False})
    assert admin.instance.client.get(listed, headers=headers).status_code == 404
    routes = done(admin, "GET", "/routes?limit=200")["data"]
    route = next(each["id"] for each in routes if each["provider"] == "openai" and each["pricing"])
    price = {"since": "2099-01-01", "input": "3", "output": "15"}
    assert done(admin, "POST", f"/routes/{route}/prices", price)["pricing"]["input"] == 3.0
    assert admin.ask(admin.token(), "POST", f"/routes/{route}/prices", price).status_code == 400
    assert done(admin, "GET", f"/routes/{route}/price?day=2099-01-02")["since"] == "2099-01-01"
    assert done(admin, "GET", f"/routes/{route}/price")["since"] < "2099"
    absurd = price | {"since": "2099-02-01", "output": "1"}
    assert admin.ask(admin.token(), "POST", f"/routes/{route}/prices", absurd).status_code == 400


def test_credit_is_granted_once_under_one_idempotency_key(admin: Admin) -> None:
    path, token = f"/accounts/{admin.mine}/credits", admin.token()
    first = admin.ask(token, "POST", path, {"amount": "25.00"}, Idempotency_Key="invoice-7")
    again = admin.ask(token, "POST", path, {"amount": "25.00"}, Idempotency_Key="invoice-7")
    other = admin.ask(token, "POST", path, {"amount": "26.00"}, Idempotency_Key="invoice-7")
    assert [each.status_code for each in (first, again, other)] == [200, 409, 409]
    assert [again.json["code"], other.json["code"]] == ["idempotency_key_used", "idempotency_key_reused"]  # type: ignore[index]
    assert done(admin, "GET", f"/accounts/{admin.mine}/balance")["balance"] == "25.00"
    assert (
        admin.ask(admin.token(), "POST", path, {"amount": "25.00"}, Idempotency_Key="invoice-7").status_code
        == 200
    )


def test_what_was_refused_may_be_asked_for_again_and_what_was_made_is_named(admin: Admin) -> None:
    token = admin.token()

    def ask(name: str) -> TestResponse:
        return admin.ask(token, "POST", "/accounts", {"name": name}, Idempotency_Key=name)

    assert [ask(name).status_code for name in ("theirs", "theirs", "new")] == [400, 400, 201]
    answer = ask("new")
    assert answer.status_code == 409
    made = admin.instance.gateway.accounts.named("new")
    assert made is not None
    assert answer.headers["Location"] == f"/api/v1/accounts/{made.id}"


def test_a_change_of_a_state_that_is_no_longer_the_present_one_is_refused(admin: Admin) -> None:
    path, token = f"/accounts/{admin.mine}/keys/{admin.ids[admin.mine]['key_id']}", admin.token()
    read = admin.ask(token, "GET", path).headers["ETag"]
    changed = admin.ask(token, "PATCH", path, {"rpm": 5}, If_Match=read)
    assert changed.status_code == 200
    assert changed.headers["ETag"] == admin.ask(token, "GET", path).headers["ETag"] != read
    for method, body in (("PATCH", {"rpm": 6}), ("DELETE", None)):
        refused = admin.ask(token, method, path, body, If_Match=read)
        assert (refused.status_code, refused.json["code"]) == (412, "changed_meanwhile")  # type: ignore[index]
    several = f'"another", {changed.headers["ETag"]}'
    assert admin.ask(token, "PATCH", path, {"rpm": 6}, If_Match=several).status_code == 200
    assert admin.ask(token, "PATCH", path, {"rpm": 6}, If_Match="*").status_code == 200
    assert done(admin, "GET", path)["rpm"] == 6


def test_the_rows_of_every_object_that_is_changed_can_be_held() -> None:
    changed = {each.changed for each in ENDPOINTS if each.changed in READERS and each.verb != "read"}
    assert set(HELD) == changed


BELOW: dict[str, Any] = {
    "rotateKey": {"overlap_seconds": 60},
    "addPrice": {"since": "2099-01-01", "input": "3", "output": "15"},
    "withdrawPrice": None,
    "placeRoute": {"deployments": ["sandbox"]},
}
"""By endpoint below the path of an object that it changes: what it is asked."""


def test_every_change_below_an_object_names_the_object() -> None:
    assert {each.name for each in ENDPOINTS if each.changes} == set(BELOW)


@pytest.mark.parametrize("name", BELOW)
def test_a_change_below_the_path_of_an_object_heeds_its_state(admin: Admin, name: str) -> None:
    (endpoint,) = (each for each in ENDPOINTS if each.name == name)
    path, token = admin.path(endpoint, admin.mine), admin.token()
    refused = admin.ask(token, endpoint.method, path, BELOW[name], If_Match='"zz"')
    assert (refused.status_code, refused.json["code"]) == (412, "changed_meanwhile")  # type: ignore[index]


def test_a_key_is_rotated_in_the_state_that_was_read_and_once(admin: Admin) -> None:
    path, token = f"/accounts/{admin.mine}/keys/{admin.ids[admin.mine]['key_id']}", admin.token()
    read = admin.ask(token, "GET", path).headers["ETag"]
    asked = [admin.ask(token, "POST", f"{path}/rotate", If_Match=read) for _ in range(2)]
    assert [each.status_code for each in asked] == [200, 412]


def test_of_rotations_at_once_all_but_one_are_told_so(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    path, token = f"/accounts/{admin.mine}/keys/{admin.ids[admin.mine]['key_id']}", admin.token()

    def overtaken(random: Any, public_id: str = "") -> Any:
        monkeypatch.undo()
        done(admin, "POST", f"{path}/rotate")
        return mint(random, public_id)

    monkeypatch.setattr("ni.access.keys.mint", overtaken)
    refused = admin.ask(token, "POST", f"{path}/rotate")
    assert (refused.status_code, refused.json["code"]) == (409, "rotated_meanwhile")  # type: ignore[index]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"routes": ["nope"]}, "nope"),
        ({"routes": ["sandbox/*"]}, "sandbox/*"),
        (
            {"routes": ["sandbox/echo-local"], "tiers": ["managed_global_cloud"]},
            "tier of the route sandbox/echo-local",
        ),
    ],
)
def test_a_key_names_routes_that_it_can_call(admin: Admin, body: dict[str, Any], reason: str) -> None:
    path, token = f"/accounts/{admin.mine}/keys", admin.token()
    for method, at in (("POST", path), ("PATCH", f"{path}/{admin.ids[admin.mine]['key_id']}")):
        refused = admin.ask(token, method, at, {"name": "k"} | body)
        assert (refused.status_code, refused.json["param"]) == (400, "routes")  # type: ignore[index]
        assert reason in refused.json["detail"]  # type: ignore[index]


def test_a_key_keeps_a_route_that_has_left_the_catalog(admin: Admin) -> None:
    path = f"/accounts/{admin.mine}/keys/{admin.ids[admin.mine]['key_id']}"
    with admin.instance.gateway.database.engine.begin() as connection:
        connection.execute(keys.update().values(routes="gone/away-ca"))
    assert done(admin, "PATCH", path, {"rpm": 7})["routes"] == ["gone/away-ca"]
    assert admin.ask(admin.token(), "PATCH", path, {"tiers": ["managed_global_cloud"]}).status_code == 400


def test_the_language_of_an_account_stays_where_programs_change_it(admin: Admin) -> None:
    with admin.instance.gateway.database.engine.begin() as connection:
        connection.execute(accounts.update().values(locale="fr"))
    done(admin, "PATCH", f"/accounts/{admin.mine}", {"commands": False})
    assert getattr(admin.instance.gateway.accounts.get(admin.mine), "locale", "") == "fr"


MEANWHILE: dict[str, tuple[sa.Table, dict[str, Any], Any]] = {
    "/accounts/{account_id}": (accounts, {"commands": 0}, {"name": "Other"}),
    "/accounts/{account_id}/people/{user_id}": (members, {"role": "auditor"}, {"role": "owner"}),
    "/users/{user_id}": (users, {"name": "Somebody"}, {"operator": True}),
    "/accounts/{account_id}/keys/{key_id}": (keys, {"rpm": 9}, {"rpm": 6}),
    "/routes/{route_id}": (routes, {"lifecycle": "legacy"}, {"enabled": False}),
}
"""By path: the table, what another changes in it meanwhile, and the change that is asked for."""


@pytest.mark.parametrize("path", MEANWHILE)
def test_a_change_that_comes_between_the_look_and_the_change_is_not_overwritten(
    admin: Admin, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    table, theirs, ours = MEANWHILE[path]
    one, token = path.format(**admin.ids[admin.mine]), admin.token()
    database = admin.instance.gateway.database
    read = admin.ask(token, "GET", one).headers["ETag"]
    acts = sa.select(sa.func.count()).where(custody_records.c.kind == "activity")

    def looked(value: Any) -> str:
        tag = etag_of(value)
        with database.engine.begin() as connection:
            connection.execute(table.update().values(theirs))
        return tag

    with database.read() as connection:
        before = connection.scalar(acts)
    with monkeypatch.context() as patch:
        patch.setattr("ni.web.admin.api.etag_of", looked)
        refused = admin.ask(token, "PATCH", one, ours, If_Match=read)
    assert (refused.status_code, refused.json["code"]) == (412, "changed_meanwhile")  # type: ignore[index]
    with database.read() as connection:
        assert connection.scalar(acts) == before, "nothing is on record of what was not done"
        changed = sa.select(table).where(*(table.c[name] == value for name, value in theirs.items()))
        assert connection.execute(changed).first()
    read = admin.ask(token, "GET", one).headers["ETag"]
    assert admin.ask(token, "PATCH", one, ours, If_Match=read).status_code == 200


def test_of_changes_in_one_batch_that_hold_the_same_state_one_is_made(admin: Admin) -> None:
    gateway, held = admin.instance.gateway, HELD["/accounts/{account_id}"]
    units = []
    for number in (1, 2):
        with HeldRows(gateway.database).holding(held, {"account_id": admin.mine}):
            change = Change(
                accounts.update().where(accounts.c.id == admin.mine).values(name=f"n{number}"), {}
            )
            units.append(with_held(Unit((change,))))
    writer = Writer(gateway.database, ())
    results = writer.run(units)
    writer.close()
    assert [type(each) for each in results] == [tuple, ChangedMeanwhile]
    assert getattr(gateway.accounts.get(admin.mine), "name", "") == "n1"


def test_pages_of_a_list_follow_each_other_and_hold_everything_once(admin: Admin) -> None:
    path = f"/accounts/{admin.mine}/keys"
    made = {done(admin, "POST", path, {"name": f"k{at}"})["id"] for at in range(7)}
    seen, cursor = list[str](), ""
    while True:
        page = done(admin, "GET", f"{path}?limit=3" + (f"&cursor={cursor}" if cursor else ""))
        assert len(page["data"]) <= 3
        seen += [key["id"] for key in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert seen == sorted(made | {admin.ids[admin.mine]["key_id"]})


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "name"),
        ({"name": "k", "colour": "red"}, "colour"),
        ({"name": 7}, "name"),
        ({"name": "k", "tiers": []}, "tiers"),
        ({"name": "k", "tiers": ["moon"]}, "tiers[0]"),
        ({"name": "k", "max_spend_per_day": "-1"}, "max_spend_per_day"),
        ({"name": "k", "max_spend_per_day": 5}, "max_spend_per_day"),
        ({"name": "k", "rpm": True}, "rpm"),
        ({"name": "k", "networks": ["here"]}, "networks"),
        ({"name": "k", "networks": ["fe80::1%eth0"]}, "networks"),
        ({"name": "k", "expires_at": "soon"}, "expires_at"),
        ({"name": "k", "expires_at": "2020-01-01"}, "expires_at"),
        ({"name": "k", "owner": "usr_none"}, "owner"),
        ({"name": "k", "tags": ["a", "a"]}, "tags"),
        ({"name": "a\x00b"}, "name"),
    ],
)
def test_a_body_that_says_what_cannot_be_is_refused_by_its_member(
    shared: Admin, body: Any, param: str
) -> None:
    answer = shared.ask(shared.token(), "POST", f"/accounts/{shared.mine}/keys", body)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json
    assert answer.json["param"] == param
    assert answer.json["request_id"] == answer.headers["X-NI-Request-ID"]
    assert len(shared.instance.gateway.keys_of(shared.mine).list()) == 1


def test_an_expiry_is_a_last_day_or_an_instant_and_reads_back_as_it_is(admin: Admin) -> None:
    path = f"/accounts/{admin.mine}/keys"
    day = done(admin, "POST", path, {"name": "k", "expires_at": "2099-06-30"})
    assert day["expires_at"] == "2099-07-01T04:00:00.000Z"
    again = done(admin, "PATCH", f"{path}/{day['id']}", {"expires_at": day["expires_at"]})
    assert again["expires_at"] == day["expires_at"]
    assert done(admin, "PATCH", f"{path}/{day['id']}", {"rpm": 1})["expires_at"] == day["expires_at"]


def test_each_change_is_on_record_with_the_token_that_made_it(admin: Admin) -> None:
    token_id, text = admin.instance.gateway.access.admin_tokens.create(TokenSpec("ci", EVERYTHING, None))
    made = admin.ask(text.reveal(), "POST", "/accounts", {"name": "team"}).json
    assert made
    one = f"/accounts/{made['id']}"
    key = admin.ask(text.reveal(), "POST", f"{one}/keys", {"name": "k"}).json
    assert key
    admin.ask(text.reveal(), "POST", f"{one}/keys/{key['id']}/rotate")
    admin.ask(text.reveal(), "DELETE", f"{one}/keys/{key['id']}")
    admin.ask(text.reveal(), "DELETE", one)
    admin.ask(text.reveal(), "PATCH", "/routes/sandbox/echo-local", {"enabled": False})
    acts = [act for act in done(admin, "GET", "/activity?limit=200")["data"] if act["who"] == token_id]
    assert {act["how"] for act in acts} == {"api"}
    assert [act["kind"] for act in acts] == [
        "catalog.changed", "account.deleted", "key.revoked", "key.rotated", "key.created", "account.created",
    ]  # fmt: skip
    assert key["key"] not in str(acts)
    token_acts = done(admin, "GET", f"/activity?kind=token&text={token_id}")["data"]
    assert [act["kind"] for act in token_acts] == ["token.created"]

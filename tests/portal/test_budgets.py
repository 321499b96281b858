"""Budgets: set, changed and removed on their page, with the figures that the API and the refusal have."""

import re

import pytest

from ni.access.accounts import DEFAULT
from ni.factory.gateway import Gateway
from ni.metering.account_budgets import BudgetScope, BudgetSpan, BudgetSpec, BudgetStanding
from tests.portal.cast import HOSTILE
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene

PAGE = "/portal/budgets"
NOTHING_WRONG = {"whose": "account:", "span": "month", "limit": "25.00", "alerts": "50, 80, 100"}


def budgets(gateway: Gateway) -> tuple[BudgetStanding, ...]:
    return gateway.budgets_of(DEFAULT, "America/Toronto").list()


def test_a_budget_of_each_kind_is_set_and_named(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    key, bob = scene.places["key"], scene.places["bob"]
    for whose in ("account:", f"key:{key}", f"person:{bob}", "tag:"):
        answer = alice.post(PAGE, {**NOTHING_WRONG, "whose": whose, "tag": "nightly"}, page=PAGE)
        assert answer.status_code == 303
    found = budgets(gateway)
    assert [standing.spec.scope for standing in found] == list(BudgetScope)
    assert [standing.spec.subject for standing in found][:2] == [key, bob]
    assert found[2].spec.subject.startswith("h-")
    text = alice.get(PAGE).text
    for name in ("Bob Roy", "nightly", "Whole account", "25.00"):
        assert name in text


def test_setting_it_again_changes_it(alice: Browser, gateway: Gateway) -> None:
    for limit in ("25.00", "7,50"):
        alice.post(PAGE, {**NOTHING_WRONG, "limit": limit, "alerts": "90"}, page=PAGE)
    (standing,) = budgets(gateway)
    assert (standing.spec.limit_nanos, standing.spec.alerts) == (7_500_000_000, (90,))


def test_a_budget_counts_what_the_window_has_cost_so_far(alice: Browser, gateway: Gateway) -> None:
    alice.post(PAGE, NOTHING_WRONG, page=PAGE)
    (standing,) = budgets(gateway)
    assert standing.spent_nanos > 0


def test_one_that_is_removed_is_gone(alice: Browser, gateway: Gateway) -> None:
    alice.post(PAGE, NOTHING_WRONG, page=PAGE)
    (standing,) = budgets(gateway)
    alice.post(f"{PAGE}/remove", {"budget": standing.id}, page=PAGE)
    assert budgets(gateway) == ()
    assert alice.post(f"{PAGE}/remove", {"budget": standing.id}, page=PAGE).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": "much"},
        {"limit": "-1"},
        {"limit": ""},
        {"span": "year"},
        {"whose": "key:of-somebody-else"},
        {"whose": "tag:"},
        {"alerts": "0"},
        {"alerts": "50, 200"},
        {"alerts": "half"},
    ],
)
def test_wrong_input_is_refused_beside_its_field(
    alice: Browser, gateway: Gateway, wrong: dict[str, str]
) -> None:
    answer = alice.post(PAGE, {**NOTHING_WRONG, **wrong}, page=PAGE)
    assert answer.status_code == 400
    assert 'class="error"' in answer.text
    assert budgets(gateway) == ()


def test_an_owner_cannot_limit_or_see_anybody_elses_keys(
    charlie: Browser, alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    alice.post(PAGE, NOTHING_WRONG, page=PAGE)
    answer = charlie.post(PAGE, {**NOTHING_WRONG, "whose": f"key:{scene.places['key']}"}, page=PAGE)
    assert answer.status_code == 400
    assert "25.00" not in charlie.get(PAGE).text
    (standing,) = budgets(gateway)
    charlie.post(f"{PAGE}/remove", {"budget": standing.id}, page=PAGE)
    assert budgets(gateway) == (standing,)


def test_a_hostile_tag_is_text(alice: Browser) -> None:
    alice.post(PAGE, {**NOTHING_WRONG, "whose": "tag:", "tag": HOSTILE}, page=PAGE)
    assert "<img src=x" not in alice.get(PAGE).text


def test_members_see_the_figures_and_no_form(alice: Browser, bob: Browser) -> None:
    alice.post(PAGE, NOTHING_WRONG, page=PAGE)
    text = bob.get(PAGE).text
    assert "25.00" in text
    assert not re.search(r'action="/portal/budgets(/remove)?"', text)


def test_the_figures_are_those_of_the_service(alice: Browser, gateway: Gateway) -> None:
    spec = BudgetSpec(BudgetScope.ACCOUNT, "", BudgetSpan.MONTH, 10**15)
    standing = gateway.budgets_of(DEFAULT, "America/Toronto").set(spec)
    assert f'<data value="{standing.spent_nanos / 10**9:.9f}'.rstrip("0") in alice.get(PAGE).text


@pytest.mark.parametrize(
    ("share", "alerts", "tone"),
    [
        (0.30, (50, 80, 100), "good"),
        (0.52, (50, 80, 100), "warn"),
        (0.76, (50, 80, 100), "warn"),
        (0.76, (), "good"),
        (0.85, (), "warn"),
        (1.0, (), "bad"),
    ],
)
def test_a_budget_warns_from_the_first_percentage_of_which_people_are_told(
    alice: Browser, gateway: Gateway, share: float, alerts: tuple[int, ...], tone: str
) -> None:
    service = gateway.budgets_of(DEFAULT, "America/Toronto")
    spent = service.set(BudgetSpec(BudgetScope.ACCOUNT, "", BudgetSpan.MONTH, 10**12)).spent_nanos
    service.set(BudgetSpec(BudgetScope.ACCOUNT, "", BudgetSpan.MONTH, int(spent / share), "", alerts))
    table = alice.get(PAGE).text.partition('id="budgets"')[2].partition("</table>")[0]
    assert re.findall(r'class="badge (\w+)"', table) == [tone]
    assert "Limit (CAD)" in table


@pytest.mark.parametrize("scope", BudgetScope)
def test_edit_opens_the_form_with_what_a_budget_is(
    alice: Browser, gateway: Gateway, scene: Scene, scope: BudgetScope
) -> None:
    label = gateway.label_policy.label(DEFAULT, "nightly")
    subjects = {"key": scene.places["key"], "person": scene.places["bob"], "tag": label, "account": ""}
    title = "nightly" if scope is BudgetScope.TAG else ""
    wanted = BudgetSpec(scope, subjects[scope.value], BudgetSpan.DAY, 12_340_000_000, title, (70, 90))
    gateway.budgets_of(DEFAULT, "America/Toronto").set(wanted)
    (address,) = re.findall(r'href="(/portal/budgets\?edit=[^"#]+)#set"', alice.get(PAGE).text)
    form = alice.get(address).text.partition('id="set"')[2].partition("</form>")[0]
    entered = dict(re.findall(r'<input[^>]* name="(tag|limit|alerts)"[^>]*? value="([^"]*)"', form))
    chosen = re.findall(r'<option[^>]* value="([^"]*)"[^>]*? selected|<option selected value="([^"]*)"', form)
    whose, span = ("".join(each) for each in chosen)
    answers = {"whose": whose, "span": span, **entered}
    assert alice.post(PAGE, answers, page=PAGE).status_code == 303
    (standing,) = budgets(gateway)
    assert standing.spec == wanted
    assert "An amount in CAD" in form

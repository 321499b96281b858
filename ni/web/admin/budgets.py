"""Budgets of accounts, with what was spent and is held of them."""

from ni.access.admin_tokens import Resource
from ni.domain.errors import BadRequest, NotFound
from ni.domain.money import parse_amount
from ni.metering.account_budgets import (
    ALERTS,
    AccountBudgets,
    BudgetRefused,
    BudgetScope,
    BudgetSpan,
    BudgetSpec,
    BudgetStanding,
)
from ni.web.admin.declared import PAGING, AdminCall, AdminEndpoint, Json, paged
from ni.web.admin.schemas import (
    AMOUNT,
    BALANCE,
    INSTANT,
    WORD,
    answered,
    fields,
    listed,
    one_of,
    several,
    text,
    whole,
)
from ni.web.exports import budget_object

SCOPE = one_of(*(scope.value for scope in BudgetScope))
WINDOW = one_of(*(span.value for span in BudgetSpan))
BUDGET = answered(
    id=WORD, scope=SCOPE, subject=WORD, title=WORD, window=WINDOW, period=WORD, limit=BALANCE, spent=BALANCE,
    held=BALANCE, remaining=BALANCE, currency=WORD, alerts={"type": "array", "items": whole(1, 100)}, resets_at=INSTANT,
)  # fmt: skip


def _budgets(call: AdminCall) -> AccountBudgets:
    account = call.account()
    return call.services.budgets_of(account.id, account.time_zone, call.maker)


def _shown(call: AdminCall, budgets: AccountBudgets, standing: BudgetStanding) -> Json:
    return budget_object(standing, budgets.resets_at(standing), call.services.currency)


def list_budgets(call: AdminCall) -> Json:
    """The budgets of an account."""
    budgets = _budgets(call)
    return paged(call, [_shown(call, budgets, each) for each in budgets.list()])


def get_budget(call: AdminCall) -> Json:
    """One budget of an account. Raises `NotFound`."""
    budgets = _budgets(call)
    standing = budgets.get(call.path["budget_id"])
    if standing is None:
        raise NotFound("There is no such budget in this account.", param="budget_id")
    return _shown(call, budgets, standing)


def set_budget(call: AdminCall) -> Json:
    """Set the budget of a subject and window, in place of one that there is. Raises `BadRequest`."""
    budgets, body = _budgets(call), call.body
    scope, limit = BudgetScope(body["scope"]), parse_amount(body["limit"])
    subject, title = _subject(call, scope, body.get("subject", ""))
    alerts = tuple(sorted(body.get("alerts", ALERTS)))
    try:
        standing = budgets.set(BudgetSpec(scope, subject, BudgetSpan(body["window"]), limit, title, alerts))
    except BudgetRefused as refusal:
        problem = BadRequest(param=refusal.field)
        problem.template = str(refusal)
        raise problem from refusal
    return _shown(call, budgets, standing)


def _subject(call: AdminCall, scope: BudgetScope, subject: str) -> tuple[str, str]:
    """The subject as it is stored, and its title. Raises `BadRequest` for one that the account does not have."""
    account_id, access = call.account().id, call.services.access
    match scope:
        case BudgetScope.TAG if subject:
            return call.services.stored_tag(account_id, subject), subject
        case BudgetScope.KEY if access.keys_of(account_id).get(subject) is None:
            raise BadRequest("There is no such key in this account.", param="subject")
        case BudgetScope.PERSON if access.members_of(account_id).get(subject) is None:
            raise BadRequest("There is no such person in this account.", param="subject")
    return subject, ""


def remove_budget(call: AdminCall) -> None:
    """Remove a budget. Raises `NotFound`."""
    if not _budgets(call).remove(call.path["budget_id"]):
        raise NotFound("There is no such budget in this account.", param="budget_id")


_ALL = "/accounts/{account_id}/budgets"
_ONE = f"{_ALL}/{{budget_id}}"
_SPEC = fields(
    ("scope", "window", "limit"), scope=SCOPE, subject=text(100, 0), window=WINDOW, limit=AMOUNT,
    alerts=several(whole(1, 100), 10),
)  # fmt: skip

ENDPOINTS = (
    AdminEndpoint("listBudgets", "GET", _ALL, Resource.BUDGETS, "List the budgets of an account", list_budgets,
                  listed(BUDGET), query=PAGING),
    AdminEndpoint("setBudget", "PUT", _ALL, Resource.BUDGETS,
                  "Set the budget of a key, a person, a tag or the account, in place of the one that there is",
                  set_budget, BUDGET, _SPEC),
    AdminEndpoint("getBudget", "GET", _ONE, Resource.BUDGETS, "Read a budget", get_budget, BUDGET),
    AdminEndpoint("removeBudget", "DELETE", _ONE, Resource.BUDGETS, "Remove a budget", remove_budget),
)  # fmt: skip

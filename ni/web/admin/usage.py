"""Usage rows and totals of accounts, and the balances of those that pay in advance."""

from datetime import date, datetime, timedelta
from typing import Any

from ni.access.admin_tokens import Resource
from ni.domain.clock import rfc3339, to_ms
from ni.domain.errors import BadRequest
from ni.domain.money import format_amount, parse_signed_amount
from ni.metering.days import zone
from ni.metering.usage_queries import Days, Filter
from ni.web.admin.declared import PAGING, AdminCall, AdminEndpoint, Json, page_size
from ni.web.admin.schemas import (
    BALANCE,
    DAY,
    SIGNED_AMOUNT,
    WORD,
    answered,
    fields,
    listed,
    or_null,
    text,
)
from ni.web.exports import STATEMENT_COLUMNS, USAGE_COLUMNS, statement_cells, usage_object

_NUMBER = {"type": "integer"}
ROW = answered(**{name: {} for name in USAGE_COLUMNS})
GROUPS = ("day", "month", "key_id", "route", "jurisdiction", "outcome")
TOTALS = answered(
    object={"type": "string", "const": "list"},
    data={"type": "array", "items": {"type": "object"}},
    currency=WORD,
)
PREPAID = answered(account_id=WORD, balance=BALANCE, held=BALANCE, currency=WORD)
LINE = answered(**dict.fromkeys(STATEMENT_COLUMNS, WORD))


def list_usage(call: AdminCall) -> Json:
    """The usage rows of an account, newest first. Raises `BadRequest`."""
    account, query = call.account(), call.query
    since, until = (_instant(query, name, account.time_zone) for name in ("from", "to"))
    wanted = Filter(
        query.get("key", ""),
        query.get("route", ""),
        query.get("outcome", ""),
        since_ms=since,
        until_ms=until,
        cause=query.get("error", ""),
    )
    try:
        page = call.services.reports.rows(account.id, wanted, page_size(call), query.get("cursor", ""))
    except (ValueError, OverflowError) as fault:
        raise BadRequest("`cursor` is a value that an earlier page gave.", param="cursor") from fault
    rows = [usage_object(row, call.services.currency) for row in page.rows]
    return {"object": "list", "data": rows, "next_cursor": page.next_cursor}


def _day(query: Any, name: str) -> date | None:
    try:
        return date.fromisoformat(query[name]) if name in query else None
    except ValueError as fault:
        raise BadRequest("`%(name)s` is a date such as 2026-11-23.", param=name, name=name) from fault


def _instant(query: Any, name: str, time_zone: str) -> int | None:
    """Where a day of the account begins, or for `to` where it ends, in milliseconds; None for no bound."""
    day = _day(query, name)
    try:
        if day is not None:
            day += timedelta(days=name == "to")
            return to_ms(datetime(day.year, day.month, day.day, tzinfo=zone(time_zone)))
    except OverflowError:  # beyond the first or the last day that can be written
        return None
    return None


def sum_usage(call: AdminCall) -> Json:
    """Sums over whole days of an account, by the columns that `by` names. Raises `BadRequest`."""
    query = call.query
    by = list(dict.fromkeys(name for name in query.get("by", "").split(",") if name))
    if not set(by) <= set(GROUPS):
        raise BadRequest("`by` names columns out of %(columns)s.", param="by", columns=", ".join(GROUPS))
    days = Days(*(day.isoformat() if day else "" for day in (_day(query, name) for name in ("from", "to"))))
    sums = call.services.reports.totals(call.account().id, Filter(), days, by)
    rows = [{_word(name): _amount(name, value) for name, value in row.items()} for row in sums]
    return {"object": "list", "data": rows, "currency": call.services.currency}


def _word(name: str) -> str:
    return name.removesuffix("_nanos")


def _amount(name: str, value: Any) -> Any:
    return format_amount(value) if name.endswith("_nanos") else value


def get_balance(call: AdminCall) -> Json:
    """The prepaid balance of an account."""
    account_id = call.account().id
    balance = call.services.balances.of(account_id)
    return {
        "account_id": account_id,
        "balance": format_amount(balance.nanos),
        "held": format_amount(balance.held_nanos),
        "currency": call.services.currency,
    }


def grant_credit(call: AdminCall) -> Json:
    """Grant an account credit, or take some back. Raises `BadRequest`."""
    account, nanos = call.account(), parse_signed_amount(call.body["amount"])
    if not nanos:
        raise BadRequest("A grant of nothing changes nothing.", param="amount")
    call.services.balances.grant(account.id, account.time_zone, nanos, call.body.get("note", ""))
    return get_balance(call)


def list_statement(call: AdminCall) -> Json:
    """The grants and daily charges of an account, oldest first."""
    lines = call.services.balances.statement(call.account().id)
    rows = [dict(zip(STATEMENT_COLUMNS, statement_cells(line), strict=True)) for line in lines]
    return {"object": "list", "data": rows, "next_cursor": None}


def get_token(call: AdminCall) -> Json:
    """What the token that asks may do."""
    token = call.token
    return {
        "id": token.id,
        "name": token.name,
        "account_id": token.account_id,
        "scopes": sorted(token.scopes),
        "expires_at": rfc3339(token.expires_at) if token.expires_at else None,
    }


_ONE = "/accounts/{account_id}"
_ROWS = {"key": text(60), "route": text(200), "outcome": text(40), "error": text(60), "from": DAY, "to": DAY}
TOKEN = answered(
    id=WORD,
    name=WORD,
    account_id=or_null(WORD),
    scopes={"type": "array", "items": WORD},
    expires_at=or_null(WORD),
)

ENDPOINTS = (
    AdminEndpoint("getToken", "GET", "/token", None, "Read what the token that asks may do", get_token, TOKEN),
    AdminEndpoint("listUsage", "GET", f"{_ONE}/usage", Resource.USAGE, "List usage rows, newest first", list_usage,
                  listed(ROW), query={**PAGING, **_ROWS}),
    AdminEndpoint("sumUsage", "GET", f"{_ONE}/usage/totals", Resource.USAGE,
                  "Sum usage over days; `by` names columns with commas between them", sum_usage, TOTALS,
                  query={"by": text(100), "from": DAY, "to": DAY}),
    AdminEndpoint("getBalance", "GET", f"{_ONE}/balance", Resource.USAGE, "Read the prepaid balance", get_balance,
                  PREPAID),
    AdminEndpoint("grantCredit", "POST", f"{_ONE}/credits", Resource.USAGE,
                  "Grant credit, or take some back with a minus", grant_credit, PREPAID,
                  fields(("amount",), amount=SIGNED_AMOUNT, note=text(200, 0)), operator=True),
    AdminEndpoint("listStatement", "GET", f"{_ONE}/statement", Resource.USAGE, "List grants and daily charges",
                  list_statement, listed(LINE)),
)  # fmt: skip

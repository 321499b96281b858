"""What programs read: models, usage rows, custody records and receipts, with a key; the public catalog and log without.

Checkpoints and proofs of consistency are public: they tell the size of the log and nothing of its content.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from flask import Blueprint, Response, request

from ni.access.keys import AccountKeys, KeyGate
from ni.catalog.listing import (
    MOST_LISTED,
    anthropic_list,
    anthropic_model,
    billing_models,
    model_object,
    models_list,
)
from ni.catalog.routes import Catalog
from ni.custody.log_service import LogService
from ni.custody.record_reader import RecordReader, view
from ni.domain.caller import Caller
from ni.domain.clock import to_ms
from ni.domain.errors import BadRequest, InvalidKey, ModelNotFound, NotFound
from ni.domain.route import Route
from ni.metering.account_budgets import AccountBudgets
from ni.metering.days import zone
from ni.metering.usage_queries import Filter, Page, Reports
from ni.providers.parameters import supported
from ni.web.api.endpoint import LabelPolicy
from ni.web.api.errors import JSON
from ni.web.exports import budget_object, csv_lines, usage_object
from ni.web.security import AccessRule, authorised

Body = Mapping[str, Any]
BudgetsOf = Callable[[str, str], AccountBudgets]
"""Gives the budgets of an account by its id and time zone."""
KeysOf = Callable[[str], AccountKeys]
"""Gives the keys of an account by its id."""
VERSION = "anthropic-version"
"""Every client of Anthropic's API sends it (https://docs.anthropic.com/en/api/versioning) and gets that API's shape."""


def lists_api(keys: KeyGate, catalog: Catalog) -> Blueprint:
    """`GET /v1/models`, `GET /v1/models/<id>`, `GET /api/billing/models`."""
    pages = Blueprint("api_lists", __name__)

    @pages.get("/v1/models")
    @authorised(AccessRule.KEY)
    def models() -> Response:
        routes = _callable(keys, catalog)
        if VERSION in request.headers:
            return _json(anthropic_list(routes, _limit(), *map(_argument, ("after_id", "before_id"))))
        return _json(models_list(routes, supported))

    @pages.get("/v1/models/<path:route_id>")
    @authorised(AccessRule.KEY)
    def model(route_id: str) -> Response:
        for route in _callable(keys, catalog):
            if route.id == route_id:
                is_anthropic = VERSION in request.headers
                return _json(anthropic_model(route) if is_anthropic else model_object(route, supported))
        raise ModelNotFound(param="model", model=route_id[:256])

    @pages.get("/api/billing/models")
    @authorised(AccessRule.ANONYMOUS)
    def billing() -> Response:
        return _json(billing_models(_visible_routes(keys, catalog)))

    return pages


def _callable(keys: KeyGate, catalog: Catalog) -> tuple[Route, ...]:
    """The routes that the presented key can call. Raises `InvalidKey`."""
    caller = keys.admit(request.headers.get, request.remote_addr)
    return catalog.callable_by(*caller.reach)


def _argument(name: str) -> str:
    return request.args.get(name, "")


def _limit() -> int:
    """How many models a page of Anthropic's list has: 20 by default, as at Anthropic. Raises `BadRequest`."""
    text = _argument("limit") or "20"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_LISTED:
        raise BadRequest(
            "`limit` must be a whole number from 1 to %(most)s.", param="limit", most=MOST_LISTED
        )
    return int(text)


def _visible_routes(keys: KeyGate, catalog: Catalog) -> Iterable[Route]:
    """Every route the gateway knows; with a valid key, those that key can call."""
    try:
        caller = keys.admit(request.headers.get, request.remote_addr)
    except InvalidKey:
        return catalog.routes()
    return catalog.callable_by(*caller.reach)


def _json(body: Body) -> Response:
    return Response(orjson.dumps(body), content_type=JSON)


RECEIPT = "application/vnd.ni.receipt+json"
NOTE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class RecordDisplay:
    """What rows are shown with: the currency, the jurisdiction of this instance, and how labels are stored."""

    currency: str
    home: str
    label_policy: LabelPolicy


def records_api(
    keys: KeyGate, reports: Reports, records: RecordReader, display: RecordDisplay, keys_of: KeysOf
) -> Blueprint:
    """`GET /api/usage`, `GET /api/usage/custody/<request_id>`."""
    pages = Blueprint("api_records", __name__)

    @pages.get("/api/usage")
    @authorised(AccessRule.KEY)
    def usage() -> Response:
        caller = keys.admit(request.headers.get, request.remote_addr)
        page = _page(reports, caller, _asked(caller, display.label_policy, keys_of))
        rows = [usage_object(row, display.currency) for row in page.rows]
        if request.accept_mimetypes.best_match(["application/json", "text/csv"]) == "text/csv":
            return _csv(rows)
        listed = {"object": "list", "data": rows, "next_cursor": page.next_cursor}
        return Response(orjson.dumps(listed), content_type=JSON)

    @pages.get("/api/usage/custody/<request_id>")
    @authorised(AccessRule.KEY)
    def custody(request_id: str) -> Response:
        caller = keys.admit(request.headers.get, request.remote_addr)
        entries = records.entries(caller.account_id, request_id)
        if not entries:
            raise NotFound("This account has no record of a request with this id.", param="request_id")
        return Response(orjson.dumps(view(entries, display.home)), content_type=JSON)

    return pages


def budgets_api(keys: KeyGate, budgets_of: BudgetsOf, display: RecordDisplay) -> Blueprint:
    """`GET /api/budgets`: the budgets that a call with the presented key, and the tag that is asked for, counts for."""
    pages = Blueprint("api_budgets", __name__)

    @pages.get("/api/budgets")
    @authorised(AccessRule.KEY)
    def budgets() -> Response:
        caller = keys.admit(request.headers.get, request.remote_addr)
        service = budgets_of(caller.account_id, caller.time_zone)
        policy, asked = display.label_policy, request.args.get("tag", "")
        tags = {policy.label(caller.account_id, tag) for tag in caller.tags}
        tags.add(policy.filter_label(caller.account_id, asked))
        standings = service.of_call(caller.key_id, caller.owner_id, tags)
        rows = [
            budget_object(standing, service.resets_at(standing), display.currency) for standing in standings
        ]
        return _json({"object": "list", "data": rows})

    return pages


def custody_api(keys: KeyGate, log_service: LogService) -> Blueprint:
    """`/api/usage/custody/<id>/receipt`, `/api/custody/...`, `/.well-known/ni-custody.json`."""
    pages = Blueprint("api_custody", __name__)

    @pages.get("/api/usage/custody/<request_id>/receipt")
    @authorised(AccessRule.KEY)
    def receipt(request_id: str) -> Response:
        caller = keys.admit(request.headers.get, request.remote_addr)
        known = log_service.records.entries(caller.account_id, request_id)  # not those of the activity log
        receipt_body = log_service.receipts.receipt(caller.account_id, request_id) if known else None
        if receipt_body is None:
            raise NotFound("This account has no record of a request with this id.", param="request_id")
        name = f"attachment; filename={request_id}.json"
        return Response(receipt_body, content_type=RECEIPT, headers={"Content-Disposition": name})

    @pages.get("/api/custody/checkpoint")
    @authorised(AccessRule.ANONYMOUS)
    def checkpoint() -> Response:
        return Response(log_service.signer.newest().note, content_type=NOTE)

    @pages.get("/api/custody/consistency")
    @authorised(AccessRule.ANONYMOUS)
    def consistency() -> Response:
        return Response(orjson.dumps(_consistency(log_service)), content_type=JSON)

    @pages.get("/.well-known/ni-custody.json")
    @authorised(AccessRule.ANONYMOUS)
    def well_known() -> Response:
        return Response(orjson.dumps(log_service.described()), content_type=JSON)

    return pages


def _asked(caller: Caller, label_policy: LabelPolicy, keys_of: KeysOf) -> Filter:
    """The filter of the address. A tag is that of the request or of its key, a person whose key it was."""
    args, account_id = request.args, caller.account_id
    end_user, tag = (
        label_policy.filter_label(account_id, args[name]) if args.get(name) else ""
        for name in ("end_user", "tag")
    )
    owner = args.get("person", "")
    listed = keys_of(account_id).list() if tag or owner else ()
    return Filter(
        args.get("key", ""),
        args.get("route", ""),
        args.get("outcome", ""),
        since_ms=_instant("from", caller),
        until_ms=_instant("to", caller),
        end_user=end_user,
        tag=tag,
        cause=args.get("error", ""),
        key_ids=tuple(key.id for key in listed if key.owner_id == owner) if owner else None,
        tag_keys=label_policy.keys_with(account_id, listed, tag),
    )


def _page(reports: Reports, caller: Caller, wanted: Filter) -> Page:
    """The rows of a filter. Raises `BadRequest`."""
    args = request.args
    try:
        return reports.rows(caller.account_id, wanted, int(args.get("limit", "50")), args.get("cursor", ""))
    except ValueError as fault:
        raise BadRequest(
            "`limit` is a whole number and `cursor` a value that an earlier page gave.", param="cursor"
        ) from fault


def _instant(name: str, caller: Caller) -> int | None:
    """An ISO date (a day of the account; `to` includes it) or an ISO instant, in milliseconds."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise BadRequest(
            "`%(name)s` must be an ISO date or instant, such as 2026-11-23.", param=name, name=name
        ) from fault
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone(caller.time_zone))
    try:
        if name == "to" and len(text) == len("2026-11-23"):
            moment += timedelta(days=1)
        return to_ms(moment)
    except OverflowError:  # before the first or after the last representable day: no bound
        return None


def _csv(rows: list[dict[str, Any]]) -> Response:
    return Response(
        "".join(csv_lines(rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": "attachment; filename=usage.csv"},
    )


def _consistency(log_service: LogService) -> dict[str, Any]:
    try:
        old, new = int(request.args["from"]), request.args.get("to")
        return log_service.receipts.consistency(old, int(new) if new else None)
    except (KeyError, ValueError) as fault:
        raise BadRequest(
            "`from` and `to` are sizes of the log, 0 < from <= to <= its size now.", param="from"
        ) from fault

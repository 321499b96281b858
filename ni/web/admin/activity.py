"""The activity log: who did what, newest first."""

from ni.access.admin_tokens import Resource
from ni.custody.activity import ActivityFilter
from ni.domain.errors import BadRequest
from ni.web.admin.declared import PAGING, AdminCall, AdminEndpoint, Json, page_size
from ni.web.admin.schemas import answered, listed, text
from ni.web.exports import ACTIVITY_COLUMNS, activity_object

ACT = answered(**{name: {} for name in ACTIVITY_COLUMNS})


def _listed(call: AdminCall, account_id: str | None) -> Json:
    """A page of the acts in an account, or of all with None. Raises `BadRequest`."""
    cursor = call.query.get("cursor", "0")
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise BadRequest("`cursor` is a value that an earlier page gave.", param="cursor")
    wanted = ActivityFilter(call.query.get("kind", ""), call.query.get("text", ""))
    page = call.services.activity.page(account_id, wanted, int(cursor), page_size(call))
    acts = [activity_object(entry) for entry in page.entries]
    return {
        "object": "list",
        "data": acts,
        "next_cursor": str(page.next_before) if page.next_before else None,
    }


def list_activity(call: AdminCall) -> Json:
    """The acts in an account."""
    return _listed(call, call.account().id)


def list_all_activity(call: AdminCall) -> Json:
    """The acts in all accounts, and those on the instance."""
    return _listed(call, None)


_QUERY = {**PAGING, "kind": text(400), "text": text(100)}

ENDPOINTS = (
    AdminEndpoint("listActivity", "GET", "/accounts/{account_id}/activity", Resource.ACTIVITY,
                  "List what was done in an account, newest first", list_activity, listed(ACT), query=_QUERY),
    AdminEndpoint("listAllActivity", "GET", "/activity", Resource.ACTIVITY,
                  "List what was done everywhere, newest first", list_all_activity, listed(ACT), query=_QUERY,
                  operator=True),
)  # fmt: skip

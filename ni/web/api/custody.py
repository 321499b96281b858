"""What anyone may ask of the custody log, and the receipts that an account may fetch with a key.

Checkpoints and proofs of consistency are public: they say how large the log is and nothing of what is in it.
"""

from typing import Any

import orjson
from flask import Blueprint, Response, request

from ni.access.carriers import presented_key
from ni.access.keys import KeyGate
from ni.custody.log_service import LogService
from ni.domain.errors import BadRequest, NotFound
from ni.web.api.endpoint import JSON
from ni.web.security import Rule, authorised

RECEIPT = "application/vnd.ni.receipt+json"
NOTE = "text/plain; charset=utf-8"


def custody_api(keys: KeyGate, log_service: LogService) -> Blueprint:
    """`/api/usage/custody/<id>/receipt`, `/api/custody/...`, `/.well-known/ni-custody.json`."""
    pages = Blueprint("api_custody", __name__)

    @pages.get("/api/usage/custody/<request_id>/receipt")
    @authorised(Rule.KEY)
    def receipt(request_id: str) -> Response:
        caller = keys.authenticate(presented_key(request.headers.get))
        made = log_service.receipts.receipt(caller.account_id, request_id)
        if made is None:
            raise NotFound("This account has no record of a request with this id.", param="request_id")
        name = f"attachment; filename={request_id}.json"
        return Response(made, content_type=RECEIPT, headers={"Content-Disposition": name})

    @pages.get("/api/custody/checkpoint")
    @authorised(Rule.ANONYMOUS)
    def checkpoint() -> Response:
        return Response(log_service.signer.newest().note, content_type=NOTE)

    @pages.get("/api/custody/consistency")
    @authorised(Rule.ANONYMOUS)
    def consistency() -> Response:
        return Response(orjson.dumps(_consistency(log_service)), content_type=JSON)

    @pages.get("/.well-known/ni-custody.json")
    @authorised(Rule.ANONYMOUS)
    def well_known() -> Response:
        return Response(orjson.dumps(log_service.described()), content_type=JSON)

    return pages


def _consistency(log_service: LogService) -> dict[str, Any]:
    try:
        old, new = int(request.args["from"]), request.args.get("to")
        return log_service.receipts.consistency(old, int(new) if new else None)
    except (KeyError, ValueError) as fault:
        raise BadRequest(
            "`from` and `to` are sizes of the log, 0 < from <= to <= its size now.", param="from"
        ) from fault

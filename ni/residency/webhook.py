"""Tells an address of the operator's of drift: one POST of JSON per batch, through the door like all else that leaves.

It holds what the page Drift shows and nothing of a call or an account. It is a hint, not a record: a failure is logged
and the batch not sent again, for the events are in the database. With a secret the post is signed: the header
`X-NI-Signature` has the time and the HMAC-SHA256 (RFC 2104) over the time, a full stop and the body.
"""

import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from ni.domain.drift import Drift
from ni.domain.secret import Secret
from ni.outbound.door import Door, Patience, Request
from ni.outbound.faults import OutboundFault

log = logging.getLogger(__name__)

_PATIENCE = Patience(first_byte_s=5.0, idle_s=5.0, total_s=10.0)
_ANSWER_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where to post, and what to sign with; an empty secret signs nothing."""

    url: str
    secret: Secret


def post_drift(door: Door, webhook: Webhook, events: Sequence[tuple[Drift, int]], now: datetime) -> bool:
    """Post events with how often each was seen; whether they were taken."""
    told = [
        {
            "provider": drift.provider,
            "deployment": drift.deployment,
            "route": drift.route,
            "rule": drift.rule,
            "expected": drift.expected,
            "found": drift.found,
            "refused": drift.refused,
            "count": count,
        }
        for drift, count in events
    ]
    headers = {"Content-Type": "application/json", "User-Agent": "northern-inference"}
    body = orjson.dumps({"type": "residency_drift", "events": told})
    if webhook.secret:
        headers["X-NI-Signature"] = signature(webhook.secret, body, int(now.timestamp()))
    try:
        response = door.send(Request("POST", webhook.url, headers, body, _PATIENCE))
        response.read(_ANSWER_LIMIT)
    except OutboundFault as fault:
        log.warning("drift could not be told to the webhook: %s", fault)
        return False
    if not 200 <= response.status < 300:
        log.warning("the webhook for drift answered %d", response.status)
        return False
    return True


def signature(secret: Secret, body: bytes, at_s: int) -> str:
    """`t=<Unix seconds>,v1=<hex of the HMAC-SHA256 over "<t>.<body>">`."""
    signed = hmac.digest(secret.reveal().encode(), b"%d.%s" % (at_s, body), "sha256")
    return f"t={at_s},v1={signed.hex()}"

"""Webhooks: a POST of JSON that the receiver can verify.

The header `X-NI-Signature` has the time and the HMAC-SHA256 (RFC 2104) over the time, a full stop and the body. Nothing
of the receiver's answer but its status is used.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ni.domain.secret import Secret
from ni.outbound.addresses import refusal, unwrap
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import AddressRefused, ConnectFailed, OutboundFault

_TIMEOUTS = Timeouts(first_byte_s=5.0, idle_s=5.0, total_s=10.0)
_ANSWER_LIMIT = 64 * 1024
_NOT_PUBLIC = "the address cannot be reached or is not a public address"
"""What is said of a public webhook: which names lead where inside is nothing for who may choose any name."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """The URL, and the secret to sign with. A `public` one may not lead into the operator's own networks."""

    url: str
    secret: Secret
    public: bool = False


def post_signed(egress: EgressClient, webhook: Webhook, body: bytes, now: datetime) -> str:
    """Post; why it was not taken, in a few words, or an empty text if the receiver answered with 2xx."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "northern-inference",
        "X-NI-Signature": signature(webhook.secret, body, int(now.timestamp())),
    }
    vet = _require_public if webhook.public else None
    try:
        response = egress.send(Request("POST", webhook.url, headers, body, _TIMEOUTS, vet))
        response.read(_ANSWER_LIMIT)
    except (AddressRefused, ConnectFailed) as fault:
        return _NOT_PUBLIC if webhook.public else str(fault)
    except OutboundFault as fault:
        return str(fault)
    return "" if 200 <= response.status < 300 else f"the receiver answered {response.status}"


def signature(secret: Secret, body: bytes, at_s: int) -> str:
    """`t=<Unix seconds>,v1=<hex of the HMAC-SHA256 over "<t>.<body>">`."""
    signed = hmac.digest(secret.reveal().encode(), b"%d.%s" % (at_s, body), "sha256")
    return f"t={at_s},v1={signed.hex()}"


def _require_public(addresses: Sequence[str]) -> None:
    for address in addresses:
        reason = refusal(unwrap(address), ())
        if reason is not None:
            raise AddressRefused(f"the address leads to {address}: {reason}")

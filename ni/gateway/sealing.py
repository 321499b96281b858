"""The body as it will leave: committed to once it is masked, and again if the money left bounds the output."""

from dataclasses import replace

import orjson

from ni.custody.commitment import commitment
from ni.domain.ids import Random
from ni.gateway.context import RequestContext
from ni.metering.offer import with_limit


def seal(context: RequestContext, random: Random) -> None:
    """Commit to the masked body."""
    assert context.masked is not None
    body = orjson.dumps(context.masked.body)
    context.sent_bytes = len(body)
    context.sent = commitment(body, random)


def limit(context: RequestContext, random: Random) -> None:
    """Where the money left covers less than the model may write, tell the model so, and commit to that."""
    if context.output_limit is None or context.masked is None or context.route is None:
        return
    body = with_limit(context.masked.body, context.route, context.output_limit)
    context.masked = replace(context.masked, body=body)
    seal(context, random)

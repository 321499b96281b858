"""The body as it will leave: committed to once it is masked, and again if the money left bounds the output."""

from dataclasses import replace

import orjson

from ni.custody.record import commitment
from ni.domain.ids import Random
from ni.gateway.journey import Journey
from ni.metering.offer import with_limit


def seal(journey: Journey, random: Random) -> None:
    """Commit to the masked body."""
    assert journey.masked is not None
    body = orjson.dumps(journey.masked.body)
    journey.sent_bytes = len(body)
    journey.sent = commitment(body, random)


def limit(journey: Journey, random: Random) -> None:
    """Where the money left covers less than the model may write, tell the model so, and commit to that."""
    if journey.output_limit is None or journey.masked is None or journey.route is None:
        return
    body = with_limit(journey.masked.body, journey.route, journey.output_limit)
    journey.masked = replace(journey.masked, body=body)
    seal(journey, random)

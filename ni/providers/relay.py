"""One relay for every upstream that speaks OpenAI's chat completions: `openai`, `local`, and those to come.

A provider says where to and with which headers and body; the relay sends it through the egress and reads the answer,
each chunk given on when it arrives. It maps failures once, and takes no stream for complete that did not say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ni.domain.call import Json
from ni.domain.errors import Problem
from ni.outbound.client import EgressClient, Timeouts
from ni.outbound.http1 import Response
from ni.providers.embeddings import EmbeddingExchange, read_openai
from ni.providers.exchange import Form, Prepare, RelayedExchange, unchanged
from ni.providers.failures import Party, problem_of_status
from ni.providers.orders import frame_of
from ni.providers.post import Letter, OrderPatience, Post, Refused, encode
from ni.providers.provider import Order


@dataclass(frozen=True, slots=True)
class Addressed:
    """Where one order goes: the URL of the chat endpoint, its headers (credential included), its body, and to whom."""

    url: str
    headers: Mapping[str, str]
    body: Json
    party: Party


class Relay:
    """Sends orders of OpenAI's shape through the egress."""

    def __init__(self, egress: EgressClient, patience: OrderPatience | None = None) -> None:
        self._post = Post(egress, judge, patience)
        self._clock = egress.clock

    def send(self, order: Order, addressed: Addressed, prepare: Prepare = unchanged) -> RelayedExchange:
        """Send and wait for the head of the answer, which `prepare` brings to chat's form. Raises `Problem`."""
        wire = _wire_body(order, addressed.body)
        letter = Letter(addressed.url, addressed.headers, wire, addressed.party, order.stream)
        response = self._post.send(order, letter)
        peer = replace(response.peer, upstream_request_id=_request_id(response))
        form = Form(
            order.stream, _whole(order.body, "n") or 1, frame_of(order, self._clock), prepare,
            _whole(order.body, "max_completion_tokens") or _whole(order.body, "max_tokens"),
        )  # fmt: skip
        return RelayedExchange(response, peer, addressed.party, form)

    def embed(self, order: Order, addressed: Addressed) -> EmbeddingExchange:
        """Send texts for vectors, all in one request. Raises `Problem`."""
        letter = Letter(addressed.url, addressed.headers, encode(addressed.body), addressed.party, False)
        return EmbeddingExchange(self._post, order, [(texts_in(order.body["input"]), letter)], read_openai)

    def get(self, url: str, headers: Mapping[str, str], patience: Timeouts, party: Party) -> Json:
        """The JSON object at an address, e.g. a list of models. Raises `Problem`."""
        return self._post.get(url, headers, patience, party)


def judge(refused: Refused) -> Problem:
    """The problem that a refusal in OpenAI's words is."""
    return problem_of_status(refused.status, refused.complaint, refused.wait_s, refused.party)


def _whole(body: Json, name: str) -> int:
    """A parameter that is a whole number; 0 if it is not there, or something else."""
    value = body.get(name)
    return value if type(value) is int else 0


def _wire_body(order: Order, body: Json) -> bytes:
    """The body as it is sent; a stream is always asked for its usage, for the client may not have."""
    wire = {**body, "model": order.route.upstream_model, "stream": order.stream}
    wire.pop("stream_options", None)
    if order.stream:
        options = body.get("stream_options")
        wire["stream_options"] = {**(options if isinstance(options, dict) else {}), "include_usage": True}
    return encode(wire)


def texts_in(given: Any) -> int:
    """How many texts an `input` holds: a string and a list of token numbers are one."""
    return len(given) if isinstance(given, list) and isinstance(given[0], str | list) else 1


def _request_id(response: Response) -> str:
    found = response.headers.get("x-request-id", "")
    return found if len(found) <= 128 and found.isascii() and found.isprintable() else ""

"""Requests of InvokeModel for vectors: Amazon Titan takes one text at a time, Cohere up to 96.

Sources: docs.aws.amazon.com/bedrock/latest/userguide, `model-parameters-titan-embed-text` and `model-parameters-embed`.
"""

from collections.abc import Sequence

from ni.domain.call import Json
from ni.domain.errors import UnsupportedParameter
from ni.providers.embeddings import Read, batched, read_cohere, read_titan, texts_only
from ni.providers.provider import Order

ENTITY = "Bedrock"
COHERE_TEXTS = 96


def embedding_requests(order: Order) -> tuple[list[tuple[int, Json]], Read]:
    """The bodies, each with its number of texts, and how their answers are read. Raises `BadRequest`."""
    texts = texts_only(order)
    if "cohere.embed" in order.route.upstream_model:
        return [
            (len(some), _cohere(order, some)) for some in batched(texts, COHERE_TEXTS, ENTITY)
        ], read_cohere
    return [(1, _titan(order, some[0])) for some in batched(texts, 1, ENTITY)], read_titan


def _titan(order: Order, text: str) -> Json:
    body: Json = {"inputText": text}
    if "dimensions" in order.body:
        body["dimensions"] = order.body["dimensions"]
    return body


def _cohere(order: Order, texts: Sequence[str]) -> Json:
    """`input_type` must be said; stored documents are the usual case."""
    body: Json = {"texts": list(texts), "input_type": order.body.get("input_type", "search_document")}
    if "truncate" in order.body:
        body["truncate"] = order.body["truncate"]
    if "dimensions" not in order.body:
        return body
    if "embed-v4" not in order.route.upstream_model:
        raise UnsupportedParameter(
            "`%(route)s` has vectors of one length. Leave `dimensions` out.",
            param="dimensions",
            route=order.route.id,
        )
    return body | {"output_dimension": order.body["dimensions"], "embedding_types": ["float"]}

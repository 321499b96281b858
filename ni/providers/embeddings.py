"""Embeddings: the requests for the texts of one call, sent one after the other, and the vectors of their answers.

Providers take different numbers of texts a request (OpenAI 2048, Cohere 96, Titan one), so a call is one request or
several. The first is sent before the response is returned, so that its refusal is the call's.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ni.domain.call import Json
from ni.domain.errors import BadRequest, Problem, UpstreamError
from ni.domain.reply import Counted, Usage
from ni.outbound.errors import OutboundFault
from ni.outbound.http1 import Response
from ni.providers.base import ProviderRequest, UpstreamClient, UpstreamRequest
from ni.providers.errors import Upstream, problem_of_fault

MOST_REQUESTS = 128
_LARGEST = 3.4e38
_NONSENSE = (ValueError, KeyError, TypeError, AttributeError, IndexError)
Vector = list[float] | str


@dataclass(frozen=True, slots=True)
class Vectors:
    """The answer to one request: a vector for each text, in order, and their tokens; None where it has no count."""

    vectors: Sequence[Vector]
    tokens: int | None = None


Read = Callable[[Json, Response], Vectors]
"""Reads one answer; raises `KeyError` and its like for nonsense."""


class EmbeddingResponse:
    """Implements `ProviderResponse`; `reply()` is `{"vectors": [...], "usage": {...}}`."""

    def __init__(
        self,
        post: UpstreamClient,
        request: ProviderRequest,
        batches: Sequence[tuple[int, UpstreamRequest]],
        read: Read,
    ) -> None:
        self.usage: Usage | None = None
        self._client = post
        self._request = request
        self._batches = batches
        self._read = read
        self._response = post.send(request, batches[0][1])
        self.peer = self._response.peer
        self._tokens: int | None = 0

    @property
    def partial_usage(self) -> Usage | None:
        """What the requests that came back have used so far."""
        return Usage(uncached=self._tokens) if self._tokens else None

    def reply(self) -> Json:
        """The vectors of all texts. Raises `Problem`."""
        vectors: list[Vector] = []
        for at, (wanted, outgoing) in enumerate(self._batches):
            if at:
                self._response = self._client.send(self._request, outgoing)
            given = self._one(wanted, outgoing.upstream)
            vectors += given.vectors
            self._tokens = (
                None if self._tokens is None or given.tokens is None else self._tokens + given.tokens
            )
        if self._tokens is not None:
            self.usage = Usage(uncached=self._tokens, source=Counted.PROVIDER)
        return {"vectors": vectors, "usage": {"prompt_tokens": self._tokens or 0}}

    def chunks(self) -> Iterator[Json]:
        """Not supported: vectors are not streamed. Raises `NotImplementedError`."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the upstream connection now."""
        self._response.close()

    def _one(self, wanted: int, upstream: Upstream) -> Vectors:
        try:
            given = self._read(orjson.loads(self._response.read()), self._response)
            if len(given.vectors) != wanted or not all(map(_is_vector, given.vectors)):
                raise ValueError("not a vector for each text")
        except OutboundFault as fault:
            raise problem_of_fault(fault, upstream) from fault
        except Problem:
            raise
        except _NONSENSE as fault:
            raise UpstreamError(provider=upstream.name) from fault
        finally:
            self._response.close()
        return given


def batched(texts: Sequence[Any], most: int, provider: str) -> list[Sequence[Any]]:
    """The texts in batches of at most `most`. Raises `BadRequest` for more requests than one call may cause."""
    batches = [texts[at : at + most] for at in range(0, len(texts), most)]
    if len(batches) > MOST_REQUESTS:
        raise BadRequest(
            "`input` has %(count)s texts; %(provider)s takes at most %(limit)s of them a call. Send several.",
            param="input",
            count=len(texts),
            provider=provider,
            limit=most * MOST_REQUESTS,
        )
    return batches


def texts_only(request: ProviderRequest) -> list[str]:
    """The texts of a request, for a provider that takes no token numbers. Raises `BadRequest`."""
    given = request.body["input"]
    texts = given if isinstance(given, list) else [given]
    if not all(isinstance(text, str) for text in texts):
        raise BadRequest("`input` must be text on this route, not token numbers.", param="input")
    return texts


def read_openai(answer: Json, response: Response) -> Vectors:
    """OpenAI's answer; entries are put in the order of their `index`."""
    entries = sorted(answer["data"], key=lambda entry: entry.get("index", 0))
    usage = answer.get("usage")
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return Vectors([entry["embedding"] for entry in entries], _count(tokens))


def read_vertex(answer: Json, response: Response) -> Vectors:
    """The answer of `predict`."""
    embeddings = [prediction["embeddings"] for prediction in answer["predictions"]]
    counts = [_count(embedding.get("statistics", {}).get("token_count")) for embedding in embeddings]
    known = [count for count in counts if count is not None]
    return Vectors(
        [embedding["values"] for embedding in embeddings], sum(known) if len(known) == len(counts) else None
    )


def read_titan(answer: Json, response: Response) -> Vectors:
    """Amazon Titan's answer."""
    return Vectors([answer["embedding"]], _count(answer.get("inputTextTokenCount")))


def read_cohere(answer: Json, response: Response) -> Vectors:
    """Cohere's answer on Bedrock, by type or not; Bedrock counts in a header."""
    embeddings = answer["embeddings"]
    text = response.headers.get("x-amzn-bedrock-input-token-count", "")
    return Vectors(
        embeddings["float"] if isinstance(embeddings, dict) else embeddings,
        int(text) if text.isdigit() else None,
    )


def _count(value: Any) -> int | None:
    """A whole number, also as Google writes it (3.0)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        return None
    return int(value)


def _is_vector(vector: Any) -> bool:
    """Numbers that 32 bits can hold, or base64 of such. Raises `ValueError` for what is no base64."""
    if isinstance(vector, str):
        octets = len(base64.b64decode(vector, validate=True))
        return octets > 0 and octets % 4 == 0
    return bool(vector) and isinstance(vector, list) and all(map(_is_number, vector))


def _is_number(number: Any) -> bool:
    return type(number) in (float, int) and -_LARGEST <= number <= _LARGEST

"""Vertex AI: Gemini by `generateContent` and `streamGenerateContent`, Codestral's FIM by `rawPredict`, and embeddings.

Google's SDKs are not used: they open their own connections, one of them gRPC, and lose fields. The location is the
deployment's region, or option `location`; `NI_VERTEX_ENDPOINT` replaces scheme and host.
FIM (fill in the middle) refuses unknown fields, so they are refused by name, unless they hold a default. Sources:
Mistral's reference of `POST /v1/fim/completions` and its page on Vertex AI: the path names the model with its version,
the body without it.
"""

import os
import re
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import orjson

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.errors import BadRequest, UnsupportedParameter
from ni.domain.ids import Random
from ni.domain.providers import PROVIDERS
from ni.domain.route import Deployment, Route
from ni.outbound.client import EgressClient
from ni.providers.base import (
    STRICT,
    ErrorResponse,
    ProviderRequest,
    ProviderResponse,
    ServedModel,
    SettingLookup,
    UpstreamClient,
    UpstreamRequest,
    base_url,
    bearer,
    encode,
    frame_of,
    lifecycle_of,
    note_dropped,
    owner_of,
    text_of,
)
from ni.providers.chunk_writer import ChunkWriter
from ni.providers.conversation import Images, conversation_of
from ni.providers.embeddings import EmbeddingResponse, batched, read_vertex, texts_only
from ni.providers.errors import ErrorBody, Upstream, context_too_long, problem_of_status
from ni.providers.generation_parameters import generation_parameters, is_strict
from ni.providers.google_auth import TOKEN_SETTING, GoogleCredentials
from ni.providers.parameters import fit
from ni.providers.responses import Form, OpenAIResponse, SseFramer, TranslatedResponse
from ni.providers.thinking_cache import ThinkingCache
from ni.providers.tool_definitions import offered_names
from ni.providers.vertex_translate import VertexReader, request_body

MAKER = "mistralai/"
_PASSED = ("temperature", "top_p", "stop", "suffix")
_READ = frozenset({*_PASSED, "prompt", "max_tokens", "seed", "user"})
_SAYS_NOTHING: tuple[Any, ...] = (None, 0, 1, False, "", [], {})
"""`n` and `best_of` are 1 by default, penalties 0, flags false."""


def fills_in(route: Route) -> bool:
    """Whether a route's model takes FIM bodies."""
    return route.upstream_model.startswith(f"{MAKER}codestral")


def fim_body(request: ProviderRequest) -> Json:
    """The body, bounded by what is reserved for. Raises `BadRequest` naming what the model cannot do."""
    given, route = request.body, request.route
    for name, value in given.items():
        if name not in _READ and (value is True or value not in _SAYS_NOTHING):
            raise UnsupportedParameter(
                "`%(route)s` cannot do what `%(field)s` asks for. Remove it, or choose another route.",
                param=name, route=route.id, field=name,
            )  # fmt: skip
    most = route.capabilities.max_output_tokens
    passed = {name: given[name] for name in _PASSED if name in given}
    passed |= {"random_seed": given["seed"]} if "seed" in given else {}
    name = route.upstream_model.removeprefix(MAKER).partition("@")[0]
    limit = min(given.get("max_tokens") or most, most)
    return {
        "model": name,
        "prompt": _prompt(given["prompt"]),
        "max_tokens": limit,
        "stream": request.stream,
        **passed,
    }


def _prompt(given: Any) -> str:
    only = given[0] if isinstance(given, list) and len(given) == 1 else given
    if not isinstance(only, str):
        raise BadRequest("`prompt` must be one string on this route.", param="prompt")
    return only


KINDS = frozenset({"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"})
_TOO_LONG = re.compile(r"input token count|exceeds the maximum number of tokens", re.IGNORECASE)
_DELAY = re.compile(r"(\d{1,5})(?:\.\d+)?s")
_MOST_TEXTS = 250
COMPLETIONS = "completions"
_FILLS_IN = (
    "`%(route)s` is reached as a model that fills in between a prompt and a suffix. Send them to `/v1/completions`, or "
    "choose another route."
)
_MULTI_REGIONS = frozenset({"us", "eu"})


class Vertex:
    """The provider `vertex_ai`."""

    display_name = PROVIDERS["vertex_ai"].display_name

    def __init__(self, egress: EgressClient, lookup: SettingLookup, random: Random = os.urandom) -> None:
        self._client = UpstreamClient(egress, map_error)
        self._lookup = lookup
        self._random = random
        self._clock = egress.clock
        self._kept = ThinkingCache(egress.clock)
        self._credentials = GoogleCredentials(egress, lookup)
        self.images = Images(egress, KINDS)

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        if missing := self._credentials.missing(deployment):
            return missing
        if not self._credentials.project(deployment, {}):
            return "Set GOOGLE_CLOUD_PROJECT to the project to call Vertex AI with."
        return None

    def native_format(self, route: Route) -> str:
        """Completions where the model fills in between prompt and suffix; else the chat form alone."""
        return COMPLETIONS if fills_in(route) else ""

    def endpoint(self, deployment: Deployment) -> str:
        """The base URL of calls to this deployment."""
        return self._endpoint(deployment, deployment.options.get("location") or deployment.region)

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        if fills_in(request.route):
            return self._filled(request)
        wanted = fit(request.body, request.route, stream=request.stream).body
        owner = owner_of(request)
        asked = generation_parameters(wanted)
        note_dropped(request, STRICT, when=is_strict(asked))
        conversation = self.images.inlined(conversation_of(request.body["messages"]))
        find = partial(self._kept.find, owner)
        outgoing = self._outgoing(
            request, encode(request_body(request.route, asked, conversation, find, wanted))
        )
        response = self._client.send(request, outgoing)
        reader = VertexReader(
            ChunkWriter(frame_of(request, self._clock), offered_names(request.body)),
            partial(self._kept.keep, owner),
            outgoing.upstream,
            self._random,
            request.body.get("n") or 1,
        )
        return TranslatedResponse(response, outgoing.upstream, reader, SseFramer if request.stream else None)

    def _filled(self, request: ProviderRequest) -> ProviderResponse:
        if request.form != COMPLETIONS:
            raise errors.UnsupportedParameter(_FILLS_IN, param="model", route=request.route.id)
        body = fim_body(request)
        outgoing = self._outgoing(
            request, encode(body), "streamRawPredict" if request.stream else "rawPredict"
        )
        response = self._client.send(request, outgoing)
        form = Form(request.stream, 1, frame_of(request, self._clock), limit=body["max_tokens"])
        return OpenAIResponse(response, response.peer, outgoing.upstream, form)

    def embed(self, request: ProviderRequest) -> ProviderResponse:
        """Send texts for vectors, to `predict`. Raises `Problem`."""
        most = (
            1
            if request.route.upstream_model.rpartition("/")[2].startswith("gemini-embedding")
            else _MOST_TEXTS
        )
        batches = [
            (len(batch), self._outgoing(request, encode(_instances(request.body, batch)), "predict"))
            for batch in batched(texts_only(request), most, self.display_name)
        ]
        return EmbeddingResponse(self._client, request, batches, read_vertex)

    def list_models(self, deployment: Deployment) -> list[ServedModel]:
        """Google's publisher models of Model Garden, at most 1,000. Raises `Problem`."""
        upstream = Upstream(self.display_name, False, deployment.credential_setting or TOKEN_SETTING)
        token = self._credentials.token(deployment, {}, upstream)
        named = self._lookup(deployment.endpoint_setting or "NI_VERTEX_ENDPOINT")
        base = named.reveal().strip().rstrip("/") if named else "https://aiplatform.googleapis.com"
        url = f"{base}/v1beta1/publishers/google/models?pageSize=1000"
        return [
            ServedModel(text_of(entry, "name").rpartition("/")[2], lifecycle_of(entry.get("launchStage")))
            for entry in self._client.entries(url, bearer(token), upstream, "publisherModels")
        ]

    def _outgoing(self, request: ProviderRequest, wire: bytes, verb: str = "") -> UpstreamRequest:
        deployment = request.route.deployment
        upstream = Upstream(
            self.display_name, bool(request.byok), deployment.credential_setting or TOKEN_SETTING
        )
        token = self._credentials.token(deployment, request.byok, upstream)
        project = self._credentials.project(deployment, request.byok)
        if not project:
            raise problem_of_status(403, ErrorBody(), None, upstream)
        location = deployment.options.get("location") or deployment.region
        maker, _, model = request.route.upstream_model.rpartition("/")
        if not verb:
            verb = "streamGenerateContent?alt=sse" if request.stream else "generateContent"
        version = deployment.options.get("api_version", "v1")
        place = f"projects/{quote(project, safe='')}/locations/{location}"
        name = f"publishers/{quote(maker or 'google', safe='')}/models/{quote(model, safe='@')}"
        url = f"{self._endpoint(deployment, location)}/{version}/{place}/{name}:{verb}"
        return UpstreamRequest(url, bearer(token), wire, upstream, request.stream)

    def _endpoint(self, deployment: Deployment, location: str) -> str:
        if deployment.endpoint_setting or not deployment.endpoint:
            named = self._lookup(deployment.endpoint_setting or "NI_VERTEX_ENDPOINT")
            if named:
                return named.reveal().strip().rstrip("/")
        host = f"{location}-aiplatform.googleapis.com"
        if location in _MULTI_REGIONS:
            host = f"aiplatform.{location}.rep.googleapis.com"
        elif location == "global":
            host = "aiplatform.googleapis.com"
        return base_url(deployment, self._lookup, f"https://{host}")


def _instances(body: Json, texts: Sequence[str]) -> Json:
    """The body of `predict` for text embeddings (cloud.google.com/vertex-ai/generative-ai/docs/model-reference)."""
    task = {"task_type": body["task_type"]} if "task_type" in body else {}
    body_of_predict: Json = {"instances": [{"content": text, **task} for text in texts]}
    if "dimensions" in body:
        body_of_predict["parameters"] = {"outputDimensionality": body["dimensions"]}
    return body_of_predict


def map_error(refused: ErrorResponse) -> errors.Problem:
    """Maps an error of Google's APIs."""
    if refused.status == 400 and _TOO_LONG.search(refused.error_body.words):
        return context_too_long(refused.error_body)
    status = 504 if refused.status == 499 else refused.status
    wait_s = refused.wait_s or _retry_delay(refused.body)
    return problem_of_status(status, refused.error_body, wait_s, refused.upstream)


def _retry_delay(body: bytes) -> int | None:
    """The seconds of a `RetryInfo` (google.rpc) in an error's details, which Google sends instead of `Retry-After`."""
    try:
        details = orjson.loads(body)["error"]["details"]
        delays = [detail["retryDelay"] for detail in details if "retryDelay" in detail]
    except (ValueError, KeyError, TypeError):
        return None
    match = _DELAY.fullmatch(delays[0]) if delays and isinstance(delays[0], str) else None
    return max(1, int(match[1])) if match else None

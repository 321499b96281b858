"""Amazon Bedrock by Converse and ConverseStream, and by InvokeModel where a client's own Messages go to Claude.

Requests are signed with botocore and sent by the egress client. A boto3 client would open connections that can neither
be vetted nor be closed from another greenlet. A model that cannot call tools while it streams is asked for a whole
answer, which is replayed as a stream.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.providers import PROVIDERS
from ni.domain.route import Deployment, Route
from ni.domain.secret import Secret
from ni.outbound.addresses import parse_url
from ni.outbound.client import EgressClient
from ni.outbound.errors import OutboundFault
from ni.providers.anthropic import NativeReader
from ni.providers.aws_auth import AwsCredentials, CredentialsFailed, EventStreamFramer, region_of
from ni.providers.base import (
    STRICT,
    ErrorResponse,
    Library,
    ProviderRequest,
    ProviderResponse,
    ServedModel,
    SettingLookup,
    UpstreamClient,
    UpstreamRequest,
    base_url,
    encode,
    frame_of,
    lifecycle_of,
    note_dropped,
    owner_of,
    text_of,
)
from ni.providers.bedrock_converse import BedrockReader, forced_answer, request_body, traits_of
from ni.providers.bedrock_invoke import (
    InvokeFramer,
    embedding_requests,
    invoke_body,
    later_fields,
    lost,
    plain,
)
from ni.providers.chunk_writer import ChunkWriter
from ni.providers.conversation import Images, conversation_of
from ni.providers.embeddings import EmbeddingResponse
from ni.providers.errors import (
    ErrorBody,
    Upstream,
    context_too_long,
    problem_of_fault,
    problem_of_status,
    refused_request,
)
from ni.providers.generation_parameters import (
    GenerationParameters,
    asks_to_think,
    generation_parameters,
    is_claude,
    is_strict,
    thinks,
)
from ni.providers.parameters import fit
from ni.providers.responses import Framer, Reader, TranslatedResponse
from ni.providers.thinking_cache import ThinkingCache
from ni.providers.tool_definitions import offered_names

logger = logging.getLogger(__name__)

ENDPOINT_SETTING = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"
KINDS = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_TOO_LONG = re.compile(
    r"input is too long|maximum context length|too many (input )?tokens|prompt is too long", re.I
)
_NOT_SERVED = re.compile(r"model identifier is invalid|on-demand throughput|end of its life", re.I)
_BETA_REFUSED = re.compile(r"invalid beta flag", re.I)
_FIELD_REFUSED = re.compile(r"extra inputs are not permitted|extraneous key", re.I)
_NO_STREAMED_TOOLS = re.compile(r"tool use in streaming mode", re.I)
_STATUS = {
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "InvalidSignatureException": 403,
    "UnrecognizedClientException": 403,
    "ModelErrorException": 500,
    "ModelNotReadyException": 503,
    "ServiceQuotaExceededException": 429,
}


class NoStreamedTools(errors.UpstreamRefused):
    """The model does not call tools while it streams; it is asked again for a whole answer."""


class FieldRefused(errors.UpstreamRefused):
    """The model does not take a field, perhaps one that a beta allows; a client's own call is made again without."""


class BetaRefused(FieldRefused):
    """The model does not take a beta; it is not asked with these again."""


class Bedrock:
    """The provider `bedrock`."""

    display_name = PROVIDERS["bedrock"].display_name

    def __init__(self, egress: EgressClient, lookup: SettingLookup) -> None:
        self._client = UpstreamClient(egress, map_error)
        self._lookup = lookup
        self._clock = egress.clock
        self._kept = ThinkingCache(egress.clock)
        self._credentials = AwsCredentials(egress, lookup)
        self._framing = Library("botocore.eventstream")
        self._refused: set[tuple[str, ...]] = (
            set()
        )  # model, version, betas and fields of tools that it does not take together
        self.images = Images(egress, KINDS)

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        if not region_of(deployment, self._lookup):
            return "Set AWS_REGION to the region of Bedrock to call."
        return self._credentials.missing(deployment)

    def native_format(self, route: Route) -> str:
        """Messages where the model is a Claude; else the chat form alone."""
        return "messages" if is_claude(route.upstream_model) else ""

    def endpoint(self, deployment: Deployment) -> str:
        """The base URL of calls to this deployment."""
        return self._endpoint(deployment, region_of(deployment, self._lookup))

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        if request.form == self.native_format(request.route):
            return self._passed(request)
        asked = generation_parameters(fit(request.body, request.route).body)
        conversation = self.images.inlined(conversation_of(request.body["messages"]))
        body = request_body(
            request.route,
            asked,
            conversation,
            partial(self._kept.find, owner_of(request)),
            request.headers.get("anthropic-beta", ""),
        )
        silent = asks_to_think(asked) and not thinks(body.get("additionalModelRequestFields", {}))
        note_dropped(request, "reasoning_effort", when=silent and is_claude(request.route.upstream_model))
        note_dropped(request, STRICT, when=is_strict(asked))
        whole = not request.stream or (
            "toolConfig" in body and traits_of(request.route.upstream_model).buffers_tools
        )
        try:
            return self._sent(request, asked, body, streamed=not whole)
        except NoStreamedTools:
            return self._sent(request, asked, body, streamed=False)

    def embed(self, request: ProviderRequest) -> ProviderResponse:
        """Send texts for vectors, to Titan or Cohere by InvokeModel. Raises `Problem`."""
        bodies, read = embedding_requests(request)
        batches = [
            (texts, self._outgoing(request, encode(body), "invoke", streamed=False)) for texts, body in bodies
        ]
        return EmbeddingResponse(self._client, request, batches, read)

    def list_models(self, deployment: Deployment) -> list[ServedModel]:
        """The models of `ListFoundationModels` and `ListInferenceProfiles` (control plane). Raises `Problem`."""
        named = self._lookup("AWS_ENDPOINT_URL_BEDROCK")
        region = region_of(deployment, self._lookup)
        base = named.reveal().rstrip("/") if named else f"https://bedrock.{region}.amazonaws.com"
        models = [
            ServedModel(
                text_of(entry, "modelId"), lifecycle_of((entry.get("modelLifecycle") or {}).get("status"))
            )
            for entry in self._listed(deployment, f"{base}/foundation-models", "modelSummaries")
        ]
        url = f"{base}/inference-profiles?maxResults=1000"
        return models + [
            ServedModel(text_of(entry, "inferenceProfileId"), lifecycle_of(entry.get("status")))
            for entry in self._listed(deployment, url, "inferenceProfileSummaries")
        ]

    def _listed(self, deployment: Deployment, url: str, name: str) -> list[Json]:
        upstream = Upstream(self.display_name, False, deployment.credential_setting or "its AWS credentials")
        headers = self._signed(deployment, {}, url, b"", upstream)
        return self._client.entries(url, headers, upstream, name)

    def _passed(self, request: ProviderRequest) -> ProviderResponse:
        """The client's own body, and an answer that is not translated."""
        model, owner = request.route.upstream_model, owner_of(request)
        find = partial(self._kept.find, owner)
        body = invoke_body(request.route, request.body, request.headers, find, self.images.read)
        note_dropped(request, "thinking", when=thinks(request.body) and not thinks(body))
        later = later_fields(body)
        wanted = (model, body["anthropic_version"], *body.get("anthropic_beta", ()), *later)
        if wanted in self._refused:
            return self._invoked_plainly(request, body)
        try:
            return self._invoked(request, body)
        except FieldRefused as refusal:
            if plain(body) == body:
                raise
            if later or isinstance(refusal, BetaRefused):
                self._refused.add(wanted)
            return self._invoked_plainly(request, body)

    def _invoked_plainly(self, request: ProviderRequest, body: Json) -> ProviderResponse:
        """The call without what betas allow, which the client is told of."""
        note_dropped(request, *lost(body))
        return self._invoked(request, plain(body))

    def _invoked(self, request: ProviderRequest, body: Json) -> ProviderResponse:
        verb = "invoke-with-response-stream" if request.stream else "invoke"
        keep = partial(self._kept.keep, owner_of(request))
        framer = InvokeFramer if request.stream else None
        return self._exchange(request, body, verb, framer, partial(NativeReader, keep))

    def _sent(
        self, request: ProviderRequest, asked: GenerationParameters, body: Json, *, streamed: bool
    ) -> ProviderResponse:
        forced = forced_answer(asked, traits_of(request.route.upstream_model))
        reader = partial(
            BedrockReader,
            ChunkWriter(frame_of(request, self._clock), offered_names(request.body)),
            partial(self._kept.keep, owner_of(request)),
            schema_tool=forced.name if forced else "",
        )
        verb, framer = ("converse-stream", EventStreamFramer) if streamed else ("converse", None)
        return self._exchange(request, body, verb, framer, reader)

    def _exchange(
        self,
        request: ProviderRequest,
        body: Json,
        verb: str,
        framer: Callable[[], Framer] | None,
        reader: Callable[[Upstream], Reader],
    ) -> ProviderResponse:
        """`framer` is None where the answer comes whole."""
        self._framing.load()
        outgoing = self._outgoing(request, encode(body), verb, streamed=framer is not None)
        response = self._client.send(request, outgoing)
        answer = TranslatedResponse(response, outgoing.upstream, reader(outgoing.upstream), framer)
        return answer.named(response.headers.get("x-amzn-requestid", ""))

    def _outgoing(
        self, request: ProviderRequest, wire: bytes, verb: str, *, streamed: bool
    ) -> UpstreamRequest:
        deployment = request.route.deployment
        region = region_of(deployment, self._lookup)
        url = f"{self._endpoint(deployment, region)}/model/{quote(request.route.upstream_model, safe='')}/{verb}"
        upstream = Upstream(
            self.display_name, bool(request.byok), deployment.credential_setting or "its AWS credentials"
        )
        headers = self._signed(deployment, request.byok, url, wire, upstream)
        return UpstreamRequest(url, headers, wire, upstream, streamed)

    def _signed(
        self, deployment: Deployment, byok: Mapping[str, Secret], url: str, wire: bytes, upstream: Upstream
    ) -> Mapping[str, str]:
        """The headers of a signed request; a `GET` where `wire` is empty. Raises `Problem`."""
        headers = None
        try:
            parse_url(url)  # what cannot be sent must not be signed either: botocore breaks on it
            region = region_of(deployment, self._lookup)
            headers = self._credentials.headers(deployment, byok, region, url, wire)
        except OutboundFault as fault:  # also while fresh credentials were asked for
            raise problem_of_fault(fault, upstream) from fault
        except CredentialsFailed as fault:
            logger.error("the AWS credentials of deployment %s cannot be had: %s", deployment.id, fault)  # noqa: TRY400
        if headers is None:
            raise problem_of_status(403, ErrorBody(), None, upstream)
        return headers

    def _endpoint(self, deployment: Deployment, region: str) -> str:
        if not deployment.endpoint_setting and not deployment.endpoint:
            deployment = replace(deployment, endpoint_setting=ENDPOINT_SETTING)
        return base_url(deployment, self._lookup, f"https://bedrock-runtime.{region}.amazonaws.com")


def map_error(refused: ErrorResponse) -> errors.Problem:
    """Maps an error of Bedrock. Its type is in a header; many cases differ only in the message."""
    kind = refused.headers.get("x-amzn-errortype", "").partition(":")[0]
    words = refused.error_body.words
    if refused.status == 400 and _TOO_LONG.search(words):
        return context_too_long(refused.error_body)
    if refused.status == 400 and _NOT_SERVED.search(words):
        return errors.UpstreamMissing(provider=refused.upstream.name)
    if refused.status == 400 and _BETA_REFUSED.search(words):
        return _again(BetaRefused, refused)
    if refused.status == 400 and _FIELD_REFUSED.search(words):
        return _again(FieldRefused, refused)
    if refused.status == 400 and _NO_STREAMED_TOOLS.search(words):
        return NoStreamedTools(provider=refused.upstream.name, upstream_status=400)
    status = 500 if refused.status == 424 else _STATUS.get(kind, refused.status)
    return problem_of_status(status, refused.error_body, refused.wait_s, refused.upstream)


def _again(kind: type[FieldRefused], refused: ErrorResponse) -> FieldRefused:
    """The refusal as a `FieldRefused`, after which the call is made once more."""
    problem = refused_request(400, refused.error_body, refused.upstream)
    return kind(problem.template, param=problem.param, **problem.fields)

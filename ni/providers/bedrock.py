"""Amazon Bedrock by Converse and ConverseStream, and by InvokeModel where a client's own Messages go to Claude.

The requests are written and signed here with botocore's parts rather than sent by a boto3 client, because that brings
connections of its own, which could neither be vetted nor closed from another greenlet. Credentials, profiles and their
renewal are botocore's. A model that cannot call tools while it streams answers whole, and is replayed as a stream.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.route import Deployment, Route
from ni.outbound.addresses import parse_target
from ni.outbound.client import EgressClient
from ni.outbound.errors import OutboundFault
from ni.providers.anthropic_passthrough import NativeReader
from ni.providers.aws_auth import AwsCredentials, CredentialsFailed, region_of
from ni.providers.base import Library, Lookup, ProviderRequest, ProviderResponse
from ni.providers.bedrock_converse import BedrockReader, EventStreamFramer, forced_answer, request_body
from ni.providers.bedrock_invoke import InvokeFramer, embedding_requests, invoke_body, plain
from ni.providers.bedrock_models import traits_of
from ni.providers.claude_models import is_claude
from ni.providers.conversation import conversation_of
from ni.providers.embeddings import EmbeddingExchange
from ni.providers.errors import ErrorBody, Upstream, problem_of_fault, problem_of_status, refused_request
from ni.providers.generation_parameters import GenerationParameters, generation_parameters
from ni.providers.images import Images
from ni.providers.parameters import fit
from ni.providers.responses import ChunkWriter, Framer, Reader, TranslatedExchange
from ni.providers.thinking_cache import ThinkingCache
from ni.providers.upstream import (
    UpstreamClient,
    UpstreamRefused,
    UpstreamRequest,
    base_url,
    encode,
    frame_of,
    owner_of,
)

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

    entity = "Bedrock"

    def __init__(self, egress: EgressClient, lookup: Lookup) -> None:
        self._post = UpstreamClient(egress, judge)
        self._lookup = lookup
        self._clock = egress.clock
        self._kept = ThinkingCache(egress.clock)
        self._credentials = AwsCredentials(egress, lookup)
        self._framing = Library("botocore.eventstream")
        self._refused: set[tuple[str, ...]] = set()  # model, version, betas that it does not take together
        self.images = Images(egress, KINDS)

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        if not region_of(deployment, self._lookup):
            return "Set AWS_REGION to the region of Bedrock to call."
        return self._credentials.missing(deployment)

    def speaks(self, route: Route) -> str:
        """Messages where the model is a Claude; else the chat form alone."""
        return "messages" if is_claude(route.upstream_model) else ""

    def endpoint(self, deployment: Deployment) -> str:
        """Where calls of this deployment go."""
        return self._endpoint(deployment, region_of(deployment, self._lookup))

    def send(self, order: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        if order.form == self.speaks(order.route):
            return self._passed(order)
        asked = generation_parameters(fit(order.body, order.route).body)
        conversation = self.images.inlined(conversation_of(order.body["messages"]))
        body = request_body(
            order.route,
            asked,
            conversation,
            partial(self._kept.find, owner_of(order)),
            order.headers.get("anthropic-beta", ""),
        )
        whole = not order.stream or (
            "toolConfig" in body and traits_of(order.route.upstream_model).buffers_tools
        )
        try:
            return self._sent(order, asked, body, streamed=not whole)
        except NoStreamedTools:
            return self._sent(order, asked, body, streamed=False)

    def embed(self, order: ProviderRequest) -> ProviderResponse:
        """Send texts for vectors, to Titan or Cohere by InvokeModel. Raises `Problem`."""
        bodies, read = embedding_requests(order)
        letters = [
            (texts, self._letter(order, encode(body), "invoke", streamed=False)) for texts, body in bodies
        ]
        return EmbeddingExchange(self._post, order, letters, read)

    def _passed(self, order: ProviderRequest) -> ProviderResponse:
        """The client's own body, and an answer that is not translated."""
        model, owner = order.route.upstream_model, owner_of(order)
        find = partial(self._kept.find, owner)
        body = invoke_body(order.route, order.body, order.headers, find, self.images.read)
        wanted = (model, body["anthropic_version"], *body.get("anthropic_beta", ()))
        if wanted in self._refused:
            body = plain(body)
        try:
            return self._invoked(order, body)
        except FieldRefused as refusal:
            if plain(body) == body:
                raise
            if isinstance(refusal, BetaRefused):
                self._refused.add(wanted)
            return self._invoked(order, plain(body))

    def _invoked(self, order: ProviderRequest, body: Json) -> ProviderResponse:
        verb = "invoke-with-response-stream" if order.stream else "invoke"
        keep = partial(self._kept.keep, owner_of(order))
        framer = InvokeFramer if order.stream else None
        return self._exchange(order, body, verb, framer, partial(NativeReader, keep))

    def _sent(
        self, order: ProviderRequest, asked: GenerationParameters, body: Json, *, streamed: bool
    ) -> ProviderResponse:
        forced = forced_answer(asked, traits_of(order.route.upstream_model))
        reader = partial(
            BedrockReader,
            ChunkWriter(frame_of(order, self._clock)),
            partial(self._kept.keep, owner_of(order)),
            schema_tool=forced.name if forced else "",
        )
        verb, framer = ("converse-stream", EventStreamFramer) if streamed else ("converse", None)
        return self._exchange(order, body, verb, framer, reader)

    def _exchange(
        self,
        order: ProviderRequest,
        body: Json,
        verb: str,
        framer: Callable[[], Framer] | None,
        reader: Callable[[Upstream], Reader],
    ) -> ProviderResponse:
        """`framer` is None where the answer comes whole."""
        self._framing.load()
        letter = self._letter(order, encode(body), verb, streamed=framer is not None)
        response = self._post.send(order, letter)
        exchange = TranslatedExchange(response, letter.party, reader(letter.party), framer)
        return exchange.named(response.headers.get("x-amzn-requestid", ""))

    def _letter(self, order: ProviderRequest, wire: bytes, verb: str, *, streamed: bool) -> UpstreamRequest:
        deployment = order.route.deployment
        region = region_of(deployment, self._lookup)
        url = (
            f"{self._endpoint(deployment, region)}/model/{quote(order.route.upstream_model, safe='')}/{verb}"
        )
        party = Upstream(
            self.entity, bool(order.byok), deployment.credential_setting or "its AWS credentials"
        )
        try:
            parse_target(url)  # what cannot be sent must not be signed either: botocore breaks on it
            headers = self._credentials.headers(deployment, order.byok, region, url, wire)
        except OutboundFault as fault:  # also while fresh credentials were asked for
            raise problem_of_fault(fault, party) from fault
        except CredentialsFailed as fault:
            logger.error("the AWS credentials of deployment %s cannot be had: %s", deployment.id, fault)  # noqa: TRY400
            headers = None
        if headers is None:
            raise problem_of_status(403, ErrorBody(), None, party)
        return UpstreamRequest(url, headers, wire, party, streamed)

    def _endpoint(self, deployment: Deployment, region: str) -> str:
        if not deployment.endpoint_setting and not deployment.endpoint:
            deployment = replace(deployment, endpoint_setting=ENDPOINT_SETTING)
        return base_url(deployment, self._lookup, f"https://bedrock-runtime.{region}.amazonaws.com")


def judge(refused: UpstreamRefused) -> errors.Problem:
    """The problem that a refusal of Bedrock's is; its type comes in a header, its case often in words alone."""
    kind = refused.headers.get("x-amzn-errortype", "").partition(":")[0]
    words = refused.complaint.words
    if refused.status == 400 and _TOO_LONG.search(words):
        return errors.ContextTooLong()
    if refused.status == 400 and _NOT_SERVED.search(words):
        return errors.UpstreamMissing(provider=refused.party.name)
    if refused.status == 400 and _BETA_REFUSED.search(words):
        return _again(BetaRefused, refused)
    if refused.status == 400 and _FIELD_REFUSED.search(words):
        return _again(FieldRefused, refused)
    if refused.status == 400 and _NO_STREAMED_TOOLS.search(words):
        return NoStreamedTools(provider=refused.party.name, upstream_status=400)
    status = 500 if refused.status == 424 else _STATUS.get(kind, refused.status)
    return problem_of_status(status, refused.complaint, refused.wait_s, refused.party)


def _again(kind: type[FieldRefused], refused: UpstreamRefused) -> FieldRefused:
    """The refusal as one after which the call is made once more, told as any other if that fails too."""
    told = refused_request(400, refused.complaint, refused.party)
    return kind(told.template, param=told.param, **told.fields)

"""OpenAI's API over HTTP: `Relay` sends chat completions, completions and embeddings, and reads the answers.

`OpenAICompatible` is a provider that its descriptor describes in full; `OpenAI` and `Local` override what differs.
OpenAI refuses fields that it does not know, and on reasoning models some that it knows: `only_openai` leaves out the
first, the table of `parameters.py` the others. Base URLs include `/v1`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ni.domain.call import Json
from ni.domain.errors import Problem
from ni.domain.provider_descriptor import OpenAIApi, ProviderDescriptor
from ni.domain.providers import PROVIDERS
from ni.domain.route import Deployment, Route
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient, Timeouts
from ni.outbound.http1 import Response
from ni.providers.base import (
    LISTING_TIMEOUTS,
    ErrorResponse,
    ProviderRequest,
    ProviderResponse,
    ResponseTimeouts,
    ServedModel,
    SettingLookup,
    UpstreamClient,
    UpstreamRequest,
    base_url,
    bearer,
    encode,
    frame_of,
    text_of,
)
from ni.providers.embeddings import EmbeddingResponse, read_openai
from ni.providers.errors import Upstream, problem_of_status
from ni.providers.generation_parameters import (
    MESSAGE_FIELDS,
    OPENAI_FIELDS,
    only_openai,
    plain_message,
    plain_tool,
    without_overrides,
)
from ni.providers.parameters import fit
from ni.providers.responses import Form, OpenAIResponse, Prepare, unchanged
from ni.providers.tool_definitions import offered_names


@dataclass(frozen=True, slots=True)
class UpstreamAddress:
    """The target of one request: URL, headers (credential included), body, and the upstream for errors."""

    url: str
    headers: Mapping[str, str]
    body: Json
    upstream: Upstream


class Relay:
    """Sends orders of OpenAI's shape through the egress."""

    def __init__(self, egress: EgressClient, timeouts: ResponseTimeouts | None = None) -> None:
        self._client = UpstreamClient(egress, map_error, timeouts)
        self._clock = egress.clock

    def send(
        self,
        request: ProviderRequest,
        addressed: UpstreamAddress,
        prepare: Prepare = unchanged,
        *,
        ends_unsaid: bool = False,
    ) -> OpenAIResponse:
        """Send and wait for the head of the answer, which is read as `Form` says. Raises `Problem`."""
        wire = _wire_body(request, addressed.body)
        outgoing = UpstreamRequest(addressed.url, addressed.headers, wire, addressed.upstream, request.stream)
        response = self._client.send(request, outgoing)
        peer = replace(response.peer, upstream_request_id=_request_id(response))
        form = Form(
            request.stream, _whole(request.body, "n") or 1, frame_of(request, self._clock), prepare,
            _whole(request.body, "max_completion_tokens") or _whole(request.body, "max_tokens"),
            offered_names(request.body), ends_unsaid,
        )  # fmt: skip
        return OpenAIResponse(response, peer, addressed.upstream, form)

    def embed(self, request: ProviderRequest, addressed: UpstreamAddress) -> EmbeddingResponse:
        """Send texts for vectors, all in one request. Raises `Problem`."""
        outgoing = UpstreamRequest(
            addressed.url, addressed.headers, encode(addressed.body), addressed.upstream, False
        )
        return EmbeddingResponse(
            self._client, request, [(texts_in(request.body["input"]), outgoing)], read_openai
        )

    def entries(
        self, url: str, headers: Mapping[str, str], upstream: Upstream, name: str, timeouts: Timeouts
    ) -> list[Json]:
        """The objects in the list `name` of the JSON object at `url`. Raises `Problem`."""
        return self._client.entries(url, headers, upstream, name, timeouts)


def map_error(refused: ErrorResponse) -> Problem:
    """Maps an error of OpenAI's API."""
    return problem_of_status(refused.status, refused.error_body, refused.wait_s, refused.upstream)


def _whole(body: Json, name: str) -> int:
    """A parameter that is a whole number; 0 if it is not there, or something else."""
    value = body.get(name)
    return value if type(value) is int else 0


def _wire_body(request: ProviderRequest, body: Json) -> bytes:
    """The body as it is sent; a stream is always asked for its usage, for the client may not have."""
    wire = {**body, "model": request.route.upstream_model, "stream": request.stream}
    wire.pop("stream_options", None)
    if request.stream:
        options = body.get("stream_options")
        wire["stream_options"] = {**(options if isinstance(options, dict) else {}), "include_usage": True}
    return encode(wire)


def texts_in(given: Any) -> int:
    """How many texts an `input` holds: a string and a list of token numbers are one."""
    return len(given) if isinstance(given, list) and isinstance(given[0], str | list) else 1


def _request_id(response: Response) -> str:
    request_id = response.headers.get("x-request-id", "")
    return request_id if len(request_id) <= 128 and request_id.isascii() and request_id.isprintable() else ""


_CACHE_KEY_LENGTH = 64


class OpenAICompatible:
    """A provider that serves OpenAI's API. Base URL, credential and names come from its descriptor.

    A line of `ni/providers/registry.py` builds it for a provider without peculiarities; others override a method.
    The account's own credential (BYOK) is the first field of the descriptor's `credential`.
    """

    def __init__(self, descriptor: ProviderDescriptor, egress: EgressClient, lookup: SettingLookup) -> None:
        self.display_name = descriptor.display_name
        self._descriptor = descriptor
        self._api = descriptor.api or OpenAIApi()
        self._relay = Relay(egress)
        self._lookup = lookup

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, as a sentence; None if the deployment is configured."""
        setting = self._credential_setting(deployment)
        return None if self._lookup(setting) else f"Set {setting} to an API key of {self._descriptor.label}."

    def native_format(self, route: Route) -> str:
        """Empty: the chat form alone."""
        return ""

    def endpoint(self, deployment: Deployment) -> str:
        """The base URL of calls to this deployment, with its `/v1`."""
        if not deployment.endpoint_setting and not deployment.endpoint:
            deployment = replace(deployment, endpoint_setting=self._api.endpoint_setting)
        return base_url(deployment, self._lookup, self._api.base_url)

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        return self._relay.send(
            request, self._addressed(request, "chat/completions", self.chat_body(request))
        )

    def embed(self, request: ProviderRequest) -> ProviderResponse:
        """Send texts for vectors. Raises `Problem`."""
        return self._relay.embed(request, self._addressed(request, "embeddings", embedding_body(request)))

    def list_models(self, deployment: Deployment) -> list[ServedModel]:
        """The models of `GET /models`, in the server's order. Raises `Problem`."""
        return [ServedModel(name) for name in self._model_ids(deployment, LISTING_TIMEOUTS)]

    def chat_body(self, request: ProviderRequest) -> Json:
        """The body of chat completions: the fields of OpenAI's reference that the route's model takes."""
        return only_openai(fit(request.body, request.route).body)

    def own_credential(self, request: ProviderRequest) -> Secret | None:
        """The account's own credential; None where the platform's is used."""
        fields = self._descriptor.credential
        return request.byok.get(fields[0].name) if fields else None

    def _addressed(self, request: ProviderRequest, path: str, body: Json) -> UpstreamAddress:
        deployment, own = request.route.deployment, self.own_credential(request)
        headers = bearer(own or self._lookup(self._credential_setting(deployment)))
        url = f"{self.endpoint(deployment)}/{path}"
        return UpstreamAddress(url, headers, body, self._upstream(deployment, byok=own is not None))

    def _model_ids(self, deployment: Deployment, timeouts: Timeouts) -> list[str]:
        headers = bearer(self._lookup(self._credential_setting(deployment)))
        url = f"{self.endpoint(deployment)}/models"
        entries = self._relay.entries(url, headers, self._upstream(deployment), "data", timeouts)
        return [name for name in (text_of(entry, "id") for entry in entries) if name]

    def _credential_setting(self, deployment: Deployment) -> str:
        return deployment.credential_setting or self._api.credential_setting

    def _upstream(self, deployment: Deployment, *, byok: bool = False) -> Upstream:
        return Upstream(self.display_name, byok, self._credential_setting(deployment))


class OpenAI(OpenAICompatible):
    """The provider `openai`. On the platform's credential, the prompt caches of accounts are kept apart."""

    def __init__(self, egress: EgressClient, lookup: SettingLookup) -> None:
        super().__init__(PROVIDERS["openai"], egress, lookup)

    def chat_body(self, request: ProviderRequest) -> Json:
        """The body of chat completions, with the account's tag before its own `prompt_cache_key`."""
        body = super().chat_body(request)
        if request.cache_tag and self.own_credential(request) is None:
            key = f"{request.cache_tag}{body.get('prompt_cache_key') or ''}"
            body["prompt_cache_key"] = key[:_CACHE_KEY_LENGTH]
        return body


def embedding_body(request: ProviderRequest) -> Json:
    """The body of OpenAI's `embeddings`. The SDKs ask for base64, which is also the shorter way from here."""
    fields = ("input", "dimensions", "encoding_format", "user")
    body = {name: request.body[name] for name in fields if name in request.body}
    return body | {"model": request.route.upstream_model}


_EXTENSION_NAMES = """
    add_generation_prompt best_of cache_prompt chat_template_kwargs continue_final_message dry_allowed_length
    dry_base dry_multiplier dry_penalty_last_n dry_sequence_breakers dynatemp_exponent dynatemp_range
    enable_thinking grammar guided_choice guided_decoding_backend guided_grammar guided_json guided_regex id_slot
    ignore_eos include_stop_str_in_output json_schema keep_alive length_penalty media_io_kwargs min_p min_tokens
    mirostat mirostat_eta mirostat_tau mm_processor_kwargs n_predict n_probs options parse_tool_calls priority
    reasoning_budget reasoning_format repeat_last_n repeat_penalty repetition_penalty return_progress samplers
    separate_reasoning skip_special_tokens spaces_between_special_tokens stop_token_ids structured_outputs tfs_z
    think thinking thinking_budget_tokens timings_per_token top_a top_k top_n_sigma truncate_prompt_tokens typical_p
    use_beam_search xtc_probability xtc_threshold
"""
EXTENSIONS = frozenset(_EXTENSION_NAMES.split())
_OF_THOUGHT = frozenset({"reasoning", "reasoning_content"})
"""Models that think between calls want their thoughts back."""
_SYSTEM = ("system", "developer")


def own_body(body: Json, options: Mapping[str, str]) -> Json:
    """The chat body as a server on own machines takes it: known fields only, and at most one system message.

    Chat templates of many open models allow one system message, first, and no `developer` role (llama.cpp#20079,
    litellm#24664). Fields are those of OpenAI's reference and the documented extensions of vLLM, llama.cpp, SGLang and
    Ollama; the options `fields` and `message_fields` of the deployment name more, separated by spaces.
    """
    allowed = OPENAI_FIELDS | EXTENSIONS | set(options.get("fields", "").split())
    answer = {name: value for name, value in body.items() if name in allowed}
    names = MESSAGE_FIELDS | _OF_THOUGHT | set(options.get("message_fields", "").split())
    messages = one_system_message(list(map(_newer, body["messages"])))
    answer["messages"] = [plain_message(message, names) for message in messages]
    if "tools" in answer:
        answer["tools"] = [plain_tool(tool) for tool in answer["tools"]]
    return answer


def one_system_message(messages: list[Json]) -> list[Json]:
    """The messages with the leading ones of the system as one, and later ones as the user's."""
    rest = next((at for at, message in enumerate(messages) if message["role"] not in _SYSTEM), len(messages))
    leading, later = messages[:rest], messages[rest:]
    if len(leading) > 1 or any(message["role"] == "developer" for message in leading):
        text = "\n\n".join(filter(None, (words_of(message.get("content")) for message in leading)))
        leading = [{"role": "system", "content": text}]
    return leading + [
        {**message, "role": "user"} if message["role"] in _SYSTEM else message for message in later
    ]


def _newer(message: Json) -> Json:
    """A message of the older form with functions as one with tools, which templates know."""
    if message["role"] == "function":
        return {
            "role": "tool",
            "tool_call_id": f"call_{message['name']}",
            "content": message.get("content") or "",
        }
    if older := message.get("function_call"):
        call = {"id": f"call_{older['name']}", "type": "function", "function": older}
        rest = {name: value for name, value in message.items() if name != "function_call"}
        return {**rest, "tool_calls": [call]}
    return message


def words_of(content: Any) -> str:
    """The text of a message's content."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content or ())


def as_chat(answer: Any, part: str) -> Any:
    """An answer of completions in chat form: each choice's `text` becomes the content of `part`.

    `part` is `message` or `delta`. The rest of the answer is the same in both APIs.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("choices"), list):
        return answer
    return {**answer, "choices": [_choice(choice, part) for choice in answer["choices"]]}


def _choice(choice: Any, part: str) -> Any:
    if not isinstance(choice, dict) or "text" not in choice:
        return choice
    rest = {name: value for name, value in choice.items() if name != "text"}
    return {**rest, part: {"content": choice["text"]}}


COMPLETIONS = "completions"
_LOCAL_LISTING = Timeouts(first_byte_s=3.0, idle_s=3.0, total_s=5.0)


class Local(OpenAICompatible):
    """The provider `local`: a server on the operator's own machines (Ollama, llama.cpp, vLLM, SGLang).

    Its address is in a private network, which the operator opens with `NI_PRIVATE_NETWORKS`. Extensions of OpenAI's
    API that such servers know are passed on; fields that would change destination or credential never are.
    """

    def __init__(self, egress: EgressClient, lookup: SettingLookup) -> None:
        super().__init__(PROVIDERS["local"], egress, lookup)

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, as a sentence; None if the server's address is known. It may need no key."""
        if self.endpoint(deployment):
            return None
        setting = deployment.endpoint_setting or self._api.endpoint_setting
        return (
            f"Set {setting} to the address of an OpenAI-compatible server, e.g. http://127.0.0.1:8080/v1, and "
            "name its network in NI_PRIVATE_NETWORKS."
        )

    def native_format(self, route: Route) -> str:
        """Completions, which own servers continue as they are; all else in the chat form."""
        return COMPLETIONS

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        if request.form == COMPLETIONS:
            addressed = self._addressed(request, "completions", request.body)
            return self._relay.send(request, addressed, as_chat, ends_unsaid=True)
        body = own_body(without_overrides(request.body), request.route.deployment.options)
        addressed = self._addressed(request, "chat/completions", body)
        return self._relay.send(request, addressed, _without_id, ends_unsaid=True)

    def embed(self, request: ProviderRequest) -> ProviderResponse:
        """Send texts for vectors, with the fields that the server may know. Raises `Problem`."""
        body = {**request.body, "model": request.route.upstream_model}
        return self._relay.embed(request, self._addressed(request, "embeddings", body))

    def models(self, deployment: Deployment) -> list[str]:
        """The ids of the models that the server lists now, in its order; short deadlines. Raises `Problem`."""
        return self._model_ids(deployment, _LOCAL_LISTING)


def _without_id(answer: Any, part: str) -> Any:
    """An answer without its id, so that it gets one of the request's: Ollama draws from 999, and some say a constant.

    Clients of Responses put items together by ids that are made of it, and LangChain loses calls when they repeat.
    """
    if isinstance(answer, dict):
        answer.pop("id", None)
    return answer

"""OpenAI's own API, with the platform's credential or an account's.

OpenAI refuses fields that it does not know and, on reasoning models, some that it knows: the first are left out here,
the others by the table of parameters. The base URL includes `/v1`.

One relay for every upstream that speaks OpenAI's chat completions: `openai`, `local`, and those to come.

A provider says where to and with which headers and body; the relay sends it through the egress and reads the answer,
each chunk given on when it arrives. It maps failures once, and takes no stream for complete that did not say so.

A chat body as a server of one's own takes it, whatever the template of its model allows.

Templates of many open models know one system message, at the beginning, and no `developer` (llama.cpp#20079,
litellm#24664); so leading ones become one, and later ones are told as the user's words. Fields are those of OpenAI's
reference and the documented extensions of vLLM, llama.cpp, SGLang and Ollama; a deployment's options `fields` and
`message_fields` name more, separated by spaces.

OpenAI's older completions read as chat: the text of each choice becomes its content.

Servers write `choices[].text`, whole or in pieces; all else is as on the chat wire, so the same reader does the rest.

A server of one's own that speaks OpenAI's chat completions: Ollama, llama.cpp, vLLM, and their like.

Each knows extensions of its own, which pass (`own_server.py`); what would change destination or credential never does.
Its address lies in a private network, which the operator opens with `NI_PRIVATE_NETWORKS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ni.domain.call import Json
from ni.domain.errors import Problem
from ni.domain.route import Deployment, Route
from ni.outbound.client import EgressClient, Timeouts
from ni.outbound.http1 import Response
from ni.providers.base import Lookup, ProviderRequest, ProviderResponse
from ni.providers.embeddings import EmbeddingResponse, read_openai
from ni.providers.errors import Upstream, problem_of_status
from ni.providers.parameter_values import (
    MESSAGE_FIELDS,
    OPENAI_FIELDS,
    only_openai,
    plain_message,
    plain_tool,
    without_overrides,
)
from ni.providers.parameters import fit
from ni.providers.responses import Form, OpenAIResponse, Prepare, unchanged
from ni.providers.upstream import (
    ResponseTimeouts,
    UpstreamClient,
    UpstreamRefused,
    UpstreamRequest,
    base_url,
    bearer,
    encode,
    frame_of,
)


@dataclass(frozen=True, slots=True)
class UpstreamAddress:
    """Where one order goes: the URL of the chat endpoint, its headers (credential included), its body, and to whom."""

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
        self, request: ProviderRequest, addressed: UpstreamAddress, prepare: Prepare = unchanged
    ) -> OpenAIResponse:
        """Send and wait for the head of the answer, which `prepare` brings to chat's form. Raises `Problem`."""
        wire = _wire_body(request, addressed.body)
        outgoing = UpstreamRequest(addressed.url, addressed.headers, wire, addressed.upstream, request.stream)
        response = self._client.send(request, outgoing)
        peer = replace(response.peer, upstream_request_id=_request_id(response))
        form = Form(
            request.stream, _whole(request.body, "n") or 1, frame_of(request, self._clock), prepare,
            _whole(request.body, "max_completion_tokens") or _whole(request.body, "max_tokens"),
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

    def get(self, url: str, headers: Mapping[str, str], timeouts: Timeouts, upstream: Upstream) -> Json:
        """The JSON object at an address, e.g. a list of models. Raises `Problem`."""
        return self._client.get(url, headers, timeouts, upstream)


def map_error(refused: UpstreamRefused) -> Problem:
    """The problem that a refusal in OpenAI's words is."""
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
    found = response.headers.get("x-request-id", "")
    return found if len(found) <= 128 and found.isascii() and found.isprintable() else ""


PUBLIC_API = "https://api.openai.com/v1"
OPENAI_CREDENTIAL_SETTING = "OPENAI_API_KEY"
_CACHE_KEY_LENGTH = 64


class OpenAI:
    """The provider `openai`."""

    display_name = "OpenAI"

    def __init__(self, egress: EgressClient, lookup: Lookup) -> None:
        self._relay = Relay(egress)
        self._lookup = lookup

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        setting = deployment.credential_setting or OPENAI_CREDENTIAL_SETTING
        return None if self._lookup(setting) else f"Set {setting} to an API key of OpenAI."

    def native_format(self, route: Route) -> str:
        """The chat form alone."""
        return ""

    def endpoint(self, deployment: Deployment) -> str:
        """Where calls of this deployment go."""
        return base_url(deployment, self._lookup, PUBLIC_API)

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        own = request.byok.get("api_key")
        body = only_openai(fit(request.body, request.route).body)
        if request.cache_tag and own is None:
            body["prompt_cache_key"] = f"{request.cache_tag}{body.get('prompt_cache_key') or ''}"[
                :_CACHE_KEY_LENGTH
            ]
        return self._relay.send(request, self._addressed(request, "chat/completions", body))

    def embed(self, request: ProviderRequest) -> ProviderResponse:
        """Send texts for vectors. Raises `Problem`."""
        return self._relay.embed(request, self._addressed(request, "embeddings", embedding_body(request)))

    def _addressed(self, request: ProviderRequest, path: str, body: Json) -> UpstreamAddress:
        deployment, own = request.route.deployment, request.byok.get("api_key")
        setting = deployment.credential_setting or OPENAI_CREDENTIAL_SETTING
        upstream = Upstream(self.display_name, own is not None, setting)
        headers = bearer(own or self._lookup(setting))
        return UpstreamAddress(f"{self.endpoint(deployment)}/{path}", headers, body, upstream)


def embedding_body(request: ProviderRequest) -> Json:
    """The body of OpenAI's `embeddings`. The SDKs ask for base64, which is also the shorter way from here."""
    fields = ("input", "dimensions", "encoding_format", "user")
    body = {name: request.body[name] for name in fields if name in request.body}
    return body | {"model": request.route.upstream_model}


_EXTENSION_NAMES = """
    add_generation_prompt best_of cache_prompt chat_template_kwargs continue_final_message dry_allowed_length dry_base
    dry_multiplier dry_penalty_last_n dry_sequence_breakers dynatemp_exponent dynatemp_range enable_thinking grammar
    guided_choice guided_decoding_backend guided_grammar guided_json guided_regex id_slot ignore_eos
    include_stop_str_in_output json_schema keep_alive length_penalty min_p min_tokens mirostat mirostat_eta mirostat_tau
    n_predict n_probs options parse_tool_calls priority reasoning_budget reasoning_format repeat_last_n repeat_penalty
    repetition_penalty return_progress samplers separate_reasoning skip_special_tokens spaces_between_special_tokens
    stop_token_ids structured_outputs tfs_z think thinking thinking_budget_tokens timings_per_token top_a top_k
    top_n_sigma truncate_prompt_tokens typical_p use_beam_search xtc_probability xtc_threshold
"""
EXTENSIONS = frozenset(_EXTENSION_NAMES.split())
_OF_THOUGHT = frozenset({"reasoning", "reasoning_content"})
"""Models that think between calls want their thoughts back."""
_SYSTEM = ("system", "developer")


def own_body(body: Json, options: Mapping[str, str]) -> Json:
    """The body with the fields that the server may know, and one system message at most."""
    allowed = OPENAI_FIELDS | EXTENSIONS | set(options.get("fields", "").split())
    told = {name: value for name, value in body.items() if name in allowed}
    names = MESSAGE_FIELDS | _OF_THOUGHT | set(options.get("message_fields", "").split())
    messages = one_system_message(list(map(_newer, body["messages"])))
    told["messages"] = [plain_message(message, names) for message in messages]
    if "tools" in told:
        told["tools"] = [plain_tool(tool) for tool in told["tools"]]
    return told


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
        kept = {name: value for name, value in message.items() if name != "function_call"}
        return {**kept, "tool_calls": [call]}
    return message


def words_of(content: Any) -> str:
    """The text of a message's content."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content or ())


def as_chat(told: Any, part: str) -> Any:
    """The answer with its texts where chat has them; `part` is `message` or `delta`."""
    if not isinstance(told, dict) or not isinstance(told.get("choices"), list):
        return told
    return {**told, "choices": [_choice(choice, part) for choice in told["choices"]]}


def _choice(choice: Any, part: str) -> Any:
    if not isinstance(choice, dict) or "text" not in choice:
        return choice
    rest = {name: value for name, value in choice.items() if name != "text"}
    return {**rest, part: {"content": choice["text"]}}


ENDPOINT_SETTING = "NI_LOCAL_BASE_URL"
LOCAL_CREDENTIAL_SETTING = "NI_LOCAL_API_KEY"
COMPLETIONS = "completions"
_LISTING = Timeouts(first_byte_s=3.0, idle_s=3.0, total_s=5.0)


class Local:
    """The provider `local`."""

    display_name = "Local"

    def __init__(self, egress: EgressClient, lookup: Lookup) -> None:
        self._relay = Relay(egress)
        self._lookup = lookup

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set, or None."""
        if self._base(deployment):
            return None
        setting = deployment.endpoint_setting or ENDPOINT_SETTING
        return (
            f"Set {setting} to the address of an OpenAI-compatible server, e.g. http://127.0.0.1:8080/v1, and "
            "name its network in NI_PRIVATE_NETWORKS."
        )

    def native_format(self, route: Route) -> str:
        """Completions, which own servers continue as they are; all else in the chat form."""
        return COMPLETIONS

    def endpoint(self, deployment: Deployment) -> str:
        """Where calls of this deployment go."""
        return self._base(deployment)

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`."""
        if request.form == COMPLETIONS:
            return self._relay.send(request, self._addressed(request, "completions", request.body), as_chat)
        body = own_body(without_overrides(request.body), request.route.deployment.options)
        return self._relay.send(request, self._addressed(request, "chat/completions", body), _without_id)

    def embed(self, request: ProviderRequest) -> ProviderResponse:
        """Send texts for vectors; own servers know fields of their own. Raises `Problem`."""
        body = {**request.body, "model": request.route.upstream_model}
        return self._relay.embed(request, self._addressed(request, "embeddings", body))

    def _addressed(self, request: ProviderRequest, path: str, body: Json) -> UpstreamAddress:
        deployment = request.route.deployment
        url = f"{self._base(deployment)}/{path}"
        return UpstreamAddress(url, self._headers(deployment), body, self._upstream(deployment))

    def models(self, deployment: Deployment) -> list[str]:
        """The ids of the models that the server lists now, in its order; short deadlines. Raises `Problem`."""
        url = f"{self._base(deployment)}/models"
        listing = self._relay.get(url, self._headers(deployment), _LISTING, self._upstream(deployment))
        entries = listing.get("data")
        found = entries if isinstance(entries, list) else []
        ids = [entry.get("id") for entry in found if isinstance(entry, dict)]
        return [name for name in ids if isinstance(name, str) and name]

    def _base(self, deployment: Deployment) -> str:
        if not deployment.endpoint_setting and not deployment.endpoint:
            deployment = replace(deployment, endpoint_setting=ENDPOINT_SETTING)
        return base_url(deployment, self._lookup)

    def _headers(self, deployment: Deployment) -> dict[str, str]:
        return bearer(self._lookup(deployment.credential_setting or LOCAL_CREDENTIAL_SETTING))

    def _upstream(self, deployment: Deployment) -> Upstream:
        return Upstream(
            self.display_name, credential_setting=deployment.credential_setting or LOCAL_CREDENTIAL_SETTING
        )


def _without_id(told: Any, part: str) -> Any:
    """An answer without its id, so that it gets one of the request's: Ollama draws from 999, and some say a constant.

    Clients of Responses put items together by ids that are made of it, and LangChain loses calls when they repeat.
    """
    return {name: value for name, value in told.items() if name != "id"} if isinstance(told, dict) else told

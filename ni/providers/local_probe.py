"""Looks at a server of the operator's own: which models it lists, and what it says of each.

The list is OpenAI's `GET /models`. More is asked in the server's own words, and what it does not say stays unknown:

Ollama `POST /api/show` (capabilities, `num_ctx`) and `GET /api/ps` (the context of loaded models); llama.cpp
`GET /props` (`n_ctx`, `modalities`, `chat_template_caps`); vLLM and SGLang `max_model_len` in the list itself; LM
Studio `GET /api/v0/models` (type, context, capabilities). LocalAI and others have the list alone.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import orjson

from ni.domain.call import Json
from ni.domain.errors import BadRequest
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import AddressRefused, ConnectFailed, OutboundFault, TooSlow, Unsendable
from ni.providers.base import bearer, text_of

log = logging.getLogger(__name__)
MOST_DESCRIBED = 60
"""So many models are asked about one by one, where the server wants that; of more only the names are known."""
MOST_LISTED = 200
_TIMEOUTS = Timeouts(first_byte_s=4.0, idle_s=4.0, total_s=8.0)
_NUM_CTX = re.compile(r"^num_ctx\s+(\d{1,9})\s*$", re.MULTILINE)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_ENDS = ("/chat/completions", "/completions", "/models", "/embeddings")


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that a server lists; `capabilities` are those that it states, by the names of the catalog file."""

    id: str
    capabilities: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server that answered: its base URL, with the version; which program it is, empty if unknown; its models."""

    base_url: str
    software: str
    models: tuple[FoundModel, ...]

    @property
    def root(self) -> str:
        """The base URL without the version, where servers have their own endpoints."""
        return self.base_url.removesuffix("/v1")


class ServerProbe:
    """Asks servers through the egress client, whose rules on addresses hold: `NI_PRIVATE_NETWORKS` opens networks."""

    def __init__(self, egress: EgressClient) -> None:
        self._egress = egress

    def look(self, address: str, key: Secret | None = None) -> FoundServer:
        """The server at an address as people type it. Raises `BadRequest` naming the field at fault."""
        typed = plain_address(address)
        bases = [typed] if typed.endswith("/v1") else [f"{typed}/v1", typed]
        for base in bases:
            listing = self._asked("GET", f"{base}/models", key, last=base == bases[-1])
            entries = listing.get("data") if isinstance(listing, dict) else None
            if isinstance(entries, list):
                return self._described(base, [entry for entry in entries if isinstance(entry, dict)], key)
        raise BadRequest(
            "Something answers there, but not with a list of models in OpenAI's form. Most servers have it below /v1.",
            param="address",
        )

    def _described(self, base: str, entries: list[Json], key: Secret | None) -> FoundServer:
        listed = [entry for entry in entries if text_of(entry, "id")][:MOST_LISTED]
        models = tuple(FoundModel(text_of(entry, "id"), _of_listing(entry)) for entry in listed)
        found = FoundServer(base, _software(listed), models)
        for describe in (self._of_llama_cpp, self._of_ollama, self._of_lm_studio):
            if told := describe(found, key):
                return told
        return found

    def _of_llama_cpp(self, found: FoundServer, key: Secret | None) -> FoundServer | None:
        if found.software not in ("", "llama.cpp"):
            return None
        props = self._quietly("GET", f"{found.root}/props", key)
        settings = props.get("default_generation_settings")
        if not isinstance(settings, dict):
            return None
        told = _llama_cpp(props, settings)
        models = (replace(one, capabilities={**told, **one.capabilities}) for one in found.models)
        return replace(found, software="llama.cpp", models=tuple(models))

    def _of_ollama(self, found: FoundServer, key: Secret | None) -> FoundServer | None:
        if found.software not in ("", "Ollama"):
            return None
        if not text_of(self._quietly("GET", f"{found.root}/api/version", key), "version"):
            return None
        running = _entries(self._quietly("GET", f"{found.root}/api/ps", key), "models")
        loaded = {text_of(entry, "name"): entry.get("context_length") for entry in running}
        models = [
            replace(one, capabilities=_ollama(self._shown(found, one.id, key), loaded.get(one.id)))
            for one in found.models[:MOST_DESCRIBED]
        ]
        return replace(found, software="Ollama", models=(*models, *found.models[MOST_DESCRIBED:]))

    def _shown(self, found: FoundServer, model: str, key: Secret | None) -> Json:
        return self._quietly("POST", f"{found.root}/api/show", key, {"model": model})

    def _of_lm_studio(self, found: FoundServer, key: Secret | None) -> FoundServer | None:
        if found.software:
            return None
        entries = _entries(self._quietly("GET", f"{found.root}/api/v0/models", key), "data")
        told = {text_of(entry, "id"): _lm_studio(entry) for entry in entries if "max_context_length" in entry}
        if not told:
            return None
        models = (replace(one, capabilities=told.get(one.id, one.capabilities)) for one in found.models)
        return replace(found, software="LM Studio", models=tuple(models))

    def _quietly(self, method: str, url: str, key: Secret | None, body: Json | None = None) -> Json:
        """The object at an address that only some servers have; an empty one for anything else."""
        try:
            answer = self._asked(method, url, key, body)
        except BadRequest:
            return {}
        return answer if isinstance(answer, dict) else {}

    def _asked(
        self, method: str, url: str, key: Secret | None, body: Json | None = None, *, last: bool = True
    ) -> Any:
        """The JSON of an answer, None for one that is none. Raises `BadRequest`; for 404 only at the `last` address."""
        headers = {"Accept": "application/json", "User-Agent": "northern-inference", **bearer(key)}
        if body is not None:
            headers["Content-Type"] = "application/json"
        wire = b"" if body is None else orjson.dumps(body)
        try:
            response = self._egress.send(Request(method, url, headers, wire, _TIMEOUTS))
            try:
                octets = response.read()
            finally:
                response.close()
        except OutboundFault as fault:
            raise _unreached(fault, url) from fault
        if response.status in (401, 403):
            raise BadRequest("The server refused the key, or wants one. Enter its key.", param="key")
        if response.status != 200 and last:
            raise BadRequest(
                "The server answered with status %(status)s instead of a list of models.",
                param="address",
                status=response.status,
            )
        try:
            return orjson.loads(octets)
        except orjson.JSONDecodeError:
            return None


def plain_address(typed: str) -> str:
    """The address with a scheme, without a slash at its end and without the path of an endpoint.

    Raises `BadRequest` for what is no address.
    """
    text = typed.strip()
    text = (text if _SCHEME.match(text) else f"http://{text}").rstrip("/")
    for end in _ENDS:
        text = text.removesuffix(end)
    try:
        parts = urlsplit(text)
        whole = bool(parts.hostname) and not (parts.query or parts.fragment or "@" in parts.netloc)
        _ = parts.port
    except ValueError:
        whole = False
    if not whole or " " in text or not text.isascii():
        raise BadRequest("Write an address such as http://127.0.0.1:11434/v1.", param="address")
    return text


def _unreached(fault: OutboundFault, url: str) -> BadRequest:
    """What a person can do about an address that was not reached."""
    host = urlsplit(url).netloc
    log.info("local server %s: %s", host, fault)
    if isinstance(fault, AddressRefused):
        return BadRequest(
            "%(host)s may not be reached from here. Name its network in NI_PRIVATE_NETWORKS (127.0.0.0/8 for this "
            "machine) and start the gateway again. Outside of such networks the address must begin with https://.",
            param="address",
            host=host,
        )
    if isinstance(fault, ConnectFailed):
        return BadRequest(
            "Nobody answers at %(host)s. Is the server running, and does it listen there?",
            param="address",
            host=host,
        )
    if isinstance(fault, TooSlow):
        return BadRequest("%(host)s did not answer in time.", param="address", host=host)
    if isinstance(fault, Unsendable):
        return BadRequest("Write an address such as http://127.0.0.1:11434/v1.", param="address")
    return BadRequest("%(host)s does not speak HTTP as a model server does.", param="address", host=host)


def _entries(answer: Json, name: str) -> list[Json]:
    entries = answer.get(name)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _software(entries: list[Json]) -> str:
    """The program, by what it writes as the owner of its models; empty where that says nothing."""
    owners = {text_of(entry, "owned_by") for entry in entries}
    known = {"vllm": "vLLM", "llamacpp": "llama.cpp", "library": "Ollama", "sglang": "SGLang"}
    return next((known[owner] for owner in sorted(owners) if owner in known), "")


def _tokens(value: object) -> dict[str, int]:
    return {"context_window": value} if type(value) is int and 0 < value <= 100_000_000 else {}


def _of_listing(entry: Json) -> dict[str, Any]:
    """What the entry of a list states: vLLM's and SGLang's `max_model_len`, llama.cpp's `meta` and `architecture`."""
    meta, architecture = entry.get("meta"), entry.get("architecture")
    told: dict[str, Any] = _tokens(entry.get("max_model_len"))
    if isinstance(meta, dict):
        told |= _tokens(meta.get("n_ctx"))
    if isinstance(architecture, dict) and isinstance(inputs := architecture.get("input_modalities"), list):
        told["modalities"] = ["text", *(["image"] if "image" in inputs else [])]
    if told and text_of(entry, "owned_by") in ("vllm", "sglang"):
        told["json_schema"] = True  # both constrain decoding by a schema, whatever the model
    return told


def _llama_cpp(props: Json, settings: Json) -> dict[str, Any]:
    told: dict[str, Any] = {**_tokens(settings.get("n_ctx")), "json_schema": True}
    sees, template = props.get("modalities"), props.get("chat_template_caps")
    if isinstance(sees, dict) and isinstance(sees.get("vision"), bool):
        told["modalities"] = ["text", *(["image"] if sees["vision"] else [])]
    if isinstance(template, dict) and isinstance(template.get("supports_tools"), bool):
        told["function_calling"] = (
            template["supports_tools"] and template.get("supports_tool_calls") is not False
        )
    return told


def _ollama(shown: Json, loaded: object) -> dict[str, Any]:
    """The context is what the server allots: `num_ctx`, or that of the loaded model; not the most that it could be."""
    parameters, able = text_of(shown, "parameters"), shown.get("capabilities")
    number = _NUM_CTX.search(parameters)
    told: dict[str, Any] = _tokens(int(number[1])) if number else _tokens(loaded)
    if isinstance(able, list):
        told["kind"] = "embedding" if "embedding" in able and "completion" not in able else "chat"
        told["modalities"] = ["text", *(["image"] if "vision" in able else [])]
        told["function_calling"], told["reasoning"] = "tools" in able, "thinking" in able
        told["json_schema"] = told["kind"] == "chat"
    return told


def _lm_studio(entry: Json) -> dict[str, Any]:
    kind, able = text_of(entry, "type"), entry.get("capabilities")
    told: dict[str, Any] = _tokens(entry.get("loaded_context_length")) or _tokens(
        entry.get("max_context_length")
    )
    if kind in ("llm", "vlm", "embeddings"):
        told["kind"] = "embedding" if kind == "embeddings" else "chat"
        told["modalities"] = ["text", *(["image"] if kind == "vlm" else [])]
    if isinstance(able, list):
        told["function_calling"] = "tool_use" in able
    return told

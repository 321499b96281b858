"""What every provider implements, and what it is given and gives back.

A provider takes a `ProviderRequest` in chat form and answers with a `ProviderResponse` in chat form; the wire
format stays in its file. It maps the upstream's failures to `Problem`s, and never retries after the first
byte. `Library` imports a vendor's library on first use, beside the event loop, which 70 ms of importing would hold up.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from threading import Lock
from typing import Protocol, runtime_checkable

import gevent
from gevent.monkey import is_module_patched

from ni.domain.call import Json
from ni.domain.reply import Peer, Usage
from ni.domain.route import Deployment, Route
from ni.domain.secret import Secret

Lookup = Callable[[str], Secret | None]
"""Gives the value of a named setting (an environment variable) or None; the only way a provider sees a credential."""


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """What is to be sent: the masked chat form, without `model`, for one route.

    `form` is `chat`, or the client's dialect where the provider takes that as it is; `body` is then the client's own.
    `byok` is the account's own credential, by field name (`api_key`, `endpoint`, ...), or empty for the platform's.
    `cache_tag` is an opaque tag per account that keeps prompt caches of a shared credential apart.
    `vet` is called with the upstream's addresses before any byte is sent, and raises to refuse them. `sent` is called
    with each body as it is written to the provider.
    """

    request_id: str
    route: Route
    body: Json
    stream: bool
    cache_tag: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    byok: Mapping[str, Secret] = field(default_factory=dict)
    form: str = "chat"
    vet: Callable[[Sequence[str]], None] | None = None
    sent: Callable[[bytes], None] | None = None


class ProviderResponse(Protocol):
    """The response to a request that the upstream accepted: its headers are in, its content is being read.

    Read it once, with `reply()` if the request did not stream, else with `chunks()`. Where the request was sent in the
    client's own form, the reply or each chunk holds what the upstream sent under `native`, beside its text in chat
    form, which is metered. `usage` is None until the content was read to its end, or if the provider sent none.
    `close()` closes the upstream connection; it may be called at any time, from any greenlet, more than once.
    """

    peer: Peer
    usage: Usage | None

    @property
    def partial_usage(self) -> Usage | None:
        """The usage reported so far; its counts may still grow. Claude reports the input before the output begins."""

    def reply(self) -> Json:
        """The whole `chat.completion` object. Raises `Problem`."""

    def chunks(self) -> Iterator[Json]:
        """`chat.completion.chunk` objects as they arrive. Raises `Problem` if the upstream fails or is cut.

        The last chunk with choices carries the `finish_reason`; a usage chunk (`choices: []`) follows if there is one.
        An empty chunk says that the upstream sends nothing, but the connection is open.
        An upstream that ends without a finish reason was cut, and that is an error, never a `stop`.
        """

    def close(self) -> None:
        """Close the upstream connection now."""


@runtime_checkable
class Embedder(Protocol):
    """A provider that also serves embeddings."""

    def embed(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers; the reply is `{"vectors": [...], "usage": ...}`. Raises `Problem`."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that a provider lists. `lifecycle` is `active` or `legacy`; `context_window` is 0 where not listed."""

    model: str
    lifecycle: str = "active"
    context_window: int = 0


@runtime_checkable
class ModelLister(Protocol):
    """A provider that can be asked which models it serves."""

    def list_models(self, deployment: Deployment) -> Sequence[ServedModel]:
        """The models that it serves now, with the platform's credential. Raises `Problem`."""


class Provider(Protocol):
    """One upstream API. `display_name` names it in custody records and errors, e.g. `OpenAI`."""

    display_name: str

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set before this deployment can be used, as a sentence; None if it is configured."""

    def native_format(self, route: Route) -> str:
        """The dialect whose bodies the route takes as they are, e.g. `messages`; empty for the chat form alone."""

    def endpoint(self, deployment: Deployment) -> str:
        """The base URL of calls with the platform's credential; empty where no call leaves the process."""

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`; nothing else that is the upstream's fault."""


class Library:
    """Modules of a vendor's library, imported together on first use."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._lock = Lock()
        self._there = False

    def load(self) -> None:
        """Return when the modules are imported."""
        if self._there:
            return
        with self._lock:
            if not self._there:
                aside(self._import)
                self._there = True

    def _import(self) -> None:
        for module in self._modules:
            import_module(module)


def aside(work: Callable[[], None]) -> None:
    """Run work that would block the event loop in a thread of gevent's pool; returns or raises when it is done."""
    if is_module_patched("socket"):
        gevent.get_hub().threadpool.apply(work)
    else:
        work()

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

    `form` is another than `chat` where the provider speaks the client's dialect: then `body` is the client's own.
    `byok` is the account's own credential, by field name (`api_key`, `endpoint`, ...), or empty for the platform's.
    `cache_tag` is an opaque tag per account that keeps prompt caches of a shared credential apart.
    `vet` is asked about the upstream's addresses before any byte leaves, and refuses by raising. `sent` is given each
    body that is written to the provider, as it is written.
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
    """An upstream request that was accepted: its headers are in, its content is being read.

    Where the order came in the client's own form, each chunk (or the reply) holds under `native` what the upstream
    said, beside the pieces in chat form that are metered.

    Read it once, with `reply()` if the order did not stream, else with `chunks()`. `usage` is None until the content
    was read to its end, or if the provider never said; `partial_usage` is what it said so far, some of which may still grow.
    `close()` closes the upstream connection and may be called at any time, from any greenlet, more than once.
    """

    peer: Peer
    usage: Usage | None

    @property
    def partial_usage(self) -> Usage | None:
        """The usage as far as the provider has told it: Claude, for one, tells the input before the output begins."""

    def reply(self) -> Json:
        """The whole `chat.completion` object. Raises `Problem`."""

    def chunks(self) -> Iterator[Json]:
        """`chat.completion.chunk` objects as they arrive. Raises `Problem` if the upstream fails or is cut.

        The last chunk with choices carries the `finish_reason`; a usage chunk (`choices: []`) follows if there is one.
        An empty chunk says that the upstream is silent but there: the client may be told so.
        An upstream that ends without a finish reason was cut, and that is an error, never a `stop`.
        """

    def close(self) -> None:
        """Close the upstream connection now."""


@runtime_checkable
class Embedder(Protocol):
    """A provider that also makes vectors."""

    def embed(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers; the reply is `{"vectors": [...], "usage": ...}`. Raises `Problem`."""


class Provider(Protocol):
    """One upstream wire format. `display_name` is its hop name, e.g. `OpenAI`."""

    display_name: str

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set before this deployment can be used, as a sentence; None if it is configured."""

    def native_format(self, route: Route) -> str:
        """The dialect in which the route takes a client's own body; empty where it takes the chat form alone."""

    def endpoint(self, deployment: Deployment) -> str:
        """The address that calls of this deployment go to with the platform's credential; empty where none leaves."""

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`; nothing else that is the upstream's fault."""


class Library:
    """Modules that are imported together, once; what is imported afterwards by name is there already."""

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
    """Do work that would hold up all others in a thread of gevent's pool; return, or raise, when it is done."""
    if is_module_patched("socket"):
        gevent.get_hub().threadpool.apply(work)
    else:
        work()

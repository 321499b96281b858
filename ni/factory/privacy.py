"""How substitution is put together: names from worker processes, patterns here, one cache. Of the factory's layer."""

from collections.abc import Sequence
from time import monotonic

import gevent

from ni.domain.errors import DetectionFailed
from ni.privacy.names import Names
from ni.privacy.policy import Policy
from ni.privacy.rules import rules_version
from ni.privacy.spans import Span
from ni.privacy.substitute import Substitution, derived
from ni.privacy.worker_pool import NamesPool
from ni.settings import Settings
from ni.settings.secret_files import Secrets

AT_ONCE_S = 1e-9
"""Over when the loop has looked at its sockets and timers once: libev does not wait for what has passed already."""
PAUSE_S = 0.0005
_LOOKS = 8
_NOBODY_S = 0.0001
"""What so many looks take at the most where nobody else had anything to do."""


def give_way() -> None:
    """Lets others run; if they had something to do, also what follows from it.

    A sleep, however short, lets the loop run timers and sockets too; yielding alone does not. One that libev has to
    wait for takes a millisecond at least (`backend_mintime` of epoll), which nobody has a use for in a quiet process.
    """
    begun = monotonic()
    for _ in range(_LOOKS):
        gevent.sleep(AT_ONCE_S)
    if monotonic() - begun > _NOBODY_S:
        gevent.sleep(PAUSE_S)


class NoWorkers:
    """Where the operator runs no worker, names cannot be looked for: calls that need it are refused."""

    @property
    def version(self) -> str:
        """None: what is asked is refused."""
        raise DetectionFailed

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Raises `DetectionFailed`."""
        raise DetectionFailed


def start_names(settings: Settings) -> NamesPool:
    """The worker processes, starting; calls wait for them, and are refused if they do not come."""
    pool = NamesPool(settings.pii_workers)
    pool.start()
    return pool


def names_ready(names: Names) -> bool:
    """Whether a call would be served: the models are loaded, or none are needed."""
    return not isinstance(names, NamesPool) or names.ready


def names_of(settings: Settings) -> Names:
    """Who looks for names in a serving process."""
    return start_names(settings) if settings.pii_workers else NoWorkers()


def policy_of(settings: Settings) -> Policy:
    """What the operator wants to be hidden."""
    return Policy(rules=rules_version(), private_addresses=settings.pii_private_addresses)


def make_shield(settings: Settings, secrets: Secrets, names: Names) -> Substitution:
    """Substitution for all accounts of this process."""
    policy = policy_of(settings)
    return Substitution(names, derived(secrets.derive("surrogates")), policy, pause=give_way)

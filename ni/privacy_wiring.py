"""How substitution is put together: names from worker processes, patterns here, one cache. Of the factory's layer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import gevent

from ni.cli.context import CliError, Context
from ni.domain.errors import DetectionFailed
from ni.privacy.cache import FindingsCache
from ni.privacy.detect import Detector, Passage
from ni.privacy.names import Names
from ni.privacy.policy import Policy
from ni.privacy.propagate import propagated
from ni.privacy.spans import Span
from ni.privacy.substitute import Substitution, derived, no_pause
from ni.privacy.worker_pool import NamesPool, wait_until_ready
from ni.secret_files import Secrets
from ni.settings import Settings

PAUSE_S = 0.0005
READY_S = 60.0


class NoWorkers:
    """Where the operator runs no worker, names cannot be looked for: calls that need it are refused."""

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Raises `DetectionFailed`."""
        raise DetectionFailed


def start_names(settings: Settings) -> NamesPool:
    """The worker processes, starting; calls wait for them, and are refused if they do not come."""
    pool = NamesPool(settings.pii_workers, settings.pii_models)
    pool.start()
    return pool


def names_of(settings: Settings) -> Names:
    """Who looks for names in a serving process."""
    return start_names(settings) if settings.pii_workers else NoWorkers()


def make_shield(settings: Settings, secrets: Secrets, names: Names) -> Substitution:
    """Substitution for all accounts of this process."""
    # A sleep, however short, lets the loop run timers and sockets too; yielding alone does not.
    policy = Policy(model=settings.pii_models)
    return Substitution(
        names, derived(secrets.derive("surrogates")), policy, pause=lambda: gevent.sleep(PAUSE_S)
    )


@contextmanager
def whole_detection(context: Context) -> Iterator[Callable[[Sequence[str]], list[list[Span]]]]:
    """All that would be protected in texts, each taken by itself, for `ni pii scan`."""
    pool = start_names(context.settings)
    try:
        if not wait_until_ready(pool, READY_S):
            raise CliError("The language models could not be loaded; see the lines above.")
        detector = Detector(pool, Policy(model=context.settings.pii_models), FindingsCache(), no_pause)

        def find(texts: Sequence[str]) -> list[list[Span]]:
            found = detector.find(b"scan", [Passage(text) for text in texts])
            return [propagated([text], [each])[0] for text, each in zip(texts, found, strict=True)]

        yield find
    finally:
        pool.close()

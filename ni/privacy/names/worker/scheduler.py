"""Cuts texts into pieces, and decides whose pieces a worker reads next.

A piece has at most two kilobytes and ends at a line, else a space, else anywhere. Lines of code are pieces by
themselves, since many are alike and each is read once. Pieces without two letters in a row are left out. Pieces are
read in small batches: the request that has had the least goes first, and every fourth turn goes to the oldest, so that
neither a short message nor a long document starves. Those of batch calls wait for all others. The queue is bounded.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ni.domain.clock import give_way
from ni.privacy.spans import Span
from ni.privacy.words import looks_like_code

BATCH_CHARS = 6000
BATCH_PIECES = 128
OLDEST_EVERY = 4


@dataclass(slots=True, eq=False)
class Job:
    """The pieces of one request, the spans found so far, and whether it is over; `later` ones let others go first."""

    pieces: Sequence[str]
    later: bool = False
    spans: list[list[Span]] = field(default_factory=list)
    next_piece: int = 0
    served_chars: int = 0
    running: int = 0
    failed: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.spans = [[] for _ in self.pieces]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Consecutive pieces of one job."""

    job: Job
    first: int
    texts: Sequence[str]


class Queue:
    """Jobs that wait, for any number of workers. Safe between threads, and between greenlets where gevent patched."""

    def __init__(self, most_chars: int = 32 * 2**20) -> None:
        self._jobs: list[Job] = []
        self._returned: list[Batch] = []
        self._waiting_chars = 0
        self._most_chars = most_chars
        self._turn = 0
        self._changed = threading.Condition()
        self._closed = False

    def put(self, job: Job) -> bool:
        """Adds a job; False if too much waits already."""
        chars = sum(map(len, job.pieces))
        with self._changed:
            if self._closed or self._waiting_chars + chars > self._most_chars:
                return False
            self._jobs.append(job)
            self._waiting_chars += chars
            self._changed.notify()
            return True

    def take(self, wait_s: float) -> Batch | None:
        """The next batch, or None after `wait_s` without one or when closed."""
        with self._changed:
            if not self._jobs and not self._returned and not self._closed:
                self._changed.wait(wait_s)
            if self._returned:
                return self._returned.pop()
            return self._cut(self._choose()) if self._jobs else None

    def give_back(self, batch: Batch) -> None:
        """Put back a batch whose worker was dead before it got it."""
        with self._changed:
            self._returned.append(batch)
            self._changed.notify()

    def finish(self, batch: Batch, spans: Sequence[list[Span]]) -> None:
        """Files the spans of a batch; the last one completes the job."""
        job = batch.job
        with self._changed:
            job.spans[batch.first : batch.first + len(spans)] = spans
            job.running -= 1
            if not job.running and job.next_piece == len(job.pieces):
                job.done.set()

    def fail(self, job: Job) -> None:
        """Fail a job and drop its unread pieces."""
        with self._changed:
            job.failed = True
            if job in self._jobs:
                self._remove(job)
            job.done.set()

    def close(self) -> None:
        """Fails all waiting jobs."""
        with self._changed:
            self._closed = True
            waiting = [*self._jobs, *(batch.job for batch in self._returned)]
            self._changed.notify_all()
        for job in waiting:
            self.fail(job)

    def _choose(self) -> Job:
        self._turn += 1
        if self._turn % OLDEST_EVERY == 0:
            return min(self._jobs, key=lambda job: job.later)  # the first of them
        return min(self._jobs, key=lambda job: (job.later, job.served_chars))

    def _cut(self, job: Job) -> Batch:
        first, chars = job.next_piece, 0
        for piece in job.pieces[first : first + BATCH_PIECES]:
            if chars and chars + len(piece) > BATCH_CHARS:
                break
            chars += max(1, len(piece))
            job.next_piece += 1
        job.served_chars += chars
        job.running += 1
        texts = job.pieces[first : job.next_piece]
        self._waiting_chars -= sum(map(len, texts))
        if job.next_piece == len(job.pieces):
            self._jobs.remove(job)
        else:
            self._changed.notify()
        return Batch(job, first, texts)

    def _remove(self, job: Job) -> None:
        self._jobs.remove(job)
        self._waiting_chars -= sum(len(piece) for piece in job.pieces[job.next_piece :])


PIECE_CHARS = 2000
LETTERS = re.compile(r"[^\W\d_]{2}")
BREAKS = ("\n", ". ", " ")


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of text number `text_number`, beginning at `offset`."""

    text_number: int
    offset: int
    text: str


def cut(text_number: int, text: str) -> Iterator[Piece]:
    """The pieces of one text, in order."""
    start = 0
    while start < len(text):
        give_way()
        end = start + PIECE_CHARS
        if end < len(text):
            # Only the second half is searched, so that every piece moves on by a thousand characters at least.
            middle = start + PIECE_CHARS // 2
            at = next((at for mark in BREAKS if (at := text.rfind(mark, middle, end)) >= 0), end - 1)
            end = at + 1
        for first, last in _units(text, start, end):
            if LETTERS.search(text, first, last):
                yield Piece(text_number, first, text[first:last])
        start = end


def _units(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The lines of code in a range, each alone, and what stands between them; in order, without gaps."""
    first = at = start
    while at < end:
        line_end = text.find("\n", at, end) + 1 or end
        if looks_like_code(text[at:line_end]):
            if first < at:
                yield first, at
            yield at, line_end
            first = line_end
        at = line_end
    if first < end:
        yield first, end


def gather(texts: int, pieces: Sequence[Piece], spans_of_pieces: Sequence[list[Span]]) -> list[list[Span]]:
    """The spans of every text, from those of its pieces."""
    gathered: list[list[Span]] = [[] for _ in range(texts)]
    for piece, spans in zip(pieces, spans_of_pieces, strict=True):
        gathered[piece.text_number] += [
            Span(span.start + piece.offset, span.end + piece.offset, span.label, certain=False)
            for span in spans
        ]
    return gathered

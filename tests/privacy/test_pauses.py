"""Long work lets others run: pauses by the clock, asked for in every stage of masking, in which sockets are served."""

import sys
from collections import Counter

import gevent
import pytest
from gevent.socket import socketpair

from ni.domain.errors import DetectionFailed
from ni.privacy import masking, words
from ni.privacy.masking import Substitution, derived
from ni.privacy.words import STRETCH_S, PauseTimer
from ni.web.client import let_others_run
from tests.privacy.cast import KnownNames, call, caller, says

LINES = 400
DOCUMENT = "\n\n".join(
    f"Paragraph {at}: Jean Tremblay met Jean number {at} again, été comme hiver." for at in range(LINES)
)


def test_a_break_is_taken_after_a_stretch_and_not_before() -> None:
    now, pauses = [0.0], []
    timer = PauseTimer(lambda: pauses.append(now[0]), lambda: now[0])
    for at in (0.5, 1.5, 2.0, 2.8, 3.4):
        now[0] = at * STRETCH_S
        timer.pause_if_due()
    assert pauses == [1.5 * STRETCH_S, 2.8 * STRETCH_S]


def test_a_wait_for_something_else_counts_as_a_break() -> None:
    now, pauses = [0.0], []
    timer = PauseTimer(lambda: pauses.append(now[0]), lambda: now[0])
    now[0] = 2 * STRETCH_S
    timer.restart()
    timer.pause_if_due()
    assert pauses == []


def test_work_that_takes_too_long_ends_at_a_break() -> None:
    now: list[float] = [0.0]
    timer = PauseTimer(lambda: None, lambda: now[0], longest_s=1.0)
    for now[0] in (0.5, 0.9, 1.0):
        timer.pause_if_due()
    now[0] = 1.1
    with pytest.raises(TimeoutError):
        timer.pause_if_due()


def test_a_request_that_takes_too_long_to_mask_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "LONGEST_S", -1.0)
    monkeypatch.setattr(words, "STRETCH_S", -1.0)
    with pytest.raises(DetectionFailed):
        Substitution(KnownNames(), derived(b"secret")).substitute(caller(), call(says(DOCUMENT)))


def test_every_stage_of_masking_a_long_text_asks_for_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "STRETCH_S", -1.0)  # every question is a break
    asked: Counter[str] = Counter()

    def pause() -> None:
        asked[sys._getframe(2).f_code.co_name] += 1  # who asked `PauseTimer.pause_if_due`, which called this

    Substitution(KnownNames(), derived(b"secret"), pause=pause).substitute(caller(), call(says(DOCUMENT)))
    by_words, once_a_paragraph = asked.pop("_words"), asked
    assert by_words >= 4  # of the request, some thousand characters at a time
    # Cutting, patterns, findings, names elsewhere in the text, stand-ins, and putting them there.
    assert asked.pop("_ordered") >= 1  # thousands of spans at a time
    stages = {
        "settle",
        "_cut",
        "_patterned",
        "_named",
        "find",
        "_introduce",
        "_values",
        "__init__",
        "__call__",
    }
    assert once_a_paragraph.keys() == stages
    assert asked.pop("_introduce") >= 2  # for each person, not for each place
    assert asked.pop("__init__") >= 2  # of who is known, and of what was written
    assert all(count >= LINES for count in once_a_paragraph.values()), once_a_paragraph


ASKED = 3


def test_what_others_began_goes_on_while_long_work_gives_way() -> None:
    here, there = socketpair()
    heard = []

    def answer() -> None:
        while asked := there.recv(1):
            there.send(asked)

    def ask() -> None:
        for _ in range(ASKED):
            here.send(b"x")
            heard.append(here.recv(1))

    with here, there:
        workers = [gevent.spawn(answer), gevent.spawn(ask)]
        for _ in range(2 * ASKED + 2):  # each asking and each answer is one look at the sockets
            let_others_run()
        gevent.killall(workers)
    assert len(heard) == ASKED

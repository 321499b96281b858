"""Long work in a process that serves gives way to whatever else has something to do."""

import gevent
from gevent.socket import socketpair

from ni.factory.services import give_way

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
            give_way()
        gevent.killall(workers)
    assert len(heard) == ASKED

"""Templates are rendered one after another, and compiled and joined as Jinja itself does it."""

import threading
import time
from collections.abc import Callable, Iterable

import pytest
from flask import Flask, render_template_string

from ni.web.rendering import PacedEnvironment

PIECES = ["<p>", "é", "", "</p>"] * 10


@pytest.mark.parametrize("given", [list, iter], ids=["whole", "yet to be made"])
def test_pieces_are_joined_in_order(given: Callable[[list[str]], Iterable[str]]) -> None:
    assert PacedEnvironment(Flask("pages")).concat(given(PIECES)) == "".join(PIECES)


def test_one_page_is_rendered_at_a_time_also_after_one_that_broke() -> None:
    app, at_work, most = Flask("pages"), [0], [0]
    app.jinja_environment = PacedEnvironment  # type: ignore[assignment]  # Flask infers the type from its own

    def work(number: int) -> str:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        time.sleep(0.01)
        at_work[0] -= 1
        return str(1 // number)

    def render(number: int) -> None:
        with app.app_context():
            try:
                pages.append(render_template_string("{{ work(number) }}", work=work, number=number))
            except ZeroDivisionError:
                pages.append("broke")

    pages: list[str] = []
    threads = [threading.Thread(target=render, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(pages) == ["0", "0", "1", "broke"]
    assert most == [1]

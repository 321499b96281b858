"""Models: names, order, estimates, what waits and why, and up to four side by side."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ni.catalog.listing import model_name
from ni.factory.gateway import Gateway
from ni.store.tables.catalog import routes
from tests.fakes.orders import route
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene

PAGE = "/portal/models"
CLAUDE = "bedrock/global.anthropic.claude-sonnet-4-6-global"
GEMINI = "vertex_ai/gemini-2.5-pro-ca"
ECHO = "sandbox/echo-local"


def listed(text: str) -> list[str]:
    """The ids of the table of callable routes, in order."""
    return re.findall(r'<code id="id-\d+" translate="no">([^<]+)</code>', text)


def told(browser: Browser, sentence: str, language: str = "en") -> int:
    """The number before a sentence of Overview; 0 where it does not stand there."""
    text = browser.get("/portal/", Accept_Language=language).text
    return sum(map(int, re.findall(rf"(\d+) {sentence}", text)))


@contextmanager
def retiring(gateway: Gateway, day: str) -> Iterator[None]:
    """While it holds, the provider of the model ends it on a day, and the echo follows it."""

    def end(retires: str, successor: str) -> None:
        with gateway.database.engine.begin() as connection:
            mine = routes.update().where(routes.c.id == CLAUDE)
            connection.execute(mine.values(retires=retires, successor=successor))
        gateway.catalog.refresh()

    end(day, ECHO)
    try:
        yield
    finally:
        end("", "")


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("global.anthropic.claude-sonnet-4-6", "Claude Sonnet 4.6"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5"),
        ("meta.llama3-70b-instruct-v1:0", "Llama 3 70B Instruct"),
        ("gpt-4.1-mini", "GPT 4.1 Mini"),
        ("DeepSeek-V3.2", "DeepSeek V3.2"),
        ("amazon.titan-embed-text-v2:0", "Titan Embed Text V2"),
        ("Qwen/Qwen2.5-7B-Instruct", "Qwen2.5 7B Instruct"),
        ("", ""),
    ],
)
def test_a_model_is_named_as_people_name_it(model: str, name: str) -> None:
    assert model_name(route("bedrock", model)) == name


def test_models_have_their_name_and_are_found_by_it(alice: Browser) -> None:
    text = alice.get(f"{PAGE}?q=sonnet+4.6").text
    assert CLAUDE in listed(text)
    assert "Claude Sonnet 4.6" in text
    assert all("sonnet-4-6" in route_id for route_id in listed(text))


def test_a_model_that_ends_says_when_and_what_follows(alice: Browser, gateway: Gateway) -> None:
    before = told(alice, r"callable routes? ends?[ ,]")
    with retiring(gateway, "2026-12-11"):
        text = alice.get(f"{PAGE}?q=sonnet+4.6").text
        assert "Ends December 11, 2026" in text
        assert "Fin le 11 décembre 2026" in alice.get(f"{PAGE}?q=sonnet+4.6", Accept_Language="fr").text
        assert f'Successor: <code translate="no">{ECHO}</code>' in text
        assert told(alice, r"callable routes? ends?[ ,]") == before + 1


@pytest.mark.parametrize(
    ("language", "words", "sentence"),
    [
        ("en", "Ended September 1, 2026", "callable routes? (?:is|are) past the end of "),
        ("fr", "A pris fin le 1er septembre 2026", "routes? utilisables? (?:a|ont) dépassé la fin de "),
    ],
)
def test_a_model_whose_end_is_past_is_told_as_past(
    alice: Browser, gateway: Gateway, language: str, words: str, sentence: str
) -> None:
    before = told(alice, sentence, language)
    with retiring(gateway, "2026-09-01"):
        assert words in alice.get(f"{PAGE}?q=sonnet+4.6", Accept_Language=language).text
        assert told(alice, sentence, language) == before + 1


def test_a_model_can_be_tried_in_the_playground(alice: Browser) -> None:
    address = f"/portal/playground?model={ECHO}"
    assert f'href="{address}"' in alice.get(f"{PAGE}?q={ECHO}").text
    assert f'value="{ECHO}"' in alice.get(address).text


def test_routes_are_sorted_as_asked(alice: Browser) -> None:
    plain = listed(alice.get(PAGE).text)
    cheapest = listed(alice.get(f"{PAGE}?sort=input").text)
    assert cheapest[0] == ECHO
    assert sorted(cheapest) == sorted(plain)
    assert cheapest != plain == listed(alice.get(f"{PAGE}?sort=nonsense").text)
    named = listed(alice.get(f"{PAGE}?sort=name").text)
    assert "claude-fable" in named[0]


def test_an_estimate_is_the_tokens_at_the_list_price(alice: Browser) -> None:
    """Claude Sonnet 4.6 costs $3 in and $15 out per million."""
    text = alice.get(f"{PAGE}?q={CLAUDE}&prompt=100000&answer=10000").text
    assert ">US$0.45<" in text
    assert ">US$0.45<" not in alice.get(f"{PAGE}?q={CLAUDE}").text
    for nonsense in ("-1", "x", "1e9", "²", "9" * 300):
        assert alice.get(f"{PAGE}?prompt={nonsense}").status_code == 200


@pytest.mark.parametrize("address", [f"{PAGE}?q={CLAUDE}&", f"{PAGE}/compare?route={CLAUDE}&"])
def test_an_estimate_of_more_than_the_context_says_so(alice: Browser, gateway: Gateway, address: str) -> None:
    route = gateway.catalog.resolve(CLAUDE)
    assert route
    most = route.capabilities.context_window
    fits = alice.get(f"{address}prompt={most - 5}&answer=5").text
    over = alice.get(f"{address}prompt={most - 5}&answer=6").text
    assert ["exceeds the context" in text for text in (fits, over)] == [False, True]
    assert ["Estimate (US$)" in text for text in (fits, over)] == [True, True]


def test_what_nobody_can_call_is_listed_with_the_step_that_changes_it(
    alice: Browser, charlie: Browser
) -> None:
    waiting = alice.get(PAGE).text.partition("Not callable yet")[2]
    anthropic = waiting.partition("anthropic/claude-opus-5-5-us")[2].partition("</tr>")[0]
    assert "Not configured" in anthropic
    assert "ANTHROPIC_API_KEY" in anthropic
    assert 'href="/portal/byok/anthropic"' in anthropic
    assert "openai/gpt-4.1-us" not in waiting  # her account has a credential of its own
    assert "ANTHROPIC_API_KEY" not in charlie.get(PAGE).text
    assert "The operator of this instance can change this." in charlie.get(PAGE).text


def test_the_public_catalog_offers_neither_a_try_nor_a_comparison(nobody: Browser) -> None:
    text = nobody.get("/models").text
    assert CLAUDE in text
    assert not [word for word in ("/portal/playground", 'form="compare"', "Not callable yet") if word in text]


def test_chosen_models_stand_side_by_side_and_no_more_than_four(alice: Browser) -> None:
    text = alice.get(f"{PAGE}/compare?route={CLAUDE}&route={GEMINI}&prompt=1000000").text
    assert text.index("Claude Sonnet 4.6") < text.index("Gemini 2.5 Pro")
    assert "<strong>US$3.00</strong>" in text
    every = listed(alice.get(PAGE).text)[:6]
    many = alice.get(f"{PAGE}/compare?" + "&".join(f"route={route_id}" for route_id in every)).text
    assert [f">{route_id}</code>" in many for route_id in every] == [True] * 4 + [False] * 2
    assert "The first 4 are shown." in many


@pytest.mark.parametrize("query", ["", "?route=nonsense", "?route=anthropic/claude-opus-5-5-us"])
def test_what_cannot_be_called_is_not_compared(alice: Browser, scene: Scene, query: str) -> None:
    answer = alice.get(f"{PAGE}/compare{query}")
    assert answer.status_code == 200
    assert "Nothing to compare" in answer.text

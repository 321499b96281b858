"""To add a recogniser, a page or a dialect, these files are enough: those that `docs/architecture.md` names for it.

Each test writes a toy into a copy of the tree, touches the files of the document's row and no others, and lets a
gateway on the copy use it. (`tests/providers/test_toy_provider.py` does so for a provider.)
"""

import json
from typing import Any

import pytest

from tests.fakes.echo import echoed
from tests.shape.copied_tree import CopiedTree, files_named_for


@pytest.fixture(scope="module")
def recognised(tmp_path_factory: pytest.TempPathFactory) -> Any:
    tree = CopiedTree(tmp_path_factory.mktemp("recogniser"))
    tree.write("ni/privacy/recognisers/toy.py", "recogniser.py")
    tree.insert("class Label(", "    ORG = ", '    TOY = "TOY"')
    tree.insert(
        "RECOGNISERS: ", "from ni.privacy.recognisers.recogniser", "from ni.privacy.recognisers import toy"
    )
    tree.insert(
        "RECOGNISERS: ", "    Recogniser(Label.SECRET,", "    Recogniser(Label.TOY, toy.find, toy.NEEDS),"
    )
    stand_in = "        Label.TOY: lambda original, draw: draw.like(original),"
    tree.insert("MAKERS: ", "        Label.SECRET: ", stand_in)
    words = '        "toy": gettext("badges of visitors"),'
    tree.insert("def pii_name(", '        "secret": gettext(', words)
    assert tree.changed == files_named_for("a recogniser")
    return tree.run("try_recogniser.py")


def test_a_value_of_a_new_kind_is_masked_and_comes_back(recognised: Any) -> None:
    assert "VB-123456" not in recognised["sent"]
    assert recognised["sent"].startswith("The badge is ")
    assert echoed(recognised["answer"]) == "The badge is VB-123456."
    assert recognised["header"] == "on; toy=1"


def test_a_new_kind_can_refuse_a_call(recognised: Any) -> None:
    assert recognised["blocked"] == [400, "pii_blocked"]


def test_a_new_kind_has_words_on_pages(recognised: Any) -> None:
    assert recognised["words"] == "badges of visitors"


def test_what_only_looks_like_the_new_kind_stays(recognised: Any) -> None:
    assert recognised["near miss"] == "Part VB-1234567 is in stock."


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Any:
    tree = CopiedTree(tmp_path_factory.mktemp("dialect"))
    tree.write("ni/dialects/toy.py", "dialect.py")
    built, imported = "            EmbeddingsDialect(),", "from ni.dialects.toy import ToyDialect"
    tree.insert("class Gateway", "from ni.domain", imported)
    tree.insert("class Gateway", built, "            ToyDialect(),")
    tree.insert("def messages_api(", "def messages_api(", ENDPOINT)
    tree.insert("def create_app(", "from ni.web.api.endpoint", "from ni.web.api.endpoint import toy_api")
    registered = '    app.register_blueprint(toy_api(services, gateway.dialects["toy"]))'
    tree.insert("def create_app(", "    app.register_blueprint(messages_api(", registered)
    assert tree.changed == files_named_for("a dialect")
    return tree.run("try_dialect.py")


ENDPOINT = '''
def toy_api(services: EndpointServices, dialect: Dialect) -> Blueprint:
    """The endpoint of the toy."""
    pages = Blueprint("api_toy", __name__)
    post(pages, "/v1/toy", ModelEndpoint(services, dialect))
    return pages


'''


def test_a_new_dialect_is_answered_whole_and_streamed_with_values_restored(spoken: Any) -> None:
    said = "Write to agnes@example.ca today"
    assert spoken["whole"][:2] == [200, "on; email=1"]
    assert echoed(json.loads(spoken["whole"][2])["said"]) == said
    status, _, text = spoken["stream"]
    assert (status, text.replace("\n", "").endswith(f"{said}.")) == (200, True)
    assert text.endswith("\n.\n")


def test_a_refusal_and_an_answer_of_the_gateways_own_speak_the_new_dialect(spoken: Any) -> None:
    assert spoken["wrong"][0] == 400
    assert spoken["wrong"][2].endswith('"field":"ask"}')
    assert spoken["unknown"][0] == 200
    assert "sandbox/echo-local" in spoken["unknown"][2]
    assert spoken["stranger"] == 401


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Any:
    tree = CopiedTree(tmp_path_factory.mktemp("page"))
    tree.write("ni/web/portal/toy.py", "page.py")
    tree.write("templates/portal/toy.html", "page.html")
    tree.insert("NAVIGATION: ", "    usage,", "    toy,")
    tree.insert("NAVIGATION: ", "    usage.bp,", "    toy.bp,")
    entry = '            NavigationEntry("toy.show", lazy_gettext("Toy"), "tag"),'
    tree.insert("NAVIGATION: ", '            NavigationEntry("models.show"', entry)
    assert tree.changed == files_named_for("a portal page")
    return tree.run("try_page.py")


def test_a_new_page_asks_for_a_sign_in(shown: Any) -> None:
    status, location = shown["stranger"]
    assert status in {302, 303}
    assert "/portal/sign-in" in location


def test_a_new_page_is_shown_in_the_navigation_with_the_rules_of_all_pages(shown: Any) -> None:
    assert shown["status"] == 200
    assert '<p id="toy">' in shown["page"]
    assert 'href="/portal/toy" aria-current="page"' in shown["page"]
    assert shown["headers"]["Content-Security-Policy"].startswith("default-src 'none'")
    assert '<html lang="fr' in shown["french"]

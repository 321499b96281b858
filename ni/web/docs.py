"""Guides and reference: Markdown files of the tree, rendered once for each language with this instance's address.

CommonMark with tables and without raw HTML. `{{BASE_URL}}` and `{{API_KEY}}` are filled in before rendering, the key
by a placeholder. To add a page, add a file to the folder; `<name>.fr.md` beside it is the same page in French, where
each `{{BLOCK}}` on a line of its own stands for the next code block of the English page. Links from one file to another
lead to its page; links to files that are no pages are left out, and their words stay.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from flask_babel import gettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from ni.domain.clock import give_way
from ni.providers.base import aside
from ni.web.i18n import current_language

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
KEY_PLACE = "ni_live_…"
WRITTEN_IN = "en"
BLOCK = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"^ *\{\{BLOCK\}\}$", re.MULTILINE)
_FILE = re.compile(r"(?:[a-z0-9-]+/)?(?P<name>[a-z0-9-]+)\.md(?:#(?P<heading>.+))?")


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below one heading; `anchor` is its id, empty above the first. `level` is 2 or more."""

    anchor: str
    level: int
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Guide:
    """`name` is the file's name without suffix, `title` its first heading, `body` the HTML of the rest.

    `source` is the file's path in the tree, `language` the one that it is written in.
    """

    name: str
    title: str
    body: Markup
    source: str
    language: str = WRITTEN_IN
    sections: Sequence[Section] = ()


class Guides:
    """The pages in `folder` (`tree` is its path in the tree) for the instance at `base_url` (without `/v1`).

    A page is in the language of the request if there is a file in it, else in English.
    """

    def __init__(self, folder: Path, base_url: str, tree: str = "tests/user_run_tests/integrations") -> None:
        self._folder = folder
        self._base_url = base_url
        self._tree = tree
        self._rendered: dict[tuple[str, str], Guide] = {}
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        for rule in _RULES:
            self._markdown.add_render_rule(rule.__name__.removeprefix("_"), rule)

    def all(self) -> Sequence[Guide]:
        """All pages, sorted by title."""
        guides = (self.find(path.stem) for path in self._folder.rglob("*.md"))
        return sorted((guide for guide in guides if guide), key=lambda guide: guide.title.lower())

    def find(self, name: str) -> Guide | None:
        """The page of that name, None if there is none."""
        if not NAME.fullmatch(name):
            return None
        place = name, current_language()
        if place not in self._rendered and (file := self._file(*place)):
            self._rendered[place] = self._render(name, file)
        return self._rendered.get(place)

    def _file(self, name: str, language: str) -> Path | None:
        names = (f"{name}.{language}.md", f"{name}.md")
        return next((path for each in names for path in self._folder.rglob(each) if path.is_file()), None)

    def _render(self, name: str, file: Path) -> Guide:
        give_way()  # the index of the documentation asks for all pages at once
        text = with_blocks(file.read_text("utf-8"), (file.parent / f"{name}.md").read_text("utf-8"))
        text = text.replace("{{BASE_URL}}", self._base_url).replace("{{API_KEY}}", KEY_PLACE)
        environment: dict[str, Any] = {"blocks": 0}
        tokens = self._markdown.parse(text, environment)
        title, rest = name, tokens
        if len(tokens) > 2 and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
            title, rest = _words(tokens[1]), tokens[3:]
        _name_headings(rest)
        html = self._markdown.renderer.render(rest, self._markdown.options, environment)
        body = Markup(html)  # noqa: S704 - made by the renderer, which escapes; raw HTML is off
        language = file.stem.partition(".")[2] or WRITTEN_IN
        source = f"{self._tree}/{file.relative_to(self._folder)}"
        return Guide(name, title, body, source, language, list(_sections(rest)))


def with_blocks(translated: str, original: str) -> str:
    """A translation with the code blocks of the original in their places, in order."""
    blocks = (found[0] for found in BLOCK.finditer(original))
    return PLACE.sub(lambda place: next(blocks, ""), translated)


_ANSWERS = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
LONGEST_RENDERED = 100_000
"""Characters of an answer that is read as Markdown: brackets and stars take it up to 7 microseconds each."""


def rendered_answer(text: str) -> Markup:
    """What a model wrote, as HTML: Markdown without raw HTML, pictures, or links to anything but web and mail.

    It is made in a thread, beside which the event loop turns; an answer that is longer than people read stays a text.
    """
    if len(text) > LONGEST_RENDERED:
        return Markup("<pre>{}</pre>").format(text)
    made: list[str] = []
    aside(lambda: made.append(_ANSWERS.render(text)))
    return Markup(made[0])  # noqa: S704 - made by the renderer, which escapes; raw HTML is off


def anchor_of(heading: str) -> str:
    """The id of a heading: GitHub's slug of its words, with a prefix that keeps it apart from the page's own ids."""
    return "s-" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _name_headings(tokens: Sequence[Token]) -> None:
    """Give each heading its level on the page, 2 or lower, and its id; a second one of the same words gets a number."""
    seen: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            anchor = anchor_of(_words(inline))
            count = seen[anchor] = seen.get(anchor, -1) + 1
            token.attrSet("id", f"{anchor}-{count}" if count else anchor)
        if token.type.startswith("heading_"):
            token.tag = f"h{max(2, int(token.tag[1]))}"


def _sections(tokens: Sequence[Token]) -> Iterator[Section]:
    anchor, level, heading, parts = "", 2, "", list[str]()
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            yield Section(anchor, level, heading, " ".join(parts))
            anchor, level = str(token.attrGet("id")), int(token.tag[1])
            heading, parts = _words(tokens[at + 1]), []
        elif token.type == "inline" and tokens[at - 1].type != "heading_open":
            parts.append(_words(token))
        elif token.type == "fence":
            parts.append(token.content)
    yield Section(anchor, level, heading, " ".join(parts))


def _words(inline: Token) -> str:
    """The text of a line without its marks."""
    breaks = ("softbreak", "hardbreak")
    return "".join(" " if part.type in breaks else part.content for part in inline.children or ())


def _fence(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """A code block with a button that copies it; focusable, so that a wide one scrolls by keyboard."""
    env["blocks"] += 1
    block, text = f"block-{env['blocks']}", escape(tokens[at].content.rstrip("\n"))
    kind = escape(tokens[at].info.strip().split(" ")[0] or "text")
    label = escape(gettext("Copy, block %(number)s", number=env["blocks"]))
    return (
        f'<figure class="code"><figcaption>{kind} <button type="button" class="copy" data-copy="{block}" '
        f'data-done="{escape(gettext("Copied"))}" aria-label="{label}"><span>{escape(gettext("Copy"))}</span></button>'
        f'</figcaption><pre tabindex="0" translate="no"><code id="{block}">{text}</code></pre></figure>\n'
    )


def _code_block(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """An indented block: short enough to be read, without a button."""
    return f'<pre tabindex="0" translate="no"><code>{escape(tokens[at].content)}</code></pre>\n'


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """A table in a region that scrolls by itself."""
    env["tables"] = env.get("tables", 0) + 1
    label = escape(gettext("Table %(number)s", number=env["tables"]))
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>\n'


def _table_close(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _link_open(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    address = _address(str(tokens[at].attrGet("href") or ""))
    env["linked"] = bool(address)
    return f'<a href="{escape(address)}">' if address else ""


def _link_close(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return "</a>" if env["linked"] else ""


def _address(written: str) -> str:
    """Where a link of a file leads: another page, a heading, another site; empty for a file that is no page."""
    if file := _FILE.fullmatch(written):
        below = f"#{anchor_of(file['heading'])}" if file["heading"] else ""
        return f"/docs/{file['name']}.html{below}"
    if written.startswith("#"):
        return f"#{anchor_of(written[1:])}"
    return written if re.match(r"https?://|mailto:|/", written) else ""


_RULES = (_fence, _code_block, _table_open, _table_close, _link_open, _link_close)

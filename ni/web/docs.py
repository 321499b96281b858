"""The guides: Markdown files of the tree, rendered once each with this instance's address.

CommonMark with tables and without raw HTML. `{{BASE_URL}}` and `{{API_KEY}}` are filled in before rendering, the key
by a placeholder. To add a guide, add a file to the folder.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
KEY_PLACE = "ni_live_…"


@dataclass(frozen=True, slots=True)
class Guide:
    """`name` is the file's name without suffix, `title` its first heading, `body` the HTML of the rest.

    `source` is the file's path in the tree.
    """

    name: str
    title: str
    body: Markup
    source: str


class Guides:
    """The guides in `folder`, written in English, for the instance at `base_url` (without `/v1`)."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self._folder = folder
        self._base_url = base_url
        self._rendered: dict[str, Guide] = {}
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        for rule in (_fence, _heading_open, _heading_close, _table_open, _table_close):
            self._markdown.add_render_rule(rule.__name__.removeprefix("_"), rule)

    def all(self) -> Sequence[Guide]:
        """All guides, sorted by title."""
        names = (path.stem for path in self._folder.glob("*.md"))
        guides = (self.find(name) for name in names)
        return sorted((guide for guide in guides if guide), key=lambda guide: guide.title.lower())

    def find(self, name: str) -> Guide | None:
        """The guide of that name, None if there is none."""
        if not NAME.fullmatch(name):
            return None
        path = self._folder / f"{name}.md"
        if name not in self._rendered and path.is_file():
            self._rendered[name] = self._render(path)
        return self._rendered.get(name)

    def _render(self, path: Path) -> Guide:
        text = (
            path.read_text("utf-8").replace("{{BASE_URL}}", self._base_url).replace("{{API_KEY}}", KEY_PLACE)
        )
        environment: dict[str, Any] = {"blocks": 0}
        tokens = self._markdown.parse(text, environment)
        title, rest = path.stem, tokens
        if len(tokens) > 2 and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
            title, rest = tokens[1].content, tokens[3:]
        html = self._markdown.renderer.render(rest, self._markdown.options, environment)
        body = Markup(html)  # noqa: S704 - made by the renderer, which escapes; raw HTML is off
        return Guide(path.stem, title, body, "/".join(path.parts[-4:]))


_ANSWERS = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def rendered_answer(text: str) -> Markup:
    """What a model wrote, as HTML: Markdown without raw HTML, pictures, or links to anything but web and mail."""
    return Markup(_ANSWERS.render(text))  # noqa: S704 - made by the renderer, which escapes; raw HTML is off


def _fence(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """A code block with a button that copies it; focusable, so that a wide one scrolls by keyboard."""
    env["blocks"] += 1
    block, text = f"block-{env['blocks']}", escape(tokens[at].content.rstrip("\n"))
    kind = escape(tokens[at].info.strip().split(" ")[0] or "text")
    return (
        f'<figure class="code"><figcaption>{kind} <button type="button" class="copy" data-copy="{block}" '
        f'data-done="Copied" aria-label="Copy, block {env["blocks"]}"><span>Copy</span></button></figcaption>'
        f'<pre tabindex="0" translate="no"><code id="{block}">{text}</code></pre></figure>\n'
    )


def _heading_open(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """A heading of level 2 or lower: the page has its own of level 1."""
    return f"<{_below(tokens[at].tag)}>"


def _heading_close(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return f"</{_below(tokens[at].tag)}>\n"


def _below(tag: str) -> str:
    return f"h{max(2, int(tag[1]))}"


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """A table in a region that scrolls by itself."""
    return '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>\n'


def _table_close(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return "</table></div>\n"

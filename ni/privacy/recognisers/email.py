"""E-mail addresses (the common part of RFC 5321), and their surrogates under the domains of RFC 2606.

The surrogate of `jean.tremblay@...` is made of the surrogates of Jean and of Tremblay, so that a conversation about
a person and their address stays about one person. Addresses of offices (`info@`) keep their local part.
"""

import re
from collections.abc import Iterator

from ni.privacy.draw import Draw
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed, without_accents

NEEDS = re.compile("@")
_DOMAIN = re.compile(
    r"@(?:[^\W_][\w-]{0,62}\.){1,5}(?!(?:png|jpe?g|gif|svg|webp|ico|css|js|json|html|xml|ya?ml|txt|class|lock)(?![^\W_]))"
    r"(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59})(?![^\W_]|@)(?!-\w)(?!\.[^\W_])"
)
_LONGEST = 64
_OFFICES = frozenset(
    listed("""
    abuse accounts admin administrator billing bonjour careers compta contact courriel dev emploi
    facturation git hello help helpdesk hostmaster hr info information jobs legal mail marketing media
    newsletter no-reply noreply nepasrepondre notifications office orders postmaster presse press
    privacy reception rh root sales security service services soutien support team ventes webmaster
""")
)
_REPOSITORY = re.compile(r":[~/\w][^\s'\"<>]{0,200}?\.git(?!\w)")
_QUOTED = re.compile(r"(?:^|[^\w'])(?:[fFrRbBuUnNeExXdDlL]|[rRbBfF]{2})?'")
_DOMAINS = ("example.ca", "example.com", "example.org", "example.net")
_PARTS = re.compile(r"[^\W\d_]+")


def find(text: str) -> Iterator[Span]:
    """Addresses; not `git@host` or `user@host:path.git`, which name a repository."""
    for match in _DOMAIN.finditer(text):
        start, end = _local_start(text, match.start(), match.end()), match.end()
        named = text[start : match.start()]
        if named and named != "git" and not _REPOSITORY.match(text, end):
            yield Span(start, end, Label.EMAIL)


def _local_start(text: str, at: int, end: int) -> int:
    """Where the local part begins that ends at `at`: a letter or digit, after a quote if the address is quoted."""
    start = at
    while start and at - start < _LONGEST and (text[start - 1].isalnum() or text[start - 1] in "._+%'-"):
        start -= 1
    if at - start == _LONGEST and start and text[start - 1].isalnum():
        return at
    quote = text.rfind("'", start, at)
    if quote >= 0 and (text[end : end + 1] == "'" or _QUOTED.match(text[max(start - 1, 0) : quote + 1])):
        start = quote + 1
    while start < at and not text[start].isalnum():
        start += 1
    return start


def surrogate(original: str, draw: Draw) -> str:
    """An address of the person's surrogate under a reserved domain; drawn again, it gets a number."""
    local, _, domain = original.rpartition("@")
    if local.lower() not in _OFFICES:
        local = _local(local, draw)
    if draw.attempt:
        local += str(draw.below(10 ** min(draw.attempt + 1, 9)))
    return f"{local}@{_domain(domain, draw)}"


def _local(local: str, draw: Draw) -> str:
    """The local part with each name replaced and digits drawn; its separators and case stay."""
    words = _PARTS.findall(local)

    def renamed(match: re.Match[str]) -> str:
        word = match[0]
        if len(word) == 1 and len(words) > 1:
            return draw.like(word)
        name = without_accents(draw.name(word, len(words) > 1 and match.start() == 0))
        return name if not word.islower() else name.lower()

    return re.sub(r"\d", lambda _: draw.digits(1), _PARTS.sub(renamed, local))


def _domain(domain: str, draw: Draw) -> str:
    if domain.lower().endswith(".ca"):
        return _DOMAINS[0] if draw.attempt < 4 else draw.pick(_DOMAINS)
    return draw.pick(_DOMAINS[1:]) if draw.attempt < 4 else draw.pick(_DOMAINS)

"""Surrogates of e-mail addresses, under the domains of RFC 2606.

The surrogate of an address that is made of a person's name is made of the surrogate's, in the same pattern, so that a
conversation about a person and their address stays about one person. Addresses of offices (`info@`) keep their
local part.
"""

import re

from ni.privacy.draw import Draw
from ni.privacy.recognisers.obfuscated_mail import AT, DOT
from ni.privacy.words import listed, without_accents

OFFICES = frozenset(
    listed("""
    abuse accounts admin administrator billing bonjour careers compta contact courriel dev emploi
    facturation git hello help helpdesk hostmaster hr info information jobs legal mail marketing media
    newsletter no-reply noreply nepasrepondre notifications office orders postmaster presse press
    privacy reception rh root sales security service services soutien support team ventes webmaster
""")
)
_DOMAINS = ("example.ca", "example.com", "example.org", "example.net")
_PARTS = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")


def email(original: str, draw: Draw) -> str:
    """An address of the person's surrogate under a reserved domain; drawn again, it gets a number."""
    at = AT.search(original)
    if at is None or at[0] != "@" or "[" in original or "(" in original:
        return _obfuscated(original, at, draw)
    local, _, domain = original.rpartition("@")
    if local.lower() not in OFFICES:
        local = draw.handle(local, lambda: draw.digits(1)) or _local(local, draw)
    if draw.attempt:
        local += str(draw.below(10 ** min(draw.attempt + 1, 9)))
    return f"{local}@{_domain(domain, draw)}"


def _obfuscated(original: str, at: re.Match[str] | None, draw: Draw) -> str:
    """The surrogate of the plain address, with the words and blanks that the original has for its signs."""
    if at is None:
        return draw.like(original)
    local, domain = original[: at.start()], original[at.end() :]
    made, _, host = email(f"{DOT.sub('.', local)}@{DOT.sub('.', domain)}", draw).rpartition("@")
    dots = [match[0] for match in (*DOT.finditer(local), *DOT.finditer(domain))]
    dot = dots[-1] if dots else "."
    return made.replace(".", dot) + at[0] + host.replace(".", dot)


def _local(local: str, draw: Draw) -> str:
    """The local part of nobody known: each word replaced like a name, digits drawn; its separators and case stay."""
    local = _HUMP.sub("\\0", local)
    words = _PARTS.findall(local)

    def renamed(match: re.Match[str]) -> str:
        word = match[0]
        if len(word) == 1 and len(words) > 1:
            return draw.like(word)
        name = without_accents(draw.name(word, len(words) > 1 and match.start() == 0))
        name = "".join(char for char in name if char.isalnum())
        return name if not word.islower() else name.lower()

    return re.sub(r"\d", lambda _: draw.digits(1), _PARTS.sub(renamed, local)).replace("\0", "")


def _domain(domain: str, draw: Draw) -> str:
    if domain.lower().endswith(".ca"):
        return _DOMAINS[0] if draw.attempt < 4 else draw.pick(_DOMAINS)
    return draw.pick(_DOMAINS[1:]) if draw.attempt < 4 else draw.pick(_DOMAINS)

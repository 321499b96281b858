"""E-mail addresses (the common part of RFC 5321), and their surrogates under the domains of RFC 2606.

The surrogate of `jean.tremblay@...` is made of the surrogates of Jean and of Tremblay, so that a conversation about
a person and their address stays about one person. Addresses of offices (`info@`) keep their local part.
"""

import re
from collections.abc import Iterator

from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

NEEDS = re.compile("@")
_EMAIL = re.compile(
    r"(?<![\w.+%/@'-])\w[\w.+%'-]{0,63}@(?:[^\W_][\w-]{0,62}\.){1,5}[A-Za-z]{2,24}(?![\w@-])(?!\.\w)"
)
_OFFICES = frozenset(
    listed("""
    abuse accounts admin administrator billing bonjour careers compta contact courriel dev emploi
    facturation git hello help helpdesk hostmaster hr info information jobs legal mail marketing media
    newsletter no-reply noreply nepasrepondre notifications office orders postmaster presse press
    privacy reception rh root sales security service services soutien support team ventes webmaster
""")
)
_REPOSITORY = re.compile(r":[~/\w]")
_DOMAINS = ("example.ca", "example.com", "example.org", "example.net")
_PARTS = re.compile(r"[^\W\d_]+")


def find(text: str) -> Iterator[Span]:
    """Addresses; not `git@host:path`, which names a repository."""
    for match in _EMAIL.finditer(text):
        if not _REPOSITORY.match(text, match.end()) and not match[0].startswith("git@"):
            yield Span(*match.span(), Label.EMAIL)

"""Credentials of the cast, kept in memory with the real checks of their fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ni.access.credential_forms import chief, filled, shown
from ni.domain.errors import CredentialRefused, Problem
from ni.domain.secret import Secret
from ni.web.portal.services_byok import CredentialView
from tests.portal.cast import NOW

OPENAI_KEY = "sk-canary-0123456789abcdef-x7Qa"
REFUSED_KEY = "sk-canary-that-nobody-takes-0bad"


def view_of(provider: str, fields: Mapping[str, Secret]) -> CredentialView:
    """What people see of a credential."""
    last_four = chief(provider, fields).reveal()[-4:]
    return CredentialView(provider, last_four, "00ff" * 4, shown(provider, fields), NOW, "user_alice")


@dataclass
class FakeByok:
    """Credentials by account and provider; those that end in `0bad` are refused."""

    kept: dict[tuple[str, str], CredentialView] = field(default_factory=dict)

    def list(self, account_id: str) -> Sequence[CredentialView]:
        return [self.kept[place] for place in sorted(self.kept) if place[0] == account_id]

    def store(self, account_id: str, user_id: str, provider: str, fields: Mapping[str, Secret]) -> None:
        self.kept[account_id, provider] = view_of(provider, filled(provider, fields))

    def remove(self, account_id: str, provider: str) -> bool:
        return self.kept.pop((account_id, provider), None) is not None

    def test(self, account_id: str, provider: str) -> Problem | None:
        known = self.kept[account_id, provider]
        return CredentialRefused(provider="OpenAI") if known.last_four == "0bad" else None

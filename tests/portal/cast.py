"""The cast of the portal's tests: Alice (owner, operator), Bob (member of her account), Charlie (another account)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ni.access.onboarding import NewUser
from ni.domain.secret import Secret

NOW = datetime(2026, 11, 20, 15, 30, 12, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
WEAK = "passwordpassword"
HOSTILE = '"><img src=x onerror=alert(1)>{{7*7}}<script>alert(2)</script>'
OPENAI_KEY = "sk-canary-0123456789abcdef-x7Qa"


@dataclass(frozen=True)
class Person:
    """Somebody who signs in."""

    name: str
    email: str

    @property
    def new(self) -> NewUser:
        """As the forms ask."""
        return NewUser(self.email, self.name, Secret(PASSWORD))


ALICE = Person("Alice Tremblay", "alice@example.ca")
BOB = Person("Bob Roy", "bob@example.ca")
CHARLIE = Person("Charlie Côté", "charlie@example.ca")

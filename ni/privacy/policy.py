"""What an instance or account wants to be hidden: the kinds, private IP addresses or not, names in system prompts."""

from dataclasses import dataclass, replace

from ni.privacy.spans import Label

# Organisations and places are found too loosely to be replaced unasked.
DEFAULT_LABELS = frozenset(Label) - {Label.ORG, Label.LOCATION}


@dataclass(frozen=True, slots=True)
class Policy:
    """Frozen, and part of the key under which spans are cached; `rules` names the version of the recognisers."""

    labels: frozenset[Label] = DEFAULT_LABELS
    names_in_system: bool = False
    rules: str = ""
    private_addresses: bool = False

    def also(self, labels: frozenset[Label]) -> "Policy":
        """The policy that looks for these labels as well."""
        return self if labels <= self.labels else replace(self, labels=self.labels | labels)

    @property
    def fingerprint(self) -> str:
        """Differs whenever the same text could give other spans."""
        return "|".join((self.rules, str(self.private_addresses), *sorted(self.labels)))

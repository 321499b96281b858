"""What an instance or account wants to be hidden: the kinds, and whether names are looked for in system prompts."""

from dataclasses import dataclass

from ni.privacy.spans import Label

# Organisations and places are found too loosely to be replaced unasked.
DEFAULT_LABELS = frozenset(Label) - {Label.ORG, Label.LOCATION}

RULES = "1"  # changes with the recognisers and the cutting of texts: what was cached under other rules is not used


@dataclass(frozen=True, slots=True)
class Policy:
    """Frozen, and part of the key under which spans are cached; `model` names the version of the name finder."""

    labels: frozenset[Label] = DEFAULT_LABELS
    names_in_system: bool = False
    model: str = ""

    @property
    def fingerprint(self) -> str:
        """Differs whenever the same text could give other spans."""
        return "|".join((RULES, self.model, *sorted(self.labels)))

"""The authenticated key of a request, with the settings that its account made for it. Never holds the key's text."""

from dataclasses import dataclass

from ni.domain.pii_labels import Label
from ni.domain.route import Tier


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated key and what its account decided for it; amounts in nanos of the instance's currency.

    `tiers` are those the key may call (never empty); `cap_nanos` is the most it may spend per day, `rpm` requests
    per minute, None where unlimited. `own_providers` are those for which a `byok` key's account stored a credential;
    `min_evidence` is the grade of residency evidence that key and account demand at least, empty for none. A
    `strict` key gets an error for a name that is no route, never prose. `shares_mappings` says that names pinned in
    chat are pinned for every key of the account; `block_labels` are the kinds of personal data that key or account
    refuse to let out, masked or not. `pii_may_disable` lets a request switch substitution off. `language` is the one in
    which the account is told what went wrong, empty where it chose none.
    """

    account_id: str
    key_id: str
    key_name: str
    tiers: frozenset[Tier]
    cap_nanos: int | None = None
    rpm: int | None = None
    byok: bool = False
    own_providers: frozenset[str] = frozenset()
    pii: bool = True
    pii_may_disable: bool = False
    time_zone: str = "America/Toronto"
    commands: bool = True
    min_evidence: str = ""
    strict: bool = False
    shares_mappings: bool = False
    block_labels: frozenset[Label] = frozenset()
    language: str = ""

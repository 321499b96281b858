"""The authenticated key of a request, with the settings that its account made for it. Never holds the key's text."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ni.domain.pii_labels import Label
from ni.domain.route import Route, Tier

Network = IPv4Network | IPv6Network
Reach = tuple[frozenset[Tier], frozenset[str], str, frozenset[str]]
"""Tiers, providers of own credentials, least evidence and named routes: the arguments of `Catalog.callable_by`."""


_MAPPED_BITS = 96


class Priority(StrEnum):
    """Whose calls are served first where calls have to wait."""

    INTERACTIVE = "interactive"
    BATCH = "batch"


def network_of(text: str) -> Network:
    """A network in CIDR notation (RFC 4632), or one address; of IPv4-mapped ones the IPv4 inside (RFC 4291 2.5.5.2).

    Raises `ValueError`, also for an address with a zone (RFC 4007): that of a client never has one.
    """
    if "%" in text:
        raise ValueError(text)
    network = ip_network(text.strip(), strict=False)
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    inside = network.prefixlen - _MAPPED_BITS
    return IPv4Network((mapped, inside)) if mapped and inside >= 0 else network


def stored_network(text: str) -> Network:
    """A network as rows hold it: some are older than the rules of `network_of`."""
    return ip_network(text) if "%" in text else network_of(text)


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated key and what its account decided for it; amounts in nanos of the instance's currency.

    `tiers` are those the key may call (never empty); `cap_nanos` is the most it may spend per day, `rpm` requests
    per minute, None where unlimited. `own_providers` are those for which a `byok` key's account stored a credential;
    `min_evidence` is the grade of residency evidence that key and account demand at least, empty for none. A
    `strict` key gets an error for a name that is no route, never prose. `shares_mappings` says that names pinned in
    chat are pinned for every key of the account; `block_labels` are the kinds of personal data that key or account
    refuse to let out, masked or not. `pii_may_disable` lets a request switch substitution off, `server_timing` says
    that answers carry the header `Server-Timing`. `language` is the one in which the account is told what went wrong,
    empty where it chose none. Calls of the `priority` batch let others go first where calls have to wait.

    Where `routes` are named, only those of the allowed tiers may be called. Where `networks` are given, the key is
    good from these addresses alone. `owner_id` is the user for whose budgets its calls count, empty for none;
    `tags` are words of the account for its keys.
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
    server_timing: bool = False
    routes: frozenset[str] = frozenset()
    owner_id: str = ""
    tags: frozenset[str] = frozenset()
    networks: frozenset[Network] = frozenset()
    priority: Priority = Priority.INTERACTIVE

    @property
    def reach(self) -> Reach:
        """What `Catalog.callable_by` must know to list the routes that the key can call."""
        return self.tiers, self.own_providers, self.min_evidence, self.routes

    def permits(self, route: Route) -> bool:
        """Whether the key allows the route, by tier and by name."""
        return route.is_within(self.tiers, self.routes)

    def admits(self, address: str) -> bool:
        """Whether requests from an address are let in. What is no address is in no network."""
        if not self.networks:
            return True
        try:
            client = ip_address(address)
        except ValueError:
            return False
        mapped = client.ipv4_mapped if isinstance(client, IPv6Address) else None
        return any(client in network or (mapped and mapped in network) for network in self.networks)

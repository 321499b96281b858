"""The sentences of the gateway's replies; `answer.py` decides which is used.

Route ids are plain text, so that they can be copied as they are. A model name comes from a request and is shown back to
people: it must not become a link, a table, an image, code or a second line, and must not be long.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from ni.domain.caller import Caller
from ni.domain.money import format_amount
from ni.domain.route import Route
from ni.inchat.mappings import Pinned

MOST_PINNED = 20
LONGEST_NAME = 120
_MARKDOWN = re.compile(r"[\\`|\[\]<>]")


class ClosedReason(StrEnum):
    """What stands between a key and a route; where the guard refuses, the call says so itself."""

    TIER = "tier"
    NAME = "name"
    OFF = "off"
    RETIRED = "retired"
    UNPRICED = "unpriced"
    NOT_SET_UP = "not_set_up"
    GONE = "gone"


def shown(name: str) -> str:
    """The name on one line, printable, cut to 120 characters, Markdown escaped with backslashes (CommonMark 2.4)."""
    line = "".join(letter if letter.isprintable() else " " for letter in name[:LONGEST_NAME])
    cut = "…" if len(name) > LONGEST_NAME else ""
    return _MARKDOWN.sub(lambda match: "\\" + match.group(), " ".join(line.split())) + cut


def join(*paragraphs: str) -> str:
    """Paragraphs with an empty line between; empty ones are left out."""
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def not_a_route(model: str) -> str:
    """The sentence that every answer to an unknown model name begins with."""
    return f'"{shown(model)}" isn\'t one of the exact route ids your key can call.'


def closest_match(place: int | None, routes: Sequence[Route]) -> str:
    """The suggestion, numbered as in the list; nothing where no route is like the name."""
    return "" if place is None else f"Closest match: {place + 1}. {routes[place].id}"


def numbered(routes: Sequence[Route]) -> str:
    """All routes, numbered in their order."""
    lines = (f"{number}. {route.id}" for number, route in enumerate(routes, start=1))
    return "Routes your key can call:\n\n" + "\n".join(lines)


def how_to_choose(model: str, *, by_number: bool, by_command: bool) -> str:
    """How to go on from the list; ways that are not open to the reader are not offered."""
    ways = []
    if by_number:
        ways.append(
            f'Reply with a number from the list to map "{shown(model)}" to that route, for your key '
            "(for every key, where your account's settings say so)."
        )
    ways.append("Set your tool's model to one of the exact route ids above.")
    elsewhere = "`GET /api/billing/models` and the portal's Models page"
    ways.append(
        f"Find the same list with prices at {elsewhere}"
        + (", or send `ni-models` as a prompt." if by_command else ".")
    )
    return "How to choose:\n\n" + "\n".join(f"- {way}" for way in ways)


def nothing_to_call() -> str:
    """The reply to a key that can call nothing."""
    return (
        "Your key can't call any route at the moment, so there is no list to choose from. Either the key's allowed "
        "route tiers leave nothing, or no provider is set up for them. An account owner can change the tiers on "
        "the portal's Keys page; the operator sees what is set up on its Deployments page. "
        "`GET /api/billing/models` lists every route this gateway knows."
    )


_CAUSES = {
    ClosedReason.TIER: "its tier, {tier}, is not among the key's allowed tiers",
    ClosedReason.NAME: "it is not among the routes that the key names",
    ClosedReason.OFF: "the operator has switched it off",
    ClosedReason.RETIRED: "its provider has retired it",
    ClosedReason.UNPRICED: "it has no price yet",
    ClosedReason.NOT_SET_UP: "its provider is not set up on this gateway",
    ClosedReason.GONE: "it is no longer in the catalog",
}


def exact_but_closed(model: str, cause: ClosedReason, tier: str) -> str:
    """For a route id that exists and that this key may not call."""
    return (
        f'"{shown(model)}" is a route of this gateway, but not one for this key: '
        f"{_CAUSES[cause].format(tier=tier)}. A route id can't be mapped to another route."
    )


def pinned_but_closed(model: str, route_id: str, cause: ClosedReason, tier: str) -> str:
    """For a name that is mapped to a route which this key may not call."""
    return (
        f'Your account maps "{shown(model)}" to {route_id}, which this key may not call: '
        f"{_CAUSES[cause].format(tier=tier)}. A mapping never gives a key more than its allowed routes."
    )


def mapped(model: str, route_id: str, *, shared: bool) -> str:
    """After a mapping was made: for the key alone, or for every key of its account."""
    whose = "any key of your account" if shared else "your key"
    return (
        f'"{shown(model)}" now stands for {route_id} whenever {whose} asks for it. Send your prompt again. '
        "`ni-unmap` undoes this, and so does the portal's Mappings page."
    )


def already_mapped(model: str, route_id: str) -> str:
    """After a mapping that was there already."""
    return f'"{shown(model)}" already stands for {route_id}. Nothing was changed. `ni-unmap` undoes it.'


def unmapped(model: str, route_id: str) -> str:
    """After a mapping was undone."""
    return f'"{shown(model)}" no longer stands for {route_id}.'


def nothing_to_unmap(model: str) -> str:
    """When there was no mapping to undo."""
    return f'"{shown(model)}" is not mapped to anything. Nothing was changed.'


def nothing_to_map(model: str) -> str:
    """When the tool already names a route id."""
    return (
        f'Your tool already sends an exact route id, "{shown(model)}", and a route id is never mapped to another. '
        "To use a different route, set your tool's model to its id."
    )


def no_such_choice(choice: str) -> str:
    """When a number or id is not on the list."""
    return f'"{shown(choice)}" is not on the list of routes your key can call. Nothing was changed.'


def looser(model: str, suffix: str, route: Route) -> str:
    """When the target's residency is looser than the pinned name promises."""
    ends = "ends in" if model.lower().endswith(suffix) else "can be read as one that promises as much as"
    return (
        f'"{shown(model)}" {ends} {suffix}, and {route.id} runs in {route.jurisdiction} '
        f"({route.tier.value}): a name may only stand for a route that keeps what it says. Nothing was changed."
    )


def outdated() -> str:
    """When a number answers a list that has expired, changed, or was not made for this key."""
    return "That list has expired or changed, so the number was not applied. Here is the current one."


def too_many(limit: int) -> str:
    """When the account has no room for another mapping."""
    return (
        f"Your account already has {limit} mappings, the most it may have. Undo some on the portal's Mappings "
        "page first. Nothing was changed."
    )


def commands() -> str:
    """What can be typed."""
    return (
        "Northern Inference answers these itself, free, when a prompt begins with one:\n\n"
        "- `ni-help`: this text\n"
        "- `ni-models`: the routes your key can call, numbered\n"
        "- `ni-map-model`: the list, to choose a route for the model name your tool sends\n"
        "- `ni-map-model <number>` or `ni-map-model <route id>`: map that name to a route, for your key (for every "
        "key, where your account's settings say so)\n"
        "- `ni-unmap`: undo the mapping of that name\n"
        "- `ni-status`: what your tool sends, where it goes, and what your key may do"
    )


def status(caller: Caller, model: str, route: Route | None, pinned: Iterable[Pinned]) -> str:
    """What the tool sends, where it goes, what the key may do, and the mappings that hold for it."""
    goes = (
        f"{route.id} ({route.tier.value}, {route.jurisdiction})"
        if route
        else "no route that your key can call"
    )
    cap = "none" if caller.cap_nanos is None else format_amount(caller.cap_nanos)
    lines = [
        f'Model your tool sends: "{shown(model)}"',
        f"Goes to: {goes}",
        f"Key: {shown(caller.key_name)}",
        "Allowed tiers: " + ", ".join(sorted(tier.value for tier in caller.tiers)),
        *(["Allowed routes: " + ", ".join(sorted(caller.routes))] if caller.routes else []),
        f"PII substitution: {'on' if caller.pii else 'off'}",
        f"Own provider credentials (BYOK): {'on' if caller.byok else 'off'}",
        f"Max spend per day: {cap}",
        f"Requests per minute: {caller.rpm or 'no limit'}",
    ]
    names = [f"- {shown(each.model)} → {each.route_id}" for each in pinned]
    more = [f"- and {len(names) - MOST_PINNED} more"] if len(names) > MOST_PINNED else []
    listed = "Mappings that hold for your key:\n\n" + "\n".join(names[:MOST_PINNED] + more) if names else ""
    return join("\n".join(f"- {line}" for line in lines), listed)

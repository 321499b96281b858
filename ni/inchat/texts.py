"""The sentences of the gateway's replies, in the account's language; `answer.py` decides which is used.

Route ids are plain text, so that they can be copied as they are. A model name comes from a request and is shown back to
people: it must not become a link, a table, an image, code or a second line, and must not be long.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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
    SUCCEEDED = "succeeded"
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


def _(sentence: str) -> str:
    """Mark a sentence to be collected for translation."""
    return sentence


_CAUSES = {
    ClosedReason.TIER: _("its tier, %(tier)s, is not among the key's allowed tiers"),
    ClosedReason.NAME: _("it is not among the routes that the key names"),
    ClosedReason.OFF: _("the operator has switched it off"),
    ClosedReason.RETIRED: _("its provider has retired it"),
    ClosedReason.SUCCEEDED: _("its provider has retired it, and its successor is %(successor)s"),
    ClosedReason.UNPRICED: _("it has no price yet"),
    ClosedReason.NOT_SET_UP: _("its provider is not set up on this gateway"),
    ClosedReason.GONE: _("it is no longer in the catalog"),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences in one language: `translate` gives a sentence of ours in it, its places unfilled."""

    translate: Callable[[str], str]

    def _say(self, sentence: str, **fields: object) -> str:
        return self.translate(sentence) % fields

    def not_a_route(self, model: str) -> str:
        """The sentence that every answer to an unknown model name begins with."""
        sentence = _('"%(model)s" isn\'t one of the exact route ids your key can call.')
        return self._say(sentence, model=shown(model))

    def closest_match(self, place: int | None, routes: Sequence[Route]) -> str:
        """The suggestion, numbered as in the list; nothing where no route is like the name."""
        if place is None:
            return ""
        return self._say(_("Closest match: %(number)s. %(route)s"), number=place + 1, route=routes[place].id)

    def numbered(self, routes: Sequence[Route]) -> str:
        """All routes, numbered in their order."""
        lines = (f"{number}. {route.id}" for number, route in enumerate(routes, start=1))
        return self._say(_("Routes your key can call:")) + "\n\n" + "\n".join(lines)

    def how_to_choose(self, model: str, *, by_number: bool, by_command: bool) -> str:
        """How to go on from the list; ways that are not open to the reader are not offered."""
        ways = []
        if by_number:
            sentence = _(
                'Reply with a number from the list to map "%(model)s" to that route, for your key (for every key, '
                "where your account's settings say so)."
            )
            ways.append(self._say(sentence, model=shown(model)))
        ways.append(self._say(_("Set your tool's model to one of the exact route ids above.")))
        elsewhere = _(
            "Find the same list with prices at `GET /api/billing/models` and the portal's Models page, or send "
            "`ni-models` as a prompt."
        )
        pages = _("Find the same list with prices at `GET /api/billing/models` and the portal's Models page.")
        ways.append(self._say(elsewhere if by_command else pages))
        return self._say(_("How to choose:")) + "\n\n" + "\n".join(f"- {way}" for way in ways)

    def nothing_to_call(self) -> str:
        """The reply to a key that can call nothing."""
        return self._say(
            _(
                "Your key can't call any route at the moment, so there is no list to choose from. Either the key's "
                "allowed route tiers leave nothing, or no provider is set up for them. An account owner can change "
                "the tiers on the portal's Keys page; the operator sees what is set up on its Deployments page. "
                "`GET /api/billing/models` lists every route this gateway knows."
            )
        )

    def _because(self, cause: ClosedReason, route: Route | None) -> str:
        fields = {"tier": route.tier.value, "successor": route.successor} if route else {}
        return self._say(_CAUSES[cause], **fields)

    def exact_but_closed(self, model: str, cause: ClosedReason, route: Route) -> str:
        """For a route id that exists and that this key may not call."""
        sentence = _(
            '"%(model)s" is a route of this gateway, but not one for this key: %(cause)s. A route id can\'t be mapped '
            "to another route."
        )
        return self._say(sentence, model=shown(model), cause=self._because(cause, route))

    def pinned_but_closed(self, model: str, route_id: str, cause: ClosedReason, route: Route | None) -> str:
        """For a name that is mapped to a route which this key may not call."""
        sentence = _(
            'Your account maps "%(model)s" to %(route)s, which this key may not call: %(cause)s. A mapping never gives '
            "a key more than its allowed routes."
        )
        why = self._because(cause, route)
        return self._say(sentence, model=shown(model), route=route_id, cause=why)

    def mapped(self, model: str, route_id: str, *, shared: bool) -> str:
        """After a mapping was made: for the key alone, or for every key of its account."""
        own = _(
            '"%(model)s" now stands for %(route)s whenever your key asks for it. Send your prompt again. `ni-unmap` '
            "undoes this, and so does the portal's Model aliases page."
        )
        for_all = _(
            '"%(model)s" now stands for %(route)s whenever any key of your account asks for it. Send your prompt '
            "again. `ni-unmap` undoes this, and so does the portal's Model aliases page."
        )
        return self._say(for_all if shared else own, model=shown(model), route=route_id)

    def already_mapped(self, model: str, route_id: str) -> str:
        """After a mapping that was there already."""
        sentence = _('"%(model)s" already stands for %(route)s. Nothing was changed. `ni-unmap` undoes it.')
        return self._say(sentence, model=shown(model), route=route_id)

    def unmapped(self, model: str, route_id: str) -> str:
        """After a mapping was undone."""
        return self._say(_('"%(model)s" no longer stands for %(route)s.'), model=shown(model), route=route_id)

    def nothing_to_unmap(self, model: str) -> str:
        """When there was no mapping to undo."""
        return self._say(_('"%(model)s" is not mapped to anything. Nothing was changed.'), model=shown(model))

    def nothing_to_map(self, model: str) -> str:
        """When the tool already names a route id."""
        sentence = _(
            'Your tool already sends an exact route id, "%(model)s", and a route id is never mapped to another. '
            "To use a different route, set your tool's model to its id."
        )
        return self._say(sentence, model=shown(model))

    def no_such_choice(self, choice: str) -> str:
        """When a number or id is not on the list."""
        sentence = _('"%(choice)s" is not on the list of routes your key can call. Nothing was changed.')
        return self._say(sentence, choice=shown(choice))

    def looser(self, model: str, suffix: str, route: Route) -> str:
        """When the target's residency is looser than the pinned name promises."""
        ends = _(
            '"%(model)s" ends in %(suffix)s, and %(route)s runs in %(jurisdiction)s (%(tier)s): a name may only stand '
            "for a route that keeps what it says. Nothing was changed."
        )
        alike = _(
            '"%(model)s" can be read as one that promises as much as %(suffix)s, and %(route)s runs in '
            "%(jurisdiction)s (%(tier)s): a name may only stand for a route that keeps what it says. Nothing was "
            "changed."
        )
        return self._say(
            ends if model.lower().endswith(suffix) else alike,
            model=shown(model),
            suffix=suffix,
            route=route.id,
            jurisdiction=route.jurisdiction,
            tier=route.tier.value,
        )

    def outdated(self) -> str:
        """When a number answers a list that has expired, changed, or was not made for this key."""
        return self._say(
            _("That list has expired or changed, so the number was not applied. Here is the current one.")
        )

    def too_many(self, limit: int) -> str:
        """When the account has no room for another mapping."""
        sentence = _(
            "Your account already has %(limit)s mappings, the most it may have. Undo some on the portal's Model "
            "aliases page first. Nothing was changed."
        )
        return self._say(sentence, limit=limit)

    def commands(self) -> str:
        """What can be typed."""
        return self._say(
            _(
                "Northern Inference answers these itself, free, when a prompt begins with one:\n\n"
                "- `ni-help`: this text\n"
                "- `ni-models`: the routes your key can call, numbered\n"
                "- `ni-map-model`: the list, to choose a route for the model name your tool sends\n"
                "- `ni-map-model <number>` or `ni-map-model <route id>`: map that name to a route, for your key (for "
                "every key, where your account's settings say so)\n"
                "- `ni-unmap`: undo the mapping of that name\n"
                "- `ni-status`: what your tool sends, where it goes, and what your key may do"
            )
        )

    def status(self, caller: Caller, model: str, route: Route | None, pinned: Iterable[Pinned]) -> str:
        """What the tool sends, where it goes, what the key may do, and the mappings that hold for it."""
        nowhere = self._say(_("no route that your key can call"))
        goes = f"{route.id} ({route.tier.value}, {route.jurisdiction})" if route else nowhere
        cap = self._say(_("none")) if caller.cap_nanos is None else format_amount(caller.cap_nanos)
        on, off = self._say(_("on")), self._say(_("off"))
        lines = [
            self._say(_('Model your tool sends: "%(model)s"'), model=shown(model)),
            self._say(_("Goes to: %(place)s"), place=goes),
            self._say(_("Key: %(name)s"), name=shown(caller.key_name)),
            self._say(
                _("Allowed tiers: %(tiers)s"), tiers=", ".join(sorted(tier.value for tier in caller.tiers))
            ),
            *self._routes(caller),
            self._say(_("PII substitution: %(state)s"), state=on if caller.pii else off),
            self._say(_("Own provider credentials (BYOK): %(state)s"), state=on if caller.byok else off),
            self._say(_("Max spend per day: %(cap)s"), cap=cap),
            self._say(_("Requests per minute: %(rate)s"), rate=caller.rpm or self._say(_("no limit"))),
        ]
        return join("\n".join(f"- {line}" for line in lines), self._mappings(list(pinned)))

    def _routes(self, caller: Caller) -> list[str]:
        """The line of a key that names its routes."""
        routes = ", ".join(sorted(caller.routes))
        return [self._say(_("Allowed routes: %(routes)s"), routes=routes)] if routes else []

    def _mappings(self, pinned: Sequence[Pinned]) -> str:
        """The mappings that hold for a key, `MOST_PINNED` of them; nothing where there are none."""
        if not pinned:
            return ""
        names = [f"- {shown(each.model)} → {each.route_id}" for each in pinned]
        rest = len(names) - MOST_PINNED
        more = [self._say(_("- and %(count)s more"), count=rest)] if rest > 0 else []
        listed = "\n".join(names[:MOST_PINNED] + more)
        return self._say(_("Mappings that hold for your key:")) + "\n\n" + listed

"""What the gateway answers by itself: commands, numbers under our list, and model names that are no route.

Nothing here calls a provider or widens a right: a mapping names a route, and each later call through it is checked
with the calling key's own tiers. A route that only the residency guard refuses is left to the guard, which explains.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ni.domain.call import Call
from ni.domain.caller import Caller
from ni.domain.clock import Clock
from ni.domain.errors import ModelNotFound
from ni.domain.route import CallKind, Route, Tier
from ni.inchat import texts
from ni.inchat.closed import not_found, why_closed
from ni.inchat.closest import closest, suffix_of
from ni.inchat.commands import Command, Typed, recognise
from ni.inchat.list_tokens import ListTokens, Shown, has_token
from ni.inchat.mappings import MOST_PER_ACCOUNT, Mappings, Pinned, TooManyMappings
from ni.inchat.prompt import last_turn, text_of


class Directory(Protocol):
    """What must be known of the catalog."""

    def resolve(self, model: str) -> Route | None:
        """The route with exactly this id, callable or not."""

    def is_ready(self, route: Route, own: AbstractSet[str] = frozenset()) -> bool:
        """Whether only the residency guard still stands between the route and a key allowed its tier."""

    def callable_by(
        self, tiers: AbstractSet[Tier], own: AbstractSet[str] = frozenset(), least: str = ""
    ) -> tuple[Route, ...]:
        """The routes that a key with these tiers, demanding this evidence, can call, in a stable order."""


class ReplyKind(StrEnum):
    """What an answer did, for the custody record."""

    UNKNOWN_MODEL = "unknown_model"
    HELPED = "helped"
    LISTED = "listed"
    STATUS = "status"
    MAPPED = "mapped"
    UNMAPPED = "unmapped"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LocalReply:
    """An answer: its text, what happened, and the route id where one was chosen or let go."""

    text: str
    happened: ReplyKind
    model: str
    route_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question with everything that the answers look at."""

    caller: Caller
    model: str
    routes: tuple[Route, ...]
    before: str

    @property
    def shown(self) -> Shown:
        return Shown(
            self.caller.account_id, self.caller.key_id, self.model, tuple(route.id for route in self.routes)
        )


class InChat:
    """The gateway's own voice in a conversation."""

    def __init__(self, directory: Directory, mappings: Mappings, codes: ListTokens, clock: Clock) -> None:
        self._directory = directory
        self._mappings = mappings
        self._codes = codes
        self._clock = clock

    def mapped(self, caller: Caller, model: str) -> str | None:
        """The route id that this name is pinned to for a key; None for an exact route id, which nothing shadows."""
        if self._directory.resolve(model):
            return None
        return self._mappings.route_of(caller.account_id, model, caller.key_id)

    def answer(self, caller: Caller, call: Call) -> LocalReply | None:
        """The gateway's own answer, or None if the call goes on to a route.

        Raises `ModelNotFound` for a name that is no route where prose would not do, `StoreUnavailable`.
        """
        if caller.commands:
            said = self._to_command(caller, call)
            if said is not None:
                return said
        if self._goes_on(caller, call.model):
            return None
        asked = self._ask(caller, call.model, "", call.kind)
        if caller.strict or wants_a_form(call):
            raise self._not_found(asked)
        return self._to_unknown(asked)

    def _not_found(self, asked: _Asked) -> ModelNotFound:
        """Where prose would be taken for an answer: the cause, or the closest match."""
        place = _suggested(asked)
        closest = None if place is None else asked.routes[place]
        return not_found(asked.model, self._route_for(asked.caller, asked.model), asked.caller, closest)

    def _to_command(self, caller: Caller, call: Call) -> LocalReply | None:
        text, before = last_turn(call)
        command = recognise(text)
        if command is None:
            return None
        asked = self._ask(caller, call.model, text_of(before) if before else "")
        return self._handle(asked, command)

    def _handle(self, asked: _Asked, typed: Typed) -> LocalReply | None:
        match typed.command:
            case Command.NUMBER:
                return self._to_number(asked, typed.argument)
            case Command.HELP:
                return LocalReply(texts.commands(), ReplyKind.HELPED, asked.model)
            case Command.MODELS:
                return self._list(asked)
            case Command.STATUS:
                return self._status(asked)
            case Command.UNMAP:
                return self._unmap(asked)
            case Command.MAP:
                return self._to_map(asked, typed.argument)

    def _ask(self, caller: Caller, model: str, before: str, kind: CallKind = CallKind.CHAT) -> _Asked:
        callables = self._directory.callable_by(caller.tiers, caller.own_providers, caller.min_evidence)
        fitting = tuple(route for route in callables if route.capabilities.serves(kind))
        return _Asked(caller, model, fitting, before)

    def _goes_on(self, caller: Caller, model: str) -> bool:
        route = self._route_for(caller, model)
        return (
            route is not None
            and route.tier in caller.tiers
            and self._directory.is_ready(route, caller.own_providers)
        )

    def _route_for(self, caller: Caller, model: str) -> Route | None:
        target = self.mapped(caller, model)
        return self._directory.resolve(target or model)

    def _to_unknown(self, asked: _Asked) -> LocalReply:
        """The reply to a name that is no route this key can call."""
        note = ""
        target = self.mapped(asked.caller, asked.model)
        route = self._route_for(asked.caller, asked.model)
        cause, tier = why_closed(route, asked.caller), route.tier.value if route else ""
        if target is not None:
            note = texts.pinned_but_closed(asked.model, target, cause, tier)
        elif route is not None:
            note = texts.exact_but_closed(asked.model, cause, tier)
        text = texts.join(texts.not_a_route(asked.model), note, self._choices(asked))
        return LocalReply(text, ReplyKind.UNKNOWN_MODEL, asked.model)

    def _choices(self, asked: _Asked) -> str:
        """Closest match, list, how to choose, and the code where a number may answer."""
        if not asked.routes:
            return texts.nothing_to_call()
        may_map = asked.caller.commands and self._directory.resolve(asked.model) is None
        code = self._codes.issue(asked.shown, self._clock.now()) if may_map else ""
        return texts.join(
            texts.closest_match(_suggested(asked), asked.routes),
            texts.numbered(asked.routes),
            texts.how_to_choose(asked.model, by_number=may_map, by_command=asked.caller.commands),
            code,
        )

    def _to_number(self, asked: _Asked, number: str) -> LocalReply | None:
        """A bare number is an answer only under a list of ours; anywhere else it is a prompt like any other."""
        if not has_token(asked.before):
            return None
        if not self._codes.accept(asked.before, asked.shown, self._clock.now()):
            # Not ours to act on. Where the call could go on, it does; a name that is no route gets its list anew.
            return None if self._goes_on(asked.caller, asked.model) else self._again(asked)
        return self._choose(asked, number)

    def _to_map(self, asked: _Asked, choice: str) -> LocalReply:
        if self._directory.resolve(asked.model) is not None:
            return LocalReply(texts.nothing_to_map(asked.model), ReplyKind.REFUSED, asked.model)
        if not choice or not asked.routes:
            return self._list(asked)
        # A number that follows a list must mean that list; typed out of the blue it means the list of now.
        if (
            choice.isdigit()
            and has_token(asked.before)
            and not self._codes.accept(asked.before, asked.shown, self._clock.now())
        ):
            return self._again(asked)
        return self._choose(asked, choice)

    def _again(self, asked: _Asked) -> LocalReply:
        unknown = "" if self._goes_on(asked.caller, asked.model) else texts.not_a_route(asked.model)
        text = texts.join(texts.outdated(), unknown, self._choices(asked))
        return LocalReply(text, ReplyKind.REFUSED, asked.model)

    def _choose(self, asked: _Asked, choice: str) -> LocalReply:
        if self._directory.resolve(asked.model) is not None:  # it became a route since the list was shown
            return LocalReply(texts.nothing_to_map(asked.model), ReplyKind.REFUSED, asked.model)
        route = _chosen(choice, asked.routes)
        if route is None:
            text = texts.join(texts.no_such_choice(choice), self._choices(asked))
            return LocalReply(text, ReplyKind.REFUSED, asked.model)
        if not keeps_promise(asked.model, route):
            return LocalReply(
                texts.looser(asked.model, suffix_of(asked.model), route),
                ReplyKind.REFUSED,
                asked.model,
                route.id,
            )
        return self._pin(asked, route)

    def _pin(self, asked: _Asked, route: Route) -> LocalReply:
        pinned = Pinned(
            asked.caller.account_id,
            asked.model,
            route.id,
            asked.caller.key_id,
            self._clock.now(),
            asked.caller.shares_mappings,
        )
        try:
            fresh = self._mappings.pin(pinned)
        except TooManyMappings:
            return LocalReply(texts.too_many(MOST_PER_ACCOUNT), ReplyKind.REFUSED, asked.model)
        if fresh:
            return LocalReply(texts.mapped(asked.model, route.id), ReplyKind.MAPPED, asked.model, route.id)
        return LocalReply(
            texts.already_mapped(asked.model, route.id), ReplyKind.UNCHANGED, asked.model, route.id
        )

    def _unmap(self, asked: _Asked) -> LocalReply:
        caller = asked.caller
        target = self._mappings.route_of(caller.account_id, asked.model, caller.key_id)
        undone = target is not None and self._mappings.unpin(caller.account_id, asked.model, caller.key_id)
        if not undone and caller.shares_mappings:  # who may map a name for others may also undo that
            undone = self._mappings.unpin(caller.account_id, asked.model, "")
        if target is None or not undone:
            return LocalReply(texts.nothing_to_unmap(asked.model), ReplyKind.UNCHANGED, asked.model)
        return LocalReply(texts.unmapped(asked.model, target), ReplyKind.UNMAPPED, asked.model, target)

    def _list(self, asked: _Asked) -> LocalReply:
        """The list on request: with the first sentence and the suggestion only where the name is no route."""
        if not self._goes_on(asked.caller, asked.model):
            return LocalReply(self._to_unknown(asked).text, ReplyKind.LISTED, asked.model)
        if not asked.routes:
            return LocalReply(texts.nothing_to_call(), ReplyKind.LISTED, asked.model)
        may_map = self._directory.resolve(asked.model) is None
        code = self._codes.issue(asked.shown, self._clock.now()) if may_map else ""
        text = texts.join(
            texts.numbered(asked.routes),
            texts.how_to_choose(asked.model, by_number=may_map, by_command=True),
            code,
        )
        return LocalReply(text, ReplyKind.LISTED, asked.model)

    def _status(self, asked: _Asked) -> LocalReply:
        route = self._route_for(asked.caller, asked.model)
        reached = route if route in asked.routes else None
        pinned = self._mappings.of(asked.caller.account_id, asked.caller.key_id)
        text = texts.status(asked.caller, asked.model, reached, pinned)
        return LocalReply(text, ReplyKind.STATUS, asked.model)


def keeps_promise(model: str, route: Route) -> bool:
    """Whether a route's residency is as strict as what the name's suffix says, or stricter."""
    match suffix_of(model):
        case "-local":
            return route.tier is Tier.OWN_HARDWARE
        case "-ca":
            return route.jurisdiction == "CA"
        case "-us":
            return route.jurisdiction in ("CA", "US")
        case _:
            return True


def _chosen(choice: str, routes: tuple[Route, ...]) -> Route | None:
    """The route by its number in the list or by its exact id."""
    if choice.isascii() and choice.isdigit():
        place = int(choice[:6])
        return routes[place - 1] if 1 <= place <= len(routes) else None
    return next((route for route in routes if route.id == choice), None)


def wants_a_form(call: Call) -> bool:
    """Whether prose would be taken for a broken answer: a schema was asked for, a tool forced, or vectors."""
    form, choice = call.body.get("response_format"), call.body.get("tool_choice")
    schema = isinstance(form, dict) and form.get("type") in ("json_schema", "json_object")
    return schema or choice == "required" or isinstance(choice, dict) or call.kind is not CallKind.CHAT


def _suggested(asked: _Asked) -> int | None:
    """The closest match, among those the name may stand for if there are any; None where nothing is like it."""
    fitting = [route for route in asked.routes if keeps_promise(asked.model, route)] or list(asked.routes)
    place = closest(asked.model, fitting)
    return None if place is None else asked.routes.index(fitting[place])

"""What a model's name stands for, and the replies that the gateway makes by itself.

An exact route id always means that route; any other name means the route that the key, or its account, pinned it to.
It is resolved once for each call. Commands, numbers under a list and names that are no route get a reply.

Nothing here calls a provider or widens a right: a mapping names a route, and each later call through it is checked
with the calling key's own tiers. A route that only the residency guard refuses is left to the guard, which explains.
Where the key cannot call the route for another cause, the cause is named, in a sentence or an error.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Protocol

from ni.domain.call import Call
from ni.domain.caller import Caller
from ni.domain.clock import Clock
from ni.domain.errors import ModelNotFound
from ni.domain.languages import Translate, in_english
from ni.domain.route import CallKind, Route, Tier
from ni.inchat.closest import closest, suffix_of
from ni.inchat.commands import Command, Typed, last_turn, recognise, text_of
from ni.inchat.list_tokens import ListTokens, ShownList, has_token
from ni.inchat.mappings import MOST_PER_ACCOUNT, Mappings, Pinned, TooManyMappings
from ni.inchat.texts import ClosedReason, Texts, join

_CLOSEST = (
    "`%(model)s` is not one of the exact route ids that this key can call. Closest match: `%(closest)s`. "
    "`GET /v1/models` lists them all."
)
_TIER = (
    "`%(model)s` is a route of tier `%(tier)s`, which is not among the tiers that this key may call. An account owner "
    "can change them on the portal's Keys page."
)
_NAME = (
    "`%(model)s` is a route of this gateway, but not one of those that this key names. An account owner can change "
    "them on the portal's Keys page."
)
_OFF = "`%(model)s` is a route that the operator has switched off. `GET /v1/models` lists what this key can call."
_RETIRED = "`%(model)s` was retired by its provider. `GET /v1/models` lists what this key can call."
_SUCCEEDED = (
    "`%(model)s` was retired by its provider. Its successor is `%(successor)s`; `GET /v1/models` lists what this key "
    "can call."
)
_UNPRICED = "`%(model)s` has no price yet, so it cannot be called. Ask the operator to import one."
_NOT_SET_UP = (
    "`%(model)s` is a route whose provider is not set up on this gateway. The operator sees what is missing on the "
    "portal's Deployments page."
)


class Directory(Protocol):
    """What must be known of the catalog."""

    def resolve(self, model: str) -> Route | None:
        """The route with exactly this id, callable or not."""

    def is_ready(self, route: Route, own: AbstractSet[str] = frozenset()) -> bool:
        """Whether only the residency guard still stands between the route and a key allowed its tier."""

    def callable_by(
        self,
        tiers: AbstractSet[Tier],
        own: AbstractSet[str] = frozenset(),
        least: str = "",
        names: AbstractSet[str] = frozenset(),
    ) -> tuple[Route, ...]:
        """The routes that a key with this reach can call, in a stable order."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """One name and its meaning.

    `exact` says that the name is a route id itself, `pinned` is the route id that it is pinned to otherwise. `route` is
    the route of either, callable or not; None where there is none. `open` says whether the key may call it, as far as
    tier and set-up go: the residency guard decides later.
    """

    model: str
    exact: bool
    pinned: str | None
    route: Route | None
    open: bool

    @property
    def destination(self) -> Route | None:
        """The route that a call goes on to; None where the gateway has to answer by itself."""
        return self.route if self.open else None


def resolve(directory: Directory, mappings: Mappings, caller: Caller, model: str) -> Resolution:
    """What the name means to the caller now. Raises `StoreUnavailable`."""
    route = directory.resolve(model)
    exact = route is not None
    pinned = None if exact else mappings.route_of(caller.account_id, model, caller.key_id)
    if pinned is not None:
        route = directory.resolve(pinned)
    ready = route is not None and caller.permits(route) and directory.is_ready(route, caller.own_providers)
    return Resolution(model, exact, pinned, route, ready)


def why_closed(route: Route | None, caller: Caller) -> ClosedReason:
    """The cause, for a route that the key cannot call; what is left when all else is in order is the set-up."""
    if route is None:
        return ClosedReason.GONE
    causes: tuple[tuple[Callable[[Route], bool], ClosedReason], ...] = (
        (lambda route: route.tier not in caller.tiers, ClosedReason.TIER),
        (lambda route: not caller.permits(route), ClosedReason.NAME),
        (lambda route: not route.enabled, ClosedReason.OFF),
        (lambda route: route.lifecycle == "retired" and bool(route.successor), ClosedReason.SUCCEEDED),
        (lambda route: route.lifecycle == "retired", ClosedReason.RETIRED),
        (lambda route: route.price is None, ClosedReason.UNPRICED),
    )
    return next((cause for holds, cause in causes if holds(route)), ClosedReason.NOT_SET_UP)


def not_found(model: str, route: Route | None, caller: Caller, closest: Route | None) -> ModelNotFound:
    """The error for a name that this key cannot call: the cause where it is a route, else the closest match."""
    shown = model[:256]
    if route is None:
        if closest is None:
            return ModelNotFound(param="model", model=shown)
        return ModelNotFound(_CLOSEST, param="model", model=shown, closest=closest.id)
    cause = why_closed(route, caller)
    if cause is ClosedReason.SUCCEEDED:
        return ModelNotFound(_SUCCEEDED, param="model", model=shown, successor=route.successor)
    return _closed(cause, shown, route)


def _closed(cause: ClosedReason, shown: str, route: Route) -> ModelNotFound:
    """The error for a route that nothing replaces."""
    match cause:
        case ClosedReason.TIER:
            return ModelNotFound(_TIER, param="model", model=shown, tier=route.tier.value)
        case ClosedReason.NAME:
            return ModelNotFound(_NAME, param="model", model=shown)
        case ClosedReason.OFF:
            return ModelNotFound(_OFF, param="model", model=shown)
        case ClosedReason.RETIRED:
            return ModelNotFound(_RETIRED, param="model", model=shown)
        case ClosedReason.UNPRICED:
            return ModelNotFound(_UNPRICED, param="model", model=shown)
        case _:
            return ModelNotFound(_NOT_SET_UP, param="model", model=shown)


class ReplyKind(StrEnum):
    """What a reply did, for its record."""

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
    """A reply: its text, what it did, and the route id where one was chosen or let go."""

    text: str
    kind: ReplyKind
    route_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """One question with everything that the replies depend on: `texts` are in the account's language.

    `before` is the assistant's text that it follows.
    """

    caller: Caller
    name: Resolution
    routes: tuple[Route, ...]
    texts: Texts
    before: str = ""

    @property
    def model(self) -> str:
        return self.name.model

    @property
    def shown(self) -> ShownList:
        return ShownList(
            self.caller.account_id, self.caller.key_id, self.model, tuple(route.id for route in self.routes)
        )


class InChat:
    """Decides and writes the gateway's own replies."""

    def __init__(
        self,
        directory: Directory,
        mappings: Mappings,
        list_tokens: ListTokens,
        clock: Clock,
        translate: Translate = in_english,
    ) -> None:
        self._directory = directory
        self._mappings = mappings
        self._list_tokens = list_tokens
        self._clock = clock
        self._translate = translate

    def resolve(self, caller: Caller, model: str) -> Resolution:
        """What the name means to the caller. Raises `StoreUnavailable`."""
        return resolve(self._directory, self._mappings, caller, model)

    def answer(self, caller: Caller, call: Call, name: Resolution) -> LocalReply | None:
        """The gateway's own reply to a call whose model is `name`, or None if the call goes on to the route.

        Raises `ModelNotFound` for a name that the key cannot call where prose would not do, `StoreUnavailable`.
        """
        if caller.commands:
            reply = self._to_command(caller, call, name)
            if reply is not None:
                return reply
        if name.open:
            return None
        question = self._question(caller, name, call.kind)
        if caller.strict or wants_a_form(call):
            place = _suggested(question)
            match = None if place is None else question.routes[place]
            raise not_found(name.model, name.route, caller, match)
        return self._to_unknown(question)

    def _to_command(self, caller: Caller, call: Call, name: Resolution) -> LocalReply | None:
        text, before = last_turn(call)
        command = recognise(text)
        if command is None:
            return None
        question = self._question(caller, name, CallKind.CHAT)
        return self._handle(replace(question, before=text_of(before) if before else ""), command)

    def _question(self, caller: Caller, name: Resolution, kind: CallKind) -> _Question:
        texts = Texts(partial(self._translate, caller.language))
        return _Question(caller, name, self._routes(caller, kind), texts)

    def _handle(self, question: _Question, typed: Typed) -> LocalReply | None:
        match typed.command:
            case Command.NUMBER:
                return self._to_number(question, typed.argument)
            case Command.HELP:
                return LocalReply(question.texts.commands(), ReplyKind.HELPED)
            case Command.MODELS:
                return self._list(question)
            case Command.STATUS:
                return self._status(question)
            case Command.UNMAP:
                return self._unmap(question)
            case Command.MAP:
                return self._to_map(question, typed.argument)

    def _routes(self, caller: Caller, kind: CallKind) -> tuple[Route, ...]:
        """The routes for this kind of call that the caller can call, in the order of lists."""
        routes = self._directory.callable_by(*caller.reach)
        return tuple(route for route in routes if route.capabilities.serves(kind))

    def _to_unknown(self, question: _Question) -> LocalReply:
        """The reply to a name that is no route this key can call."""
        note, name, route = "", question.name, question.name.route
        cause = why_closed(route, question.caller)
        if name.pinned is not None:
            note = question.texts.pinned_but_closed(question.model, name.pinned, cause, route)
        elif route is not None:
            note = question.texts.exact_but_closed(question.model, cause, route)
        text = join(question.texts.not_a_route(question.model), note, self._choices(question))
        return LocalReply(text, ReplyKind.UNKNOWN_MODEL)

    def _choices(self, question: _Question) -> str:
        """Closest match, list, how to choose, and the token where a number may answer."""
        if not question.routes:
            return question.texts.nothing_to_call()
        may_map = question.caller.commands and not question.name.exact
        token = self._list_tokens.issue(question.shown, self._clock.now()) if may_map else ""
        return join(
            question.texts.closest_match(_suggested(question), question.routes),
            question.texts.numbered(question.routes),
            question.texts.how_to_choose(
                question.model, by_number=may_map, by_command=question.caller.commands
            ),
            token,
        )

    def _to_number(self, question: _Question, number: str) -> LocalReply | None:
        """The reply to a bare number below a list of ours; None anywhere else, where it is a prompt."""
        if not has_token(question.before):
            return None
        if not self._list_tokens.accept(question.before, question.shown, self._clock.now()):
            # A prompt like any other: the call goes on, or an unknown name gets a new list.
            return None if question.name.open else self._again(question)
        return self._choose(question, number)

    def _to_map(self, question: _Question, choice: str) -> LocalReply:
        if question.name.exact:
            return LocalReply(question.texts.nothing_to_map(question.model), ReplyKind.REFUSED)
        if not choice or not question.routes:
            return self._list(question)
        # A number after a list must mean that list; without a list before it, it means the current one.
        if (
            choice.isdigit()
            and has_token(question.before)
            and not self._list_tokens.accept(question.before, question.shown, self._clock.now())
        ):
            return self._again(question)
        return self._choose(question, choice)

    def _again(self, question: _Question) -> LocalReply:
        unknown = "" if question.name.open else question.texts.not_a_route(question.model)
        text = join(question.texts.outdated(), unknown, self._choices(question))
        return LocalReply(text, ReplyKind.REFUSED)

    def _choose(self, question: _Question, choice: str) -> LocalReply:
        if question.name.exact:  # it became a route since the list was shown
            return LocalReply(question.texts.nothing_to_map(question.model), ReplyKind.REFUSED)
        route = _chosen(choice, question.routes)
        if route is None:
            text = join(question.texts.no_such_choice(choice), self._choices(question))
            return LocalReply(text, ReplyKind.REFUSED)
        if not keeps_promise(question.model, route):
            return LocalReply(
                question.texts.looser(question.model, suffix_of(question.model), route),
                ReplyKind.REFUSED,
                route.id,
            )
        return self._pin(question, route)

    def _pin(self, question: _Question, route: Route) -> LocalReply:
        pinned = Pinned(
            question.caller.account_id,
            question.model,
            route.id,
            question.caller.key_id,
            self._clock.now(),
            question.caller.shares_mappings,
        )
        try:
            fresh = self._mappings.pin(pinned)
        except TooManyMappings:
            return LocalReply(question.texts.too_many(MOST_PER_ACCOUNT), ReplyKind.REFUSED)
        if fresh:
            return LocalReply(
                question.texts.mapped(question.model, route.id, shared=pinned.shared),
                ReplyKind.MAPPED,
                route.id,
            )
        return LocalReply(
            question.texts.already_mapped(question.model, route.id), ReplyKind.UNCHANGED, route.id
        )

    def _unmap(self, question: _Question) -> LocalReply:
        caller = question.caller
        target = self._mappings.route_of(caller.account_id, question.model, caller.key_id)
        undone = target is not None and self._mappings.unpin(
            caller.account_id, question.model, caller.key_id, caller.key_id
        )
        if not undone and caller.shares_mappings:  # who may map a name for others may also undo that
            undone = self._mappings.unpin(caller.account_id, question.model, "", caller.key_id)
        if target is None or not undone:
            return LocalReply(question.texts.nothing_to_unmap(question.model), ReplyKind.UNCHANGED)
        return LocalReply(question.texts.unmapped(question.model, target), ReplyKind.UNMAPPED, target)

    def _list(self, question: _Question) -> LocalReply:
        """The list on request: with the first sentence and the suggestion only where the name is no route."""
        if not question.name.open:
            return LocalReply(self._to_unknown(question).text, ReplyKind.LISTED)
        if not question.routes:
            return LocalReply(question.texts.nothing_to_call(), ReplyKind.LISTED)
        may_map = not question.name.exact
        token = self._list_tokens.issue(question.shown, self._clock.now()) if may_map else ""
        text = join(
            question.texts.numbered(question.routes),
            question.texts.how_to_choose(question.model, by_number=may_map, by_command=True),
            token,
        )
        return LocalReply(text, ReplyKind.LISTED)

    def _status(self, question: _Question) -> LocalReply:
        route = question.name.route
        reached = route if route in question.routes else None
        pinned = self._mappings.of(question.caller.account_id, question.caller.key_id)
        text = question.texts.status(question.caller, question.model, reached, pinned)
        return LocalReply(text, ReplyKind.STATUS)


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
    """Whether prose would be an invalid answer: the call asks for a schema or vectors, or forces a tool."""
    form, choice = call.body.get("response_format"), call.body.get("tool_choice")
    schema = isinstance(form, dict) and form.get("type") in ("json_schema", "json_object")
    return schema or choice == "required" or isinstance(choice, dict) or call.kind is not CallKind.CHAT


def _suggested(question: _Question) -> int | None:
    """The closest match, among those the name may stand for if there are any; None where nothing is like it."""
    fitting = [route for route in question.routes if keeps_promise(question.model, route)] or list(
        question.routes
    )
    place = closest(question.model, fitting)
    return None if place is None else question.routes.index(fitting[place])

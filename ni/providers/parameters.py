"""Which parameters a model takes: one table, family by family, for providers, warnings and the lists of models.

A parameter that a family does not name passes. One that is not taken is dropped and named in `X-NI-Warning`, capped
(a number, the length of a list, an effort), renamed, or refused by name where an answer without it would be another
one. What costs extra or keeps content at the provider (service tiers, stored completions, longer caches, web search)
never reaches a shared cloud, for no price of the catalog and no promise of residency covers it.

Sources: OpenAI's reference of chat completions and its guide to reasoning models (and the refusals that users report:
openai-openapi#541, livekit/agents#7169), Azure's page on reasoning models, Anthropic's migration guides for Claude 4.5
to 4.7, AWS's reference of Converse, Google's reference of generateContent (vercel/ai#17102 for penalties,
googleapis/js-genai#1609 for candidates). Numbers of
images: the vendors' pages on vision, Azure's on quotas.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any

from ni.domain.call import Json
from ni.domain.errors import UnsupportedParameter
from ni.domain.providers import PROVIDERS
from ni.domain.route import Route
from ni.providers.tool_definitions import plain_tools


class Action(Enum):
    """What becomes of a parameter."""

    PASS = "pass"  # noqa: S105 - no password
    RENAME = "rename"
    CAP = "cap"
    DROP = "drop"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class ParameterRule:
    """`to` is the new name; `most` the greatest number or the longest list; beyond it `REFUSE` refuses.

    `streamed` is the greatest number in a stream, where that is less. `beside` drops the parameter only where that
    other one is there too.
    """

    action: Action
    to: str = ""
    most: float | None = None
    beside: str = ""
    streamed: float | None = None


Rules = Mapping[str, ParameterRule]
DROP, PASS = ParameterRule(Action.DROP), ParameterRule(Action.PASS)


@dataclass(frozen=True, slots=True)
class Family:
    """The rules of models that take the same. `efforts` are those of `reasoning_effort`, least first; empty: any.

    `thinking` are the rules that come on top while the model reasons: with any effort but `none`, and, where it
    `reasons_unasked`, without one. `effort_beside_tools` is what the effort must be in a request with tools, `-` for
    none at all, empty where tools do not matter. Stop sequences of white space are left out for models that refuse
    them (`refuses_blank_stops`).
    """

    rules: Rules
    efforts: tuple[str, ...] = ()
    thinking: Rules = field(default_factory=dict)
    effort_beside_tools: str = ""
    reasons_unasked: bool = False
    refuses_blank_stops: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """A chat body as the route's model takes it, and what was dropped or changed, as clauses of `X-NI-Warning`."""

    body: Json
    warnings: tuple[str, ...] = ()


PARAMETERS = (
    "temperature", "top_p", "top_k", "min_p", "frequency_penalty", "presence_penalty", "repetition_penalty", "seed",
    "logprobs", "top_logprobs", "logit_bias", "stop", "n", "max_tokens", "max_completion_tokens", "tools",
    "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort", "thinking", "verbosity", "prediction",
    "modalities", "audio", "service_tier", "store", "metadata", "prompt_cache_key", "prompt_cache_retention",
    "prompt_cache_options", "safety_identifier", "user", "web_search_options", "moderation", "functions",
    "function_call",
)  # fmt: skip
"""The parameters that the table knows, by their names in chat completions."""

_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_QUIET = frozenset({"user", "safety_identifier", "prompt_cache_key"})
"""Dropped without a warning: no answer depends on them."""
_MEANS_NOTHING: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "service_tier": ("auto", "default"),
        "store": (False,),
        "prompt_cache_retention": ("in_memory", "in-memory"),
        "modalities": (["text"],),
        "temperature": (1,),
        "top_p": (1,),
        "frequency_penalty": (0,),
        "presence_penalty": (0,),
        "repetition_penalty": (1,),
        "logprobs": (False,),
        "top_logprobs": (0,),
        "logit_bias": ({},),
        "stop": ([],),
        "n": (1,),
        "metadata": ({},),
        "parallel_tool_calls": (True,),
        "verbosity": ("medium",),
        "reasoning_effort": ("none",),
        "thinking": ({"type": "disabled"}, {}),
    }
)
"""Values that are the default anyway: dropping them changes nothing."""


def _dropped(*names: str) -> Rules:
    return dict.fromkeys(names, DROP)


def _most(most: float, action: Action = Action.CAP) -> ParameterRule:
    return ParameterRule(action, most=most)


_EXTRA: Rules = {
    **_dropped("service_tier", "store", "metadata", "prompt_cache_retention", "prompt_cache_options"),
    **_dropped("web_search_options", "moderation", "audio", "min_p", "repetition_penalty"),
    "modalities": ParameterRule(Action.REFUSE),
}
_SAMPLING = _dropped("temperature", "top_p")
_LIKELIHOODS = _dropped("logprobs", "top_logprobs", "logit_bias")
_PENALTIES = _dropped("frequency_penalty", "presence_penalty")
_NO_REASONING = _dropped("reasoning_effort", "thinking")
_OPENAI_LIMIT = {"max_tokens": ParameterRule(Action.RENAME, to="max_completion_tokens")}

_GPT: Rules = {**_EXTRA, **_NO_REASONING, **_dropped("top_k", "verbosity"), "stop": _most(4)}
_REASONS: Rules = {
    **_EXTRA, **_OPENAI_LIMIT, **_dropped("top_k", "thinking", "prediction", "stop"), **_PENALTIES,
}  # fmt: skip
_WHILE_REASONING: Rules = {**_SAMPLING, **_LIKELIHOODS}
_NEWER_EFFORTS = ("none", "low", "medium", "high", "xhigh")
_ALWAYS_REASONS: Rules = {**_REASONS, **_WHILE_REASONING}

_FOREIGN: Rules = {
    **_EXTRA, **_LIKELIHOODS, **_PENALTIES, **_dropped("verbosity", "prediction", "user", "safety_identifier"),
    **_dropped("prompt_cache_key"), "n": _most(1, Action.REFUSE),
}  # fmt: skip
"""What no wire but OpenAI's has."""
_CLAUDE: Rules = {**_FOREIGN, **_dropped("seed"), "temperature": _most(1)}
_EITHER: Rules = {**_CLAUDE, "top_p": ParameterRule(Action.DROP, beside="temperature")}
_UNSAMPLED: Rules = {**_CLAUDE, **_dropped("temperature", "top_p", "top_k")}
_CLAUDE_THINKS: Rules = _dropped("temperature", "top_p", "top_k")
_GEMINI: Rules = {**_FOREIGN, **_dropped("parallel_tool_calls"), "stop": _most(5)}
_SEVERAL: Rules = {"n": ParameterRule(Action.REFUSE, most=8, streamed=1)}
"""Candidates of Gemini before 3, which gives several in whole answers alone. Since 3 it gives one."""
_CONVERSE: Rules = {
    **_FOREIGN, **_NO_REASONING, **_dropped("seed", "top_k", "parallel_tool_calls"), "temperature": _most(1),
}  # fmt: skip

PROMPTED = "tools written into the prompt"
_PROMPTED_TOOLS: Rules = dict.fromkeys(
    ("tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"), PASS
)
"""What comes before the family's rules where tools are written into the prompt."""

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "gpt": Family(_GPT),
        "gpt-oss": Family({**_GPT, "reasoning_effort": PASS}, ("low", "medium", "high")),
        "gpt-5-chat": Family({**_GPT, **_OPENAI_LIMIT}),
        "gpt-5.x-chat": Family({**_ALWAYS_REASONS, **_dropped("reasoning_effort", "verbosity")}),
        "o-series": Family(
            {**_ALWAYS_REASONS, **_dropped("parallel_tool_calls", "verbosity")}, ("low", "medium", "high")
        ),
        "gpt-5": Family(_ALWAYS_REASONS, ("minimal", "low", "medium", "high")),
        "gpt-5-codex": Family(_ALWAYS_REASONS, ("low", "medium", "high")),
        "gpt-5-pro": Family(_ALWAYS_REASONS, ("high",)),
        "gpt-5.1": Family(_REASONS, ("none", "low", "medium", "high"), _WHILE_REASONING, reasons_unasked=True),
        "gpt-5.2": Family(_REASONS, _NEWER_EFFORTS, _WHILE_REASONING, "-", reasons_unasked=True),
        "gpt-5.6": Family(_REASONS, _NEWER_EFFORTS, _WHILE_REASONING, "none", reasons_unasked=True),
        "claude-3": Family({**_CLAUDE, **_NO_REASONING}, refuses_blank_stops=True),
        "claude-3.7": Family(_CLAUDE, thinking=_CLAUDE_THINKS, refuses_blank_stops=True),
        "claude-4.1": Family(_EITHER, thinking=_CLAUDE_THINKS, refuses_blank_stops=True),
        "claude-4.7": Family(_UNSAMPLED, refuses_blank_stops=True),
        "gemini": Family({**_GEMINI, **_SEVERAL, **_NO_REASONING, **dict.fromkeys(_PENALTIES, PASS)}),
        "gemini-2.5": Family({**_GEMINI, **_SEVERAL}),
        "gemini-3": Family(_GEMINI),
        "gemini-3.6": Family({**_GEMINI, **_dropped("temperature", "top_p", "top_k")}),
        "converse": Family(_CONVERSE),
        "foundry": Family(
            {
                **_EXTRA, **_LIKELIHOODS, **_NO_REASONING, "stop": _most(4),
                **_dropped("top_k", "verbosity", "prediction", "parallel_tool_calls", "functions", *_QUIET),
                **_dropped("function_call"), "n": _most(1, Action.REFUSE),
                "max_completion_tokens": ParameterRule(Action.RENAME, to="max_tokens"),
            }
        ),
        "own": Family({}),
    }
)  # fmt: skip
"""`foundry`: models of other makers behind OpenAI's API, which know the common fields. `own`: own servers."""

_NAMES: tuple[tuple[str, str], ...] = (
    (r"gpt-oss", "gpt-oss"),
    (r"gpt-5-chat", "gpt-5-chat"),
    (r"gpt-5.*chat", "gpt-5.x-chat"),
    (r"gpt-5-pro", "gpt-5-pro"),
    (r"gpt-5(?:\.1)?-codex|codex", "gpt-5-codex"),
    (r"gpt-5\.1", "gpt-5.1"),
    (r"gpt-5\.[2-5]", "gpt-5.2"),
    (r"gpt-(?:5\.\d|[6-9])", "gpt-5.6"),
    (r"gpt-5", "gpt-5"),
    (r"o\d", "o-series"),
)
_CLAUDE_NAMES = (
    re.compile(r"claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?(?!\d)"),
    re.compile(r"claude-(\d)(?:[-.](\d))?-"),
)
_GEMINI_NAME = re.compile(r"gemini-(\d{1,2})(?:\.(\d{1,2}))?")
_CLAUDE_SINCE = (((4, 7), "claude-4.7"), ((4, 1), "claude-4.1"), ((3, 7), "claude-3.7"), ((0, 0), "claude-3"))
_OF_OPENAI = ("gpt", "o1", "o3", "o4", "codex", "computer-use", "model-router", "chatgpt")


def model_family(provider: str, model: str) -> str:
    """The family of a provider's model. A Claude or Gemini whose name tells no generation is taken for the newest."""
    name = model.lower()
    descriptor = PROVIDERS[provider]
    if descriptor.on_own_hardware:
        return "own"
    if "claude" in name:
        return _claude(name)
    if "gemini" in name:
        return _gemini(name)
    if provider == "bedrock":
        return "converse"
    if descriptor.other_makers and not name.startswith(_OF_OPENAI):
        return "foundry"
    return next((family for pattern, family in _NAMES if re.match(pattern, name)), "gpt")


def _claude(name: str) -> str:
    version = next((match for pattern in _CLAUDE_NAMES if (match := pattern.search(name))), None)
    number = (int(version[1]), int(version[2] or 0)) if version else (99, 0)
    return next(family for since, family in _CLAUDE_SINCE if number >= since)


def _gemini(name: str) -> str:
    """Models since 3.6, and the newer of the small ones, take no sampling parameters."""
    version = _GEMINI_NAME.search(name)
    number = (int(version[1]), int(version[2] or 0)) if version else (99, 0)
    if number >= (3, 6) or "3.5-flash-lite" in name:
        return "gemini-3.6"
    return "gemini" if number < (2, 5) else "gemini-2.5" if number < (3, 0) else "gemini-3"


def family_of(route: Route) -> Family:
    """The rules of a route's model."""
    return FAMILIES[model_family(route.provider, route.upstream_model)]


def supported(route: Route) -> tuple[str, ...]:
    """The parameters that have an effect on a route, for the lists of models."""
    family, able = family_of(route), route.capabilities
    refused = {name for name, rule in family.rules.items() if rule.action is Action.DROP and not rule.beside}
    refused |= {
        name for name, rule in family.rules.items() if rule.action is Action.REFUSE and rule.most is None
    }
    if able.prompts_tools:
        refused -= _PROMPTED_TOOLS.keys()
    if able.refuses_tools:
        refused |= {"tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"}
    if not able.reasoning and "reasoning" not in able.unknown:
        refused |= {"reasoning_effort", "thinking"}
    return tuple(name for name in PARAMETERS if name not in refused)


def most_images(route: Route) -> int | None:
    """How many images the route takes in a request; None where its server decides."""
    name, large = route.upstream_model.lower(), route.capabilities.context_window > 200_000
    if route.provider == "bedrock" and "claude" not in name:
        return 8 if "llama4" in name else 20
    if route.provider == "anthropic" and large:
        return 600
    return PROVIDERS[route.provider].most_images


def fit(body: Json, route: Route, names: Mapping[str, str] | None = None, *, stream: bool = False) -> Fitted:
    """The chat body as the route's model takes it; a body that fits already is returned as the same object.

    `names` are those of parameters in the client's dialect, where they differ; `stream` says whether the answer is
    streamed. Raises `UnsupportedParameter` naming a
    parameter without which the answer would be another one.
    """
    family, prompted = family_of(route), _PROMPTED_TOOLS if route.capabilities.prompts_tools else {}
    notes = _notes(body) if prompted else ()
    if not family.rules:
        return Fitted(body, notes)
    fitting = _Fitting(body, route.id, names or {}, stream=stream)
    fitting.tools()
    fitting.effort(family)
    thinks = bool(family.thinking) and fitting.thinks(unasked=family.reasons_unasked)
    for name in [name for name in PARAMETERS if name in fitting.body]:
        rule = family.thinking.get(name) if thinks else None
        fitting.apply(name, rule or prompted.get(name) or family.rules.get(name, PASS))
    if family.refuses_blank_stops:
        fitting.stops()
    fitting.limit(route.capabilities.max_output_tokens)
    fitted = fitting.result()
    return replace(fitted, warnings=(*notes, *fitted.warnings)) if notes else fitted


def _notes(body: Json) -> tuple[str, ...]:
    """The clause that says that tools are written into the prompt, where there are any that may be called."""
    offered = (body.get("tools") and body.get("tool_choice") != "none") or (
        body.get("functions") and body.get("function_call") != "none"
    )
    return (PROMPTED,) if offered else ()


class _Fitting:
    """Works on one body; copies it at the first change."""

    def __init__(self, body: Json, route_id: str, names: Mapping[str, str], *, stream: bool) -> None:
        self.body = body
        self._stream = stream
        self._route_id = route_id
        self._names = names
        self._dropped: list[str] = []
        self._changed: list[str] = []

    def result(self) -> Fitted:
        """What came of it."""
        lists = (("dropped parameters", self._dropped), ("changed parameters", self._changed))
        warnings = (f"{action}: {', '.join(dict.fromkeys(names))}" for action, names in lists if names)
        return Fitted(self.body, tuple(warnings))

    def tools(self) -> None:
        """Bring definitions of tools into the form that shared clouds take."""
        self.body, changed = plain_tools(self.body)
        self._changed += changed

    def stops(self) -> None:
        """Leave out stop sequences that are blank, which Claude refuses."""
        given = self.body.get("stop")
        listed = [given] if isinstance(given, str) else given or []
        left = [stop for stop in listed if stop.strip()]
        if len(left) < len(listed):
            self._dropped.append(f"blank {self._named('stop')}")
            self._set("stop", left) if left else self._remove("stop")

    def effort(self, family: Family) -> None:
        """Bring `reasoning_effort` to one that the family knows."""
        if family.efforts and "reasoning_effort" not in self.body:
            self._effort_of_thinking()
        if family.effort_beside_tools and self.body.get("tools"):
            self._effort_beside_tools(family.effort_beside_tools)
        effort = self.body.get("reasoning_effort")
        if not family.efforts or effort not in _EFFORTS or effort in family.efforts:
            return
        self._change("reasoning_effort", _nearest(effort, family.efforts))

    def thinks(self, *, unasked: bool) -> bool:
        """Whether the model will reason; one that is asked to does not where a tool is forced (Claude)."""
        body = self.body
        if unasked:
            return body.get("reasoning_effort") != "none"
        kind = (body.get("thinking") or {}).get("type", "disabled")
        asked = body.get("reasoning_effort") or ("none" if kind == "disabled" else kind)
        chosen = body.get("tool_choice")
        return asked != "none" and (chosen is None or chosen in ("auto", "none"))

    def apply(self, name: str, rule: ParameterRule) -> None:
        """Do to a parameter what its rule says."""
        value = self.body[name]
        match rule.action:
            case Action.DROP:
                if not rule.beside or rule.beside in self.body:
                    self._drop(name)
            case Action.RENAME:
                self._rename(name, rule.to)
            case Action.CAP:
                self._cap(name, rule.most or 0)
            case Action.REFUSE:
                if value in _MEANS_NOTHING.get(name, ()):
                    self._drop(name)
                elif rule.most is None or value > rule.most:
                    raise self._refusal(name, rule.most)
                elif self._stream and rule.streamed is not None and value > rule.streamed:
                    raise self._refusal(name, rule.streamed, streamed=True)
            case Action.PASS:
                self._only_with_likelihoods(name)

    def limit(self, most: int) -> None:
        """Bound the output by what the model can write, which is what is reserved for; a limit is named once."""
        if {"max_tokens", "max_completion_tokens"} <= self.body.keys():
            self._remove("max_tokens")
        for name in ("max_tokens", "max_completion_tokens"):
            if self.body.get(name, 0) > most:
                self._change(name, most)

    def _only_with_likelihoods(self, name: str) -> None:
        """`top_logprobs` means something beside `logprobs: true` alone; OpenAI refuses it otherwise."""
        if name == "top_logprobs" and self.body.get("logprobs") is not True:
            self._drop(name)

    def _effort_of_thinking(self) -> None:
        """The effort that a `thinking` object of Anthropic's shape stands for."""
        thinking = self.body.get("thinking") or {}
        if thinking.get("type") == "disabled":
            self._set("reasoning_effort", "none")
        elif thinking.get("type") == "enabled":
            budget = thinking.get("budget_tokens") or 0
            self._set(
                "reasoning_effort", "low" if budget <= 2048 else "medium" if budget <= 16_384 else "high"
            )
        if "reasoning_effort" in self.body:
            self._remove("thinking")

    def _effort_beside_tools(self, needed: str) -> None:
        effort = self.body.get("reasoning_effort")
        if needed == "-":
            if effort is not None and effort != "none":
                self._drop("reasoning_effort")
        elif effort is None:
            self._set("reasoning_effort", needed)
        elif effort != needed:
            self._change("reasoning_effort", needed)

    def _cap(self, name: str, most: float) -> None:
        value = self.body[name]
        if isinstance(value, list) and len(value) > most:
            self._set(name, value[: int(most)])
            self._changed.append(f"{self._named(name)}=first {most:g} of {len(value)}")
        elif isinstance(value, int | float) and value > most:
            self._change(name, most)

    def _rename(self, name: str, to: str) -> None:
        value = self.body[name]
        self._remove(name)
        if to not in self.body:
            self._set(to, value)

    def _change(self, name: str, value: Any) -> None:
        self._set(name, value)
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        self._changed.append(f"{self._named(name)}={shown}")

    def _drop(self, name: str) -> None:
        if name not in _QUIET and self.body[name] not in _MEANS_NOTHING.get(name, ()):
            self._dropped.append(self._named(name))
        self._remove(name)

    def _named(self, name: str) -> str:
        return self._names.get(name, name)

    def _set(self, name: str, value: Any) -> None:
        self.body = {**self.body, name: value}

    def _remove(self, name: str) -> None:
        if name in self.body:
            self.body = {other: value for other, value in self.body.items() if other != name}

    def _refusal(self, name: str, most: float | None, *, streamed: bool = False) -> UnsupportedParameter:
        named, route, limit = self._named(name), self._route_id, f"{most or 0:g}"
        if most is None:
            return UnsupportedParameter(
                "`%(route)s` cannot do what `%(field)s` asks for. Remove it, or choose another route.",
                param=named, route=route, field=named,
            )  # fmt: skip
        if streamed:
            return UnsupportedParameter(
                "`%(route)s` takes `%(field)s` up to %(limit)s in a stream. Ask for less, remove `stream`, or choose "
                "another route.",
                param=named, route=route, field=named, limit=limit,
            )  # fmt: skip
        return UnsupportedParameter(
            "`%(route)s` takes `%(field)s` up to %(limit)s. Ask for less, or choose another route.",
            param=named, route=route, field=named, limit=limit,
        )  # fmt: skip


def _nearest(effort: str, taken: tuple[str, ...]) -> str:
    """The greatest effort that is taken and not above the one asked for, else the least."""
    at = _EFFORTS.index(effort)
    below = [known for known in taken if _EFFORTS.index(known) <= at]
    return below[-1] if below else taken[0]

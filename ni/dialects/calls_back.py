"""A model's tool calls as the client wrote its tools: its names, its kinds (custom, namespaced) and its long ids.

What is needed for that is read out of the client's own body (`Call.native`), so that rendering keeps no state but that
of the one stream.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ni.dialects.call_ids import long_ids
from ni.dialects.string_argument import StringArgument, unwrap
from ni.dialects.toolbox import Origin, Toolbox
from ni.domain.call import Json


@dataclass(frozen=True, slots=True)
class ClientTools:
    """How the client names its tools and the calls it has seen."""

    box: Toolbox
    ids: Mapping[str, str]

    @classmethod
    def of(cls, native: Json | None) -> "ClientTools":
        """Read the client's body; it was validated when the call was parsed."""
        body = native or {}
        return cls(Toolbox.of(body.get("tools")), long_ids(body))

    def origin(self, name: str) -> Origin:
        """The client's tool for the name that the model used."""
        return self.box.origin(name)

    def call_id(self, given: str) -> str:
        """The id that the client knows."""
        return self.ids.get(given, given)


def whole_call(tools: ClientTools, call: Json) -> Json:
    """One entry of a message's `tool_calls` for the client."""
    function: Json = call.get("function") or {}
    origin = tools.origin(str(function.get("name") or ""))
    shown = {**call, "id": tools.call_id(str(call.get("id") or ""))}
    if not origin.custom:
        return shown | {"function": {**function, "name": origin.name}}
    del shown["function"]
    written = unwrap(str(function.get("arguments") or ""))
    return shown | {"type": "custom", "custom": {"name": origin.name, "input": written}}


@dataclass(slots=True)
class CallPieces:
    """The same for the deltas of one choice of a stream."""

    tools: ClientTools
    _custom: dict[int, StringArgument] = field(default_factory=dict)

    def piece(self, call: Json) -> Json:
        """One entry of a delta's `tool_calls` for the client."""
        function: Json = call.get("function") or {}
        index = int(call.get("index") or 0)
        name = function.get("name")
        shown = dict(call)
        if call.get("id"):
            shown["id"] = self.tools.call_id(call["id"])
        origin = self.tools.origin(name) if name else None
        if origin is not None and origin.custom:
            self._custom[index] = StringArgument()
        reader = self._custom.get(index)
        if reader is not None:
            return self._custom_piece(shown, origin, reader.feed(str(function.get("arguments") or "")))
        return shown | {"function": {**function, "name": origin.name}} if origin else shown

    def endings(self) -> list[Json]:
        """What was held back of custom calls."""
        ends = ((index, reader.end()) for index, reader in self._custom.items())
        return [{"index": index, "custom": {"input": text}} for index, text in ends if text]

    @staticmethod
    def _custom_piece(shown: Json, origin: Origin | None, text: str) -> Json:
        shown.pop("function", None)
        custom: dict[str, Any] = {"name": origin.name} if origin else {}
        return shown | ({"type": "custom"} if origin else {}) | {"custom": {**custom, "input": text}}

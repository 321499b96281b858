"""The upstreams that the agents are driven against: strict fakes whose model makes the calls that a test tells it to.

The wires refuse what Azure and Anthropic refuse. `{canary}` in a step is the address or number that the model
was last shown, so that a call carries the stand-in as a real model's would.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes import anthropic_wire, azure_wire
from tests.fakes.anthropic_wire import AnthropicWire
from tests.fakes.azure_wire import AzureWire
from tests.fakes.model import Heard, ScriptedReply
from tests.fakes.wire_server import FakeWire
from tests.running import RunningGateway

EMAIL, OTHER = "marie.tremblay@hotmail.ca", "luc.gagnon@videotron.ca"
GPT, CLAUDE = "azure/gpt-4.1-mini-ca", "anthropic/claude-sonnet-4-6-us"
VECTORS = "azure/text-embedding-3-small-ca"
PHONE = "418-555-0143"
CANARY = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b\d{3}-\d{3}-\d{4}\b")
Json = dict[str, Any]


@dataclass
class ScriptedModel:
    """Makes the steps in their order, each when its tool is offered; else it says the next of `words`, the results,
    `closing`, or an echo, whichever there is first. `{canary}` may stand in all of them.
    """

    steps: list[tuple[str, Json]] = field(default_factory=list)
    closing: str = ""
    words: list[str] = field(default_factory=list)
    canary: str = ""
    made: int = 0

    def __call__(self, heard: Heard) -> ScriptedReply:
        shown = CANARY.findall(" ".join((heard.text, *heard.results)))
        self.canary = shown[-1] if shown else self.canary
        self.made += 1
        mark = f"{self.made}_"
        if self.steps and self.steps[0][0] in heard.tools:
            name, arguments = self.steps.pop(0)
            filled: Json = json.loads(self._filled(json.dumps(arguments)))
            return ScriptedReply("", "", ((name, filled),), "calls", mark=mark)
        return ScriptedReply(self._filled(self._text(heard)), mark=mark)

    def begin(self, steps: Iterable[tuple[str, Json]], closing: str, words: Iterable[str]) -> None:
        """Take another script. Ids go on, so that no two answers have the same."""
        self.steps, self.words, self.closing, self.canary = list(steps), list(words), closing, ""

    def _text(self, heard: Heard) -> str:
        if self.words:
            return self.words.pop(0)
        if heard.results:
            return "Results: " + " | ".join(heard.results)
        return self.closing or heard.text

    def _filled(self, text: str) -> str:
        return text.replace("{canary}", self.canary)


@dataclass(frozen=True)
class Agents:
    """A gateway whose GPT and Claude are scripted fakes, and a key that masks."""

    gateway: RunningGateway
    model: ScriptedModel
    fakes: tuple[FakeWire, ...]
    key: str

    def begin(self, *steps: tuple[str, Json], closing: str = "", words: tuple[str, ...] = ()) -> None:
        """Forget what was seen, and take these steps and words next."""
        self.model.begin(steps, closing, words)
        for fake in self.fakes:
            fake.seen.clear()

    def sent(self) -> list[Json]:
        """The bodies that reached an upstream, oldest first."""
        return [seen.body for fake in self.fakes for seen in fake.seen]

    def octets(self) -> str:
        """The same as one text."""
        return json.dumps(self.sent(), ensure_ascii=False)


@contextmanager
def agents_at(home: Path) -> Iterator[Agents]:
    """The gateway in `home`, with masking, and both fakes."""
    model = ScriptedModel()
    with FakeWire(AzureWire(model)) as azure, FakeWire(AnthropicWire(model)) as anthropic:
        gateway = RunningGateway(
            home,
            NI_PII_WORKERS="1",
            AZURE_OPENAI_ENDPOINT=azure.url,
            AZURE_OPENAI_API_KEY=azure_wire.KEY,
            OPENAI_API_VERSION="2024-10-21",
            ANTHROPIC_BASE_URL=anthropic.url,
            ANTHROPIC_API_KEY=anthropic_wire.KEY,
        )
        gateway.ni("init")
        try:
            gateway.start()
            yield Agents(gateway, model, (azure, anthropic), gateway.key("--pii", "on"))
        finally:
            gateway.stop()

"""A strict fake of a server of one's own (vLLM, llama.cpp) whose model's template knows one system message, the first.

Sources: llama.cpp#20079, litellm#24664 and #39282 for roles; the server itself ignores fields that it does not know.
"""

from typing import Any

from tests.fakes.openai_rules import error, refuse
from tests.fakes.openai_server import KEY
from tests.fakes.openai_wire import completion, events
from tests.fakes.text_rules import embeddings, refuse_embeddings
from tests.fakes.wire_server import Seen, Told, told

Json = dict[str, Any]
OWN = frozenset(
    {
        "top_k", "min_p", "repetition_penalty", "chat_template_kwargs", "thinking", "reasoning_effort", "verbosity",
        "metadata",
    }
)  # fmt: skip

OWN_PARTS = frozenset({"video_url", "audio_url", "image_grid", "hologram"})
"""The first two are vLLM's and SGLang's (their pages on multimodal inputs), the others of a server that invents."""


class OwnWire:
    """Implements `Wire`."""

    def answer(self, seen: Seen) -> Told:
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            return told(*error(401, "Unauthorized", None))
        body = seen.body
        if "input" in body:
            refusal = refuse_embeddings(body)
            return told(*refusal) if refusal else told(200, embeddings(body))
        if fault := template_fault(body["messages"]):
            return told(*error(400, f"Error in chat template: {fault}", None))
        plain = {name: value for name, value in body.items() if name not in OWN}
        if "max_completion_tokens" in plain:
            plain.pop("max_tokens", None)
        plain["messages"] = [_plain(message) for message in body["messages"]]
        if refused := refuse(plain):
            return told(*refused)
        if body.get("stream"):
            return Told(200, events(body), "text/event-stream; charset=utf-8")
        return told(200, completion(body))


def _plain(message: Json) -> Json:
    """The message without what OpenAI does not know: thoughts, and parts of kinds that the server reads itself."""
    plain = {name: value for name, value in message.items() if not name.startswith("reasoning")}
    if isinstance(plain.get("content"), list):
        plain["content"] = [part for part in plain["content"] if part["type"] not in OWN_PARTS]
    return plain


def template_fault(messages: list[Json]) -> str | None:
    """What the template raises."""
    roles = [message["role"] for message in messages]
    if not {"system", "user", "assistant", "tool"}.issuperset(roles):
        return "Unexpected message role."
    return "System message must be at the beginning." if "system" in roles[1:] else None

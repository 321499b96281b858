"""An Anthropic Messages request as a chat body: system blocks, turns with blocks, tools, thinking, limits.

The source is Anthropic's reference of `POST /v1/messages`. Fields of its own that chat form has words for are put into
those; `thinking` and `top_k` stay beside them for upstreams that know them. Left out are what names a person
(`metadata`), what only Anthropic's servers could do (`container`, `mcp_servers`, `context_management`: named in
`X-NI-Warning`), and the billing block that Claude Code puts first, which changes with every build and would spoil
caching.
"""

from typing import Any

from ni.dialects import fields
from ni.dialects.blocks import add_message
from ni.dialects.chat_body import MAX_MESSAGES, MAX_STOPS, MAX_TOKENS, check_body, check_choice
from ni.dialects.conversation import Conversation, compact
from ni.dialects.normalise import effort_of_budget, results_behind_calls
from ni.dialects.parts import chat_parts
from ni.dialects.sealing import Seals
from ni.dialects.toolbox import Toolbox, choice
from ni.domain.call import Json
from ni.domain.errors import BadRequest, Problem

BILLING = "x-anthropic-billing-header:"
_ROLES = ("user", "assistant", "system")
_CARRIED = ("temperature", "top_p", "top_k", "thinking")


def chat_body(body: Json, seals: Seals, *, counting: bool = False) -> tuple[Json, Problem | None]:
    """The chat form, with `model`, and why it does not tell all, if it does not. `counting` asks for no `max_tokens`.

    Raises `BadRequest` naming the field.
    """
    _refuse_elsewhere(body)
    if not counting or body.get("max_tokens") is not None:
        fields.whole(1, MAX_TOKENS)(body.get("max_tokens"), "max_tokens")
    box = Toolbox.of(body.get("tools"))
    talk = _conversation(body, seals)
    chat: Json = {"model": body.get("model"), "messages": results_behind_calls(talk.messages())}
    chat |= {name: body[name] for name in ("stream", "max_tokens", *_CARRIED) if body.get(name) is not None}
    chat |= _thinking(body)
    chosen = _choice(body.get("tool_choice"), box)
    if box.tools:
        chat |= {"tools": box.tools} | chosen
    check_body(chat)
    return chat | _stops(body), talk.missed


def _conversation(body: Json, seals: Seals) -> Conversation:
    talk = Conversation(lenient=True)
    system = [part for part in chat_parts(body.get("system"), "system") if not is_billing(part)]
    if system:
        talk.say("system", compact(system))
    messages = fields.a_list(body.get("messages"), "messages", MAX_MESSAGES)
    if not messages:
        raise fields.refuse("messages", "an array with at least one message")
    for place, message in enumerate(messages):
        path = f"messages[{place}]"
        fields.one_of(*_ROLES)(fields.an_object(message, path).get("role"), f"{path}.role")
        add_message(talk, message, path, seals)
    return talk


def _refuse_elsewhere(body: Json) -> None:
    """Refuse what asks for another kind of answer, or refers to a conversation that Anthropic holds."""
    thread = body.get("thread")
    if isinstance(thread, dict) and thread.get("previous_message_id"):
        raise BadRequest(
            "`%(field)s` refers to something stored, and this gateway stores no conversations. "
            "Send the whole conversation in `messages`.",
            param="thread", field="thread",
        )  # fmt: skip
    if body.get("compaction"):
        raise BadRequest(
            "`compaction` is not supported: the answer would be a summary that Anthropic alone can make. "
            "Ask the model for a summary in `messages`.",
            param="compaction",
        )


def is_billing(part: Json) -> bool:
    """Whether a part of `system` is Claude Code's billing block."""
    text = part.get("text")
    return isinstance(text, str) and text.startswith(BILLING)


def _choice(given: Any, box: Toolbox) -> Json:
    if given is None:
        return {}
    check_choice(fields.an_object(given, "tool_choice"))
    if given.get("disable_parallel_tool_use") is not None:
        fields.flag(given["disable_parallel_tool_use"], "tool_choice.disable_parallel_tool_use")
    made: Json = {"tool_choice": choice(given, box)}
    return made | ({"parallel_tool_calls": False} if given.get("disable_parallel_tool_use") else {})


def _thinking(body: Json) -> Json:
    """The effort and the answer's form, out of `thinking` and `output_config`."""
    output = fields.an_object(body.get("output_config", {}), "output_config")
    thinking = fields.an_object(body.get("thinking", {}), "thinking")
    chat: Json = {}
    effort = output.get("effort")
    if effort is not None:
        fields.text(effort, "output_config.effort")
    if thinking:
        fields.filled_text(thinking.get("type"), "thinking.type")
    if thinking.get("type") == "enabled":
        of_budget = effort_of_budget(thinking.get("budget_tokens"), "thinking.budget_tokens")
        effort = of_budget if effort is None else effort
    if effort is not None and thinking.get("type") != "disabled":
        chat["reasoning_effort"] = effort
    form = output.get("format")
    if form is not None and fields.an_object(form, "output_config.format").get("type") == "json_schema":
        schema = fields.an_object(form.get("schema"), "output_config.format.schema")
        named = {"name": "answer", "schema": schema, "strict": True}
        chat["response_format"] = {"type": "json_schema", "json_schema": named}
    return chat


def _stops(body: Json) -> Json:
    stops = body.get("stop_sequences")
    if stops is None or stops == []:
        return {}
    for place, stop in enumerate(fields.a_list(stops, "stop_sequences", MAX_STOPS)):
        fields.filled_text(stop, f"stop_sequences[{place}]")
    return {"stop": stops}

"""An OpenAI Responses request as a chat body.

The source is OpenAI's reference of `POST /v1/responses`. Nothing is stored here: what refers to stored things is
refused by name, `store` has no effect, and every answer says `store: false`.
"""

from typing import Any

from ni.dialects import fields
from ni.dialects.chat_body import check_body, check_choice
from ni.dialects.items import Items, chat_fields
from ni.dialects.normalise import results_behind_calls
from ni.dialects.sealing import Seals
from ni.dialects.toolbox import Toolbox, choice
from ni.domain.call import Json
from ni.domain.errors import BadRequest

STORED = ("previous_response_id", "conversation", "prompt")


def chat_body(body: Json, seals: Seals) -> Json:
    """The chat form, with `model` and `stream`. Raises `BadRequest` naming the field."""
    _refuse_stored(body)
    if not body.get("input") and not body.get("instructions"):
        raise fields.refuse("input", "a string or an array of items that is not empty")
    read = body if body.get("input") is not None else {**body, "input": []}
    box = Toolbox.of(body.get("tools"))
    messages = results_behind_calls(Items(seals).read(read))
    if not messages:
        raise fields.refuse("input", "items that a model can read, one at least")
    chat: Json = {"model": body.get("model"), "messages": messages, **chat_fields(body)}
    if body.get("stream") is not None:
        chat["stream"] = body["stream"]
    if box.tools:
        chat |= _tools(body, box)
    check_body(chat)
    return chat


def _tools(body: Json, box: Toolbox) -> Json:
    if body.get("tool_choice") is not None:
        check_choice(body["tool_choice"])
    made: dict[str, Any] = {"tool_choice": choice(body.get("tool_choice"), box)}
    if body.get("parallel_tool_calls") is not None:
        made["parallel_tool_calls"] = body["parallel_tool_calls"]
    return {"tools": box.tools} | {name: value for name, value in made.items() if value is not None}


def _refuse_stored(body: Json) -> None:
    for name in STORED:
        if body.get(name):
            raise BadRequest(
                "`%(field)s` refers to something stored, and this gateway stores no conversations. "
                "Send the whole conversation in `input`, with `store: false`.",
                param=name,
                field=name,
            )
    if body.get("background"):
        raise BadRequest(
            "`background` is not supported: answers are not stored, so nobody could fetch them later. "
            "Ask without it, or with `stream: true`.",
            param="background",
        )

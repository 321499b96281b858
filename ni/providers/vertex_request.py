"""An order in the words of Gemini's generateContent (v1).

Pure. Unknown fields are refused there, so only fields of its reference are written. Schemas go as real JSON Schema
(`parametersJsonSchema`, `responseJsonSchema`), without rewriting. Results are matched to calls by name and order.
"""

from ni.domain.call import Json
from ni.domain.route import Route
from ni.providers.asked import NONE, REQUIRED, Asked, json_instruction
from ni.providers.gemini import holds_json_with_tools, needs_signatures, thinking_config
from ni.providers.signed import Find
from ni.providers.turns import (
    Block,
    Conversation,
    Document,
    Image,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    ending_with_user,
    words_of,
)

UNSIGNED = b"skip_thought_signature_validator"
"""Google's documented stand-in for a signature that the client of another model cannot have."""
_CARRIED = {"seed": "seed", "presence_penalty": "presencePenalty", "frequency_penalty": "frequencyPenalty"}


def request_body(route: Route, asked: Asked, conversation: Conversation, find: Find, body: Json) -> Json:
    """The body of `generateContent` and `streamGenerateContent`."""
    model = route.upstream_model
    system = [{"text": block.text} for block in conversation.system]
    held = asked.answer is not None and (not asked.tools or holds_json_with_tools(model))
    if asked.answer and (not held or asked.answer.schema is None):
        system.append({"text": json_instruction(asked.answer)})
    signed = _Signed(find, required=needs_signatures(model))
    found: Json = {
        "contents": [_turn(turn, signed) for turn in ending_with_user(conversation)],
        "generationConfig": _generation(route, asked, body, held=held),
    }
    if system:
        found["systemInstruction"] = {"parts": system}
    return found | _tools(asked)


def _generation(route: Route, asked: Asked, body: Json, *, held: bool) -> Json:
    most = route.capabilities.max_output_tokens
    found: Json = {_CARRIED[name]: body[name] for name in _CARRIED if body.get(name) is not None}
    optional = {
        "temperature": asked.temperature,
        "topP": asked.top_p,
        "topK": asked.top_k,
        "maxOutputTokens": min(asked.output_limit, most) if asked.output_limit else None,
        "stopSequences": list(asked.stops) or None,
        "candidateCount": body["n"] if (body.get("n") or 1) > 1 else None,
        "thinkingConfig": thinking_config(route.upstream_model, asked) or None,
    }
    found |= {name: value for name, value in optional.items() if value is not None}
    if held and asked.answer:
        found["responseMimeType"] = "application/json"
        if asked.answer.schema is not None:
            found["responseJsonSchema"] = asked.answer.schema
    return found


class _Signed:
    """Finds the signature of a call; `required` where a call without one is refused."""

    def __init__(self, find: Find, *, required: bool) -> None:
        self._find = find
        self._required = required

    def signature(self, call: ToolCall, *, first: bool) -> Json:
        """The field of a call's part, if it has one: the first of a turn must, the others may."""
        kept = self._find(call.id)
        if kept is None and first and self._required:
            kept = UNSIGNED
        return {"thoughtSignature": kept.decode()} if kept else {}


def _turn(turn: Turn, signed: _Signed) -> Json:
    parts: list[Json] = []
    first = True
    for block in sorted(turn.blocks, key=lambda block: not isinstance(block, ToolResult)):
        if isinstance(block, ToolCall):
            call = {"functionCall": {"name": block.name, "args": block.arguments}}
            parts.append(call | signed.signature(block, first=first))
            first = False
        else:
            parts.append(_part(block))
    parts += [
        _part(part) for block in turn.blocks if isinstance(block, ToolResult) for part in _images(block)
    ]
    return {"role": "user" if turn.role == "user" else "model", "parts": parts}


def _images(result: ToolResult) -> list[Image]:
    return [part for part in result.parts if isinstance(part, Image)]


def _part(block: Block) -> Json:
    match block:
        case Text():
            return {"text": block.text}
        case Image():
            return {"inlineData": {"mimeType": block.media_type, "data": block.content}}
        case Document():
            return {"inlineData": {"mimeType": "application/pdf", "data": block.content}}
        case ToolResult():
            return {"functionResponse": {"name": block.name, "response": _response(block)}}
        case ToolCall():
            return {"functionCall": {"name": block.name, "args": block.arguments}}


def _response(result: ToolResult) -> Json:
    """What a tool gave, word for word, under the key by which Google's reference tells output from error."""
    return {"error" if result.failed else "output": words_of(result)}


def _tools(asked: Asked) -> Json:
    if not asked.tools:
        return {}
    declared = []
    for tool in asked.tools:
        declaration: Json = {"name": tool.name, "parametersJsonSchema": tool.schema}
        if tool.description:
            declaration["description"] = tool.description
        declared.append(declaration)
    calling: Json = {"mode": {REQUIRED: "ANY", NONE: "NONE"}.get(asked.choice, "AUTO")}
    if asked.forced:
        calling["allowedFunctionNames"] = [asked.forced]
    return {"tools": [{"functionDeclarations": declared}], "toolConfig": {"functionCallingConfig": calling}}

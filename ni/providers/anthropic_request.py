"""An order in the words of Anthropic's Messages API, version 2023-06-01.

Pure: what goes out is made from the chat form, the model's generation and what was kept of earlier thinking. Unknown
fields are refused there, so only fields of its reference are written.
"""

from ni.domain.call import Json
from ni.domain.route import Route
from ni.providers.asked import NONE, REQUIRED, Answer, Asked, Tool, json_instruction
from ni.providers.call_ids import plain_id
from ni.providers.claude import closed_schema, generation_of, sampling_of, thinking_of
from ni.providers.signed import Find, forgotten, may_think, written
from ni.providers.turns import (
    Block,
    Conversation,
    Document,
    Image,
    Text,
    ToolCall,
    ToolResult,
    ending_with_user,
)


def request_body(route: Route, asked: Asked, conversation: Conversation, find: Find) -> Json:
    """The body without `stream`."""
    generation = generation_of(route.upstream_model)
    most = route.capabilities.max_output_tokens
    limit = min(asked.output_limit or most, most)
    signed = may_think(conversation, find)
    thinking = thinking_of(asked, generation, limit, signed)
    kept = find if thinking else forgotten
    turns = ending_with_user(conversation, unless=generation.continues)
    body: Json = {
        "model": route.upstream_model,
        "max_tokens": limit,
        "messages": [{"role": turn.role, "content": written(turn, kept, _block)} for turn in turns],
        **sampling_of(asked, thinking is not None),
    }
    if asked.stops:
        body["stop_sequences"] = list(asked.stops)
    system = [_text(block) for block in conversation.system]
    output: Json = {"effort": thinking.effort} if thinking and thinking.effort else {}
    if thinking:
        body["thinking"] = thinking.config
    forced = forced_answer(asked, generation.holds_schema)
    if asked.answer and asked.answer.schema and generation.holds_schema:
        output["format"] = {"type": "json_schema", "schema": closed_schema(asked.answer.schema)}
    elif asked.answer and not forced:
        system.append({"type": "text", "text": json_instruction(asked.answer)})
    return body | _tools(asked, forced) | _present(system=system, output_config=output)


def forced_answer(asked: Asked, holds_schema: bool) -> Answer | None:
    """The answer's form, if it must be had by forcing a tool: the model knows no schemas and no tool is in the way."""
    answer = asked.answer
    return answer if answer and answer.schema and not holds_schema and not asked.tools else None


def _present(**fields: Json | list[Json]) -> Json:
    return {name: value for name, value in fields.items() if value}


def _block(block: Block) -> Json:
    match block:
        case Text():
            return _text(block)
        case Image():
            return _image(block)
        case Document():
            source = {"type": "base64", "media_type": "application/pdf", "data": block.content}
            return _cached({"type": "document", "source": source}, block.cache)
        case ToolCall():
            return {
                "type": "tool_use",
                "id": plain_id(block.id),
                "name": block.name,
                "input": block.arguments,
            }
        case ToolResult():
            result: Json = {"type": "tool_result", "tool_use_id": plain_id(block.id)}
            if block.parts:
                result["content"] = [_block(part) for part in block.parts]
            if block.failed:
                result["is_error"] = True
            return _cached(result, block.cache)


def _text(block: Text) -> Json:
    return _cached({"type": "text", "text": block.text}, block.cache)


def _image(block: Image) -> Json:
    source: Json = {"type": "url", "url": block.url}
    if block.content:
        source = {"type": "base64", "media_type": block.media_type, "data": block.content}
    return _cached({"type": "image", "source": source}, block.cache)


def _cached(written: Json, cache: Json | None) -> Json:
    return written | {"cache_control": cache} if cache else written


def _tools(asked: Asked, forced: Answer | None) -> Json:
    if forced and forced.schema:
        tool = Tool(forced.name, forced.description, forced.schema)
        choice: Json = {"type": "tool", "name": forced.name, "disable_parallel_tool_use": True}
        return {"tools": [_tool(tool)], "tool_choice": choice}
    if not asked.tools:
        return {}
    if asked.forced:
        choice = {"type": "tool", "name": asked.forced}
    else:
        choice = {"type": {REQUIRED: "any", NONE: "none"}.get(asked.choice, "auto")}
    if not asked.parallel and asked.choice != NONE:
        choice["disable_parallel_tool_use"] = True
    return {"tools": [_tool(tool) for tool in asked.tools], "tool_choice": choice}


def _tool(tool: Tool) -> Json:
    written: Json = {"name": tool.name, "input_schema": tool.schema}
    if tool.description:
        written["description"] = tool.description
    return _cached(written, tool.cache)

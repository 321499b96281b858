"""Chat completions for clients that send other shapes there: read by `Shapes` and `from_gemini`, answered in chat form.

Calls of tools that came as custom tools go back as custom calls. A plain body costs one look at each of its parts and
is answered by the plain dialect.
"""

from collections.abc import Mapping
from dataclasses import replace

from ni.dialects.calls_back import CallPieces, ClientTools, whole_call
from ni.dialects.chat import ChatDialect, ChatStream, error_body
from ni.dialects.cursor import Shapes, is_of_responses
from ni.dialects.dialect import StreamRenderer
from ni.dialects.gemini_shape import from_gemini
from ni.dialects.normalise import without_nulls
from ni.dialects.responses import dropped_from
from ni.dialects.toolbox import dropped_tools
from ni.domain.call import Call, Json
from ni.domain.errors import Problem


class ShapedChatDialect:
    """`POST /v1/chat/completions`, whatever the shape of the body."""

    name = "chat"

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._chat = ChatDialect()

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call; `native` is the body where it was not plain. Raises `BadRequest` naming the field."""
        body = from_gemini(without_nulls(body))
        plain = self._shapes.normalise(body)
        dropped = dropped_from(body) if is_of_responses(body) else dropped_tools(body.get("tools"))
        call = replace(self._chat.read(plain), warnings=dropped)
        return call if plain is body else replace(call, native=body)

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """A whole `chat.completion`."""
        if call.native is None:
            return self._chat.reply(call, model, reply)
        tools = ClientTools.of(call.native)
        choices = [_with_calls(choice, tools) for choice in reply["choices"]]
        return self._chat.reply(call, model, {**reply, "choices": choices})

    def stream(self, call: Call, model: str) -> StreamRenderer:
        """The renderer of one stream."""
        plain = self._chat.stream(call, model)
        return plain if call.native is None else ShapedStream(plain, ClientTools.of(call.native))

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """OpenAI's error object."""
        return error_body(problem, message)


def _with_calls(choice: Json, tools: ClientTools) -> Json:
    message: Json = choice.get("message") or {}
    if not message.get("tool_calls"):
        return choice
    calls = [whole_call(tools, call) for call in message["tool_calls"]]
    return {**choice, "message": {**message, "tool_calls": calls}}


class ShapedStream:
    """Renders one chat stream with the client's own tools in it."""

    __slots__ = ("_pieces", "_plain", "_tools")

    def __init__(self, plain: ChatStream, tools: ClientTools) -> None:
        self._plain = plain
        self._tools = tools
        self._pieces: dict[int, CallPieces] = {}

    def chunk(self, chunk: Json) -> bytes:
        """One `data:` event."""
        choices = [self._choice(choice) for choice in chunk.get("choices") or ()]
        return self._plain.chunk({**chunk, "choices": choices})

    def end(self) -> bytes:
        """`data: [DONE]`."""
        return self._plain.end()

    def error(self, problem: Problem, message: str) -> bytes:
        """One `data:` event with the error object."""
        return self._plain.error(problem, message)

    def ping(self) -> bytes:
        """A comment line."""
        return self._plain.ping()

    def _choice(self, choice: Json) -> Json:
        delta: Json = choice.get("delta") or {}
        pieces = self._pieces.setdefault(int(choice.get("index") or 0), CallPieces(self._tools))
        calls = [pieces.piece(call) for call in delta.get("tool_calls") or ()]
        if choice.get("finish_reason"):
            calls += pieces.endings()
        return {**choice, "delta": {**delta, "tool_calls": calls}} if calls else choice

"""The official OpenAI client on Responses, pointed at a running gateway: whole, streamed, tools, structure, errors."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from tests.fakes.echo import echoed
from tests.running import RunningGateway

MODEL = "sandbox/echo-local"
READ: Any = {
    "type": "function",
    "name": "read_file",
    "description": "Read a file.",
    "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    "strict": False,
}
PATCH: Any = {
    "type": "custom",
    "name": "patch",
    "format": {"type": "grammar", "syntax": "lark", "definition": "x"},
}


class Echo(BaseModel):
    """What the sandbox answers when structure is asked for."""

    echo: str


@pytest.fixture(scope="module")
def client(gateway: RunningGateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.key(), max_retries=0) as connected:
        yield connected


def test_a_whole_response(client: openai.OpenAI) -> None:
    response = client.responses.create(model=MODEL, input="say hi", instructions="Be brief.", store=False)
    assert echoed(response.output_text) == "say hi"
    assert (response.status, response.model, response.object) == ("completed", MODEL, "response")
    assert response.usage is not None
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens > 0


def test_a_stream_is_put_together_by_the_client(client: openai.OpenAI) -> None:
    with client.responses.stream(model=MODEL, input="one two three") as stream:
        pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
        response = stream.get_final_response()
    assert len(pieces) > 3
    assert "".join(pieces) == response.output_text
    assert echoed(response.output_text) == "one two three"


def test_an_answer_that_was_cut_off_is_incomplete(client: openai.OpenAI) -> None:
    response = client.responses.create(model=MODEL, input="one two three", max_output_tokens=1)
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop(client: openai.OpenAI, streamed: bool) -> None:
    turns: list[Any] = [{"role": "user", "content": 'call read_file with {"path": "a.py"}'}]
    if streamed:
        with client.responses.stream(model=MODEL, input=turns, tools=[READ]) as stream:
            response: Any = stream.get_final_response()
    else:
        response = client.responses.create(model=MODEL, input=turns, tools=[READ])
    called = response.output[-1]
    assert (called.type, called.name, called.arguments) == ("function_call", "read_file", '{"path": "a.py"}')
    turns += [item.to_dict() for item in response.output]
    turns.append({"type": "function_call_output", "call_id": called.call_id, "output": "print(1)"})
    answer = client.responses.create(model=MODEL, input=turns, tools=[READ])
    assert answer.output_text == "The tool answered: print(1)"


def test_a_custom_tool_gets_its_text(client: openai.OpenAI) -> None:
    asked = 'call patch with {"input": "*** Begin\\n"}'
    with client.responses.stream(model=MODEL, input=asked, tools=[PATCH]) as stream:
        deltas = [event.delta for event in stream if event.type == "response.custom_tool_call_input.delta"]
        called = stream.get_final_response().output[-1]
    assert called.type == "custom_tool_call"
    assert called.input == "".join(deltas) == "*** Begin\n"


def test_structured_output(client: openai.OpenAI) -> None:
    response = client.responses.parse(model=MODEL, input="hi", text_format=Echo)
    assert response.output_parsed == Echo(echo="hi")


def test_hosted_tools_are_dropped_with_a_warning(client: openai.OpenAI) -> None:
    raw = client.responses.with_raw_response.create(model=MODEL, input="hi", tools=[{"type": "web_search"}])
    assert raw.headers["X-NI-Warning"] == "dropped tools: web_search"
    assert echoed(raw.parse().output_text) == "hi"


def test_an_unknown_model_is_an_answer(client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-9", input="hi")
    assert "isn't one of the exact route ids" in response.output_text


def test_what_is_stored_nowhere_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve("resp_1")
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model=MODEL, input="hi", previous_response_id="resp_1")
    assert caught.value.param == "previous_response_id"

"""smolagents: its agent that calls tools, and its model as a stream."""

from common import BASE, GPT, KEY, answer, look_up, read
from smolagents import OpenAIServerModel, ToolCallingAgent, tool

model = OpenAIServerModel(model_id=GPT, api_base=BASE, api_key=KEY)


def streamed(words: str) -> str:
    turns = [{"role": "user", "content": [{"type": "text", "text": words}]}]
    return "".join(piece.content or "" for piece in model.generate_stream(turns))


def loop(words: str) -> object:
    return ToolCallingAgent(tools=[tool(look_up), tool(read)], model=model, max_steps=4).run(words)


if __name__ == "__main__":
    answer(stream=streamed, loop=loop)

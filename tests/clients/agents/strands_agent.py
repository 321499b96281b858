"""Strands Agents, which always stream."""

from common import BASE, GPT, KEY, answer, look_up, read
from strands import Agent, tool
from strands.models.openai import OpenAIModel

model = OpenAIModel(client_args={"base_url": BASE, "api_key": KEY}, model_id=GPT)


def ask(words: str, *tools: object) -> str:
    return str(Agent(model=model, tools=list(tools), system_prompt="You help.", callback_handler=None)(words))


if __name__ == "__main__":
    answer(stream=ask, loop=lambda words: ask(words, tool(look_up), tool(read)))

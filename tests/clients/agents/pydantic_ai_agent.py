"""Pydantic AI, over chat and over Responses."""

import asyncio

from common import BASE, GPT, KEY, answer, look_up, read
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider


def agent(kind: type = OpenAIChatModel) -> Agent:
    model = kind(GPT, provider=OpenAIProvider(base_url=BASE, api_key=KEY))
    return Agent(model, instructions="You help.", tools=[look_up, read])


async def streamed(words: str, kind: type = OpenAIChatModel) -> str:
    async with agent(kind).run_stream(words) as result:
        return "".join([piece async for piece in result.stream_text(delta=True)])


if __name__ == "__main__":
    answer(
        stream=lambda words: asyncio.run(streamed(words)),
        loop=lambda words: agent().run_sync(words).output,
        stream_responses=lambda words: asyncio.run(streamed(words, OpenAIResponsesModel)),
        loop_responses=lambda words: agent(OpenAIResponsesModel).run_sync(words).output,
    )

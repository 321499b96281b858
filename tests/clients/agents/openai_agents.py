"""OpenAI's Agents SDK, over Responses and over chat."""

import asyncio

from agents import (
    Agent,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from common import BASE, GPT, KEY, answer, look_up, read
from openai import AsyncOpenAI

set_tracing_disabled(True)


def agent(kind: type = OpenAIResponsesModel) -> Agent:
    model = kind(model=GPT, openai_client=AsyncOpenAI(base_url=BASE, api_key=KEY))
    tools = [function_tool(look_up), function_tool(read)]
    return Agent(name="Clerk", instructions="You help.", model=model, tools=tools)


async def streamed(words: str, kind: type = OpenAIResponsesModel) -> str:
    text = ""
    run = Runner.run_streamed(agent(kind), words)
    async for event in run.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            text += event.data.delta
    return text


if __name__ == "__main__":
    answer(
        stream=lambda words: asyncio.run(streamed(words)),
        loop=lambda words: Runner.run_sync(agent(), words).final_output,
        stream_chat=lambda words: asyncio.run(streamed(words, OpenAIChatCompletionsModel)),
        loop_chat=lambda words: Runner.run_sync(agent(OpenAIChatCompletionsModel), words).final_output,
    )

"""AutoGen: an assistant with tools, whole and as a stream."""

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient
from common import BASE, GPT, KEY, answer, look_up, read

ABLE = {
    "vision": False,
    "function_calling": True,
    "json_output": True,
    "structured_output": True,
    "family": "unknown",
}


def agent(**more: object) -> AssistantAgent:
    client = OpenAIChatCompletionClient(model=GPT, base_url=BASE, api_key=KEY, model_info=ABLE)
    return AssistantAgent("clerk", model_client=client, **more)


async def streamed(words: str) -> str:
    text = ""
    async for event in agent(model_client_stream=True).run_stream(task=words):
        text += event.content if event.__class__.__name__ == "ModelClientStreamingChunkEvent" else ""
    return text


async def loop(words: str) -> str:
    able = agent(tools=[look_up, read], max_tool_iterations=3, reflect_on_tool_use=True)
    return (await able.run(task=words)).messages[-1].content


if __name__ == "__main__":
    answer(stream=lambda words: asyncio.run(streamed(words)), loop=lambda words: asyncio.run(loop(words)))

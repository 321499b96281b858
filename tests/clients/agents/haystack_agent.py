"""Haystack: its chat generator as a stream, and its agent."""

from common import BASE, GPT, KEY, answer, look_up, read
from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import create_tool_from_function
from haystack.utils import Secret


def generator() -> OpenAIChatGenerator:
    return OpenAIChatGenerator(api_key=Secret.from_token(KEY), model=GPT, api_base_url=BASE)


def streamed(words: str) -> str:
    pieces: list[str] = []
    generator().run(
        [ChatMessage.from_user(words)], streaming_callback=lambda piece: pieces.append(piece.content)
    )
    return "".join(pieces)


def loop(words: str) -> str:
    tools = [create_tool_from_function(look_up), create_tool_from_function(read)]
    agent = Agent(chat_generator=generator(), tools=tools, system_prompt="You help.")
    return agent.run(messages=[ChatMessage.from_user(words)])["messages"][-1].text


if __name__ == "__main__":
    answer(stream=streamed, loop=loop)

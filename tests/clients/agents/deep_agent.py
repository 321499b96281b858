"""Deep Agents, over chat and over Messages."""

from common import BASE, CLAUDE, GPT, KEY, URL, answer, look_up, read
from deepagents import create_deep_agent
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI

chat = ChatOpenAI(model=GPT, base_url=BASE, api_key=KEY)
messages = ChatAnthropic(model=CLAUDE, base_url=URL, api_key=KEY)


def loop(model: object, words: str) -> str:
    agent = create_deep_agent(model=model, tools=[look_up, read], system_prompt="You help.")
    return agent.invoke({"messages": [("user", words)]})["messages"][-1].text


def streamed(model: object, words: str) -> str:
    agent = create_deep_agent(model=model, tools=[look_up, read])
    pieces = agent.stream({"messages": [("user", words)]}, stream_mode="messages")
    return "".join(piece.text for piece, _ in pieces)


if __name__ == "__main__":
    answer(
        stream=lambda words: streamed(chat, words),
        loop=lambda words: loop(chat, words),
        stream_messages=lambda words: streamed(messages, words),
        loop_messages=lambda words: loop(messages, words),
    )

"""LangChain's agents: OpenAI's chat and Responses, and Anthropic's Messages."""

from common import BASE, CLAUDE, GPT, KEY, URL, answer, look_up, read
from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI

chat = ChatOpenAI(model=GPT, base_url=BASE, api_key=KEY)
responses = ChatOpenAI(model=GPT, base_url=BASE, api_key=KEY, use_responses_api=True)
messages = ChatAnthropic(model=CLAUDE, base_url=URL, api_key=KEY)


def streamed(model: object, words: str) -> str:
    return "".join(piece.text for piece in model.stream(words))


def loop(model: object, words: str) -> str:
    agent = create_agent(model, tools=[look_up, read], system_prompt="You help.")
    return agent.invoke({"messages": [("user", words)]})["messages"][-1].text


if __name__ == "__main__":
    answer(
        stream=lambda words: streamed(chat, words),
        loop=lambda words: loop(chat, words),
        stream_responses=lambda words: streamed(responses, words),
        loop_responses=lambda words: loop(responses, words),
        stream_messages=lambda words: streamed(messages, words),
        loop_messages=lambda words: loop(messages, words),
    )

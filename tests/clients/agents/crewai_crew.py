"""CrewAI: a crew of one with tools, and its model as a stream."""

from common import BASE, GPT, KEY, answer, look_up, read
from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool


def model(**more: object) -> LLM:
    return LLM(model=f"openai/{GPT}", base_url=BASE, api_key=KEY, **more)


def crew(words: str, *tools: object, **more: object) -> str:
    clerk = Agent(role="Clerk", goal="Help.", backstory="You help.", llm=model(**more), tools=list(tools))
    task = Task(description=words, expected_output="An answer.", agent=clerk)
    return Crew(agents=[clerk], tasks=[task]).kickoff().raw


if __name__ == "__main__":
    answer(
        stream=lambda words: crew(words, stream=True),
        loop=lambda words: crew(words, tool("look_up")(look_up), tool("read")(read)),
    )

"""DSPy: its ReAct module, and a prediction that streams its answer."""

import asyncio

import dspy
from common import BASE, GPT, KEY, answer, look_up, read

dspy.configure(lm=dspy.LM(f"openai/{GPT}", api_base=BASE, api_key=KEY, cache=False))


async def streamed(words: str) -> str:
    listener = dspy.streaming.StreamListener(signature_field_name="answer")
    predict = dspy.streamify(dspy.Predict("question -> answer"), stream_listeners=[listener])
    text = ""
    async for piece in predict(question=words):
        text += piece.chunk if isinstance(piece, dspy.streaming.StreamResponse) else ""
    return text


def loop(words: str) -> str:
    return dspy.ReAct("question -> answer", tools=[look_up, read], max_iters=3)(question=words).answer


if __name__ == "__main__":
    answer(stream=lambda words: asyncio.run(streamed(words)), loop=loop)

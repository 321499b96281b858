"""Instructor: an object out of a text, by a forced tool and by a schema, whole and in growing parts."""

import instructor
from common import BASE, GPT, KEY, answer
from openai import OpenAI
from pydantic import BaseModel


class Contact(BaseModel):
    email: str


def client(mode: instructor.Mode) -> instructor.Instructor:
    return instructor.from_openai(OpenAI(base_url=BASE, api_key=KEY), mode=mode)


def whole(words: str, mode: instructor.Mode) -> str:
    turns = [{"role": "user", "content": words}]
    return (
        client(mode)
        .chat.completions.create(model=GPT, response_model=Contact, messages=turns, max_retries=1)
        .email
    )


def parts(words: str) -> str:
    turns = [{"role": "user", "content": words}]
    grown = client(instructor.Mode.TOOLS).chat.completions.create_partial(
        model=GPT, response_model=Contact, messages=turns
    )
    return list(grown)[-1].email


if __name__ == "__main__":
    answer(
        stream=parts,
        forced=lambda words: whole(words, instructor.Mode.TOOLS),
        schema=lambda words: whole(words, instructor.Mode.JSON_SCHEMA),
    )

"""What the sandbox repeats of a prompt, without its introduction."""

from ni.providers.sandbox_script import sentences

MARKS = tuple(sentences(locale).echo for locale in ("en", "fr"))


def echoed(answer: str) -> str:
    """The part of a sandbox's answer that the prompt is; the whole answer where it does not introduce itself."""
    for mark in MARKS:
        _, found, rest = answer.partition(mark)
        if found:
            return rest
    return answer

"""Events by which some servers keep a connection open, told from pieces of an answer.

`null`, `[]`, `{}`, blank data, a bare word such as `ping` or `keep-alive` and a JSON string or number hold no piece of
any answer, so they have no effect: only an answer that said how it ended is complete, whatever was skipped. Everything
else must be an object; a piece that is garbled, or an error told as text, is the upstream's failure.
"""

import re

from ni.outbound.sse import ServerSentEvent

_FILLER = re.compile(
    rb"""\s*(?: null | \[\s*\] | \{\s*\} | [A-Za-z:][A-Za-z0-9_. :-]{0,63} | -?\d{1,20} | "[^"\\{}]{0,64}" )?\s*""",
    re.VERBOSE,
)
_OBJECT = b"{"


def is_filler(event: ServerSentEvent) -> bool:
    """Whether an event holds no piece of an answer."""
    if event.data[:1] == _OBJECT and len(event.data) > len("{ }"):
        return False  # nearly every event there is
    return event.type != "error" and _FILLER.fullmatch(event.data) is not None

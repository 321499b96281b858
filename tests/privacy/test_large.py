"""Large and hostile texts cost the whole of substitution linear time: there, and back again through a stream."""

import pytest

from ni.privacy.masking import Substitution, derived
from ni.privacy.names import NoNames
from tests.growth import growth
from tests.privacy.cast import answered, call, caller, says, sent

UNITS = {
    "one line": "word and so on, ",
    "lines": "Please call me back.\n",
    "paragraphs": "Please call me back.\n\n",
    "digits": "7",
    "letters": "a",
    "values": "jean@acme.ca wrote. ",
    "zero width": "a\u200b\u200d",
    "right to left": "\u202eab\u202c\u200f ",
    "combining": "e\u0301",
    "quotes": '\\"',
    "escapes": "\\n\\u0041",
    "octets": "\\xc3\\xa9",
    "references": "&eacute;",
    "form values": "a=%41&",
    "colours": "\x1b[31ma",
    "blanks": "1\u00a02\u2011",
    "JSON": '{"a": ["b", ',
    "nested JSON": '[{"a":',
}
SHORT, TIMES = 60_000, 8


def _there_and_back(text: str) -> None:
    shield = Substitution(NoNames(), derived(b"an instance's secret of 32 bytes"))
    result = shield.substitute(caller(), call(says("I am jean@acme.ca.", text)))
    assert answered(result, sent(result, 1)) == text


@pytest.mark.parametrize("kind", UNITS)
def test_a_text_costs_linear_time_there_and_back(kind: str) -> None:
    unit = UNITS[kind]
    assert growth(_there_and_back, unit * (SHORT // len(unit)), TIMES) <= 2 * TIMES


@pytest.mark.parametrize("kind", UNITS)
def test_arguments_of_a_tool_cost_linear_time(kind: str) -> None:
    def masked(text: str) -> None:
        function = {"name": "f", "arguments": text}
        made = {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": function}]}
        shield = Substitution(NoNames(), derived(b"an instance's secret of 32 bytes"))
        shield.substitute(caller(), call({"messages": [made]}))

    unit = UNITS[kind]
    assert growth(masked, unit * (SHORT // len(unit)), TIMES) <= 2 * TIMES


@pytest.mark.parametrize(
    ("before", "unit"), [("user=", "QUJD"), ("-----BEGIN PRIVATE KEY-----\n", "A"), ("password: ", "a1")]
)
def test_one_long_value_costs_linear_time(before: str, unit: str) -> None:
    assert (
        growth(lambda text: _there_and_back(before + text), unit * (20_000 // len(unit)), TIMES) <= 2 * TIMES
    )

"""Sentences that others write in English, for the log and the command line too, in the language of the page.

Each is recognised by its template, with values filled in, and translated with the same values. What is not recognised
stays as it is; tests go through everything that the packages can say.
"""

import re
from collections.abc import Sequence
from functools import cache

from flask_babel import gettext

from ni.residency.rules import MENDS, Decision, Fault

SETTING = "[A-Z][A-Z0-9_]*"
_VALUES = {"setting": SETTING, "grade": "[ABCX]"}
"""What may stand in the place of a value; anything on one line where nothing is said."""


def _(sentence: str) -> str:
    """Mark a sentence to be collected for translation."""
    return sentence


SETTING_HINTS = (
    _("Set %(setting)s to an API key of OpenAI."),
    _("Set %(setting)s to an API key of Anthropic."),
    _("Set %(setting)s to the address of the resource, e.g. https://<resource>.openai.azure.com."),
    _(
        "Set %(setting)s to a key of the resource, or AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET for Entra "
        "ID."
    ),
    _("Set %(setting)s to the region of Bedrock to call."),
    _("Set %(setting)s, or AWS credentials or a profile as for boto3."),
    _(
        "Set GOOGLE_APPLICATION_CREDENTIALS to the path of a service account's key file, or %(setting)s to an access "
        "token."
    ),
    _("Set %(setting)s to the project to call Vertex AI with."),
    _(
        "Set %(setting)s to the address of an OpenAI-compatible server, e.g. http://127.0.0.1:8080/v1, and name its "
        "network in NI_PRIVATE_NETWORKS."
    ),
    _("This version has no adapter for the provider."),
)
GROUNDS = (
    _("runs wherever the provider likes"),
    _("the operator's own machine"),
    _("a private network that the operator declared"),
    _("the region's own endpoint, by the provider's terms"),
    _("the region's own endpoint at addresses of the region"),
    _("the endpoint's name, by the provider's terms"),
    _("region and SKU of the deployment, declared by the operator"),
    _("the provider's public API, by its terms"),
    _("an endpoint that the operator declared, not looked at yet"),
    _("not an endpoint of the provider"),
)
"""What a permit rests on."""
EXPECTED = (
    _("a region in %(jurisdiction)s"),
    _("an endpoint of the provider, or a private network"),
    _("an endpoint of the provider"),
    _("a resource of Bedrock, arn:aws:bedrock:..."),
    _("a profile by its name"),
    _("a model or a profile by its name"),
    _("no inference profile across regions"),
    _("a regional SKU"),
    _("grade %(grade)s or better"),
    _("address lists of these days"),
    _("an address of %(provider)s"),
)
FOUND = (
    _("an address that is no plain URL"),
    _("no region"),
    _("an ARN of no region"),
    _("an ARN of %(region)s"),
    _("a profile without geography"),
    _("nothing"),
    _("profile %(profile)s"),
    _("grade %(grade)s"),
    _("older ones"),
    _("%(address)s, not among them"),
    _("%(address)s in %(region)s"),
)
"""What a fault expected, and what was there instead."""


def setting_hint(sentence: str) -> str:
    """What a provider says is missing."""
    return recognised(sentence, SETTING_HINTS)


def grounds(decision: Decision) -> str:
    """Why a route may be called, or what refuses it."""
    fault = decision.fault if decision.fault is not None and decision.reason == str(decision.fault) else None
    return recognised(decision.reason, GROUNDS) if fault is None else fault_in_words(fault)


def fault_in_words(fault: Fault) -> str:
    """What was expected, and what was found."""
    expected, found = recognised(fault.expected, EXPECTED), recognised(fault.found, FOUND)
    return str(gettext("Expected: %(expected)s. Found: %(found)s.", expected=expected, found=found))


def advice(fault: Fault) -> str:
    """What to do about a fault."""
    return str(gettext(MENDS[fault.rule]))


def recognised(sentence: str, templates: Sequence[str]) -> str:
    """The sentence in the page's language; one that fits no template stays as it is."""
    for template in templates:
        match = _pattern(template).fullmatch(sentence)
        if match:
            return str(gettext(template, **match.groupdict()))
    return sentence


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """The template as an expression, with a group for each value."""
    parts = re.split(r"%\((\w+)\)s", template)
    names = {part: f"(?P<{part}>{_VALUES.get(part, '.+')})" for part in parts[1::2]}
    return re.compile(
        "".join(names[part] if place % 2 else re.escape(part) for place, part in enumerate(parts))
    )

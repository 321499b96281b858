"""What an operator must set before a deployment can be used, in the page's language.

Providers say it in English, for `doctor` and the log as well, with the name of a setting filled in. Here the sentence
is recognised by its template and said again; one that is not recognised stays as it is.
"""

import re
from functools import cache

from flask_babel import gettext

SETTING = "(?P<setting>[A-Z][A-Z0-9_]*)"


def _(sentence: str) -> str:
    """Mark a sentence to be collected for translation."""
    return sentence


SENTENCES = (
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


def mended(sentence: str) -> str:
    """The sentence in the page's language."""
    for template in SENTENCES:
        found = _pattern(template).fullmatch(sentence)
        if found:
            return str(gettext(template, **found.groupdict()))
    return sentence


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.escape(template).replace(re.escape("%(setting)s"), SETTING))

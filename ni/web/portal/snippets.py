"""A chat request as code that people can paste: curl, Python and JavaScript, with a place for the key."""

import json
from collections.abc import Mapping

from ni.domain.call import Json

KEY_VARIABLE = "NI_API_KEY"


def snippets(public_url: str, body: Json) -> Mapping[str, str]:
    """The request by the name of the language; `body` is that of a chat request without `stream` set."""
    shown = {name: value for name, value in body.items() if name != "stream"}
    base = f"{public_url}/v1"
    return {
        "curl": _curl(base, shown),
        "Python": _python(base, shown),
        "JavaScript": _javascript(base, shown),
    }


def _curl(base: str, body: Json) -> str:
    quoted = json.dumps(body, ensure_ascii=False, indent=2).replace("'", "'\\''")
    return (
        f'curl {base}/chat/completions \\\n  -H "Authorization: Bearer ${KEY_VARIABLE}" \\\n'
        f"  -H 'Content-Type: application/json' \\\n  -d '{quoted}'"
    )


def _python(base: str, body: Json) -> str:
    members = ",\n".join(f"    {name}={value!r}" for name, value in body.items())
    return (
        "import os\n\nfrom openai import OpenAI\n\n"
        f'client = OpenAI(base_url="{base}", api_key=os.environ["{KEY_VARIABLE}"])\n'
        f"answer = client.chat.completions.create(\n{members},\n)\nprint(answer.choices[0].message.content)"
    )


def _javascript(base: str, body: Json) -> str:
    literal = json.dumps(body, ensure_ascii=False, indent=2)
    return (
        'import OpenAI from "openai";\n\n'
        f'const client = new OpenAI({{ baseURL: "{base}", apiKey: process.env.{KEY_VARIABLE} }});\n'
        f"const answer = await client.chat.completions.create({literal});\n"
        "console.log(answer.choices[0].message.content);"
    )

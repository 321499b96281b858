"""The bill of materials of a release, in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/).

It lists what the lock file pins and the parts of others that the wheel holds. It is made from files of the tree alone,
so that the same commit gives the same bytes.
"""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.package.libraries import Library, libraries

WITHIN = (
    ("pico", "2.1.1", "MIT"),
    ("lucide", "", "ISC"),
    ("en_core_web_sm", "3.8.0", "MIT"),
    ("fr_core_news_sm", "3.8.0", "LGPLLR"),
)
"""Parts of others inside the wheel: style sheet, icons, layers of the network of names, word forms (see NOTICE)."""

Json = dict[str, Any]


def bill(root: Path, version: str, revision: str, epoch: int) -> bytes:
    """The document of the release `version`, made from the commit `revision` of `epoch` seconds."""
    ours = f"pkg:pypi/northern-inference@{version}"
    parts = [_library(each) for each in libraries(root)] + [_part(*each) for each in WITHIN]
    document: Json = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{ours}#{revision}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": "northern-inference",
                "version": version,
                "licenses": [{"license": {"id": "MIT"}}],
                "purl": ours,
                "properties": [{"name": "revision", "value": revision}],
            },
        },
        "components": parts,
        "dependencies": [{"ref": ours, "dependsOn": [part["bom-ref"] for part in parts]}],
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def _library(library: Library) -> Json:
    purl = f"pkg:pypi/{library.name}@{library.version}"
    component = _component(purl, library.name, library.version, library.licence)
    marker = [{"name": "marker", "value": library.marker}] if library.marker else []
    return {**component, "purl": purl, **({"properties": marker} if marker else {})}


def _part(name: str, version: str, licence: str) -> Json:
    return _component(f"within/{name}", name, version, licence)


def _component(ref: str, name: str, version: str, licence: str) -> Json:
    component: Json = {"type": "library", "bom-ref": ref, "name": name}
    if version:
        component["version"] = version
    return {**component, "licenses": [{"expression": licence}]}

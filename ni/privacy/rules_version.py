"""The version of what finds personal data: a digest of the code and the word lists of this package.

Findings are remembered under it, so that none outlives the rules that gave them. The weights of the models are not
part of it: the process that loads them tells theirs.
"""

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent
PARTS = (
    "*.py",
    "recognisers/*.py",
    "structure/*.py",
    "names/*.py",
    "people/*.py",
    "people/*.gz",
    "people/*.txt",
    "people/*.toml",
)


def rules_version(folder: Path = FOLDER) -> str:
    """Another one whenever the same text could give other findings."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in PARTS for path in folder.glob(pattern)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder)}:{len(content)}:".encode() + content)
    return digest.hexdigest()[:16]

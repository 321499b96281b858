"""Where the files beside the package are: templates, static files, documents, `app.py` and the verifier.

In the tree they lie at its top level. A wheel holds them below the package, in `bundled` (the table `force-include` of
`pyproject.toml`), but for the verifier, which stays a module of its own.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_BUNDLED = PACKAGE / "bundled"
INSTALLED = _BUNDLED.is_dir()
"""Whether this is an installed wheel, not the tree."""
ROOT = _BUNDLED if INSTALLED else PACKAGE.parent
"""The folder that holds `app.py`, `templates`, `static`, the guides and `docs`."""
VERIFIER = PACKAGE.parent / "ni_verify.py"
GUNICORN = PACKAGE / "web" / "gunicorn.py"
"""The server's configuration."""


def as_called(sentence: str, installed: bool = INSTALLED) -> str:
    """The sentence with commands as they are called here: sentences name them as in the tree, `python -m ni`."""
    return sentence.replace("python -m ni ", "ni ") if installed else sentence

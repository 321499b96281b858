"""Values that stand in files: `NAME_FILE` names the file that holds what `NAME` would hold.

Docker and Kubernetes mount secrets as files, since an environment is shown by their own tools.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from ni.settings.values import SettingsError

ENDING = "_FILE"
MOST_BYTES = 64 * 1024


def written(environ: Mapping[str, str], name: str) -> str:
    """The value of `name`, or of the file that `name_FILE` names, without blanks at its ends; empty without either.

    Raises `SettingsError` where both are set, or the file cannot be read as text.
    """
    value = environ.get(name, "").strip()
    path = environ.get(name + ENDING, "").strip()
    if not path:
        return value
    if value:
        raise SettingsError(name, f"and {name}{ENDING} are both set; leave one of them out")
    try:
        with Path(path).open("rb") as file:
            octets = file.read(MOST_BYTES + 1)
        if len(octets) > MOST_BYTES:
            raise SettingsError(
                name + ENDING, f"names {path}, which is longer than 64 KiB; name another file"
            )
        return octets.decode().strip()
    except (OSError, UnicodeDecodeError) as fault:
        why = getattr(fault, "strerror", None) or "it is no UTF-8 text"
        raise SettingsError(
            name + ENDING, f"names {path}, which cannot be read ({why}); mount or name a readable file"
        ) from None


def filled(environ: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """`environ` with the values of those `names` that stand in files. Raises `SettingsError`."""
    return {**environ, **{name: written(environ, name) for name in names if environ.get(name + ENDING)}}

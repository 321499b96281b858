"""Weights of the fine-tuned NER components: read, checked and put into spaCy's pipelines.

One `<package>.npz` for each pipeline, with the parameters in half precision in the model's own walking order. How they
were made is in `ni/privacy/training/`. A file belongs to one exact package, because word vectors differ between them.
"""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("models")
EPOCH = (1980, 1, 1, 0, 0, 0)


def _parameters(model: Any) -> Iterator[tuple[str, Any, str]]:
    for number, node in enumerate(model.walk()):
        for name in node.param_names:
            if node.has_param(name):
                yield f"{number:03}.{name}", node, name


def write_weights(model: Any, package: str, path: Path | None = None) -> None:
    """Writes the model's parameters in half precision; the same parameters give the same bytes."""
    import numpy

    with zipfile.ZipFile(path or FOLDER / f"{package}.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for key, node, name in _parameters(model):
            buffer = BytesIO()
            numpy.save(buffer, node.get_param(name).astype("float16"), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{key}.npy", EPOCH), buffer.getvalue(), zipfile.ZIP_DEFLATED)


def has_weights(package: str, folder: Path = FOLDER) -> bool:
    """Whether there are fine-tuned parameters for this package."""
    return (folder / f"{package}.npz").exists()


def apply_weights(model: Any, package: str, folder: Path = FOLDER) -> bool:
    """Puts the fine-tuned parameters into the model; False if there are none for this package.

    Raises ValueError if the file does not fit the model.
    """
    import numpy

    if not has_weights(package, folder):
        return False
    path = folder / f"{package}.npz"
    with numpy.load(path, allow_pickle=False) as stored:
        places = list(_parameters(model))
        if [key for key, _, _ in places] != stored.files:
            raise ValueError(f"{path.name} does not fit the model of {package}.")
        for key, node, name in places:
            node.set_param(name, stored[key].astype("float32"))
    return True

"""`make test-pythons`: the whole suite on each supported Python, each in an environment of its own below `build/`.

A Python is looked for on the path and among pyenv's; where there is none, uv fetches it if the machine may. One that
cannot be had counts as a failure, unless `--pythons` leaves it out. What stands behind `--` goes to pytest.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = ROOT / "build" / "lock" / "bin" / "uv"
PYTHONS = ("3.11", "3.12", "3.13")
LISTS = ("requirements.txt", "requirements-dev.txt")


def main() -> int:
    """Run the suite on each; how many Pythons it did not pass on."""
    parser = argparse.ArgumentParser(prog="make test-pythons", description=__doc__)
    parser.add_argument("--pythons", nargs="+", default=PYTHONS, choices=PYTHONS)
    parser.add_argument("pytest", nargs="*", help="arguments of pytest, behind --")
    wanted = parser.parse_args()
    said = {version: tried(version, wanted.pytest) for version in wanted.pythons}
    print("\n" + "\n".join(f"Python {version}: {outcome}" for version, outcome in said.items()))
    return sum(outcome != "passed" for outcome in said.values())


def tried(version: str, arguments: list[str]) -> str:
    """Make or mend the environment of one Python and run the suite in it; how that went, in a few words."""
    print(f"Python {version}: preparing its environment.", flush=True)
    environment = ROOT / "build" / f"python-{version}"
    try:
        prepare(environment, version)
    except subprocess.CalledProcessError as fault:
        return f"could not be prepared: {fault.stderr.strip().splitlines()[-1] if fault.stderr else fault}"
    begun_s = time.monotonic()
    done = subprocess.run([environment / "bin" / "python", "-m", "pytest", *arguments], cwd=ROOT, check=False)  # noqa: S603
    print(f"Python {version}: pytest took {time.monotonic() - begun_s:.0f} s.", flush=True)
    return "passed" if done.returncode == 0 else f"failed (pytest's status is {done.returncode})"


def prepare(environment: Path, version: str) -> None:
    """An environment with all pins, by their hashes. Raises `CalledProcessError` with uv's own words."""
    python = environment / "bin" / "python"
    if not python.exists():
        run("venv", "--quiet", "--seed", "--python", located(version), str(environment))
    pins = [argument for name in LISTS for argument in ("-r", str(ROOT / name))]
    run("pip", "install", "--quiet", "--python", str(python), "--no-deps", "--require-hashes", *pins)


def located(version: str) -> str:
    """The path of a Python of that version that runs; the version itself, for uv to fetch, where there is none."""
    folders = [Path("/usr/bin"), *map(Path, os.environ["PATH"].split(os.pathsep))]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [folder / f"python{version}" for folder in folders]
    found += sorted((pyenv / "versions").glob(f"{version}.*/bin/python{version}"))
    return next((str(path) for path in found if path.exists() and answers(path)), version)


def answers(python: Path) -> bool:
    """Whether it is a Python, and not pyenv's notice that none of that version is chosen."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0  # noqa: S603


def run(*arguments: str) -> None:
    """One command of uv."""
    subprocess.run([UV, *arguments], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())

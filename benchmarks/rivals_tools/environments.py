"""The tools that are measured beside ours, each in an environment of its own below .venv/rivals: their pins contradict ours."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

__all__ = ["CLIENTS", "HERE", "ROOT", "install", "node_folder", "python_of"]

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
CLIENTS = ROOT / "tests" / "oracles" / "clients"
"""Where the tests keep how public clients are led to a stand-in."""
_INSTALLED = ROOT / ".venv" / "rivals"
_PINS = {
    "tap-zendesk": CLIENTS / "tap-zendesk.txt",
    "airbyte": HERE / "airbyte.txt",
    "dlt": HERE / "dlt.txt",
    "pandas": HERE / "pandas.txt",
}


def install() -> None:
    """Install what is missing, by package name from the registries that pip and npm are set to; raises CalledProcessError."""
    for name, pins in _PINS.items():
        folder = _INSTALLED / name
        if python_of(name) is None:
            venv.create(folder, clear=True, with_pip=True)
            pip = [
                str(folder / "bin" / "python"),
                "-m",
                "pip",
                "install",
                "-qq",
                "--no-deps",
                "-r",
                str(pins),
            ]
            subprocess.run(pip, check=True)
            (folder / ".installed").touch()
    folder = _INSTALLED / "texts"
    if node_folder() is None:
        npm = shutil.which("npm")
        if npm is None:
            sys.exit("Node.js and npm are needed for the converters of texts")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "package.json", folder)
        subprocess.run(
            [npm, "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"],
            cwd=folder,
            check=True,
        )
        (folder / ".installed").touch()


def python_of(name: str) -> str | None:
    """Return the interpreter of a tool's environment, None where it is not installed."""
    folder = _INSTALLED / name
    return str(folder / "bin" / "python") if (folder / ".installed").is_file() else None


def node_folder() -> Path | None:
    """Return the folder with the npm packages, None where they are not installed."""
    folder = _INSTALLED / "texts"
    return folder if (folder / ".installed").is_file() and shutil.which("node") else None

"""Public clients that nobody here wrote, run as they are against a served stand-in; a test skips where one is not installed."""

import json
import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import Any

import pytest

__all__ = ["atlassian_python", "javascript", "tap"]

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / ".venv" / "oracles"
"""Where `make oracles` puts them, each with what it needs."""
_HERE = Path(__file__).parent / "clients"
_SECONDS = 120


def _run(command: list[str], **more: Any) -> str:
    """Run a client to its end and return what it printed; fails with what it said."""
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=_SECONDS, check=False, **more
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return done.stdout


def javascript(client: str, url: str, user: str, token: str, *calls: list[Any]) -> list[dict[str, Any]]:
    """Call methods of `node-zendesk`, `jira-js-5` or `jira-js-6`: for each its `name`, and a `value` or an `error`."""
    folder = INSTALLED / "clients"
    node = which("node")
    if node is None or not (folder / "node_modules" / client).is_dir():
        pytest.skip(f"the public client {client} is not installed: make oracles (needs Node.js and npm)")
    asked = {"client": client, "url": url, "user": user, "token": token, "calls": calls}
    answers: list[dict[str, Any]] = json.loads(_run([node, "drive.mjs"], cwd=folder, input=json.dumps(asked)))
    return answers


def _python(name: str) -> str:
    folder = INSTALLED / name
    if not (folder / ".installed").is_file():
        pytest.skip(f"the public client {name} is not installed: make oracles")
    return str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")


def tap(
    name: str, folder: Path, product: str, url: str, config: dict[str, Any], *, without: tuple[str, ...] = ()
) -> dict[str, list[dict[str, Any]]]:
    """Let a Singer tap find out what there is and read all of it: its records by stream. `product` is the host that it asks.

    `without` names streams that the stand-in does not serve.
    """
    python, module = _python(name), name.replace("-", "_")
    run = [python, str(_HERE / "tap.py"), module, product, url]
    (folder / "config.json").write_text(json.dumps(config))
    settings = ["--config", str(folder / "config.json")]
    # this tap tries every stream while it finds out, the other only those that are selected
    hidden = [part for stream in without if module == "tap_zendesk" for part in ("--without", stream)]
    catalog = json.loads(_run([*run, *hidden, "--", *settings, "--discover"]))
    for stream in catalog["streams"]:
        for row in stream["metadata"]:
            row["metadata"]["selected"] = stream["stream"] not in without
    (folder / "catalog.json").write_text(json.dumps(catalog))
    read = ["--catalog" if module == "tap_zendesk" else "--properties", str(folder / "catalog.json")]
    found: dict[str, list[dict[str, Any]]] = {}
    for line in _run([*run, *hidden, "--", *settings, *read]).splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            found.setdefault(message["stream"], []).append(message["record"])
    return found


def atlassian_python(url: str, user: str, token: str, *calls: list[Any]) -> list[dict[str, Any]]:
    """Call methods of `atlassian-python-api`, `desk.` or `jira.` before each: its `name`, and a `value` or an `error`."""
    asked = {"url": url, "user": user, "token": token, "calls": calls}
    python = _python("atlassian-python-api")
    answers: list[dict[str, Any]] = json.loads(
        _run([python, str(_HERE / "drive_atlassian.py")], input=json.dumps(asked))
    )
    return answers

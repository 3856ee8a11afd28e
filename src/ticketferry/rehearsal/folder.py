"""The folder of a rehearsal: a migration of its own with the project's mapping, whose desks are stand-ins."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from ticketferry.project import Project
from ticketferry.project.config import DeskConfig
from ticketferry.project.config_figures import AUTO
from ticketferry.project.rehearsal import FOLDER
from ticketferry.project.variables import variables_set
from ticketferry.sdk.options import secret_fields

__all__ = ["clear_earlier", "secrets_set", "write_folder"]

_VARIABLES = "TICKETFERRY_REHEARSAL"


def write_folder(project: Project, name: str, reached: Mapping[str, Mapping[str, Any]]) -> Path:
    """Make `rehearsals/NAME` and return it. `reached`: role -> the connector's options that reach the stand-in, secrets as they are."""
    root = project.root / FOLDER / name
    root.mkdir(parents=True, mode=0o700)
    config = project.config
    data: dict[str, Any] = {"version": 1}
    for role in ("source", "target"):
        data[role] = _desk(project.desk(role), role, reached[role])
    data |= {"mapping": str(config.mapping.resolve()), "workers": config.workers or AUTO}
    if config.share != 1.0:
        data["pace"] = {"share": config.share}
    for key in ("kpi", "health"):
        if config.document.data.get(key) is not None:
            data[key] = config.document.data[key]
    (root / "migration.yaml").write_text(
        yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return root


def _desk(desk: DeskConfig, role: str, reached: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of a stand-in: the desk's own options, but for its address and how to sign in."""
    options = desk.connector.options
    secrets = secret_fields(options)
    ways_in = {name for way in options.sign_ins for name in way.needs} | {*options.address, *secrets}
    kept = {name: value for name, value in desk.values.items() if name not in ways_in and name not in reached}
    given = {
        name: f"env:{_variable(role, name)}" if name in secrets else value for name, value in reached.items()
    }
    return {"connector": desk.connector.name, "key": desk.key, **kept, **given}


def _variable(role: str, name: str) -> str:
    return f"{_VARIABLES}_{role}_{name}".upper()


@contextmanager
def secrets_set(project: Project, reached: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Let the made-up secrets of the stand-ins stand in the environment meanwhile, where migration.yaml names them."""
    values = {
        _variable(role, name): str(value)
        for role, options in reached.items()
        for name, value in options.items()
        if name in secret_fields(project.desk(role).connector.options)
    }
    with variables_set(values):
        yield


def clear_earlier(project: Project) -> None:
    """Take away the folders of earlier rehearsals: their results stay, the desks that they played do not."""
    for path in (project.root / FOLDER).glob("r-*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)

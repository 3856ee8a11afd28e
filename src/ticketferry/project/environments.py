"""`environments:` of migration.yaml: one mapping and several pairs of desks, each with a workspace of its own. Nothing is opened here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ticketferry.errors import UsageError
from ticketferry.mapping.yaml_document import Document

__all__ = [
    "FOLDER",
    "Environment",
    "choose",
    "environment_folders",
    "read_environments",
    "refuse_unnamed",
    "told",
]

FOLDER = "environments"
"""Where the workspaces are, a folder each, beside migration.yaml."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}\Z")
_MAY_DIFFER = (
    "source", "target", "pace", "workers", "approval", "windows", "on_event", "service_desks", "production",
)  # fmt: skip
_ALIKE = ("connector", "key")
"""What is the same in all: one mapping is for one pair of products, and every mark names the old desk by its key."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment. `production`: what writes into it wants its name typed, and an approval unless the file says otherwise.

    `values`: what it says in place of the file's top, by key; `source` and `target` are options put over those of the top.
    """

    name: str
    production: bool
    values: Mapping[str, Any]

    @property
    def banner(self) -> str:
        """Return its name as screens show it."""
        return self.name.upper() if self.production else self.name

    def of(self, key: str, top: Any) -> Any:
        """Return what holds for a key here: its own word, else that of the file's top."""
        return self.values.get(key, top)

    def options(self, role: str) -> Mapping[str, Any]:
        """Return the options of a desk that are another here."""
        given = self.values.get(role)
        return given if isinstance(given, Mapping) else {}


def told(
    data: Mapping[str, Any], here: Environment | None, key: str, usual: Any = None
) -> tuple[Any, tuple[str, ...]]:
    """Return what the file says under a key in an environment, else at its top, else what is usual; and where it stands."""
    if here is not None and key in here.values:
        return here.values[key], (FOLDER, here.name, key)
    return data.get(key, usual), (key,)


def read_environments(data: Any, document: Document) -> dict[str, Environment]:
    """Read `environments:`; what is wrong is noted in the document. Empty where there are none."""
    if data is None:
        return {}
    if not isinstance(data, Mapping) or not data:
        document.complain((FOLDER,), "`environments` is written {sandbox: {target: {…}}, production: {…}}")
        return {}
    found: dict[str, Environment] = {}
    for name, given in data.items():
        if not isinstance(name, str) or not _NAME.match(name):
            document.complain(
                (FOLDER, name), f"`{name}` is no name of an environment: a short slug (a-z, 0-9, -)"
            )
            continue
        values = given if given is not None else {}
        if not isinstance(values, Mapping):
            document.complain(
                (FOLDER, name), f"`environments.{name}` is written {{target: {{…}}, approval: required}}"
            )
            continue
        found[name] = Environment(name, _production(name, values, document), values)
        for key in values:
            if key not in _MAY_DIFFER:
                near = get_close_matches(str(key), _MAY_DIFFER, n=1)
                hint = f"; did you mean `{near[0]}`?" if near else f": there are {', '.join(_MAY_DIFFER)}"
                document.complain((FOLDER, name, key), f"`{key}` is the same in every environment{hint}")
        for role in ("source", "target"):
            _check_desk(name, role, values.get(role), document)
    return found


def _production(name: str, values: Mapping[str, Any], document: Document) -> bool:
    said = str(values.get("production", "true" if name == "production" else "false")).lower()
    if said not in ("true", "false"):
        document.complain((FOLDER, name, "production"), f"`{said}` is not known here: `true` or `false`")
    return said != "false"


def _check_desk(name: str, role: str, given: Any, document: Document) -> None:
    if given is None:
        return
    if not isinstance(given, Mapping):
        document.complain((FOLDER, name, role), f"`{role}` holds options of the desk that are others here")
        return
    for key in _ALIKE:
        if key in given:
            document.complain(
                (FOLDER, name, role, key),
                f"`{key}` is the same in every environment: it stands in `{role}` at the top of the file alone",
            )


def choose(known: Mapping[str, Environment], name: str | None, document: Document) -> Environment | None:
    """Return the environment of a name; None where the file has none. Raises UsageError for an unknown name, and without one: none is implied."""
    names = ", ".join(known)
    if name is None and not known:
        return None
    if name is not None and name in known:
        return known[name]
    example = next(iter(known), "")
    if name is None:
        raise UsageError(
            f"which environment? {document.name} has {names}",
            where=document.at((FOLDER,)),
            remedy=f"Say it behind the command: --env {example}. For commands that write into no production, TICKETFERRY_ENV={example} says it too.",
        )
    raise UsageError(
        f"there is no environment {name!r}"
        + (f" in {document.name}" if known else f": {document.name} has none"),
        where=document.at((FOLDER,)) if known else document.name,
        remedy=f"There {'is' if len(known) == 1 else 'are'} {names}." if known else "Leave --env out.",
    )


def environment_folders(home: Path) -> dict[str, Path]:
    """Return the folders of environments that were worked in, by name."""
    return {path.parent.name: path.parent for path in sorted(home.glob(f"{FOLDER}/*/workspace.db"))}


def refuse_unnamed(home: Path, file: str) -> None:
    """Raise UsageError where environments were worked in and migration.yaml names none: a command would begin a workspace beside theirs."""
    names = sorted({path.parent.name for path in home.glob(f"{FOLDER}/*/*")})
    if names:
        raise UsageError(
            f"the folder has {FOLDER}/ ({', '.join(names)}), but {file} names none",
            where=str(home / FOLDER),
            remedy=f"Put `{FOLDER}:` back into {file}. If they are given up, move {FOLDER}/ out of the folder.",
        )

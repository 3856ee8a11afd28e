"""Names of a desk for whoever writes a mapping: its catalog as rows, kind by kind, in the words that a mapping uses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ticketferry.errors import WorkspaceError
from ticketferry.project.project import Project
from ticketferry.schema.catalog import Catalog

__all__ = ["KINDS", "DeskNames", "desk_names"]

Row = dict[str, Any]


def _statuses(catalog: Catalog) -> Iterator[Row]:
    yield from (
        _named(item, category=item.get("category", ""), stage=item["stage"])
        for item in catalog.get("statuses", ())
    )


def _fields(catalog: Catalog) -> Iterator[Row]:
    for item in catalog.get("fields", ()):
        options = [
            {"name": option["name"], "value": option["value"], "active": option.get("active", True)}
            for option in item.get("options", ())
        ]
        yield _named(item, key=item["key"], type=item["type"], of=item.get("of", "ticket"), options=options)


def _forms(catalog: Catalog) -> Iterator[Row]:
    yield from (
        _named(item, project=item.get("project", ""), type=item.get("type", ""))
        for item in catalog.get("forms", ())
    )


def _projects(catalog: Catalog) -> Iterator[Row]:
    for item in catalog.get("projects", ()):
        yield _named(
            item,
            key=item["key"],
            issue_types=[one["name"] for one in item.get("types", ())],
            security=[one["name"] for one in item.get("security", ())],
            components=[one["name"] for one in item.get("components", ())],
        )


def _plain(key: str) -> Callable[[Catalog], Iterator[Row]]:
    def rows(catalog: Catalog) -> Iterator[Row]:
        entries: Any = catalog.get(key, ())
        yield from (_named(item) for item in entries)

    return rows


def _named(item: Any, **more: Any) -> Row:
    return {"name": item["name"], "id": item["id"], "active": item.get("active", True), **more}


KINDS: dict[str, tuple[Callable[[Catalog], Iterator[Row]], str]] = {
    "statuses": (_statuses, "`status`"),
    "priorities": (_plain("priorities"), "`priority`"),
    "resolutions": (_plain("resolutions"), "`status: {…: {resolution: …}}`"),
    "types": (_plain("types"), "`type`, or `issue_type` of a route"),
    "fields": (_fields, "`fields`"),
    "groups": (_plain("groups"), "`groups`"),
    "brands": (_plain("brands"), "`brand`"),
    "forms": (_forms, "`request_type` of a route, or `form`"),
    "projects": (_projects, "`project` of a route"),
    "link_types": (_plain("link_types"), "`links`"),
}
"""Kind -> its rows, and where in a mapping such names stand."""


@dataclass(frozen=True, slots=True)
class DeskNames:
    """What a desk calls its things, as the newest snapshot has it. `names`: kind -> rows with `name`, `id`, `active` and more."""

    role: str
    desk: str
    product: str
    where: str
    read: datetime
    names: dict[str, list[Row]]


def desk_names(project: Project, role: str) -> DeskNames:
    """Read the names of a desk from its newest snapshot; talks to no desk. Raises WorkspaceError where there is none yet."""
    desk = project.desk(role)
    path = project.root / f"{role}.db"
    snapshots = project.snapshots(role) if path.exists() else None
    latest = snapshots.latest() if snapshots is not None else None
    if snapshots is None or latest is None:
        raise WorkspaceError(
            f"the {role} desk was not read yet, so that its names are not known",
            remedy=f"Run `ticketferry extract {role}`; it reads the set-up first.",
        )
    catalog = snapshots.catalog(latest.catalog)
    names = {kind: list(rows(catalog)) for kind, (rows, _) in KINDS.items()}
    return DeskNames(
        role, catalog["desk"], catalog["product"], desk.where, latest.began,
        {kind: rows for kind, rows in names.items() if rows},
    )  # fmt: skip

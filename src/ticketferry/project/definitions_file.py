"""What both desks define and how often it is used, in one file without personal data: enough to draft, check and test a mapping elsewhere."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from ticketferry import __version__
from ticketferry.errors import ConfigError, WorkspaceError
from ticketferry.mapping.drafting.use import UseCounts, count_use
from ticketferry.project.project import Project
from ticketferry.registry import connector
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import digest
from ticketferry.schema.refs import Kind
from ticketferry.sdk.features import Feature
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.ticket_records import ticket_records

__all__ = ["DeskDefinitions", "definitions_of", "exported", "newest_catalog", "read_definitions"]

_FORM = "ticketferry definitions"
_VERSION = 1
_COUNTS = 2
"""Raised when the counts of the same tickets say more than before: those that were kept are made anew."""
_KEPT = (
    "desk", "product", "statuses", "workflows", "priorities", "resolutions", "types", "fields", "forms", "groups", "brands",
    "projects", "link_types",
)  # fmt: skip
"""What of a catalog leaves the folder: no address of a desk or of a mailbox, no condition that may name somebody."""
_CATALOG: TypeAdapter[Catalog] = TypeAdapter(Catalog)


@dataclass(frozen=True, slots=True)
class DeskDefinitions:
    """Both catalogs, what the target can hold, and how often the source's names are used (None: nobody counted)."""

    source: Catalog
    target: Catalog
    features: frozenset[Feature]
    use: UseCounts | None = None


def newest_catalog(project: Project, role: str) -> Catalog:
    """Return what a desk defined when it was read last. Raises WorkspaceError where it was not."""
    snapshots = project.snapshots(role)
    latest = snapshots.latest()
    if latest is None:
        raise project.unread(role)
    return snapshots.catalog(latest.catalog)


def definitions_of(project: Project, *, use: bool = True) -> DeskDefinitions:
    """Return the definitions of the newest snapshots. `use`: with counts over all tickets. Raises WorkspaceError where a desk was not read."""
    source, target = newest_catalog(project, "source"), newest_catalog(project, "target")
    counted = None
    if use:
        with suppress(WorkspaceError):
            counted = _kept_use(project, source)
    return DeskDefinitions(source, target, project.config.target.connector.features, counted)


def _kept_use(project: Project, catalog: Catalog) -> UseCounts | None:
    """Return the counts of the newest snapshot: those that were kept where it is still the same, else made anew and kept."""
    snapshots = project.snapshots("source")
    latest = snapshots.latest()
    if latest is None:
        return None
    made_from = digest(
        [_COUNTS, __version__, snapshots.desk, latest.number, latest.digest, latest.catalog]
    ).hex()
    path = project.root / "answers" / "use.json"
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # none there, or torn
        told = orjson.loads(path.read_bytes())
        if told["made from"] == made_from:
            return UseCounts.from_json(told["use"])
    use = _counted(snapshots, catalog)
    if use is not None and not project.readonly:
        part = path.with_suffix(f".part{os.getpid()}")
        with suppress(OSError):  # a full disk or a medium for reading: the next call counts again
            path.parent.mkdir(exist_ok=True, mode=0o700)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(orjson.dumps({"made from": made_from, "use": use.as_json()}))
            part.replace(path)
    return use


def _counted(snapshots: Snapshots, catalog: Catalog) -> UseCounts | None:
    latest = snapshots.latest()
    if latest is None:
        return None
    groups = {
        str(root): str(record["name"])
        for root, rows in snapshots.roots(Kind.GROUP, latest.number)
        for row in rows
        for record in row.records
        if record.get("ref") == str(root) and record.get("name")
    }
    tickets = (ticket.record for ticket in ticket_records(snapshots, latest.number) if not ticket.gone)
    return count_use(tickets, catalog, groups)


def exported(definitions: DeskDefinitions) -> bytes:
    """Return the file: the catalogs without what may name people or addresses, and the counts."""
    data = {
        "form": _FORM,
        "version": _VERSION,
        "source": _plain(definitions.source),
        "target": _plain(definitions.target),
        "use": definitions.use.as_json() if definitions.use is not None else None,
    }
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def _plain(catalog: Catalog) -> dict[str, Any]:
    """Return what may leave. Fields that hold people have no choices here: those are their names."""
    plain: dict[str, Any] = {key: value for key, value in catalog.items() if key in _KEPT}
    plain["fields"] = [
        {
            key: value
            for key, value in row.items()
            if key != "options" or row["type"] not in ("user", "lookup")
        }
        for row in catalog.get("fields", ())
    ]
    zone = catalog.get("native", {}).get("time_zone")
    if zone:
        plain["native"] = {"time_zone": zone}
    return plain


def read_definitions(path: Path) -> DeskDefinitions:
    """Read what `exported` wrote. Raises ConfigError for a file that is none, or is for a connector that is not installed."""
    try:
        data = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror or error}",
            where=str(path),
            remedy="Check the path and its rights.",
        ) from error
    except ValueError as error:
        raise _no_definitions(path, "it is no JSON") from error
    if not isinstance(data, Mapping) or data.get("form") != _FORM:
        raise _no_definitions(path, "it is another kind of file")
    if data.get("version") != _VERSION:
        raise _no_definitions(
            path, f"its version {data.get('version')!r} is not known; this version reads {_VERSION}"
        )
    try:
        source, target = (_CATALOG.validate_python(data[role]) for role in ("source", "target"))
        use = UseCounts.from_json(data["use"]) if data["use"] is not None else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
        raise _no_definitions(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    return DeskDefinitions(source, target, connector(target["product"]).features, use)


def _no_definitions(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{path.name} holds no definitions of desks: {why}",
        where=str(path),
        remedy="Make one where the desks were read: `ticketferry export catalog -o catalogs.json`.",
    )

"""Since when the source's values are known: the set-up of the old desk as the newest approved plan had it, else as the newest applied one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import orjson

from ticketferry.errors import FerryError
from ticketferry.mapping.codes import finding
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.new_values import place_of_new, unnamed_values
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.work import Setup
from ticketferry.plan.file.findings import count_findings
from ticketferry.project.folder import MigrationFolder
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import digest
from ticketferry.schema.refs import Json
from ticketferry.sdk.contract import Finding, Severity

__all__ = ["NEW", "new_value_findings", "with_held"]

NEW = "S236"
_BEGUN = frozenset({"applying", "awaiting_import", "applied"})


def with_held(folder: MigrationFolder, mapping: MappingFile, source: Catalog, snapshot: int) -> MappingFile:
    """Return the mapping with the values that wait for a rule (`new_values: hold`), for tickets of a snapshot of the source."""
    if mapping.rules.new_values != "hold":
        return mapping
    held = _unnamed(folder, mapping, source, snapshot)
    if not held:
        return mapping
    told: Json = {key: list(values) for key, values in held.items()}
    return replace(mapping, held=held, digest=digest([mapping.digest, told]).hex())


def new_value_findings(folder: MigrationFolder, mapping: MappingFile, source: Catalog) -> list[Finding]:
    """Tell each value that is new and that no rule names: it stops the plan, or its tickets wait; nothing with `new_values: default`."""
    word = mapping.rules.new_values
    latest = folder.snapshots("source").latest()
    if word == "default" or latest is None:
        return []
    found = []
    for key, values in _unnamed(folder, mapping, source, latest.number).items():
        for value in values:
            made = finding(
                NEW, None, place_of_new(mapping, key),
                f"{key} `{value}` is new in the old desk since the mapping was approved or used last, and no rule names it",
                f'Name `{value}` there; `new_values: default` lets `"*"` decide.',
            )  # fmt: skip
            severity = Severity.BLOCKER if word == "stop" else Severity.DOUBT
            found.append(Finding(NEW, severity, None, made.where, made.message, made.remedy))
    return found


def _unnamed(
    folder: MigrationFolder, mapping: MappingFile, source: Catalog, snapshot: int
) -> dict[str, tuple[str, ...]]:
    known = _known(folder, snapshot)
    if known is None:
        return {}
    target = Catalog(desk=folder.config.target.key, product=mapping.rules.target)
    setup = Setup(mapping, source, target, frozenset(), NoLookups(), datetime(2000, 1, 1, tzinfo=UTC))
    return unnamed_values(setup, known)


def _known(folder: MigrationFolder, snapshot: int) -> Catalog | None:
    """Return the source's set-up that counts as known for plans of a snapshot: of a plan before it that met nothing new itself."""
    snapshots = folder.snapshots("source")
    for id_ in _bases(folder):
        try:
            plan = folder.plan(id_)
        except FerryError:
            continue
        try:
            inputs = plan.header["inputs"]
            number = int(inputs["source_snapshot"])
            info = snapshots.info(number)
            if (
                number < snapshot
                and info.digest == inputs["source"]
                and not any(NEW in key for key in count_findings(plan))
            ):
                return snapshots.catalog(info.catalog)
        except FerryError:
            continue
        finally:
            plan.close()
    return None


def _bases(folder: MigrationFolder) -> Iterator[str]:
    """Yield plans that were approved, the newest first, then those that were applied without an approval."""
    given = [orjson.loads(text) for text in folder.workspace.notes("approval:").values()]
    approved = [row["plan"] for row in sorted(given, key=lambda row: row["at"]) if not row["revoked"]]
    yield from reversed(approved)
    if not approved:
        rows = [row for row in folder.plan_rows() if row["kind"] == "apply" and row["state"] in _BEGUN]
        yield from (str(row["id"]) for row in reversed(rows))

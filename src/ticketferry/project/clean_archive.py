"""Tickets that a rule archives: written as neutral files with a manifest, so that they can be read, searched and migrated later.

A folder is only ever added to, line by line, as neutral files are: the last line of an id counts. A run that was killed goes on: what it left of a
last line is cut off, and what stands there already is not written again.
"""

import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson

from ticketferry.desired.cases import assemble
from ticketferry.errors import WorkspaceError
from ticketferry.mapping.cleaning import ARCHIVED
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.changes import skipped_because
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.project import Project
from ticketferry.schema.records import SCHEMA_VERSION, Record
from ticketferry.schema.refs import Kind, Ref, parse_ref

__all__ = ["write_archives"]

_PARTS = {
    "comments": Kind.COMMENT, "events": Kind.EVENT, "attachments": Kind.ATTACHMENT, "worklogs": Kind.WORKLOG,
    "side_conversations": Kind.SIDE_CONVERSATION,
}  # fmt: skip
_PEOPLE = ("requester", "submitter", "assignee")
_ROOTS = {Kind.TICKET, Kind.PERSON, Kind.ORGANIZATION, Kind.GROUP}


def write_archives(project: Project, plan: PlanFile, planning: PlanContext) -> int:
    """Write the tickets that a plan archives, with whom and what they name, each into the folder that its rule names; return how many.

    As the rules leave them: redactions hold for an archive as for a move. Raises WorkspaceError where a folder is somebody else's or cannot
    be written.
    """
    archives: dict[str, _Archive] = {}
    count = 0
    try:
        for root, because in skipped_because(plan, ARCHIVED):
            name = because.removeprefix(ARCHIVED).partition(":")[0]
            archive = archives.get(name)
            if archive is None:
                archive = archives[name] = _Archive(project, planning, name)
            count += archive.ticket(parse_ref(root), because)
        for archive in archives.values():
            archive.close(plan.id)
    except OSError as error:
        raise WorkspaceError(
            f"the archive cannot be written: {error.strerror or error}",
            where=str(error.filename or project.root),
            remedy="Make room or mend its rights, then apply again; it goes on.",
        ) from error
    return count


class _Archive:
    def __init__(self, project: Project, planning: PlanContext, name: str) -> None:
        self._project = project
        self._planning = planning
        self.folder = project.root / name
        self._written: dict[Kind, dict[str, str]] = {}
        self._because: dict[str, int] = {}
        if self.folder.exists() and any(self.folder.iterdir()) and not (self.folder / "desk.json").exists():
            raise WorkspaceError(
                f"{name}/ holds other files than an archive",
                where=str(self.folder),
                remedy="Name another folder: `to: …`.",
            )
        (self.folder / "files").mkdir(parents=True, exist_ok=True)
        if not (self.folder / "desk.json").exists():
            catalog = {
                key: value
                for key, value in planning.source_catalog.items()
                if key not in ("desk", "product", "native")
            }
            self._put(
                "desk.json", {"schema_version": SCHEMA_VERSION, "product": "neutral", "catalog": catalog}
            )

    def ticket(self, ref: Ref, because: str) -> int:
        planning = self._planning
        case = planning.source_record(ref)
        if case is None:
            return 0
        case = planning.engine.cleaned(case)
        self._because[because] = self._because.get(because, 0) + 1
        for named in dict.fromkeys(_named_in(case)):
            self._root(parse_ref(named))
        for key, kind in _PARTS.items():
            for part in case.pop(key, ()):
                self._line(kind, part, root=ref)
                if kind is Kind.ATTACHMENT:
                    self._file(part)
        # The ticket itself comes last: a reader that sees it sees all of it.
        self._line(Kind.TICKET, case)
        return 1

    def _root(self, ref: Ref) -> None:
        if ref.kind not in _ROOTS or ref.kind is Kind.TICKET or ref.id in self._known(ref.kind):
            return
        planning = self._planning
        record = assemble(ref, planning.source_rows(ref))
        if record is None:
            return
        for key in ("organizations", "groups"):
            for named in record.get(key) or ():
                self._root(parse_ref(named))
        self._line(ref.kind, record)

    def _line(self, kind: Kind, record: Record, root: Ref | None = None) -> None:
        id_ = record["ref"].split(":", 2)[2]
        line: dict[str, Any] = {"id": id_, "record": record}
        if record.get("updated"):
            line["updated"] = record["updated"]
        if root is not None:
            line["root"] = {"kind": root.kind.value, "id": root.id}
        raw = orjson.dumps(line, option=orjson.OPT_SORT_KEYS)
        digest = sha256(raw).hexdigest()
        known = self._known(kind)
        if known.get(id_) == digest:
            return
        with (self.folder / f"{kind.value}.jsonl").open("ab") as file:
            file.write(raw + b"\n")
        known[id_] = digest

    def _known(self, kind: Kind) -> dict[str, str]:
        """Return the ids that stand in a file, with digests of their last lines; a torn last line is cut off first."""
        known = self._written.get(kind)
        if known is not None:
            return known
        known = self._written[kind] = {}
        path = self.folder / f"{kind.value}.jsonl"
        if path.exists():
            whole = 0
            with path.open("rb") as file:
                for raw in file:
                    if not raw.endswith(b"\n"):
                        break
                    whole += len(raw)
                    known[orjson.loads(raw)["id"]] = sha256(raw[:-1]).hexdigest()
            if whole < path.stat().st_size:
                os.truncate(path, whole)
        return known

    def _file(self, part: Record) -> None:
        checksum = part.get("sha256")
        if not checksum or checksum not in self._project.blobs:
            return
        path = self.folder / "files" / checksum
        if not path.exists():
            partial = path.with_name(f".part-{checksum}")
            shutil.copyfile(self._project.blobs.path(checksum), partial)
            partial.replace(path)

    def close(self, plan: str) -> None:
        """Write the manifest: what is there, with sums over whole files."""
        files = []
        for path in sorted(self.folder.glob("*.jsonl")):
            with path.open("rb+") as file:
                os.fsync(file.fileno())
            data = sha256()
            lines = 0
            with path.open("rb") as file:
                for raw in file:
                    data.update(raw)
                    lines += 1
            kind = Kind(path.stem)
            row = {
                "name": path.name,
                "lines": lines,
                "records": len(self._known(kind)),
                "sha256": data.hexdigest(),
            }
            files.append({**row, "bytes": path.stat().st_size})
        desk = self._planning.source
        told = {
            "schema_version": SCHEMA_VERSION, "desk": desk.desk, "url": self._planning.source_catalog.get("url", ""), "plan": plan,
            "snapshot": self._planning.inputs.source_snapshot, "because": self._because, "files": files,
            "attachments": sum(1 for _ in (self.folder / "files").iterdir()),
        }  # fmt: skip
        self._put("manifest.json", told)

    def _put(self, name: str, content: dict[str, Any]) -> None:
        path = self.folder / name
        partial = path.with_name(f".part-{name}")
        partial.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
        partial.replace(path)


def _named_in(case: Record) -> Iterator[str]:
    """Yield the people, organizations and groups that a ticket names."""
    for key in (*_PEOPLE, "organization", "group"):
        if case.get(key):
            yield case[key]
    for key in ("ccs", "followers"):
        yield from case.get(key) or ()
    for name in _PARTS:
        for part in case.get(name) or ():
            for key in ("author", "actor"):
                if part.get(key):
                    yield part[key]

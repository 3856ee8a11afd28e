"""Writes a folder of neutral files: lines are only ever added, one batch at a time, and reading gives what bears our mark."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from pydantic import ValidationError

from ticketferry.sdk import (
    Blob,
    Catalog,
    Change,
    Compiled,
    Endpoint,
    Expected,
    Finding,
    Job,
    Kind,
    Operation,
    Record,
    Severity,
    UnsupportedError,
    WriteResult,
    compact,
    parse_ref,
    validate,
)
from ticketferry_neutral.compile import Compiler, fates, link_name
from ticketferry_neutral.endpoints import ENDPOINTS, kind_of_endpoint
from ticketferry_neutral.files import Writer
from ticketferry_neutral.lines import PART_OF, RecordLine
from ticketferry_neutral.source import NeutralSource
from ticketferry_neutral.undo import undo

__all__ = ["NeutralTarget"]


class _RefusedError(Exception):
    """One operation cannot be done."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy


class NeutralTarget(NeutralSource):
    """A desk kept as neutral files, written. The folder gives its own numbers; `origin` is the mark."""

    needs_folder: ClassVar[bool] = False
    keeps_marks: ClassVar[bool] = True

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Every write that exists, in dependency order."""
        return ENDPOINTS

    def check(self) -> Sequence[Finding]:
        """Say what is there. A mark of another workspace is a blocker: two migrations into one folder would mix."""
        strangers = (
            sorted(self.folder.workspaces() - {self.session.workspace}) if self.session.workspace else []
        )
        return [
            *super().check(),
            *(
                Finding.blocker(
                    "NF-MARK",
                    str(self.options.folder),
                    f"the folder holds records of the workspace {other}; this one is {self.session.workspace}",
                    "Name an empty folder, or go on in the other workspace.",
                )
                for other in strangers
            ),
        ]

    def expected(self, desired: Record, catalog: Catalog, way: str = "rest") -> Expected:  # noqa: ARG002 -- any name may be written
        """Say what the folder will show: the record itself. Pure."""
        whole = cast("Record", compact(desired))
        return Expected(whole, fates(parse_ref(whole["ref"]).kind))

    def compile(self, change: Change, catalog: Catalog) -> Compiled:  # noqa: ARG002 -- any name may be written
        """Turn a change into lines to append. Pure."""
        return Compiler(change, self.session.desk).compile()

    def undo(self, done: Sequence[tuple[Operation, WriteResult]], before: Record | None) -> Compiled:
        """Return the inverse operations of one lane. Pure."""
        return undo(done, before, self.session.desk)

    def write(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        """Append the lines of a batch; they are on the disk when this returns. What cannot be written is rejected by itself."""
        with self.folder.writing(self.session.desk) as writer:
            return [self._write_one(endpoint, operation, writer) for operation in batch]

    def poll(self, job: Job) -> Sequence[WriteResult] | None:
        """Raise UnsupportedError: no endpoint works by jobs."""
        raise UnsupportedError(f"there is no job {job.id}: files are written at once")

    def find(self, operations: Sequence[Operation], last: Mapping[str, str]) -> Sequence[WriteResult]:  # noqa: ARG002 -- marks need no hint
        """Tell by our marks which records were made, and by their values which edits were done."""
        return [self._find_one(operation) for operation in operations]

    def _takes_root(self, kind: Kind, id_: str) -> bool:
        return kind is not Kind.TICKET or self.folder.is_marked(kind, id_)

    # ---- writing one ---------------------------------------------------------------------------------------------

    def _write_one(self, endpoint: Endpoint, operation: Operation, writer: Writer) -> WriteResult:
        action: dict[str, Callable[[Operation, Writer], Mapping[str, str]]] = {
            "create": self._create, "add": self._create, "update": self._update, "restore": self._restore,
            "delete": self._delete, "put": self._put_history,
        }  # fmt: skip
        noun, verb = endpoint.name.split(".", 1)
        try:
            gives = self._link(operation, writer, verb) if noun == "link" else action[verb](operation, writer)
        except _RefusedError as error:
            finding = Finding(
                error.code, Severity.DOUBT, operation.subject, operation.key, str(error), error.remedy
            )
            return WriteResult(operation.key, "rejected", error=finding)
        return WriteResult(operation.key, "done", gives)

    def _create(self, operation: Operation, writer: Writer) -> Mapping[str, str]:
        kind = kind_of_endpoint(operation.endpoint)
        body = cast("dict[str, Any]", operation.body)
        root = None
        if kind in PART_OF:
            ticket = self._there(Kind.TICKET, str(operation.params["ticket"]))
            root = (Kind.TICKET, ticket.id)
        id_ = writer.next_id(kind)
        record = self._checked(kind, id_, body["record"])
        file = body.get("file")
        if isinstance(file, Blob):
            self._attach(file, writer)
        self._put(writer, kind, id_, record, root, str(operation.subject))
        return {"id": id_}

    def _attach(self, blob: Blob, writer: Writer) -> None:
        try:
            with self.session.blobs.open(blob.sha256) as source:
                whole = writer.attach(source, blob.sha256)
        except FileNotFoundError as error:
            raise _RefusedError(
                "NF-BLOB", f"the workspace does not hold the bytes of {blob.name!r}", "Extract again."
            ) from error
        if not whole:
            raise _RefusedError(
                "NF-BLOB", f"the bytes of {blob.name!r} are not what their checksum says", "Extract again."
            )

    def _update(self, operation: Operation, writer: Writer) -> Mapping[str, str]:
        line = self._there(kind_of_endpoint(operation.endpoint), str(operation.params["id"]))
        changed = _edited(line.record, cast("dict[str, Any]", operation.body))
        if changed != line.record:
            self._again(writer, line, changed)
        return {}

    def _link(self, operation: Operation, writer: Writer, verb: str) -> Mapping[str, str]:
        line = self._there(Kind.TICKET, str(operation.params["id"]))
        link = cast("dict[str, Any]", cast("dict[str, Any]", operation.body)["link"])
        links = [row for row in line.record.get("links", []) if link_name(row) != link_name(link)]
        if verb == "add":
            links.append(link)
        if links != line.record.get("links", []):
            self._again(writer, line, {**line.record, "links": links})
        return {}

    def _put_history(self, operation: Operation, writer: Writer) -> Mapping[str, str]:
        ticket = self._there(Kind.TICKET, str(operation.params["ticket"]))
        wanted = cast("list[dict[str, Any]]", cast("dict[str, Any]", operation.body)["events"])
        there = {id_: self._there(Kind.EVENT, id_) for id_ in self.folder.parts(Kind.EVENT, ticket.id)}
        by_origin = {line.origin: id_ for id_, line in there.items() if line.origin}
        fresh = int(writer.next_id(Kind.EVENT))
        lines: list[tuple[str, Record, str | None]] = []
        for event in wanted:
            id_ = event.get("id") or by_origin.get(event["origin"])
            if id_ is None:
                id_, fresh = str(fresh), fresh + 1
            line = there.pop(id_, None)
            record = self._checked(Kind.EVENT, id_, event["record"])
            former = line or self.folder.last(Kind.EVENT, id_)
            if line is None or line.record != record:
                lines.append((id_, record, event.get("origin") or (former.origin if former else None)))
        for id_, record, origin in lines:
            self._put(writer, Kind.EVENT, id_, record, (Kind.TICKET, ticket.id), origin)
        for line in there.values():
            self._end(writer, line)
        return {}

    def _delete(self, operation: Operation, writer: Writer) -> Mapping[str, str]:
        kind = kind_of_endpoint(operation.endpoint)
        line = self.folder.get(kind, str(operation.params["id"]))
        if line is None:
            return {}
        for part in (part for part, root in PART_OF.items() if root is kind):
            for id_ in self.folder.parts(part, line.id):
                self._end(writer, self._there(part, id_))
        self._end(writer, line)
        return {}

    def _restore(self, operation: Operation, writer: Writer) -> Mapping[str, str]:
        kind, id_ = kind_of_endpoint(operation.endpoint), str(operation.params["id"])
        if self.folder.get(kind, id_) is not None:
            return {}
        line = self.folder.last(kind, id_)
        if line is None or not line.record:
            raise _RefusedError("NF-GONE", f"{kind.value} {id_} was never there")
        self._again(writer, line, line.record)
        return {}

    # ---- lines ---------------------------------------------------------------------------------------------------

    def _there(self, kind: Kind, id_: str) -> RecordLine:
        line = self.folder.get(kind, id_)
        if line is None:
            raise _RefusedError("NF-GONE", f"{kind.value} {id_} is not in the folder", "Plan again.")
        return line

    def _ref(self, kind: Kind, id_: str) -> str:
        return f"{self.session.desk}:{kind.value}:{id_}"

    def _now(self) -> str:
        return datetime.fromtimestamp(self.session.clock.time(), UTC).isoformat()

    def _checked(self, kind: Kind, id_: str, record: Record) -> Record:
        """Give a record its name and check it against the schema, before anything is written."""
        named = cast("Record", compact({**record, "ref": self._ref(kind, id_)}))
        try:
            return validate(named)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"]))
            message = f"{where}: {fault['msg']}"
            raise _RefusedError(
                "NF-RECORD", message, "Mend the mapping: the schema does not hold this."
            ) from error

    def _put(
        self,
        writer: Writer,
        kind: Kind,
        id_: str,
        record: Record,
        root: tuple[Kind, str] | None,
        origin: str | None,
    ) -> None:
        workspace = self.session.workspace if origin is not None else ""
        writer.put(kind, id_, record, root=root, updated=self._now(), origin=origin, workspace=workspace)

    def _again(self, writer: Writer, line: RecordLine, record: Record) -> None:
        root = None if line.root is None else (PART_OF[line.kind], line.root)
        self._put(writer, line.kind, line.id, self._checked(line.kind, line.id, record), root, line.origin)

    def _end(self, writer: Writer, line: RecordLine) -> None:
        root = None if line.root is None else (PART_OF[line.kind], line.root)
        writer.put(
            line.kind,
            line.id,
            line.record,
            root=root,
            updated=self._now(),
            gone=True,
            origin=line.origin,
            workspace=line.workspace,
        )

    # ---- finding one ---------------------------------------------------------------------------------------------

    def _find_one(self, operation: Operation) -> WriteResult:
        noun, verb = operation.endpoint.split(".", 1)
        kind = kind_of_endpoint(operation.endpoint)
        if verb in ("create", "add") and noun != "link":
            return self._find_made(kind, operation)
        id_ = str(operation.params.get("id") or operation.params.get("ticket"))
        line = self.folder.get(Kind.TICKET if noun == "history" else kind, id_)
        body = cast("dict[str, Any]", operation.body)
        if noun == "link":
            links = [] if line is None else line.record.get("links", [])
            done = (
                (body["link"] in links)
                if verb == "add"
                else link_name(body["link"]) not in map(link_name, links)
            )
        elif verb == "delete":
            done = line is None
        elif verb == "restore":
            done = line is not None
        elif noun == "history":
            events = (
                []
                if line is None
                else [self._there(Kind.EVENT, part) for part in self.folder.parts(Kind.EVENT, id_)]
            )
            done = {row.get("origin") or row["id"] for row in body["events"]} == {
                row.origin if any(event.get("origin") == row.origin for event in body["events"]) else row.id
                for row in events
            }
        else:
            done = line is not None and _edited(line.record, body) == line.record
        return WriteResult(operation.key, "done" if done else "absent")

    def _find_made(self, kind: Kind, operation: Operation) -> WriteResult:
        found = self.folder.found(kind, str(operation.subject))
        if not found:
            return WriteResult(operation.key, "absent")
        error = None
        if len(found) > 1:
            error = Finding(
                "NF-TWICE",
                Severity.DOUBT,
                operation.subject,
                operation.key,
                f"{kind.value} {', '.join(found)} all bear the mark of {operation.subject}",
                "Look at them, and take out what is too much.",
            )
        return WriteResult(operation.key, "done", {"id": found[0]}, error=error)


def _edited(record: Record, body: Mapping[str, Any]) -> Record:
    """Return the record with the values of `set` and `fields`; None takes away."""
    result = {**record, **body.get("set", {})}
    if "fields" in body:
        result["fields"] = {**record.get("fields", {}), **body["fields"]}
    return cast("Record", compact(result))

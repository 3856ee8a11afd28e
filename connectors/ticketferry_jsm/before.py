"""A ticket as it stands before an update, compiled the same way: what undoing an edit writes."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import cast

from ticketferry.sdk import Lane, Operation, Record, Session, Template, parse_ref

from .body import bound
from .compile_thread import JiraThread
from .compile_ticket import compile_head
from .compile_watchers import list_watchers
from .provenance import seal
from .site_index import JiraCatalogIndex

__all__ = ["Before"]

_PARTS = ("comments", "attachments", "worklogs")


class Before:
    """The operations that would write the current record; `known`: source refs whose slots the id map has."""

    def __init__(
        self,
        current: Record,
        site: JiraCatalogIndex,
        session: Session,
        edited: Mapping[str, str],
        known: Collection[str],
    ) -> None:
        record = _in_source_terms(current)
        self._site = site
        self._lane = Lane(parse_ref(record["ref"]))
        self._thread = JiraThread(record, site, self._lane, frozenset(), edited)
        self._thread.files = {
            item["ref"]: item for item in record.get("attachments", []) if item["ref"] in known
        }
        files = frozenset(self._thread.files)
        self._head = compile_head(record, site, self._lane, session.origin, session.workspace, files)
        if self._head is not None:
            seal(self._head, self._lane)
            self._thread.description(self._head.description, write=False)
        self._thread.comments()
        self._thread.worklogs()
        self._thread.links(frozenset())
        list_watchers(record, self._thread.rows, self._thread.expected)
        self._bodies = {
            item.key.rpartition("@")[0]: item.body
            for item in self._lane.operations
            if item.endpoint == "comment.edit"
        }

    def with_undo(self, operation: Operation) -> Operation:
        """Return an operation with what undoing it writes; those that need none, or cannot be undone, as they are."""
        back: Template = None
        if operation.endpoint in ("issue.edit", "issue.request_type"):
            back = self._fields(operation)
        elif operation.endpoint == "comment.edit":
            back = self._bodies.get(operation.key.rpartition("@")[0])
        elif operation.endpoint == "issue.set_property":
            back = {key: list(rows) for key, rows in sorted(self._thread.rows.items())}
        return operation if back is None else replace(operation, params={**operation.params, "undo": back})

    def _fields(self, operation: Operation) -> Template:
        head, body = self._head, cast("Mapping[str, Template]", operation.body)
        if head is None:
            return None
        back: dict[str, Template] = {}
        if "properties" in body:
            back["properties"] = [*head.properties]
        wanted = body.get("fields")
        if isinstance(wanted, dict):
            back["fields"] = {field: self._value(field) for field in wanted}
        return back

    def _value(self, field: str) -> Template:
        head = self._head
        assert head is not None
        if field == "description":
            return bound(head.description[0], self._site.browse) if head.description else None
        if field == "resolution":
            name = head.expected.get("resolution")
            return {"name": name} if name else None
        if field == self._site.special("request_type"):
            return head.form
        return head.fields.get(field, head.cleared.get(field))


def _in_source_terms(current: Record) -> Record:
    """Return the record with its parts under the source refs that our marks name, and without parts of others."""
    record = dict(current)
    record["ref"] = current.get("origin", current["ref"])
    for name in _PARTS:
        record[name] = [
            {**part, "ref": part["origin"]} for part in current.get(name, []) if part.get("origin")
        ]
    return record

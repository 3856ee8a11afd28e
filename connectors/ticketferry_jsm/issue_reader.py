"""Issues read by id, each with its comments, files and work logs as wires of their own; what each side adds it says itself."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ticketferry.sdk import Kind, Ref, RejectedError, RetryableError, Session, Wire, pause
from ticketferry.sdk.rest.second_look import REFUSALS
from ticketferry.sdk.shapes import holding, within

from .client import JsmClient
from .issue_extras import IssueExtras
from .options import JsmOptions
from .wire import API, neutral_time

__all__ = ["IssueParts", "IssueReader", "wire_of"]

_COMMENTS_A_REQUEST = 1_000
_AGAIN = (0.0, 2.0, 8.0)
"""Waits before a list of parts is read, and read again while it is shorter than the issue says."""


def wire_of(
    desk: str, kind: Kind, id_: object, body: Any, *, root: Ref | None = None, updated: str | None = None, met: bool = False
) -> Wire:  # fmt: skip
    """Make a wire record; `updated` as Jira writes times."""
    at = neutral_time(updated) if updated else None
    return Wire(
        Ref(desk, kind, str(id_)), body, datetime.fromisoformat(at) if at else None, root=root, met=met
    )


class IssueParts(NamedTuple):
    """An issue taken apart: its own fields, what hangs on it, and how many rows of what lack."""

    root: Ref
    fields: dict[str, Any]
    comments: list[dict[str, Any]]
    files: list[dict[str, Any]]
    worklogs: list[dict[str, Any]]
    lacks: dict[str, int]


class IssueReader(ABC):
    """Reads issues of one site by id, each with comments, files and work logs as wires of their own."""

    def __init__(self, client: JsmClient, session: Session, options: JsmOptions) -> None:
        self.client = client
        self.session = session
        self.extras = IssueExtras(client, options)

    @abstractmethod
    def wanted(self) -> dict[str, Any]:
        """Return what a request for issues asks for: `fields`, `properties`, `expand`."""

    @abstractmethod
    def whole(self, issue: dict[str, Any], parts: IssueParts, histories: Mapping[str, Any]) -> list[Wire]:
        """Make the wires of an issue, its own first."""

    def histories(self, ids: Sequence[str]) -> Mapping[str, list[dict[str, Any]]]:  # noqa: ARG002 -- for those who read it
        """Read the history of several issues together; nothing where it is not wanted."""
        return {}

    def wire(
        self, kind: Kind, id_: object, body: Any, *, root: Ref | None = None, updated: str | None = None
    ) -> Wire:
        """Make a wire of this site."""
        return wire_of(self.session.desk, kind, id_, body, root=root, updated=updated)

    def read(self, ids: Sequence[str]) -> list[Wire]:
        """Read issues by id with comments, files and work logs, as one wire each.

        One that the site shows by itself and that cannot be read whole is a wire that is unread; the others come.
        """
        try:
            found = self._read(ids)
        except REFUSALS as error:
            if len(ids) == 1:
                return self._unread(ids[0], error)
            self._alive(error)
            half = len(ids) // 2
            return [*self.read(ids[:half]), *self.read(ids[half:])]
        shown = {(wire.root or wire.ref).id for wire in found}
        for id_ in ids:
            # Jira leaves out, without a word, what it does not find; the search had it, so it is asked for by itself.
            if id_ in shown or not id_.isdigit():
                continue
            if len(ids) > 1:
                found += self.read([id_])
            else:
                found += self._unread(id_, None)
        return found

    def _by_itself(self, id_: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.client.get(
            f"{API}/issue/{id_}",
            endpoint="second_look.issue",
            group="issue.read",
            params={"fields": "project"},
        )
        return found

    def _alive(self, error: RejectedError | RetryableError) -> None:
        """Raise `error` where the site does not answer to anything else either."""
        if isinstance(error, RetryableError):
            try:
                self.client.myself()
            except REFUSALS:
                raise error from None

    def _unread(self, id_: str, error: RejectedError | RetryableError | None) -> list[Wire]:
        """Ask for an issue by itself: nothing where it is not there, else a wire that says why it is unread."""
        try:
            row = self._by_itself(id_)
        except RejectedError as refused:
            if refused.status == 404:
                return []
            error = error or refused
        except RetryableError as failed:
            self._alive(error or failed)
            error = error or failed
        else:
            if not error and not same(id_, row):
                return []
            # A key may be asked for: the issue is held under its id, as the streams hold it.
            id_ = str(row.get("id") or id_)
        why = (
            f"{error.message}"
            if error
            else "Jira shows it by itself and leaves it out of what is read together"
        )
        return [Wire(Ref(self.session.desk, Kind.TICKET, str(id_)), None, None, unread=why)]

    def _read(self, ids: Sequence[str]) -> list[Wire]:
        body = {"issueIdsOrKeys": list(ids), **self.wanted()}
        found = self.client.question(
            f"{API}/issue/bulkfetch", body, endpoint="issue.bulkfetch", group="issue.read"
        )
        # A key may be asked for, and an issue that was moved answers under its new one: ids are held, keys are not.
        strange = [row for row in found["issues"] if ids_only(ids) and str(row.get("id")) not in ids]
        if strange:
            raise RetryableError(
                f"the answer tells of issue {strange[0].get('id')}, which was not asked for",
                where=f"POST {API}/issue/bulkfetch",
                remedy="Is a proxy or a cache between here and the site? Then run the command again.",
            )
        wires: list[Wire] = []
        issues = found.get("issues", [])
        comments = self._comments_together(issues)
        histories = self.histories([str(issue["id"]) for issue in issues])
        for issue in issues:
            try:
                wires += self.whole(issue, self._parts(issue, comments), histories)
            except REFUSALS as error:
                wires += self._unread(str(issue["id"]), error) or [_gone(self.session.desk, issue)]
        return wires

    def _comments_together(self, issues: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Read the comments that the issues show, with their properties, 1,000 a request [P POST /comment/list].

        An issue shows at most 100; one that has more is asked for its own.
        """
        ids = [
            str(row["id"])
            for issue in issues
            if (block := _whole_block(issue)) is not None
            for row in block.get("comments") or []
        ]
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), _COMMENTS_A_REQUEST):
            part = ids[start : start + _COMMENTS_A_REQUEST]
            page = self.client.question(
                f"{API}/comment/list?expand=properties", {"ids": [int(id_) for id_ in part]},
                endpoint="comment.by_ids", group="comment.read",
                fits=within(holding("values"), "values", "id", part),
            )  # fmt: skip
            found.update((str(row["id"]), row) for row in page.get("values", []))
        return found

    def _parts(self, issue: dict[str, Any], known_comments: Mapping[str, dict[str, Any]]) -> IssueParts:
        """Take an issue apart; lists that it shows only the beginning of are read."""
        id_ = str(issue["id"])
        fields = dict(issue.get("fields") or {})
        comments = self._known(issue, known_comments)
        block = fields.pop("comment", None)
        if comments is None:
            comments = self._comments(id_, block)
        block_of_logs = fields.pop("worklog", None)
        worklogs = self._worklogs(id_, block_of_logs)
        lacks = {
            name: missing
            for name, rows, told in (("comment", comments, block), ("worklog", worklogs, block_of_logs))
            if (missing := _total(told) - len(rows)) > 0
        }
        files = fields.pop("attachment", None) or []
        if fields.get("issuelinks"):
            fields["issuelinks"] = [_without_copies(link) for link in fields["issuelinks"]]
        if isinstance(parent := fields.get("parent"), Mapping) and isinstance(parent.get("fields"), Mapping):
            # Its level tells whether it is an epic; the rest would change this record whenever the parent changes.
            fields["parent"] = {**parent, "fields": {"issuetype": parent["fields"].get("issuetype")}}
        if isinstance(fields.get("subtasks"), list):
            fields["subtasks"] = [
                {key: item for key, item in row.items() if key != "fields"}
                if isinstance(row, Mapping)
                else row
                for row in fields["subtasks"]
            ]
        root = Ref(self.session.desk, Kind.TICKET, id_)
        return IssueParts(root, fields, comments, files, worklogs, lacks)

    def own(self, issue: Mapping[str, Any], parts: IssueParts, **beside: Any) -> Wire:
        """Make the wire of an issue itself."""
        head = {**issue, "fields": parts.fields, **({"lacks": parts.lacks} if parts.lacks else {}), **beside}
        return self.wire(Kind.TICKET, parts.root.id, head, updated=parts.fields.get("updated"))

    def comments(self, parts: IssueParts, rows: Sequence[dict[str, Any]]) -> list[Wire]:
        """Make the wires of comments."""
        return [
            self.wire(Kind.COMMENT, row["id"], row, root=parts.root, updated=row.get("updated"))
            for row in rows
        ]

    def beside(
        self, kind: Kind, parts: IssueParts, rows: Sequence[dict[str, Any]], marked: Mapping[str, Any]
    ) -> list[Wire]:
        """Make the wires of files or work logs, each with the mark that is known of it."""
        return [
            self.wire(
                kind,
                row["id"],
                {**row, "mark": mark} if (mark := marked.get(str(row["id"]))) else row,
                root=parts.root,
                updated=row.get("created"),
            )
            for row in rows
        ]

    def _known(
        self, issue: dict[str, Any], known: Mapping[str, dict[str, Any]]
    ) -> list[dict[str, Any]] | None:
        """Return the comments of an issue in order, None where one of them was not among those read together."""
        block = _whole_block(issue)
        if block is None:
            return None
        rows = [known.get(str(row["id"])) for row in block.get("comments") or []]
        return [row for row in rows if row is not None] if all(rows) else None

    def _comments(self, issue: str, block: Any) -> list[dict[str, Any]]:
        if isinstance(block, Mapping) and block.get("total") == 0:
            return []
        params = {"expand": "properties"}
        return self._whole(issue, "comment", _total(block), params)

    def _whole(
        self, issue: str, name: str, total: int, params: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Read a list of an issue's parts, and read it again where it is shorter than the issue says: lists are cut silently."""
        found: dict[str, dict[str, Any]] = {}
        for wait in _AGAIN:
            pause(self.session.clock, wait, "Jira gave a list cut short")
            rows = self.client.every(
                f"{API}/issue/{issue}/{name}",
                endpoint=f"{name}.list",
                rows=f"{name}s",
                params=params,
                size=5_000 if name == "worklog" else 100,
            )
            found.update((str(row["id"]), row) for row in rows)
            if len(found) >= total:
                break
        return sorted(found.values(), key=lambda row: int(row["id"]))

    def _worklogs(self, issue: str, block: Any) -> list[dict[str, Any]]:
        if isinstance(block, Mapping) and int(block.get("total") or 0) <= len(block.get("worklogs") or []):
            return list(block.get("worklogs") or [])
        return self._whole(issue, "worklog", _total(block))


def ids_only(ids: Sequence[str]) -> bool:
    """Tell whether issues are asked for by id alone, not by key."""
    return all(id_.isdigit() for id_ in ids)


def same(asked: str, row: Mapping[str, Any]) -> bool:
    """Tell whether an issue is the one that was asked for, by id or by key."""
    return asked in (str(row.get("id")), str(row.get("key")))


def _gone(desk: str, issue: Mapping[str, Any]) -> Wire:
    return Wire(Ref(desk, Kind.TICKET, str(issue["id"])), None, None, gone=True)


def _total(block: Any) -> int:
    return int(block.get("total") or 0) if isinstance(block, Mapping) else 0


def _whole_block(issue: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the comments that stand in an issue's fields, None where they are not all there."""
    block = (issue.get("fields") or {}).get("comment")
    if not isinstance(block, Mapping):
        return None
    whole = int(block.get("total") or 0) == len(block.get("comments") or [])
    return block if whole else None


def _without_copies(link: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the copy of the other issue's fields: it would change this record whenever the other one does."""
    return {
        key: {name: item for name, item in value.items() if name != "fields"}
        if key in ("inwardIssue", "outwardIssue")
        else value
        for key, value in link.items()
    }

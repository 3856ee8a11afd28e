"""Issues read by id, each with its comments, files, work logs and history as wires of their own, every one with our mark beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from ticketferry.sdk import Kind, Ref, RejectedError, RetryableError, Session, Wire, pause
from ticketferry.sdk.shapes import holding, within

from . import marks
from .client import JsmClient
from .file_sight import sighted
from .forms import FORMS
from .issue_extras import IssueExtras
from .options import JsmOptions
from .wire import API, neutral_time, properties_of

__all__ = ["IssueReader", "wire_of"]

REFUSALS = (RejectedError, RetryableError)
"""What a request about some issues may be answered with while the site serves others."""
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


class IssueReader:
    """Reads issues of one site. Without `session.origin` marks are left alone: the site is read as a source."""

    def __init__(self, client: JsmClient, session: Session, options: JsmOptions) -> None:
        self.client = client
        self.session = session
        self._extras = IssueExtras(client, options)

    def _wire(
        self, kind: Kind, id_: object, body: Any, *, root: Ref | None = None, updated: str | None = None
    ) -> Wire:
        return wire_of(self.session.desk, kind, id_, body, root=root, updated=updated)

    def read(self, ids: Sequence[str]) -> list[Wire]:
        """Read issues by id with comments, files and work logs, as one wire each, every one with our mark beside it.

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
            row = self.client.get(
                f"{API}/issue/{id_}", endpoint="second_look.issue", group="issue.read",
                params={"fields": "project"},
            )  # fmt: skip
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
        body: dict[str, Any] = {"issueIdsOrKeys": list(ids), "properties": list(marks.ISSUE_PROPERTIES)}
        if self.session.origin:
            body["fields"] = ["*all", *self._extras.unread()]
        else:
            # At most 40 changes come embedded; what counts is their total.
            body |= {
                "fields": ["*all"],
                "expand": ["changelog"],
                "properties": [*FORMS, *marks.SOURCE_KEYS[:2]],
            }
        found = self.client.ask(
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
        histories = (
            {} if self.session.origin else self._extras.histories([str(issue["id"]) for issue in issues])
        )
        for issue in issues:
            try:
                own = list(self._one(issue, comments))
                if not self.session.origin:
                    own[0] = self._beside(own[0], issue, history := self._history(issue, histories))
                    own = self._with_media(own, issue)
                    own.extend(self._events(own[0].ref, history[0]))
            except REFUSALS as error:
                wires.extend(self._unread(str(issue["id"]), error) or [_gone(self.session.desk, issue)])
                continue
            lacking = [name for name in ("comment",) if (_body(own[0]).get("lacks") or {}).get(name)]
            if lacking and not self.session.origin:
                told = f"Jira counts {_body(own[0])['lacks']['comment']} comments more than it shows"
                wires.append(Wire(own[0].ref, None, None, unread=told))
                continue
            wires.extend(own)
        return wires

    def _history(
        self, issue: dict[str, Any], histories: Mapping[str, list[dict[str, Any]]]
    ) -> tuple[list[dict[str, Any]], int]:
        return self._extras.checked(issue, histories.get(str(issue["id"]), []))

    def _beside(self, wire: Wire, issue: dict[str, Any], history: tuple[list[dict[str, Any]], int]) -> Wire:
        """Add to an issue's own wire what stands in no field of it."""
        body = dict(cast("Mapping[str, Any]", wire.body))
        body.pop("changelog", None)
        body["fields"] = self._extras.still(dict(body["fields"]))
        beside = {
            "remotelinks": self._extras.remote_links(wire.ref.id),
            "feedback": self._extras.feedback(issue),
        }
        body |= {key: value for key, value in beside.items() if value}
        if history[1]:
            body["lacks"] = {**body.get("lacks", {}), "changelog": history[1]}
        return replace(wire, body=body)

    def _with_media(self, own: list[Wire], issue: Mapping[str, Any]) -> list[Wire]:
        """Note beside each text which attachments it shows, and beside each of those who sees it."""
        fields = issue.get("fields") or {}
        texts: list[Any] = [fields.get("description")]
        texts += [cast("Any", wire.body)["body"] for wire in own if wire.ref.kind is Kind.COMMENT]
        files = fields.get("attachment") or []
        media = self._extras.media(texts, files) if files else {}
        own = sighted(own, media)
        if not media:
            return own
        return [
            replace(wire, body=cast("Any", {**cast("dict[str, Any]", wire.body), "media": media}))
            if wire.ref.kind in (Kind.TICKET, Kind.COMMENT)
            else wire
            for wire in own
        ]

    def _events(self, root: Ref, history: Sequence[dict[str, Any]]) -> Iterator[Wire]:
        for row in history:
            at = neutral_time(row.get("created"))
            yield self._wire(Kind.EVENT, row["id"], row, root=root, updated=at)

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
            page = self.client.ask(
                f"{API}/comment/list?expand=properties", {"ids": [int(id_) for id_ in part]},
                endpoint="comment.by_ids", group="comment.read",
                fits=within(holding("values"), "values", "id", part),
            )  # fmt: skip
            found.update((str(row["id"]), row) for row in page.get("values", []))
        return found

    def _one(self, issue: dict[str, Any], known_comments: Mapping[str, dict[str, Any]]) -> Iterator[Wire]:
        id_ = str(issue["id"])
        root = Ref(self.session.desk, Kind.TICKET, id_)
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
        parts = properties_of(issue.get("properties")).get(marks.PARTS)
        parts = parts if isinstance(parts, Mapping) else {}
        of_description, grouped = _grouped(comments) if self.session.origin else ([], comments)
        if not self.session.origin:
            parts = {}
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
        head: dict[str, Any] = {**issue, "fields": fields}
        if lacks:
            head["lacks"] = lacks
        if parts.get("watchers"):
            head["watchers"] = self._extras.watchers(id_)
        if of_description:
            head["continued"] = of_description
        wires = [self._wire(Kind.TICKET, id_, head, updated=fields.get("updated"))]
        marked = _by_id(parts.get("files"))
        for comment in grouped:
            if self.session.origin:
                marked |= _by_id(
                    (properties_of(comment.get("properties")).get(marks.COMMENT) or {}).get("files")
                )
            wires.append(
                self._wire(Kind.COMMENT, comment["id"], comment, root=root, updated=comment.get("updated"))
            )
        for kind, rows, known in (
            (Kind.ATTACHMENT, files, marked),
            (Kind.WORKLOG, worklogs, _by_id(parts.get("worklogs"))),
        ):
            for row in rows:
                mark = known.get(str(row["id"]))
                wires.append(
                    self._wire(
                        kind,
                        row["id"],
                        {**row, "mark": mark} if mark else row,
                        root=root,
                        updated=row.get("created"),
                    )
                )
        return iter(wires)

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
            rows = self.client.pages(
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


def _body(wire: Wire) -> dict[str, Any]:
    return cast("dict[str, Any]", wire.body)


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


def _by_id(rows: object) -> dict[str, Mapping[str, Any]]:
    return (
        {str(row["id"]): row for row in rows if isinstance(row, Mapping) and "id" in row}
        if isinstance(rows, list)
        else {}
    )


def _grouped(comments: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the further parts of the description, and the comments, each with its own further parts under `continued`."""
    heads: dict[str, dict[str, Any]] = {}
    whole: list[dict[str, Any]] = []
    further: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for comment in comments:
        mark = properties_of(comment.get("properties")).get(marks.COMMENT)
        mark = mark if isinstance(mark, Mapping) else {}
        number = int((mark.get("part") or [1])[0])
        if mark.get("of") == "description":
            further.setdefault("", []).append((number, comment))
        elif mark.get("part") and number > 1 and mark.get("ref") in heads:
            further.setdefault(str(mark["ref"]), []).append((number, comment))
        else:
            if mark.get("ref"):
                heads.setdefault(str(mark["ref"]), comment)
            whole.append(comment)
    result = []
    for comment in whole:
        ref = (properties_of(comment.get("properties")).get(marks.COMMENT) or {}).get("ref")
        rows = further.get(str(ref)) if ref and heads.get(str(ref)) is comment else None
        result.append({**comment, "continued": _ordered(rows)} if rows else comment)
    return _ordered(further.get("", [])), result


def _ordered(rows: Sequence[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [comment for _, comment in sorted(rows, key=lambda row: row[0])]

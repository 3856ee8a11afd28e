"""Reading back what we wrote: tickets that bear our mark, each comment with what the mark says of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import orjson

from ticketferry.sdk import Json, Kind, Ref, Session, Wire
from ticketferry.sdk.rest.parallel import OrderedMap
from ticketferry_zendesk.audit_rows import is_message
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.history import AuditHistory
from ticketferry_zendesk.provenance import BORN_NEW, KEY, file_name, find_mark, load
from ticketferry_zendesk.wire import Row, moment

__all__ = ["TOKEN", "OwnReader"]

TOKEN = re.compile(r"/attachments/token/([^/?#\"'\s]+)")
"""The token in the address of an attachment's content."""
_KEPT = ("record", "exact", "unset", "tags", "links", "provenance", "more", "ref", "workspace", BORN_NEW)
"""What the newest mark says holds; of comments every mark tells."""


class OwnReader:
    """Turns tickets of the account into wire records. A ticket's marks are joined to it and to its comments, which alone tell
    which source records they stand for.
    """

    def __init__(
        self,
        client: ZendeskClient,
        history: AuditHistory,
        several: OrderedMap,
        session: Session,
    ) -> None:
        self._client = client
        self._history = history
        self._several = several
        self._session = session
        self._prefix = session.mark("")

    def is_ours(self, row: Row) -> bool:
        """Tell whether a ticket's external id begins as our marks do."""
        external = row.get("external_id")
        return isinstance(external, str) and external.startswith(self._prefix)

    def read(self, rows: Sequence[Row]) -> Iterator[Wire]:
        """Read tickets with all their comments; deleted ones as tombstones."""
        for row, audits in zip(rows, self._several.each(self._audits, rows), strict=True):
            yield from self._wires(row, audits)

    def _audits(self, row: Row) -> list[Row]:
        """Read the audits of a ticket, with the images that only its comments show."""
        listed = [
            cast("Row", wire.body) for wire in self._history.of_ticket(row) if wire.ref.kind is Kind.EVENT
        ]
        return sorted(listed, key=lambda audit: int(audit["id"]))

    def _wires(self, row: Row, audits: Sequence[Row]) -> Iterator[Wire]:
        desk, id_ = self._session.desk, str(row["id"])
        ticket = Ref(desk, Kind.TICKET, id_)
        updated = moment(row.get("updated_at"))
        spoken = _spoken(audits)
        mark = self._join(spoken) if self.is_ours(row) else None
        if mark is not None:
            mark |= _born(audits)
        body = {**row, KEY: mark} if mark is not None else row
        yield Wire(ticket, cast("Json", body), updated, row.get("status") == "deleted")
        for comment in spoken:
            if row.get("status") == "closed":
                comment["closed"] = True
            yield Wire(
                Ref(desk, Kind.COMMENT, str(comment["event"]["id"])),
                cast("Json", comment),
                updated,
                root=ticket,
            )

    def _join(self, spoken: list[dict[str, Any]]) -> dict[str, Any]:
        """Give each comment its entry, take our own comments out, and return what the marks say of the ticket."""
        whole: dict[str, Any] = {}
        entries: dict[str, dict[str, Any]] = {}
        waiting: list[dict[str, Any]] = []
        for comment in list(spoken):
            mark = self._mark(comment["event"])
            if mark is None:
                waiting.append(comment)
                continue
            spoken.remove(comment)
            listed = [entry for entry in mark.get("comments") or () if isinstance(entry, dict)]
            if not whole:
                _assign(spoken, waiting, listed)
            for entry in listed:
                entries[str(entry.get("ref"))] = {**entries.get(str(entry.get("ref")), {}), **entry}
            whole |= {key: mark[key] for key in _KEPT if key in mark}
            for key in ("exact", "unset", "links", "record", "provenance", BORN_NEW):
                if key not in mark:
                    whole.pop(key, None)
        _appended(spoken)
        for comment in spoken:
            ref = str((comment.get("mark") or {}).get("ref"))
            if ref in entries:
                comment["mark"] = {**comment["mark"], **entries[ref]}
            comment.setdefault("mark", None)
        _share_files(spoken)
        return whole or {"lost": True}

    def _mark(self, event: Row) -> dict[str, Any] | None:
        if event.get("public") is True:
            return None  # only what customers cannot write may say what is what
        mark = find_mark(event.get("html_body"))
        if mark is None or not mark.get("attached"):
            return mark
        name = file_name(f"{self._prefix}{mark['ref'].split(':', 2)[-1]}")
        for file in event.get("attachments") or ():
            if isinstance(file, dict) and file.get("file_name") == name and file.get("content_url"):
                return load(b"".join(self._client.file(str(file["content_url"]))))
        return mark


def _born(audits: Sequence[Row]) -> dict[str, Any]:
    """Return tags, group, assignee and status that a ticket had from its first moment, by the Create events of its first audit."""
    first = audits[0].get("events") or () if audits else ()
    made = {
        str(event.get("field_name")): event.get("value")
        for event in first
        if isinstance(event, dict) and event.get("type") == "Create"
    }
    tags = made.get("tags")
    told: dict[str, Any] = {"born_tags": [str(tag) for tag in tags]} if isinstance(tags, list) else {}
    told |= {
        key: str(made[name])
        for key, name in (
            ("born_group", "group_id"),
            ("born_assignee", "assignee_id"),
            ("born_status", "status"),
        )
        if made.get(name) is not None
    }
    return told


def _spoken(audits: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the comments in order, with the last word on who may see them."""
    found: list[dict[str, Any]] = []
    by_id: dict[str, Row] = {}
    for audit in audits:
        for event in audit.get("events") or ():
            if not isinstance(event, dict):
                continue
            if is_message(str(event.get("type")), event):
                said = {**event}
                by_id[str(event.get("id"))] = said
                found.append(
                    {
                        "event": said,
                        "time": audit.get("created_at"),
                        "by": audit.get("author_id"),
                        "via": audit.get("via"),
                        "metadata": (audit.get("metadata") or {}).get("custom"),
                    }
                )
            elif event.get("type") == "CommentPrivacyChange" and str(event.get("comment_id")) in by_id:
                by_id[str(event["comment_id"])]["public"] = event.get("public") is True
            elif event.get("type") == "CommentRedactionEvent" and str(event.get("comment_id")) in by_id:
                by_id[str(event["comment_id"])]["redacted"] = True
    for comment in found:
        comment["mark"] = None
    return found


def _assign(
    spoken: list[dict[str, Any]], waiting: Sequence[dict[str, Any]], entries: Sequence[dict[str, Any]]
) -> None:
    """Match the comments of an import, which stand before our first mark, with its entries in their order."""
    rest = list(waiting)
    for entry in entries:
        count = len(entry.get("parts") or (None,))
        group, rest = rest[:count], rest[count:]
        if not group:
            return
        group[0]["mark"] = entry
        group[0]["more"] = [other["event"] for other in group[1:]]
        for other in group[1:]:
            spoken.remove(other)


def _appended(spoken: list[dict[str, Any]]) -> None:
    """Recognise comments that an update added, by the metadata of their audit; put the parts of a long one together."""
    first: dict[str, dict[str, Any]] = {}
    for comment in list(spoken):
        if comment.get("mark"):
            continue
        told = _told(comment["metadata"])
        if told is None:
            continue
        ref = str(told["ref"])
        if ref in first:
            first[ref]["more"].append(comment["event"])
            spoken.remove(comment)
            continue
        first[ref] = comment
        comment["mark"] = {**told, "created": [None, told.get("created")]}
        comment["more"] = []


def _share_files(spoken: Sequence[dict[str, Any]]) -> None:
    """Tell each comment of the files of other comments that its text shows: token -> source ref."""
    shown: dict[str, str] = {}
    for comment in spoken:
        known = {str(row.get("id")): str(row["ref"]) for row in (comment["mark"] or {}).get("files") or ()}
        for event in (comment["event"], *(comment.get("more") or ())):
            for file in event.get("attachments") or ():
                named = known.get(str(file.get("id"))) if isinstance(file, dict) else None
                if named is not None:
                    shown |= dict.fromkeys(TOKEN.findall(str(file.get("content_url"))), named)
    if not shown:
        return
    for comment in spoken:
        for event in (comment["event"], *(comment.get("more") or ())):
            foreign = {
                token: shown[token]
                for token in TOKEN.findall(str(event.get("html_body") or ""))
                if token in shown
            }
            if foreign:
                comment["shown"] = {**comment.get("shown", {}), **foreign}


def _told(custom: object) -> dict[str, Any] | None:
    text = custom.get(KEY) if isinstance(custom, Mapping) else None
    if not isinstance(text, str):
        return None
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return told if isinstance(told, dict) and isinstance(told.get("ref"), str) else None

"""The history of tickets: the audits of each, or the export of ticket events."""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import orjson

from ticketferry.sdk import Page, RejectedError, Session, Wire
from ticketferry_zendesk.audit_rows import steps
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.translate_comment import tokens
from ticketferry_zendesk.translate_ticket import merged_into
from ticketferry_zendesk.waits import waiting
from ticketferry_zendesk.wire import Row, moment, of_audit

__all__ = ["History"]

_CHUNK = 50
"""Tickets whose audits make one page: what an interruption costs at most."""
_SPOKEN = frozenset({"Comment", "VoiceComment"})
_NUMBER = re.compile(r"#(\d+)")
_In = TypeVar("_In")
_Out = TypeVar("_Out")


class History:
    """Reads audits. What one answer does not show is joined from another: see :mod:`.wire`."""

    def __init__(self, client: ZendeskClient, options: ZendeskOptions, session: Session) -> None:
        self._client = client
        self._options = options
        self._session = session

    def pages(self, state: dict[str, Any]) -> Iterator[Page]:
        """Read on from `state` in the configured way; a state of the other way begins anew."""
        if self._options.history == "events":
            return self._exported(int(state.get("start", 0)))
        return self._thorough(str(state.get("tickets", "")), int(state.get("past", 0)))

    # ---- the audits of each ticket

    def _thorough(self, cursor: str, past: int) -> Iterator[Page]:
        """Walk the export of tickets and read the audits of each; `past`: seconds up to which its page at `cursor` is done.

        The page may have changed when it is asked for again: tickets of the same second are read twice, none is left out.
        """
        while True:
            export = self._client.export(
                "/incremental/tickets/cursor",
                "tickets",
                cursor,
                endpoint="incremental.tickets",
                params={"support_type_scope": "all", "per_page": self._options.page_size},
            )
            rows = [row for row in export.rows if not past or _generated(row) >= past]
            chunks = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)] or [[]]
            for number, chunk in enumerate(chunks, 1):
                wires = [wire for wires in self.many(self.of_ticket, chunk) for wire in wires]
                if number < len(chunks):
                    state = {"tickets": cursor, "past": max(past, *map(_generated, chunk))}
                    yield Page(wires, _cursor(state), last=False)
                else:
                    yield Page(wires, _cursor({"tickets": export.position}), export.last)
            if export.last:
                return
            cursor, past = str(export.position), 0

    def of_ticket(self, ticket: Row) -> list[Wire]:
        """Read all audits of a ticket; none of a deleted one, which the desk no longer shows."""
        if ticket.get("status") == "deleted":
            return []
        try:
            rows = list(self._audits(ticket["id"]).values())
            self._show_images(ticket["id"], rows)
        except RejectedError as error:
            if error.status == 404:
                return []  # deleted since the export was read
            raise
        _keep_description(ticket, rows)
        return [of_audit(self._session.desk, row) for row in rows]

    def merge_of(self, ticket: Row) -> Row | None:
        """Return how a ticket was merged: the `via` of the audit that closed it, with the winner from its comment where only that names it."""
        if ticket.get("status") != "closed" or "closed_by_merge" not in (ticket.get("tags") or ()):
            return None
        try:
            return merge_in(self._audits(ticket["id"]).values())
        except RejectedError as error:
            if error.status == 404:
                return None
            raise

    def _audits(self, number: Any) -> dict[Any, Row]:
        listed = self._client.every(f"/tickets/{number}/audits", "audits", endpoint="tickets.audits")
        return {row["id"]: row for row in listed}

    def _show_images(self, number: Any, rows: Sequence[Row]) -> None:
        """Complete the attachments of comments whose text shows files that audits do not list."""
        if not self._options.files:
            return
        hidden = [
            step.row for row in rows for step in steps(row) if step.kind in _SPOKEN and _hides_files(step.row)
        ]
        if not hidden:
            return
        params = {"include_inline_images": "true"}
        listed = self._client.every(
            f"/tickets/{number}/comments", "comments", endpoint="tickets.comments", params=params
        )
        shown = {row.get("id"): row.get("attachments") for row in listed}
        for comment in hidden:
            files = shown.get(comment.get("id"))
            if files:
                known = {file.get("id") for file in files}
                kept = [file for file in comment.get("attachments") or () if file.get("id") not in known]
                comment["attachments"] = [*files, *kept]

    # ---- the export of ticket events

    def _exported(self, start: int) -> Iterator[Page]:
        """Read the export; a ticket whose comments came without their text is read by its audits instead [ISSUE airbyte 8519]."""
        while True:
            export = self._client.export_since(
                "/incremental/ticket_events",
                "ticket_events",
                start,
                endpoint="incremental.ticket_events",
                params={
                    "include": "comment_events",
                    "support_type_scope": "all",
                    "per_page": self._options.page_size,
                },
            )
            rows = {row["id"]: row for row in export.rows}
            wanting = {
                row["ticket_id"] for row in rows.values() if any(_lacks_text(step.row) for step in steps(row))
            }
            replaced = [wire for wires in self.many(self._by_id, sorted(wanting)) for wire in wires]
            by_ticket: dict[Any, list[Row]] = {}
            for row in rows.values():
                if row["ticket_id"] not in wanting:
                    by_ticket.setdefault(row["ticket_id"], []).append(row)
            list(self.many(lambda item: self._images_of(*item), list(by_ticket.items())))
            wires = [
                of_audit(self._session.desk, row) for row in rows.values() if row["ticket_id"] not in wanting
            ]
            start = int(export.position)
            yield Page([*replaced, *wires], _cursor({"start": start}), export.last)
            if export.last:
                return

    def _by_id(self, number: Any) -> list[Wire]:
        return self.of_ticket({"id": number})

    def _images_of(self, number: Any, rows: Sequence[Row]) -> None:
        try:
            self._show_images(number, rows)
        except RejectedError as error:
            if error.status != 404:
                raise

    # ---- several at once

    def many(self, work: Callable[[_In], _Out], items: Sequence[_In]) -> Iterator[_Out]:
        """Do `work` for each item, several at once, and yield the results in the items' order."""
        if self._options.parallel == 1 or len(items) < 2:
            yield from map(work, items)
            return
        clock = self._session.clock

        def busily(item: _In) -> _Out:
            with clock.busy():
                return work(item)

        with ThreadPoolExecutor(
            min(self._options.parallel, len(items)), thread_name_prefix="zendesk"
        ) as pool:
            futures = [pool.submit(busily, item) for item in items]
            try:
                for future in futures:
                    with waiting(clock):
                        result = future.result()
                    yield result
            finally:
                for future in futures:
                    future.cancel()


def merge_in(audits: Any) -> Row | None:
    """Find the `via` of the merge among audits of the loser; the winner is read from the audit's comment where `via` lacks it."""
    for audit in reversed(list(audits)):
        via = audit.get("via")
        source = via.get("source") if isinstance(via, dict) else None
        if not isinstance(source, dict) or source.get("rel") != "merge":
            continue
        if merged_into(via):
            return dict(via)
        if source.get("from") and isinstance(source["from"], dict) and source["from"].get("ticket_ids"):
            continue  # this ticket won an earlier merge
        for step in steps(audit):
            number = _NUMBER.search(str(step.row.get("body") or "")) if step.kind in _SPOKEN else None
            if number:
                return {**via, "source": {**source, "to": {"ticket_id": int(number[1])}}}
        return dict(via)
    return None


def _generated(row: Row) -> int:
    value = row.get("generated_timestamp")
    return value if isinstance(value, int) else 0


def _hides_files(comment: Row) -> bool:
    html = comment.get("html_body")
    if not isinstance(html, str) or "/attachments/token/" not in html:
        return False
    listed = "".join(str(file.get("content_url")) for file in comment.get("attachments") or ())
    return not tokens(html) <= tokens(listed)


def _lacks_text(event: Row) -> bool:
    return bool(event.get("comment_present")) and not event.get("body") and not event.get("html_body")


def _keep_description(ticket: Row, rows: Sequence[Row]) -> None:
    """Put the ticket's description beside the opening comment where the two differ, so that its text is kept."""
    description = ticket.get("description")
    if not isinstance(description, str) or not description.strip() or not rows:
        return
    first = min(rows, key=lambda row: (str(moment(row.get("created_at"))), row["id"]))
    words = description.split()
    for step in steps(first):
        if step.kind in _SPOKEN and words in (
            str(step.row.get(key) or "").split() for key in ("plain_body", "body")
        ):
            return
    first["ticket_description"] = description


def _cursor(state: dict[str, Any]) -> str:
    return orjson.dumps(state, option=orjson.OPT_SORT_KEYS).decode()

"""A ticket while the API writes it: every step leaves the audit event and the ticket's state together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.models.comment_bodies import RenderedBody
from ticketferry_emulators.zendesk.seed.case import TicketWithAudits, wire_value
from ticketferry_emulators.zendesk.seed.dice import WireRecord, audit_id, stamp, unix

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = ["BY_API", "TicketDraft", "blank_ticket"]

BY_API: WireRecord = {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}}
_CREATED = ("subject", "requester_id", "organization_id", "brand_id", "ticket_form_id", "type", "priority", "status",
            "custom_status_id", "group_id", "assignee_id", "problem_id", "due_at", "external_id")  # fmt: skip


def blank_ticket(state: DeskState, number: int, moment: float) -> WireRecord:
    """Return a new ticket's record with every key that recorded tickets have [REC]."""
    made = stamp(int(moment))
    fields = [
        row["id"] for row in state.lists["ticket_fields"].values() if row["removable"] and row["active"]
    ]
    return {
        "url": state.url(f"tickets/{number}"), "id": number, "external_id": None, "encoded_id": f"{number:06X}-ZD",
        "via": BY_API, "created_at": made, "updated_at": made, "generated_timestamp": int(moment), "type": None,
        "subject": "", "raw_subject": "", "description": "", "priority": None, "status": "new", "recipient": None,
        "requester_id": None, "submitter_id": None, "assignee_id": None, "organization_id": None, "group_id": None,
        "collaborator_ids": [], "follower_ids": [], "email_cc_ids": [], "forum_topic_id": None, "problem_id": None,
        "has_incidents": False, "is_public": True, "due_at": None, "tags": [],
        "custom_fields": [{"id": field, "value": None} for field in fields], "satisfaction_rating": {"score": "unoffered"},
        "satisfaction_probability": None, "sharing_agreement_ids": [], "custom_status_id": None, "fields": [],
        "followup_ids": [], "ticket_form_id": None, "brand_id": None, "allow_channelback": False,
        "allow_attachments": True, "from_messaging_channel": False, "support_type": "agent",
    }  # fmt: skip


class TicketDraft:
    """One ticket being written. Changes are kept by :meth:`finish` and by nothing before it."""

    def __init__(self, state: DeskState, case: TicketWithAudits) -> None:
        self.state = state
        self._case = case
        self.ticket, self.audits = case.ticket, case.audits
        self.deletion, self.solved = case.deletion, case.solved
        self.number = int(self.ticket["id"])
        self._ids = len(self.audits) + sum(len(audit["events"]) for audit in self.audits)

    def audit(
        self, author: int, moment: float, *, via: WireRecord = BY_API, custom: Mapping[str, object] | None = None
    ) -> None:  # fmt: skip
        """Begin an audit."""
        self.audits.append({
            "id": self._next(), "ticket_id": self.number, "created_at": stamp(int(moment)), "author_id": author,
            "metadata": {"system": {"client": "API"}, "custom": dict(custom or {})}, "events": [], "via": via,
        })  # fmt: skip

    def event(self, kind: str, **data: object) -> WireRecord:
        """Add an event to the newest audit."""
        event: WireRecord = {"id": self._next(), "type": kind, **data}
        self.audits[-1]["events"].append(event)
        return event

    def _next(self) -> int:
        self._ids += 1
        return audit_id(self.number, self._ids)

    def comment(
        self, author: int, body: RenderedBody, *, public: bool, files: Sequence[WireRecord] = ()
    ) -> WireRecord:
        """Add a comment to the newest audit; files that its text shows are inline."""
        attachments = [
            {**file, "inline": file["content_url"].split("/token/")[1].split("/")[0] in body.html}
            for file in files
        ]
        event = self.event(
            "Comment", author_id=author, body=body.text, html_body=body.html, plain_body=body.text, public=public,
            attachments=attachments, audit_id=self.audits[-1]["id"],
        )  # fmt: skip
        for file in attachments:
            self.state.uploads.records[file["id"]] = file
        return event

    def created(self) -> None:
        """Write the Create events of what the ticket has; call in the first audit, last."""
        for name in _CREATED:
            if self.ticket[name] is not None:
                self.event("Create", field_name=name, value=wire_value(self.ticket[name]))
        for row in self.ticket["custom_fields"]:
            if row["value"] is not None:
                self.event("Create", field_name=str(row["id"]), value=wire_value(row["value"]))
        if self.ticket["tags"]:
            self.event("Create", field_name="tags", value=list(self.ticket["tags"]))

    def set(self, field: str, value: object) -> None:
        """Change a field of a ticket that is there already; the same value again writes nothing."""
        before = self.ticket[field]
        if before == value:
            return
        self.ticket[field] = value
        if field == "subject":
            self.ticket["raw_subject"] = value
        self.event("Change", field_name=field, value=wire_value(value), previous_value=wire_value(before))

    def values(self) -> dict[int, object]:
        """Return the custom fields' values by field id."""
        return {row["id"]: row["value"] for row in self.ticket["custom_fields"]}

    def put_values(self, values: Mapping[int, object], *, audited: bool = True) -> None:
        """Set custom fields; `audited` writes a Change for each that moves."""
        rows = {row["id"]: row for row in self.ticket["custom_fields"]}
        for number, value in values.items():
            row = rows.get(number)
            if row is None:
                row = {"id": number, "value": None}
                self.ticket["custom_fields"].append(row)
            if row["value"] != value:
                before, row["value"] = row["value"], value
                if audited:
                    self.event(
                        "Change", field_name=str(number), value=wire_value(value), previous_value=wire_value(before)
                    )  # fmt: skip

    def finish(self, now: float, *, updated: float | None = None) -> TicketWithAudits:
        """Keep the ticket; `updated` is what an import says of its last change."""
        ticket = self.ticket
        moment = now if updated is None else updated
        ticket["updated_at"] = stamp(int(moment))
        ticket["generated_timestamp"] = max(int(now), unix(ticket["created_at"]))
        ticket["fields"] = [dict(row) for row in ticket["custom_fields"]]
        ticket["collaborator_ids"] = sorted({*ticket["follower_ids"], *ticket["email_cc_ids"]})
        case = self._case._replace(
            ticket=ticket, audits=self.audits, deletion=self.deletion, solved=self.solved
        )
        self.state.keep(case)
        return case

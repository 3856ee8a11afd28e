"""One ticket as it comes to be: each step writes the audit event and the ticket's state together, so they agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ticketferry_emulators.zendesk.seed import files, texts
from ticketferry_emulators.zendesk.seed.catalog import (
    BRANDS,
    FIELDS,
    FORMS,
    STATUSES,
    field_of,
    option_tags,
)
from ticketferry_emulators.zendesk.seed.dice import ENDS, Dice, WireRecord, api_url, audit_id, stamp, unix
from ticketferry_emulators.zendesk.seed.people import SYSTEM_USER, person
from ticketferry_emulators.zendesk.seed.rules import NOTIFY_REQUESTER, rule_via

__all__ = ["CaseBuilder", "TicketWithAudits", "wire_value"]

_DEFAULT_STATUS = {"new": "New", "open": "Open", "pending": "Pending", "hold": "On-hold", "solved": "Solved",
                   "closed": "Solved", "deleted": "Solved"}  # fmt: skip
_CREATED = ("subject", "requester_id", "organization_id", "brand_id", "ticket_form_id", "type", "priority", "status",
            "custom_status_id", "group_id", "assignee_id", "problem_id", "due_at", "external_id")  # fmt: skip


class TicketWithAudits(NamedTuple):
    """A ticket with its whole history; comments are the Comment and VoiceComment events of the audits."""

    ticket: WireRecord
    audits: list[WireRecord]
    rating: WireRecord | None = None
    deletion: WireRecord | None = None
    """Row of the deleted tickets' list; None for live and for scrubbed tickets."""
    sides: Sequence[WireRecord] = ()
    """Side conversations, each with its `events`."""
    solved: str | None = None
    """When an imported ticket says it was solved; its audits do not tell."""
    talk: Sequence[WireRecord] = ()
    """Messages that stand in the conversation log alone."""


def wire_value(value: object) -> object:
    """Return a field's value as audits write it: ids and numbers as strings, booleans as "1" and "0" [REC, RECALL]."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    return list(value) if isinstance(value, list) else value


class CaseBuilder:
    """Builds one case in order of time; every method adds to the newest audit unless it says otherwise."""

    def __init__(
        self, number: int, dice: Dice, opened: int, *, requester: int, subject: str, channel: str = "email",
        horizon: int = ENDS,
    ) -> None:  # fmt: skip
        who = person(requester).user
        self.number, self.dice, self.now, self.horizon = number, dice, opened, horizon
        self.audits: list[WireRecord] = []
        self.rating: WireRecord | None = None
        self.deletion: WireRecord | None = None
        self.solved: str | None = None
        self.sides: list[WireRecord] = []
        self.talk: list[WireRecord] = []
        self.late = 0
        self._files = 0
        self._ids = 0
        self._first = True
        source: WireRecord = {"from": {}, "to": {}, "rel": None}
        if channel == "email":
            source["from"] = {"address": who["email"], "name": who["name"]}
            source["to"] = {"name": "Acme", "address": "support@acme.example"}
        self.ticket: WireRecord = {
            "url": api_url(f"tickets/{number}"), "id": number, "external_id": None, "encoded_id": f"{number:06X}-ZD",
            "via": {"channel": channel, "source": source}, "created_at": stamp(opened), "updated_at": stamp(opened),
            "generated_timestamp": opened, "type": None, "subject": subject, "raw_subject": subject, "description": "",
            "priority": None, "status": "new", "recipient": "support@acme.example" if channel == "email" else None,
            "requester_id": requester, "submitter_id": requester, "assignee_id": None,
            "organization_id": who["organization_id"], "group_id": None, "collaborator_ids": [], "follower_ids": [],
            "email_cc_ids": [], "forum_topic_id": None, "problem_id": None, "has_incidents": False, "is_public": True,
            "due_at": None, "tags": [], "custom_fields": [{"id": row[1], "value": None} for row in FIELDS],
            "satisfaction_rating": {"score": "unoffered"}, "satisfaction_probability": None, "sharing_agreement_ids": [],
            "custom_status_id": STATUSES["New"], "fields": [], "followup_ids": [],
            "ticket_form_id": FORMS["Default"], "brand_id": BRANDS["Acme"], "allow_channelback": False,
            "allow_attachments": True, "from_messaging_channel": False, "support_type": "agent",
        }  # fmt: skip
        self._values: dict[int, WireRecord] = {row["id"]: row for row in self.ticket["custom_fields"]}

    @classmethod
    def resume(cls, case: TicketWithAudits, now: int) -> CaseBuilder:
        """Go on with a case at a later moment; what is written afterwards is later than what it has."""
        builder = cls.__new__(cls)
        ticket = case.ticket
        builder.number, builder.dice = ticket["id"], Dice("resumed", ticket["id"], now)
        builder.now = builder.horizon = max(now, unix(ticket["updated_at"]))
        builder.audits, builder.rating, builder.deletion = case.audits, case.rating, case.deletion
        builder.sides, builder.talk = list(case.sides), list(case.talk)
        builder.late, builder.ticket, builder.solved = 0, ticket, case.solved
        builder._index(case)  # noqa: SLF001 - its own class
        return builder

    def _index(self, case: TicketWithAudits) -> None:
        """Count what the case has, so that new ids do not meet old ones."""
        events = [event for audit in case.audits for event in audit["events"]]
        self._first = False
        self._ids = len(case.audits) + len(events)
        self._files = sum(len(event.get("attachments", ())) for event in events)
        self._values = {row["id"]: row for row in self.ticket["custom_fields"]}

    # --- time and audits

    def step(self, seconds: int) -> None:
        """Let time pass, never beyond the end of the sample."""
        if self.now + seconds > self.horizon:
            seconds = max(1, (self.horizon - self.now) // 8) if self.horizon > self.now else 0
        self.now += seconds

    def until(self, moment: int) -> None:
        """Let time pass up to a moment that other tickets know too."""
        self.now = max(self.now, min(moment, self.horizon))

    def audit(
        self, author: int, after: int = 0, *, channel: str = "web", source: WireRecord | None = None
    ) -> None:
        """Begin a new audit by `author`, `after` seconds later."""
        self.step(after)
        self._first = not self.audits
        via = {"channel": channel, "source": source or {"from": {}, "to": {}, "rel": None}}
        if self._first:
            via = self.ticket["via"]
        system: WireRecord = {}
        if author != SYSTEM_USER:
            system = {"client": "Mozilla/5.0", "ip_address": f"198.51.100.{author % 200 + 1}", "location": "Sampleton",
                      "latitude": 52.5, "longitude": 13.25}  # fmt: skip
        self.audits.append({
            "id": audit_id(self.number, self._next_id()), "ticket_id": self.number, "created_at": stamp(self.now),
            "author_id": author, "metadata": {"system": system, "custom": {}}, "events": [], "via": via,
        })  # fmt: skip
        self.ticket["updated_at"] = stamp(self.now)

    def event(self, kind: str, **data: object) -> WireRecord:
        """Add an event of any type to the newest audit and return it."""
        event: WireRecord = {"id": audit_id(self.number, self._next_id()), "type": kind, **data}
        self.audits[-1]["events"].append(event)
        return event

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids

    # --- fields

    def created(self) -> None:
        """Write the Create events of what the ticket has so far; call once, in the first audit, last."""
        for name in _CREATED:
            if self.ticket[name] is not None:
                self.event("Create", field_name=name, value=wire_value(self.ticket[name]))
        for row in self.ticket["custom_fields"]:
            if row["value"] is not None:
                self.event("Create", field_name=str(row["id"]), value=wire_value(row["value"]))
        if self.ticket["tags"]:
            self.event("Create", field_name="tags", value=list(self.ticket["tags"]))
        self._first = False

    def set(self, field: str, value: object, via: WireRecord | None = None) -> None:
        """Change a field of the ticket; the same value again writes nothing."""
        before = self.ticket[field]
        if before == value:
            return
        self.ticket[field] = value
        if field == "subject":
            self.ticket["raw_subject"] = value
        self._change(field, before, value, via)

    def custom(self, key: str, value: object) -> None:
        """Change a custom field, with the tags that its options put on the ticket."""
        number, kind, extra = field_of(key)
        before = self.value(number, value)
        if before != value:
            self.retag(option_tags(kind, extra, value), option_tags(kind, extra, before))

    def value(self, number: int, value: object) -> object:
        """Change a custom field by its id, without its tags, and return what it was."""
        row = self._values.get(number)
        if row is None:
            row = self._values[number] = {"id": number, "value": None}
            self.ticket["custom_fields"].append(row)
        before = row["value"]
        if before != value:
            row["value"] = value
            self._change(str(number), before, value, None)
        return before

    def retag(self, add: Iterable[str], remove: Iterable[str] = ()) -> None:
        """Add and remove tags; the ticket keeps them sorted."""
        self.set("tags", sorted((set(self.ticket["tags"]) - set(remove)) | set(add)))

    def status(self, status: str, custom: str | None = None, via: WireRecord | None = None) -> None:
        """Change the status and with it the custom status, the default of the category unless named."""
        self.set("status", status, via)
        self.set("custom_status_id", STATUSES[custom or _DEFAULT_STATUS[status]], via)

    def _change(self, field: str, before: object, value: object, via: WireRecord | None) -> None:
        if self._first:
            return
        more = {"via": via} if via else {}
        self.event(
            "Change", field_name=field, value=wire_value(value), previous_value=wire_value(before), **more
        )

    # --- conversation

    def comment(
        self, body: str, *, public: bool = True, text: str | None = None, attachments: Sequence[WireRecord] = (),
        author: int | None = None, kind: str = "Comment", **more: object,
    ) -> WireRecord:  # fmt: skip
        """Add a comment to the newest audit; `body` is HTML without the product's wrapper."""
        written = texts.plain(body) if text is None else text
        event = self.event(
            kind, author_id=self.audits[-1]["author_id"] if author is None else author, body=written,
            html_body=texts.wrap(body), plain_body=written, public=public, attachments=list(attachments),
            audit_id=self.audits[-1]["id"], **more,
        )  # fmt: skip
        if not self.ticket["description"]:
            self.ticket["description"] = written
            self.ticket["is_public"] = public
        elif public:
            self.ticket["is_public"] = True
        return event

    def file(self, kind: str, name: str, *, inline: bool = False) -> WireRecord:
        """Return a new attachment for a comment of this ticket."""
        self._files += 1
        return files.attachment(kind, self.number, self._files, name, inline=inline)

    def notify(self) -> None:
        """Add what the product does after a public comment: a trigger mails the requester and the CCs."""
        to = [self.ticket["requester_id"], *self.ticket["email_cc_ids"]]
        subject = f"[Acme] Re: {self.ticket['subject']}"
        body = f"Your request (#{self.number}) has been updated.\n\n{{{{ticket.comments_formatted}}}}"
        kind = "NotificationWithCcs" if len(to) > 1 else "Notification"
        self.event(kind, subject=subject, body=body, recipients=to, via=rule_via(NOTIFY_REQUESTER))

    # --- beside the ticket

    def side(self, agent: int, to: WireRecord, subject: str, html: str) -> WireRecord:
        """Begin a side conversation with somebody outside, in the newest audit; returns it [DOC side_conversation]."""
        number = len(self.sides) + 1
        id_ = f"{self.number:08x}-0000-4000-8000-{number:012x}"
        mine = {"user_id": agent, "name": person(agent).user["name"], "email": person(agent).user["email"]}
        row: WireRecord = {
            "url": api_url(f"tickets/{self.number}/side_conversations/{id_}"), "id": id_, "ticket_id": self.number, "subject": subject,
            "preview_text": texts.plain(html)[:60], "state": "open", "participants": [mine, to], "created_at": stamp(self.now),
            "updated_at": stamp(self.now), "message_added_at": stamp(self.now), "state_updated_at": stamp(self.now),
            "external_ids": {}, "events": [],
        }  # fmt: skip
        self.sides.append(row)
        self.event("CollabThreadCreated", thread_id=id_, author={"id": agent}, message={"subject": subject})
        self.say(row, mine, to, html, kind="create")
        return row

    def say(
        self, side: WireRecord, by: WireRecord, to: WireRecord, html: str, *, kind: str = "reply",
        files: Sequence[WireRecord] = (),
    ) -> None:  # fmt: skip
        """Add a message to a side conversation at the present second; `files` as [DOC side_conversation_attachment] shows them."""
        number = len(side["events"]) + 1
        text = texts.plain(html)
        message = {"subject": side["subject"], "preview_text": text[:60], "body": text, "html_body": html, "from": by,
                   "to": [to], "external_ids": {}, "via": "support"}  # fmt: skip
        if files:
            message["attachments"] = [dict(file) for file in files]
        side["events"].append({
            "id": f"{side['id'][:-12]}{number:04x}{side['id'][-8:]}", "side_conversation_id": side["id"], "ticket_id": self.number,
            "type": kind, "via": "support", "created_at": stamp(self.now), "actor": by, "message": message, "updates": {},
        })  # fmt: skip
        side["updated_at"] = side["message_added_at"] = stamp(self.now)

    # --- the end

    def finish(self) -> TicketWithAudits:
        """Return the case; `late` moves only the generated timestamp, as touches by the product do [OAS]."""
        ticket = self.ticket
        ticket["generated_timestamp"] = min(self.now + 1 + self.late, self.horizon + 600)
        ticket["fields"] = [dict(row) for row in ticket["custom_fields"]]
        ticket["collaborator_ids"] = sorted({*ticket["follower_ids"], *ticket["email_cc_ids"]})
        return TicketWithAudits(
            ticket, self.audits, self.rating, self.deletion, self.sides, self.solved, self.talk
        )

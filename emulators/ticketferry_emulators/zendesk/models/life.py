"""The life of the desk beside a migration: what agents and customers do meanwhile, with right audits and times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from ticketferry_emulators.zendesk.models.automations import run_automations
from ticketferry_emulators.zendesk.models.organizations import join
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.models.ticket_drafts import blank_ticket
from ticketferry_emulators.zendesk.models.ticket_input import default_status
from ticketferry_emulators.zendesk.models.values import tags_of
from ticketferry_emulators.zendesk.responses.conversations import message
from ticketferry_emulators.zendesk.seed.case import CaseBuilder, TicketWithAudits
from ticketferry_emulators.zendesk.seed.dice import WireRecord, stamp
from ticketferry_emulators.zendesk.seed.people import AGENTS, new_customer

__all__ = ["LiveDesk"]

_CHANGEABLE = frozenset({
    "subject", "type", "priority", "status", "custom_status_id", "group_id", "assignee_id", "requester_id",
    "organization_id", "brand_id", "ticket_form_id", "problem_id", "due_at", "external_id", "tags",
})  # fmt: skip


class LiveDesk(DeskState):
    """A desk that people go on working with. Every method takes effect at the clock's present second.

    Where no author is named, the first administrator acts. Exports show a change a minute later. Deleted and closed tickets refuse changes (ValueError), as the product does.
    """

    automate: float | None = None
    """When automations run next (unix seconds), hourly from then on; None: they do not."""

    def catch_up(self) -> None:
        """Let jobs do what they have had time for, and automations run at each full hour since they were switched on."""
        super().catch_up()
        while self.automate is not None and self.automate <= self.clock.time():
            run_automations(self, self.automate)
            self.automate += 3_600.0

    def create_ticket(self, subject: str, html: str, *, requester: int, public: bool = True) -> int:
        """Let a customer ask something new; returns the ticket's number."""
        with self.lock:
            self.catch_up()
            number = self.next_id("tickets")
            now = int(self.clock.time())
            ticket = blank_ticket(self, number, now)
            who = self.lists["users"][requester]
            address = {"address": who["email"], "name": who["name"]}
            to = {"name": "Support", "address": "support@acme.example"}
            ticket |= {
                "subject": subject, "raw_subject": subject, "requester_id": requester, "submitter_id": requester,
                "organization_id": who["organization_id"], "recipient": to["address"],
                "via": {"channel": "email", "source": {"from": address, "to": to, "rel": None}},
                "custom_status_id": default_status(self, "new"),
            }  # fmt: skip
            for key, kind in (("brand_id", "brands"), ("ticket_form_id", "ticket_forms")):
                ticket[key] = next((row["id"] for row in self.lists[kind].values() if row["default"]), None)
            builder = CaseBuilder.resume(TicketWithAudits(ticket, []), now)
            builder.audit(requester)
            builder.comment(html, public=public)
            builder.created()
            self._finish(builder)
            return number

    def touch_ticket(self, number: int, *, author: int | None = None, **fields: object) -> None:
        """Change fields of a ticket: `status`, `custom_status_id`, `priority`, `assignee_id`, `tags`, …, or a custom
        field as ``field_31001="late"``. Without fields only the generated timestamp moves, as touches by the product do.
        """
        with self.lock:
            if not fields:
                case = self.case(number)
                case.ticket["generated_timestamp"] = int(self.clock.time())
                self.keep(case)
                return
            builder = self._open(number, author)
            for name, value in fields.items():
                if name == "status" and "custom_status_id" not in fields:
                    builder.set("status", str(value))
                    builder.set("custom_status_id", default_status(self, str(value)))
                elif name.startswith("field_"):
                    field = self.lists["ticket_fields"][int(name.removeprefix("field_"))]
                    before = builder.value(field["id"], value)
                    builder.retag(tags_of(field, value), tags_of(field, before))
                elif name in _CHANGEABLE:
                    builder.set(name, value)
                else:
                    raise KeyError(f"{name!r} of a ticket cannot be changed here")
            self._finish(builder)

    def add_comment(
        self, number: int, html: str, *, author: int | None = None, public: bool = True, files: Sequence[tuple[str, str]] = ()
    ) -> int:  # fmt: skip
        """Add a comment, with files as (kind, name), kinds as in `sample.files`; returns the comment's id."""
        with self.lock:
            builder = self._open(number, author)
            attachments = [builder.file(kind, name) for kind, name in files]
            comment = builder.comment(html, public=public, attachments=attachments)
            if public and author != builder.ticket["requester_id"]:
                builder.notify()
            self._finish(builder)
            return int(comment["id"])

    def make_private(self, number: int, comment_id: int, *, author: int | None = None) -> None:
        """Make a public comment private; KeyError when the ticket has no such comment."""

        def hide(builder: CaseBuilder, comment: WireRecord) -> None:
            comment["public"] = False
            builder.event("CommentPrivacyChange", comment_id=comment_id, public=False)

        self.amend(number, comment_id, author, hide)

    def redact(self, number: int, comment_id: int, words: str, *, author: int | None = None) -> None:
        """Black out words of a comment; KeyError when the ticket has no such comment."""

        def black_out(builder: CaseBuilder, comment: WireRecord) -> None:
            for key in ("body", "html_body", "plain_body"):
                comment[key] = comment[key].replace(words, "▇" * len(words))
            builder.event("CommentRedactionEvent", comment_id=comment_id)

        self.amend(number, comment_id, author, black_out)

    def delete_ticket(self, number: int, *, actor: int | None = None) -> None:
        """Delete a ticket: it stays in the export with status deleted, and in the list of deleted tickets."""
        with self.lock:
            actor = self.owner() if actor is None else actor
            builder = self._open(number, actor, closed=True)
            state = builder.ticket["status"]
            builder.set("status", "deleted")
            builder.deletion = {
                "id": number, "subject": builder.ticket["subject"], "deleted_at": stamp(builder.now),
                "previous_state": state, "actor": {"id": actor, "name": self.lists["users"][actor]["name"]},
            }  # fmt: skip
            self._finish(builder)

    def merge(self, losers: Sequence[int], winner: int, *, author: int | None = None) -> None:
        """Merge tickets into another: they close with a tag, the winner gets a comment [PROBE, RECALL]."""
        with self.lock:
            if winner in losers:
                raise ValueError(f"ticket {winner} cannot be merged into itself")
            opened = [
                self._open(number, author, rel={"from": {}, "to": {"ticket_id": winner}, "rel": "merge"})
                for number in losers
            ]
            target = self._open(
                winner, author, rel={"from": {"ticket_ids": list(losers)}, "to": {}, "rel": "merge"}
            )
            for builder in opened:
                builder.comment(
                    f"<p>This request was closed and merged into request #{winner}.</p>", public=False
                )
                builder.retag(["closed_by_merge"])
                builder.set("status", "closed")
                builder.set("custom_status_id", default_status(self, "closed"))
                self._finish(builder)
            numbers = ", ".join(f"#{number}" for number in losers)
            target.comment(
                f"<p>Requests {numbers} were closed and merged into this request.</p>", public=False
            )
            self._finish(target)

    def converse(
        self, number: int, said: Sequence[tuple[str, int, WireRecord]], *, files: Sequence[WireRecord] = ()
    ) -> None:
        """Let a messenger's conversation go on: (`user`, `agent` or `bot`, user or -1, content) a second apart, files with the last one.

        The messages stand in the conversation log alone; the audit tells that the conversation began.
        """
        with self.lock:
            builder = self._open(number, next((who for _, who, _ in said if who > 0), None))
            builder.ticket["from_messaging_channel"] = True
            builder.audits[-1]["via"] = {
                "channel": "native_messaging",
                "source": {"from": {}, "to": {}, "rel": None},
            }
            builder.event(
                "ChatStartedEvent",
                value={"chat_id": f"c-{number}", "channel": "native_messaging"},
                attachments=[],
            )
            begun = len(builder.talk)
            for index, (kind, who, content) in enumerate(said):
                at = datetime.fromtimestamp(builder.now + index, UTC)
                id_ = f"{number:010d}T{begun + index:015d}"
                last = index == len(said) - 1
                builder.talk.append(
                    message(id_, at, kind, who, kind.title(), content, list(files) if last else None)
                )
            self._finish(builder)

    def start_aside(self, number: int, subject: str, html: str, *, author: int = AGENTS[0]) -> str:
        """Begin a side conversation with somebody outside; returns its id."""
        with self.lock:
            builder = self._open(number, author)
            outside: WireRecord = {"user_id": None, "name": "Outside", "email": "outside@partner.example"}
            side = builder.side(author, outside, subject, html)
            self._finish(builder)
            return str(side["id"])

    def reply_aside(self, number: int, html: str, files: Sequence[WireRecord] = ()) -> None:
        """Let the other one answer in a ticket's first side conversation, with files; KeyError when there is none."""
        with self.lock:
            builder = self._open(number, AGENTS[0], closed=True)
            if not builder.sides:
                raise KeyError(number)
            side = builder.sides[0]
            mine, other = side["participants"]
            builder.say(side, other, mine, html, files=files)
            builder.event(
                "CollabThreadReply",
                thread_id=side["id"],
                author={"id": None},
                message={"subject": side["subject"]},
            )
            self._finish(builder)

    def link_jira(self, number: int, key: str, issue: str) -> None:
        """Link a ticket with a Jira issue; the ticket itself is not touched by it."""
        with self.lock:
            rows = self.lists["jira_links"]
            now = stamp(int(self.clock.time()))
            id_ = max(rows, default=880_000) + 1
            rows[id_] = {
                "id": id_, "ticket_id": str(number), "issue_id": issue, "issue_key": key,
                "url": f"{self.host}/api/services/jira/links/{id_}", "created_at": now, "updated_at": now,
            }  # fmt: skip
            self.jira_issues.setdefault(number, []).append(issue)

    def create_user(self, name: str, email: str, *, organization: int | None = None) -> int:
        """Let a new customer appear; returns the user's id. ValueError when the address is taken."""
        with self.lock:
            if any(row["value"] == email.lower() for row in self.lists["identities"].values()):
                raise ValueError(f"the address {email} is taken")
            number = self.next_id("users")
            user, identities, *_ = new_customer(number, name, email, organization, int(self.clock.time()))
            self.keep_record("users", user)
            for identity in identities:
                self.keep_identity(identity)
            if organization is not None:
                join(self, number, organization, self.clock.time(), default=True)
            return number

    def touch_record(self, kind: str, identifier: int, **fields: object) -> None:
        """Change a user or an organization (`kind` is "users" or "organizations")."""
        with self.lock:
            now = stamp(int(self.clock.time()))
            self.keep_record(kind, {**self.lists[kind][identifier], **fields, "updated_at": now})

    def _open(
        self, number: int, author: int | None, *, closed: bool = False, rel: WireRecord | None = None
    ) -> CaseBuilder:  # fmt: skip
        self.catch_up()
        case = self.case(number)
        if case.ticket["status"] == "deleted" or (case.ticket["status"] == "closed" and not closed):
            raise ValueError(f"ticket {number} is {case.ticket['status']} and takes no changes")
        builder = CaseBuilder.resume(case, int(self.clock.time()))
        builder.audit(self.owner() if author is None else author, source=rel)
        return builder

    def amend(
        self, number: int, comment_id: int, author: int | None, change: Callable[[CaseBuilder, WireRecord], None]
    ) -> None:  # fmt: skip
        """Change a comment by `change`, which gets the ticket and the comment; KeyError when the ticket has no such comment."""
        with self.lock:
            builder = self._open(number, author, closed=True)
            events = (event for audit in builder.audits for event in audit["events"])
            comment = next(
                (event for event in events if event["id"] == comment_id and "html_body" in event), None
            )
            if comment is None:
                raise KeyError(f"ticket {number} has no comment {comment_id}")
            change(builder, comment)
            self._finish(builder)

    def _finish(self, builder: CaseBuilder) -> None:
        builder.late = -1
        self.keep(builder.finish())

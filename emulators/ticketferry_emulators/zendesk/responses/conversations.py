"""The conversation log of a ticket: its comments, and the messages of a messenger that stand nowhere else [OAS ConversationLogObject]."""

from __future__ import annotations

from datetime import UTC, datetime

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import not_found
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.models.views import SPOKEN
from ticketferry_emulators.zendesk.responses.paging import listing
from ticketferry_emulators.zendesk.responses.routing import both, identifier
from ticketferry_emulators.zendesk.seed.case import TicketWithAudits
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["ROUTES", "log_of"]

_AUTHORS = {"end-user": "user", "agent": "agent", "bot": "bot"}


def log_of(case: TicketWithAudits) -> list[WireRecord]:
    """Return the log in order of time: comments by their events, messages from transcripts and from the messenger itself."""
    rows: list[WireRecord] = []
    for audit in case.audits:
        for event in audit["events"]:
            if event["type"] in SPOKEN:
                rows.append(_comment(case, audit, event))
            elif event["type"] == "ChatStartedEvent":
                told = [item for item in event["value"].get("history", ()) if item["type"] == "ChatMessage"]
                rows += [_told(case, item) for item in told]
    rows += case.talk
    return sorted(rows, key=lambda row: str(row["created_at"]))


def _comment(case: TicketWithAudits, audit: WireRecord, event: WireRecord) -> WireRecord:
    agent = event["author_id"] != case.ticket["requester_id"]
    return {
        "id": f"01JSE{event['id']:021d}", "type": event["type"], "reference": f"zen:ticket_event:{event['id']}",
        "created_at": audit["created_at"].replace("T", " ").replace("Z", "+00:00"), "attachments": event["attachments"],
        "author": {"type": "agent" if agent else "user", "display_name": "", "zen:support:user_id": event["author_id"]},
        "content": {"type": "html", "body": event["html_body"]},
        "metadata": {"custom": {}, "system": {}, "public": event["public"], "ticket_version": 0},
    }  # fmt: skip


def _told(case: TicketWithAudits, item: WireRecord) -> WireRecord:
    at = datetime.fromtimestamp(item["timestamp"] / 1000, UTC)
    who = item["actor_id"] if str(item["actor_id"]).isdigit() else "-1"
    return message(
        f"{case.ticket['id']:010d}{item['chat_index']:016d}", at, _AUTHORS.get(item["actor_type"], "bot"), int(who),
        item["actor_name"], {"type": "text", "text": item["message"]},
    )  # fmt: skip


def message(
    id_: str, at: datetime, kind: str, who: int, name: str, content: WireRecord, files: list[WireRecord] | None = None
) -> WireRecord:  # fmt: skip
    """Make a message of a messenger; `who` is -1 for a bot."""
    return {
        "id": id_, "type": "Messaging::ConversationMessage", "reference": f"zen:sunco:conversation_message:{id_.lower()}",
        "created_at": f"{at:%Y-%m-%d %H:%M:%S}+00:00", "received_at": f"{at:%Y-%m-%d %H:%M:%S.%f}+00:00",
        "author": {"type": kind, "display_name": name, "zen:support:user_id": who, "avatar_url": "https://acme.zendesk.example/a.png"},
        "attachments": files or [], "content": content, "metadata": {"custom": {}, "system": {}, "ticket_version": 0},
        "source": {"type": "zd:answerBot" if kind == "bot" else "native_messaging"},
    }  # fmt: skip


def show_log(state: DeskState, call: Call) -> Answer:
    """List the conversation log of a ticket, by cursor, at most 100 a page [OAS]."""
    number = identifier(call)
    if not state.live(number):
        raise not_found()
    rows = log_of(state.case(number))
    if not any(name.startswith("page[") for name, _ in call.query.pairs):
        call.query.pairs.append(("page[size]", "100"))
    return listing(call, "events", range(len(rows)), lambda places: [rows[place] for place in places])


ROUTES: tuple[Route, ...] = (
    *both("/api/v2/tickets/{id}/conversation_log", show_log, "ListConversationLogForTicket", "tickets"),
)

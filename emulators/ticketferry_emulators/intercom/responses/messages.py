"""Messages that teammates send to contacts: mails that really go out, conversations once they are answered."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.intercom.exceptions import body_of, invalid, missing, no_contact, no_resource
from ticketferry_emulators.intercom.models.bodies import from_teammate
from ticketferry_emulators.intercom.models.mail import reachable
from ticketferry_emulators.intercom.models.records import Contact, Conversation, ConversationSource
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.models.threads import admin_party, date_of
from ticketferry_emulators.intercom.responses.shapes import sent_by
from ticketferry_emulators.intercom.responses.wire import admin_wire
from ticketferry_emulators.kit.app import Answer, Call, NotServed, Route

__all__ = ["ROUTES"]


def create(state: WorkspaceState, call: Call) -> Answer:
    """Send a message to a contact; there is a conversation only with `create_conversation_without_contact_reply`."""
    sent = sent_by(call)
    kind, sender, to = sent.get("message_type"), body_of(sent.get("from")), sent.get("to")
    if kind not in ("in_app", "email"):
        raise invalid("message_type must be in_app or email", "message_type")
    if isinstance(to, list) or sent.get("cc") or sent.get("bcc"):
        raise NotServed("messages to several people")
    if not sent.get("body"):
        raise invalid("Body is required")
    if kind == "email" and not sent.get("subject"):
        raise missing("No subject supplied for email message")
    admin = state.admin(str(sender.get("id")))
    if sender.get("type") != "admin" or admin is None:
        raise no_resource("Admin not found", "admin_not_found")
    contact = state.contact(str(body_of(to).get("id")))
    if contact is None:
        raise no_contact()
    moment = date_of(state, sent)
    answer: dict[str, Any] = {
        "type": "admin_message", "id": state.next_id("message"), "created_at": moment, "subject": str(sent.get("subject") or ""),
        "body": sent["body"], "message_type": "email" if kind == "email" else "inapp", "owner": admin_wire(state, admin),
    }  # fmt: skip
    if sent.get("create_conversation_without_contact_reply"):
        source = ConversationSource(
            answer["id"], admin_party(admin), from_teammate(str(sent["body"])),
            "email" if kind == "email" else "conversation", "admin_initiated", answer["subject"],
        )  # fmt: skip
        conversation = Conversation(state.next_id("thread"), moment, moment, [contact.id], source=source)
        state.conversations[conversation.id] = conversation
        state.touch(conversation)
        answer["conversation_id"] = conversation.id
    _send(state, contact, answer.get("conversation_id"))
    return Answer(200, answer)


def _send(state: WorkspaceState, contact: Contact, thread: str | None) -> None:
    contact.last_contacted_at = state.now()
    if reachable(contact, state.unsettled):
        state.mail("Message", contact.email, thread)


ROUTES = (Route("POST", "/messages", create, "createMessage", "messages", write=True),)

"""Writing conversations: begun by contacts, answered, closed, put off, assigned, blacked out, deleted."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.intercom.exceptions import (
    body_of,
    invalid,
    missing,
    no_contact,
    no_resource,
    refused,
)
from ticketferry_emulators.intercom.models.attributes import set_attributes
from ticketferry_emulators.intercom.models.bodies import from_contact, from_teammate
from ticketferry_emulators.intercom.models.people import contact_of_reply, found_contact, lead_of
from ticketferry_emulators.intercom.models.records import (
    Contact,
    Conversation,
    ConversationPart,
    ConversationSource,
    Tagging,
)
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.models.threads import (
    acting_admin,
    add_part,
    admin_party,
    assign,
    begin,
    close,
    contact_party,
    contact_speaks,
    date_of,
    reopen,
    snooze,
    teammate_speaks,
)
from ticketferry_emulators.intercom.models.uploads import checked_files, files_of
from ticketferry_emulators.intercom.responses.conversations import conversation_of, plaintext
from ticketferry_emulators.intercom.responses.shapes import sent_by
from ticketferry_emulators.intercom.responses.thread_wire import conversation_wire
from ticketferry_emulators.intercom.responses.wire import tags_wire
from ticketferry_emulators.kit.app import Answer, Call, NotServed, Route

__all__ = ["ROUTES", "spoken_by_teammate", "words_of"]


def _wire(state: WorkspaceState, conversation: Conversation) -> Answer:
    return Answer(200, conversation_wire(state, conversation))


def words_of(sent: dict[str, Any], *, needed: bool = True) -> str | None:
    """Return the text of a message; raises Refused (400) where one is needed and none is there."""
    body = sent.get("body")
    if body is not None and not isinstance(body, str):
        raise invalid("Body must be a string", "body")
    if not (body or "").strip():
        if needed:
            raise invalid("Body is required", "body")
        return None
    return body


def create(state: WorkspaceState, call: Call) -> Answer:
    """Begin a conversation in the name of a contact, in plain text; the answer is a message with `conversation_id`. There is no flag
    against mails and workflows.
    """
    sent = sent_by(call)
    named = body_of(sent.get("from"))
    if named.get("type") not in ("user", "lead", "contact"):
        raise invalid("from must be a user, lead or contact", "from")
    contact = found_contact(state, identifier=str(named.get("id")))
    if contact is None:
        raise no_contact()
    if contact.archived or contact.blocked:
        raise NotServed("a conversation of a contact who is archived or blocked")
    text = str(words_of(sent))
    subject = sent.get("subject") or ""
    moment = date_of(state, sent)
    uploads = checked_files(state, sent, base64_too=False)
    source = ConversationSource(
        state.next_id("message"),
        contact_party(contact),
        from_contact(text),
        subject=str(subject),
        files=files_of(state, uploads),
    )
    conversation = Conversation(
        state.next_id("thread"), moment, moment, [contact.id], source=source, waiting_since=moment
    )
    contact.last_replied_at = max(contact.last_replied_at or 0, moment)
    begin(state, conversation)
    return Answer(200, {
        "type": "user_message", "id": source.id, "created_at": moment, "body": text, "message_type": "inapp",
        "conversation_id": conversation.id,
    })  # fmt: skip


def update(state: WorkspaceState, call: Call) -> Answer:
    """Change title, company, attributes or whether it was read; only defined attributes, and none while two have one name."""
    conversation, sent = conversation_of(state, call), sent_by(call)
    if any(
        not isinstance(value, str | int | float | bool | None)
        for value in body_of(sent.get("custom_attributes")).values()
    ):
        raise NotServed("references to custom objects")
    values = set_attributes(
        state, "conversation", conversation.custom_attributes, sent.get("custom_attributes")
    )
    if sent.get("company_id") is not None and state.company(str(sent["company_id"])) is None:
        raise no_resource("Company Not Found", "company_not_found")
    if "read" in sent:
        conversation.read = bool(sent["read"])
    if "company_id" in sent:
        conversation.company = None if sent["company_id"] is None else str(sent["company_id"])
    author = admin_party(state.admins[int(call.account or 0)])
    before = conversation.updated_at
    if "title" in sent and sent["title"] != conversation.title:
        conversation.title = sent["title"]
        if state.unsettled.attributes_make_parts:
            add_part(state, conversation, "title_changed", author)
    for name, value in values.items():
        if conversation.custom_attributes.get(name) != value and state.unsettled.attributes_make_parts:
            details = {"attribute": {"name": name}, "value": {"name": str(value)}}
            add_part(
                state, conversation, "conversation_attribute_updated_by_admin", author, event_details=details
            )
    conversation.custom_attributes = values
    state.touch(conversation, at=None if state.unsettled.attributes_touch else before)
    return Answer(200, conversation_wire(state, conversation, plaintext=plaintext(call)))


def delete(state: WorkspaceState, call: Call) -> Answer:
    """Delete a conversation for good; reports go on counting it."""
    conversation = conversation_of(state, call)
    del state.conversations[conversation.id]
    state.index["conversations"].drop(conversation.id)
    state.reporting.append(("conversation", conversation.id))
    state.deleted[conversation.id] = state.now()
    for kind, identifier in conversation.linked:
        other = state.tickets.get(identifier) if kind == "ticket" else state.conversations.get(identifier)
        if other is not None:
            other.linked = [pair for pair in other.linked if pair != ("conversation", conversation.id)]
    return Answer(200, {"id": conversation.id, "object": "conversation", "deleted": True})


def _participant(conversation: Conversation, contact: Contact) -> Contact:
    if contact.id not in conversation.contacts:
        raise no_resource("The contact is not part of the conversation", "not_found")
    return contact


def _last_of(state: WorkspaceState, contact: Contact) -> Conversation:
    rows = [row for row in state.conversations.values() if contact.id in row.contacts]
    if not rows:
        raise no_resource()
    return max(rows, key=lambda row: row.updated_at)


def reply(state: WorkspaceState, call: Call) -> Answer:
    """Answer as a teammate (comment, note, quick replies) or as a contact who takes part; `last` names the contact's newest one."""
    sent = sent_by(call)
    kind, message = sent.get("type"), sent.get("message_type")
    if kind == "user":
        contact = contact_of_reply(state, sent)
        last = call.params["conversation_id"] == "last"
        conversation = _last_of(state, contact) if last else conversation_of(state, call)
        if message != "comment":
            raise invalid("Contacts can only comment", "message_type")
        _participant(conversation, contact)
        moment = date_of(state, sent, conversation.created_at)
        uploads = checked_files(state, sent, base64_too=True)
        text = words_of(sent, needed=not uploads)
        files = files_of(state, uploads)
        contact_speaks(
            state, conversation, contact, None if text is None else from_contact(text), files, moment
        )
        return _wire(state, conversation)
    if kind != "admin":
        raise invalid("type must be admin or user", "type")
    conversation = conversation_of(state, call)
    admin = acting_admin(state, sent)
    more = spoken_by_teammate(state, sent, message)
    moment = date_of(state, sent, conversation.created_at)
    body, uploads = more.pop("body"), more.pop("uploads")
    teammate_speaks(
        state, conversation, admin, str(message), body, at=moment, silent=bool(sent.get("skip_notifications")),
        files=files_of(state, uploads), **more,
    )  # fmt: skip
    return _wire(state, conversation)


def spoken_by_teammate(
    state: WorkspaceState, sent: dict[str, Any], message: Any, *, base64_too: bool = True
) -> dict[str, Any]:
    """Return body, files and quick replies of a teammate's message, checked."""
    if message not in ("comment", "note", "quick_reply"):
        raise invalid("message_type must be comment, note or quick_reply", "message_type")
    uploads = checked_files(state, sent, base64_too=base64_too)
    options = sent.get("reply_options") or []
    if message == "quick_reply" and not options:
        raise missing("reply_options is required", "reply_options")
    text = words_of(sent, needed=message != "quick_reply" and not uploads)
    return {
        "body": None if text is None else from_teammate(text), "uploads": uploads,
        "quick_replies": [dict(option) for option in options] if message == "quick_reply" else [],
    }  # fmt: skip


def manage(state: WorkspaceState, call: Call) -> Answer:
    """Close, put off, open or assign a conversation; always as of now."""
    conversation, sent = conversation_of(state, call), sent_by(call)
    admin, kind = acting_admin(state, sent), sent.get("message_type")
    text = words_of(sent, needed=False)
    body = None if text is None else from_teammate(text)
    if kind == "close":
        close(state, conversation, admin, body)
    elif kind == "open":
        reopen(state, conversation, admin)
    elif kind == "snoozed":
        snooze(state, conversation, admin, sent.get("snoozed_until"))
    elif kind == "assignment":
        if sent.get("assignee_id") is None:
            raise missing("assignee_id is required", "assignee_id")
        assign(state, conversation, admin, str(sent["assignee_id"]), body)
    else:
        raise invalid("message_type must be close, open, snoozed or assignment", "message_type")
    return _wire(state, conversation)


def add_customer(state: WorkspaceState, call: Call) -> Answer:
    """Add a contact to a conversation; an address that nobody has makes a lead."""
    conversation, sent = conversation_of(state, call), sent_by(call)
    admin = acting_admin(state, sent)
    named = body_of(sent.get("customer"))
    contact = found_contact(
        state,
        identifier=named.get("intercom_user_id"),
        external=named.get("user_id"),
        email=named.get("email"),
    )
    if contact is None:
        if not named.get("email") or named.get("intercom_user_id") or named.get("user_id"):
            raise no_contact()
        contact = lead_of(state, str(named["email"]))
    if contact.id not in conversation.contacts:
        conversation.contacts.append(contact.id)
        add_part(state, conversation, "participant_added", admin_party(admin))
    return _wire(state, conversation)


def remove_customer(state: WorkspaceState, call: Call) -> Answer:
    """Take a contact out of a conversation; the last one stays."""
    conversation = conversation_of(state, call)
    admin = acting_admin(state, sent_by(call))
    identifier = call.params["contact_id"]
    if identifier not in conversation.contacts:
        raise no_contact()
    if len(conversation.contacts) == 1:
        raise refused(422, "parameter_invalid", "Removing the last customer is not allowed")
    conversation.contacts.remove(identifier)
    add_part(state, conversation, "participant_removed", admin_party(admin))
    return _wire(state, conversation)


def redact(state: WorkspaceState, call: Call) -> Answer:
    """Black out a part that has words, or a first message by a contact, for good."""
    sent = sent_by(call)
    conversation = state.conversations.get(str(sent.get("conversation_id")))
    kind = sent.get("type")
    thing: ConversationPart | ConversationSource | None = None
    if conversation is not None and kind == "conversation_part":
        thing = next(
            (part for part in conversation.parts if part.id == str(sent.get("conversation_part_id"))), None
        )
    elif (
        conversation is not None and kind == "source" and conversation.source.id == str(sent.get("source_id"))
    ):
        thing = conversation.source
    if conversation is None or thing is None:
        raise no_resource("Conversation part or message not found", "conversation_part_or_message_not_found")
    by_contact = thing.author.type in ("user", "lead", "contact")
    if not thing.body or (isinstance(thing, ConversationSource) and not by_contact):
        text = "This conversation part cannot be redacted"
        raise refused(state.unsettled.refusal_of_redaction, "conversation_part_not_redactable", text)
    # files go with the words
    thing.body, thing.files, thing.redacted = state.unsettled.redacted_body, [], True
    state.touch(conversation)
    return _wire(state, conversation)


def add_tag(state: WorkspaceState, call: Call) -> Answer:
    """Tag a conversation."""
    conversation, sent = conversation_of(state, call), sent_by(call)
    admin, tag = acting_admin(state, sent), state.tags.get(str(sent.get("id")))
    if tag is None:
        raise no_resource()
    if all(tagging.tag != tag.id for tagging in conversation.tags):
        conversation.tags.append(Tagging(tag.id, state.now(), "admin", str(admin.id)))
        add_part(state, conversation, "conversation_tags_updated", admin_party(admin))
    row = next(row for row in tags_wire(state, conversation.tags)["tags"] if row["id"] == tag.id)
    return Answer(200, row)


def remove_tag(state: WorkspaceState, call: Call) -> Answer:
    """Take a tag off a conversation."""
    conversation, identifier = conversation_of(state, call), call.params["tag_id"]
    admin = acting_admin(state, sent_by(call))
    row = next((row for row in tags_wire(state, conversation.tags)["tags"] if row["id"] == identifier), None)
    if row is None:
        raise no_resource()
    conversation.tags = [tagging for tagging in conversation.tags if tagging.tag != identifier]
    add_part(state, conversation, "conversation_tags_updated", admin_party(admin))
    return Answer(200, row)


_ONE = "/conversations/{conversation_id}"
ROUTES = (
    Route("POST", "/conversations", create, "createConversation", "conversations", write=True),
    Route("PUT", _ONE, update, "updateConversation", "conversations", write=True),
    Route("DELETE", _ONE, delete, "deleteConversation", "conversations", write=True),
    Route("POST", f"{_ONE}/reply", reply, "replyConversation", "conversations", write=True),
    Route("POST", f"{_ONE}/parts", manage, "manageConversation", "conversations", write=True),
    Route("POST", f"{_ONE}/customers", add_customer, "attachContactToConversation", "conversations", write=True),
    Route(
        "DELETE", f"{_ONE}/customers/{{contact_id}}", remove_customer, "detachContactFromConversation", "conversations",
        write=True,
    ),
    Route("POST", "/conversations/redact", redact, "redactConversation", "conversations", write=True),
    Route("POST", f"{_ONE}/tags", add_tag, "attachTagToConversation", "conversations", write=True),
    Route("DELETE", f"{_ONE}/tags/{{tag_id}}", remove_tag, "detachTagFromConversation", "conversations", write=True),
)  # fmt: skip

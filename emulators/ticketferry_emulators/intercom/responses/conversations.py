"""Reading conversations: one by one with their parts, lists and searches without."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ticketferry_emulators.intercom.exceptions import no_resource
from ticketferry_emulators.intercom.models.records import Conversation
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.responses.paging import (
    ListPage,
    by_cursor,
    by_number,
    page_size,
    sorted_rows,
)
from ticketferry_emulators.intercom.responses.search import page_of_search
from ticketferry_emulators.intercom.responses.thread_wire import conversation_wire
from ticketferry_emulators.kit.app import Answer, Call, NotServed, Route

__all__ = ["DELETED_SINCE", "ROUTES", "conversation_of", "plaintext"]

DELETED_SINCE = "2.16"
"""The version of the API that lists deleted conversations; the only thing that is served of it."""
_DEFAULT = 20


def conversation_of(state: WorkspaceState, call: Call, name: str = "conversation_id") -> Conversation:
    """Return the conversation of the path; raises Refused (404) where it is not, or not any more."""
    conversation = state.conversations.get(call.params[name])
    if conversation is None:
        raise no_resource("Conversation not found", "conversation_not_found")
    return conversation


def plaintext(call: Call) -> bool:
    """Say whether bodies are asked for without markup; translations, which nobody wrote, are not served."""
    if call.query.get("include_translations") == "true":
        raise NotServed("include_translations=true")
    return call.query.get("display_as") == "plaintext"


def _listing(state: WorkspaceState, page: ListPage) -> Answer:
    rows = [
        conversation_wire(state, conversation, parts=False)
        for key in page.ids
        if (conversation := state.conversation(key)) is not None
    ]
    return Answer(
        200,
        {"type": "conversation.list", "pages": page.pages, "total_count": page.total, "conversations": rows},
    )


def list_conversations(state: WorkspaceState, call: Call) -> Answer:
    """List conversations, those with the newest activity first, without parts; the list moves while it is read."""
    size = page_size(state, call.query.get("per_page"), _DEFAULT, 150)
    rows = sorted_rows(
        [key for key, row in state.conversations.items() if state.listed(row)],
        lambda key: (state.conversations[key].updated_at, key),
        reverse=True,
    )
    return _listing(state, by_cursor(call, rows, call.query.get("starting_after"), size, reverse=True))


def search(state: WorkspaceState, call: Call) -> Answer:
    """Find conversations, without parts; a cursor in the query string is ignored."""

    def visible(key: str) -> bool:
        conversation = state.conversation(key)
        return conversation is not None and state.listed(conversation)

    return _listing(state, page_of_search(state, call, "conversations", _DEFAULT, visible=visible))


def show(state: WorkspaceState, call: Call) -> Answer:
    """Show a conversation with its newest 500 parts."""
    shadow = state.conversation(call.params["conversation_id"])
    conversation = conversation_of(state, call) if shadow is None else shadow
    return Answer(200, conversation_wire(state, conversation, plaintext=plaintext(call)))


def list_deleted(state: WorkspaceState, call: Call) -> Answer:
    """List the ids of deleted conversations, the newest first unless asked otherwise; from version 2.16 on: before, `deleted` is an id."""
    if call.headers.get("intercom-version") != DELETED_SINCE or not state.unsettled.deleted_listed:
        raise no_resource("Conversation not found", "conversation_not_found")
    ids = sorted(state.deleted, key=int, reverse=call.query.get("order") != "asc")
    page = by_number(state, call, ids, _DEFAULT, 60)
    rows = [
        {"type": "conversation", "id": key, "metrics_retained": True, "deleted_at": state.deleted[key]}
        for key in page.ids
    ]
    following = page.pages["next"]
    link = following and f"{state.origins['api']}/conversations/deleted?page={following['page']}"
    told = {"type": "conversations.list", "conversations": rows, "total_count": page.total}
    return Answer(200, {**told, "pages": {**page.pages, "next": link}})


def handling_events(state: WorkspaceState, call: Call) -> Answer:
    """List when teammates paused and resumed work on a conversation; times as ISO texts here."""
    rows: list[dict[str, Any]] = []
    for pause in conversation_of(state, call, "id").pauses:
        admin = state.admins[pause["admin"]]
        row = {
            "teammate": {"type": "admin", "id": admin.id, "name": admin.name, "email": admin.email},
            "type": pause["type"], "timestamp": datetime.fromtimestamp(pause["at"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }  # fmt: skip
        rows.append(row | ({"reason": pause["reason"]} if pause.get("reason") else {}))
    return Answer(200, {"handling_events": rows})


ROUTES = (
    Route("GET", "/conversations", list_conversations, "listConversations", "conversations"),
    Route("POST", "/conversations/search", search, "searchConversations", "search"),
    Route("GET", "/conversations/deleted", list_deleted, "listDeletedConversationIds", "conversations"),
    Route("GET", "/conversations/{conversation_id}", show, "retrieveConversation", "conversations"),
    Route(
        "GET", "/conversations/{id}/handling_events", handling_events, "listHandlingEvents", "conversations"
    ),
)

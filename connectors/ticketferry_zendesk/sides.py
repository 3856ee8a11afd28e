"""Side conversations: found by the export of their events, read one by one [DOC side_conversation_event].

The OpenAPI document does not have them. The export names each event with its conversation and ticket; a conversation of which
an event is new is read with all its events, so that it is one record whatever page it comes on.
"""

from collections.abc import Sequence
from typing import Any, cast

from ticketferry.sdk import Kind, Session, Wire
from ticketferry.sdk.rest.client import RestPage
from ticketferry.sdk.rest.paginators import TimePages
from ticketferry.sdk.rest.parallel import OrderedMap
from ticketferry.sdk.rest.streams import NOT_SERVED, RestStream
from ticketferry.sdk.shapes import an_object
from ticketferry_zendesk.audit_rows import steps
from ticketferry_zendesk.client import NEWEST, ZendeskClient
from ticketferry_zendesk.second_look import REFUSALS, second_look
from ticketferry_zendesk.wire import Row, of_side_conversation

__all__ = ["NOT_HERE", "SideConversations", "has_side_conversations"]

NOT_HERE = (400, 403, 404, 422)
"""No add-on, no right, or no such endpoint on the plan: there is nothing to read then; `check` says so."""


class SideConversations:
    """Reads side conversations of the whole account, or of one ticket."""

    def __init__(self, client: ZendeskClient, session: Session, several: OrderedMap) -> None:
        self._client = client
        self._session = session
        self._several = several
        self._look = second_look(client, session.desk)

    def stream(self) -> RestStream:
        """Return the stream. A page repeats the second that the one before ended with."""
        pages = TimePages(
            "start_time", "end_time", self._session.clock.time, NEWEST,
            lambda body, rows, moved: not moved or not rows or not body.get("next_page"),
        )  # fmt: skip
        events = self._client.listed(
            "/tickets/side_conversations/events", "events", endpoint="side_conversations.events", group="side",
            fits=an_object, pages=pages,
        )  # fmt: skip
        return RestStream("side_conversations", self._named, (events,), absent=(*NOT_HERE, NOT_SERVED))

    def _named(self, page: RestPage) -> list[Wire]:
        """Read each conversation of which an event is new."""
        named = sorted(
            {(str(row.get("ticket_id")), str(row.get("side_conversation_id"))) for row in page.rows}
        )
        read = self._several.each(lambda pair: self.one(*pair), named)
        return [wire for wires in read for wire in wires]

    def of_ticket(self, number: Any) -> list[Wire]:
        """Read all conversations of a ticket whose history tells of some; where they cannot be read, the ticket is unread."""
        try:
            listed = self._client.every(
                f"/tickets/{number}/side_conversations",
                "side_conversations",
                endpoint="side_conversations.list",
            )
            return [self._whole(number, row) for row in listed]
        except REFUSALS as error:
            return self._look.after(Kind.TICKET, number, "its side conversations", error)

    def one(self, number: str, id_: str) -> list[Wire]:
        """Read one conversation with all its events."""
        path = f"/tickets/{number}/side_conversations/{id_}"
        try:
            row = self._client.get(path, endpoint="side_conversations.show").get("side_conversation")
            return [self._whole(number, row)] if isinstance(row, dict) else []
        except REFUSALS as error:
            return self._look.after(Kind.TICKET, number, "its side conversations", error)

    def _whole(self, number: Any, row: Row) -> Wire:
        listed = self._client.every(
            f"/tickets/{number}/side_conversations/{row['id']}/events",
            "events",
            endpoint="side_conversations.list",
        )
        events = sorted(listed, key=lambda event: (str(event.get("created_at")), str(event.get("id"))))
        return of_side_conversation(self._session.desk, {"ticket_id": number, **row}, events)


def has_side_conversations(audits: Sequence[Wire]) -> bool:
    """Say whether a ticket's audits tell of a side conversation (`CollabThread…`)."""
    return any(
        step.kind.startswith("CollabThread") for wire in audits for step in steps(cast("Row", wire.body))
    )

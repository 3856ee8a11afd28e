"""Messages of a messenger: those that stand in a ticket's conversation log and in none of its audits [OAS ListConversationLogForTicket]."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ticketferry.sdk import FatalError, RejectedError, Session, Wire
from ticketferry_zendesk.audit_rows import steps
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.translate_chat import CHATS
from ticketferry_zendesk.wire import REFUSED, Row, of_message

__all__ = ["ConversationLog", "talks"]

_CHANNELS = frozenset({"native_messaging", "messaging"})
"""Channels of audits, in the words of the audits and of the export of ticket events [REC, RECALL]."""
_OF_EVENT = "zen:ticket_event:"
_GONE = (403, 404)


def talks(ticket: Row, audits: Sequence[Row]) -> bool:
    """Tell whether a ticket may have a conversation: by its own mark, a channel of its audits, or an event that began one."""
    if ticket.get("from_messaging_channel") is True:
        return True
    for audit in audits:
        via = audit.get("via")
        channel = via.get("channel") if isinstance(via, dict) else via
        if str(channel).casefold() in _CHANNELS or any(step.kind in CHATS for step in steps(audit)):
            return True
    return False


class ConversationLog:
    """Reads the log of one ticket after the other."""

    def __init__(self, client: ZendeskClient, session: Session) -> None:
        self._client = client
        self._session = session

    def of_ticket(self, number: Any, audits: Sequence[Row], of: str = "tickets") -> list[Wire]:
        """Return a wire for each message that the audits do not hold: held against their events by id, and their transcripts by words.

        `of`: what the requests are counted with in the ledger. A log that is refused is noted beside the first audit: its translation tells of it.
        """
        try:
            rows = list(
                self._client.every(
                    f"/tickets/{number}/conversation_log", "events", endpoint=f"{of}.conversation_log"
                )
            )
        except (RejectedError, FatalError) as error:
            status = error.status if isinstance(error, RejectedError) else 0
            if isinstance(error, RejectedError) and status not in _GONE:
                raise
            if audits and not _transcript(audits):
                audits[0][REFUSED] = status
            return []
        return [of_message(self._session.desk, {"ticket_id": number, **row}) for row in _beside(rows, audits)]


def _beside(rows: Sequence[Row], audits: Sequence[Row]) -> Iterator[Row]:
    events = {str(step.row.get("id")) for audit in audits for step in steps(audit)}
    told = _transcript(audits)
    for row in rows:
        if row.get("id") is None:
            continue
        reference = str(row.get("reference") or "")
        if reference.startswith(_OF_EVENT):
            if reference.removeprefix(_OF_EVENT) not in events:
                yield row
            continue
        content = row.get("content")
        words = _words(content.get("text")) if isinstance(content, dict) else ""
        if words and told[words] > 0 and not row.get("attachments"):
            told[words] -= 1
            continue
        yield row


def _transcript(audits: Sequence[Row]) -> Counter[str]:
    """Count the messages that transcripts within audits hold, by their words."""
    found: Counter[str] = Counter()
    for audit in audits:
        for step in steps(audit):
            value = step.row.get("value")
            history = value.get("history") if step.kind in CHATS and isinstance(value, dict) else None
            for item in history if isinstance(history, list) else ():
                if isinstance(item, dict) and item.get("type") == "ChatMessage":
                    found[_words(item.get("message"))] += 1
    return found


def _words(text: Any) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""

"""Side conversations as comments: the line over each message, and its place among the comments."""

from ticketferry.schema.records import Record

__all__ = ["in_time", "outsider", "talk_line"]

SHOWN = 5
"""So many participants are named in a line."""


def talk_line(talk: Record, line: str) -> str:
    """Return the line over a message of a side conversation: what it is about, who takes part, and who wrote this when."""
    parties = [str(party) for party in talk.get("participants") or ()]
    more = f" and {len(parties) - SHOWN} more" if len(parties) > SHOWN else ""
    about = " ".join(str(talk.get("subject") or "").split())
    parts = [
        f"Side conversation: {about}" if about else "Side conversation",
        f"with {', '.join(parties[:SHOWN])}{more}" if parties else "",
        line,
    ]
    return " · ".join(filter(None, parts))


def outsider(message: Record) -> str:
    """Return who of the third party wrote a message, as far as it tells; "" where it has an author of the desk."""
    fields = message.get("fields") or {}
    told = fields.get("author_name") or fields.get("author_email") or ""
    return "" if message.get("author") or not isinstance(told, str) else " ".join(told.split())


def in_time(comments: list[Record], comment: Record) -> None:
    """Set a comment behind the last one that is not younger; never before the message that a ticket opens with."""
    at = len(comments)
    created = str(comment.get("created") or "")
    while at and not comments[at - 1].get("opening") and str(comments[at - 1].get("created") or "") > created:
        at -= 1
    comments.insert(at, comment)

"""The line over an opening message that becomes a description: a description has no author and no time of its own."""

from typing import Any

from ticketferry.mapping.people_rules import PeopleRules
from ticketferry.mapping.text import TextRules
from ticketferry.mapping.work import Setup, Work
from ticketferry.schema.body import EM
from ticketferry.schema.body_subset import write_html
from ticketferry.schema.records import Record
from ticketferry.sdk.features import Feature

__all__ = ["NOBODY_NAMED", "below", "nobody_named", "opening_line"]

NOBODY_NAMED = "unknown author"
"""What stands over a comment whose author the source does not name."""
MINUTE = len("2024-01-01T10:00")
"""So much of a time tells when a message was written; a desk may note a ticket a moment before its first message."""


def opening_line(setup: Setup, people: PeopleRules, text: TextRules, work: Work, message: Record) -> str:
    """Return the line over a description; "" where it would say only what the ticket shows: its requester, its time of creation.

    Whose words they are is said whatever `text.header` says: nobody's words stand under the name of somebody else.
    """
    author, requester = message.get("author"), work.case.get("requester")
    if (
        author
        and requester
        and "requester" in work.desired
        and people.who(author)[0] == people.who(requester)[0]
    ):
        at, created = message.get("created") or "", work.case.get("created") or ""
        dated = setup.has(Feature.TICKET_TIMES) or setup.rules.history.date_fields.created is not None
        if not text.headers or not at or (dated and at[:MINUTE] == created[:MINUTE]):
            return ""
    if not author:
        nobody_named(work)
        return text.header(work, message, NOBODY_NAMED)
    record = setup.lookups.record(people.who(author)[0])
    return text.header(work, message, (record or {}).get("name") or people.text(author))


def nobody_named(work: Work) -> None:
    """Tell of a message without an author."""
    work.findings.add(
        "C304",
        "comments",
        "the source names no author: a line over the comment says so, nobody's name stands there",
    )


def below(line: str, body: dict[str, Any]) -> dict[str, Any]:
    """Set a body below a line of its own, if there is one."""
    if not line:
        return body
    over = write_html((("p", (("t", line, EM, None),)),))
    return {**body, "html": over + body.get("html", "")}

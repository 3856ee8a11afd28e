"""The fields of what hangs on a ticket, one row each: side conversations with their messages, and ratings.

Apart stand bodies, files, and who takes part.
"""

from ticketferry.sdk.codec import WORDS, FieldRow, FieldType, link
from ticketferry_zendesk.people_rows import MADE_TIME

__all__ = ["MESSAGE", "MESSAGE_FIELDS", "RATING", "SIDE"]

_SAID = FieldType(read=lambda value, _: value or None)
_TEXT = FieldType(read=lambda value, _: value if isinstance(value, str) else None)
_CREATED = FieldRow("created", "created_at", MADE_TIME, to=None)

SIDE = (
    FieldRow("subject", "subject", _SAID, to=None),
    FieldRow("state", "state", _SAID, to=None),
    _CREATED,
)
MESSAGE = (
    _CREATED,
    FieldRow("author", "actor.user_id", link("person", {0: "nobody", "": "nobody"}), to=None),
    FieldRow("channel", "via", _SAID, to=None),
)
"""Of an event of a side conversation that has a message."""
MESSAGE_FIELDS = (
    FieldRow("author_name", "actor.name", _SAID, to=None),
    FieldRow("author_email", "actor.email", _SAID, to=None),
    FieldRow("from_name", "message.from.name", _SAID, to=None),
    FieldRow("from_email", "message.from.email", _SAID, to=None),
    FieldRow("subject", "message.subject", _SAID, to=None),
)
RATING = (
    FieldRow("score", "score", WORDS, to=None),
    FieldRow("comment", "comment", _TEXT, to=None),
    FieldRow("reason", "reason", _TEXT, to=None),
    _CREATED,
)
"""Of what a customer thought, in the ticket and in the rating's own record."""

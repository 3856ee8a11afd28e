"""The fields of what hangs on an issue, one row each, as Jira shows them: comments, files, work logs, and its own times.

Apart stand bodies, who sees a part, and what our own marks say of it.
"""

from collections.abc import Container, Sequence

from ticketferry.sdk.codec import FieldRow, FieldType, link

from .file_sight import HIDDEN, SHOWN_IN
from .issue_rows import ACCOUNT_TYPE
from .wire import neutral_time

__all__ = ["COMMENT", "FILE", "TIMES", "WORKLOG", "some"]

_TIME = FieldType(read=lambda value, _: neutral_time(value))
_AUTHOR = FieldRow("author", "author", ACCOUNT_TYPE, to=None)
_CREATED = FieldRow("created", "created", _TIME, to=None)

_UPDATED = FieldRow("updated", "updated", _TIME, to=None)
TIMES = (_CREATED, _UPDATED, FieldRow("solved", "resolutiondate", _TIME, to=None))
"""Of an issue; of one of ours they are those of the migration."""
COMMENT = (_AUTHOR, _CREATED, _UPDATED)
FILE = (
    FieldRow("size", "size", to=None),
    FieldRow("media_type", "mimeType", to=None),
    _CREATED,
    _AUTHOR,
    FieldRow("comment", SHOWN_IN, link("comment"), to=None),
    FieldRow(
        "public",
        HIDDEN,
        FieldType(lambda value, _: False if value else None, derivation="what is hidden is not public"),
        to=None,
    ),
)
WORKLOG = (FieldRow("started", "started", _TIME, to=None), _AUTHOR)


def some(rows: Sequence[FieldRow], keys: Container[str]) -> list[FieldRow]:
    """Return the rows that are read of a part that is ours: our mark says the rest."""
    return [row for row in rows if row.neutral in keys]

"""Records that an earlier snapshot held and a later one does not: deleted in the desk, by its own word."""

from collections.abc import Iterator

from ticketferry.schema.refs import Kind
from ticketferry.store.database import Database

__all__ = ["ended_ids"]

_ENDED = (
    "SELECT DISTINCT id FROM record AS r WHERE until <= ?1 AND kind = ?2 AND NOT EXISTS"
    " (SELECT 1 FROM record AS n WHERE n.kind = ?2 AND n.id = r.id AND n.since <= ?1 AND (n.until IS NULL OR n.until > ?1))"
    " ORDER BY id"
)


def ended_ids(database: Database, kind: Kind, snapshot: int) -> Iterator[str]:
    """Stream the ids of a kind that a snapshot lacks and an earlier one had, in order; work is that of the rows that ever changed."""
    connection = database.reader()
    try:
        for (id_,) in connection.execute(_ENDED, (snapshot, kind.value)):
            yield str(id_)
    finally:
        connection.close()

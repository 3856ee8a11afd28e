"""How many tickets of a snapshot name a person as the one who asks, or an organization: heads only, no parts."""

from collections import Counter

import orjson

from ticketferry.store.database import disk_errors
from ticketferry.store.rows import FROM
from ticketferry.store.snapshots import Snapshots

__all__ = ["ticket_counts"]

_SQL = (
    f"SELECT neutral FROM {FROM.format(indexed='')} WHERE kind = 'ticket' AND root_kind = 'ticket' AND since <= ?"
    " AND (until IS NULL OR until > ?)"
)


def ticket_counts(snapshots: Snapshots, snapshot: int) -> Counter[str]:
    """Return ref of a person or organization -> tickets that it asks in."""
    found: Counter[str] = Counter()
    connection = snapshots.database.reader()
    try:
        with disk_errors(snapshots.database.path):
            for (neutral,) in connection.execute(_SQL, (snapshot, snapshot)):
                for record in orjson.loads(snapshots.packing.unpack(neutral))[:1]:
                    for key in ("requester", "organization"):
                        if record.get(key):
                            found[record[key]] += 1
    finally:
        connection.close()
    return found

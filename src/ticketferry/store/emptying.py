"""Takes tables of a database away for good: the pages that they stood on are written over."""

from collections.abc import Sequence

from ticketferry.store.database import Database, disk_errors

__all__ = ["TABLES_OF", "empty_tables", "settle_for_good"]

TABLES_OF = {
    "idmap": ("slot", "applied", "waiting", "membership", "touched", "anchor"),
    "journal": ("plan", "run", "op", "job", "problem", "confirmation", "waiver"),
    "images": ("before_image",),
}
"""Part of workspace.db -> its tables. `meta` and `desk` say which folder and which desks these are: they stay."""


def empty_tables(database: Database, tables: Sequence[str]) -> None:
    """Delete all rows of tables, and what they held from the file and its journal too [sqlite.org/pragma.html#pragma_secure_delete].

    Raises FatalError for a full disk: the rows are gone then, their old pages maybe not; the same call mends that.
    """
    with disk_errors(database.path), database.lock:
        connection = database.connection
        connection.execute("PRAGMA secure_delete=ON")
        with database.transaction():
            # What is deleted is noted as touched: that table goes last.
            for table in sorted(tables, key=lambda name: name == "touched"):
                connection.execute(f"DELETE FROM {table}")
        settle_for_good(database)


def settle_for_good(database: Database) -> None:
    """Write a file anew, so that nothing that was deleted or written over stands in it or in its journal.

    Raises FatalError for a full disk: the same call mends that.
    """
    with disk_errors(database.path), database.lock:
        database.end_open()
        database.connection.execute("VACUUM")
        database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

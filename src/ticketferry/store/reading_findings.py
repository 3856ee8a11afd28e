"""What reading a desk found: of the desk as a whole, or of a record, with which it ends."""

from collections.abc import Iterator, Sequence
from typing import Any

from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.store.database import Database

__all__ = ["ReadingFindings"]


class ReadingFindings:
    """The findings in source.db or target.db."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, snapshot: int, findings: Sequence[Finding]) -> None:
        """Keep findings of the extraction itself."""
        with self._database.transaction() as connection:
            for finding in findings:
                _store(connection, snapshot, finding)

    def forget(self, code: str, subject: Ref | None) -> None:
        """Drop a finding that no longer holds; without a subject, one that is about the desk as a whole."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM finding WHERE code = ? AND subject = ?", (code, str(subject) if subject else "")
            )

    def forget_codes(self, codes: Sequence[str]) -> None:
        """Drop all findings with these codes: they are about to be found anew."""
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM finding WHERE code = ?", [(code,) for code in codes])

    def replace_of_record(
        self, connection: Any, snapshot: int, wire: str, findings: Sequence[Finding]
    ) -> None:
        """Keep what the translation of a record (`wire`: kind:id) found, in place of what that of its last state did."""
        connection.execute("DELETE FROM finding WHERE wire = ?", (wire,))
        for finding in findings:
            _store(connection, snapshot, finding, wire)

    def all(self) -> Iterator[Finding]:
        """Yield the findings of extraction, ordered."""
        for row in self._database.rows(
            "SELECT code, severity, subject, place, message, remedy, count FROM finding ORDER BY code, subject, place"
        ):
            yield _finding(row)

    def blockers(self) -> list[tuple[Finding, str]]:
        """Return what was found to forbid a plan, with the record (kind:id) whose reading found it, empty for the whole desk."""
        rows = self._database.rows(
            "SELECT wire, code, severity, subject, place, message, remedy, count FROM finding INDEXED BY finding_blocking"
            f" WHERE severity = '{Severity.BLOCKER.value}' ORDER BY code, subject, place"
        )
        return [(_finding(row[1:]), row[0]) for row in rows]


def _store(connection: Any, snapshot: int, finding: Finding, wire: str = "") -> None:
    connection.execute(
        "INSERT OR REPLACE INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            snapshot,
            finding.code,
            finding.severity.value,
            str(finding.subject) if finding.subject else "",
            finding.where,
            finding.message,
            finding.remedy,
            finding.count,
            wire,
        ),
    )


def _finding(row: tuple[Any, ...]) -> Finding:
    code, severity, subject, place, message, remedy, count = row
    ref = None
    if subject:
        desk, kind, id_ = subject.split(":", 2)
        ref = Ref(desk, Kind(kind), id_)
    return Finding(code, Severity(severity), ref, place, message, remedy, count)

"""Who is one with whom, and which account of the target stands for whom: worked out once for each pair of snapshots and decisions."""

import atexit
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from ticketferry.desired.cases import assemble
from ticketferry.mapping.loader import MappingFile
from ticketferry.people.cluster import Directory, cluster, match, suggestions
from ticketferry.people.decisions import Decisions, read_decisions, write_decisions
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.store.database import writable
from ticketferry.store.snapshots import SnapshotInfo, Snapshots

__all__ = ["OpenDirectory", "decisions_of", "directory_findings", "open_directory", "write_suggestions"]

FOLDER = "people"
KEPT = 12
"""Directories of older snapshots that stay, so that an interrupted apply can render its plan again."""


class OpenDirectory(Directory):
    """A directory with the connection that it reads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.connection = connection

    def one_with(self, ref: str) -> list[str]:
        """Return who of the source a person or organization stands for, beside itself."""
        rows = self.connection.execute(
            "SELECT ref FROM survivors WHERE survivor = ? AND ref <> ?", (ref, ref)
        )
        return [str(row[0]) for row in rows]


def decisions_of(mapping: MappingFile, root: Path) -> tuple[Path, Decisions]:
    """Read the decisions file that the mapping names, or `decisions/people.csv`."""
    path = mapping.decisions or root / "decisions" / "people.csv"
    return path, read_decisions(path)


def _people(snapshots: Snapshots, snapshot: int, kind: Kind = Kind.PERSON) -> Iterator[Record]:
    for ref, rows in snapshots.roots(kind, snapshot):
        record = assemble(ref, rows)
        if record is not None:
            yield record


def open_directory(
    root: Path,
    mapping: MappingFile,
    source: Snapshots,
    here: SnapshotInfo,
    target: Snapshots,
    there: SnapshotInfo,
) -> OpenDirectory:
    """Return the directory of two snapshots, working it out where that was not done yet. It never changes afterwards."""
    _, decisions = decisions_of(mapping, root)
    key = blake2b(
        f"{here.digest}\n{there.digest}\n{mapping.digest}\n{decisions.digest()}".encode(), digest_size=10
    ).hexdigest()
    path = root / FOLDER / f"{key}.db"
    if not path.exists() and not writable(root / "workspace.db"):
        # A folder for reading only: what is worked out is thrown away at the end.
        path = Path(tempfile.mkdtemp(prefix="ticketferry-")) / path.name
        atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    if not path.exists():
        _build(path, mapping, decisions, source, here, target, there)
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    return OpenDirectory(connection)


def _build(
    path: Path,
    mapping: MappingFile,
    decisions: Decisions,
    source: Snapshots,
    here: SnapshotInfo,
    target: Snapshots,
    there: SnapshotInfo,
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".part{os.getpid()}")
    partial.unlink(missing_ok=True)
    connection = sqlite3.connect(partial)
    try:
        cluster(_people(source, here.number), connection, decisions)
        found = match(
            _people(source, here.number),
            _people(target, there.number),
            connection,
            by=tuple(mapping.rules.people.match),
            agents=mapping.agents,
            decisions=decisions,
        )
        found += match(
            _people(source, here.number, Kind.ORGANIZATION),
            _people(target, there.number, Kind.ORGANIZATION),
            connection,
            by=tuple(mapping.rules.organizations.match),
            decisions=decisions,
            kind=Kind.ORGANIZATION,
        )
        connection.execute(
            "CREATE TABLE finding(code TEXT, severity TEXT, subject TEXT, place TEXT, message TEXT, remedy TEXT)"
        )
        connection.executemany(
            "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    item.code,
                    item.severity.value,
                    str(item.subject or ""),
                    item.where,
                    item.message,
                    item.remedy,
                )
                for item in found
            ],
        )
        connection.commit()
    finally:
        connection.close()
    partial.chmod(0o600)
    partial.replace(path)
    for old in sorted(path.parent.glob("*.db"), key=lambda item: item.stat().st_mtime)[:-KEPT]:
        old.unlink()


def directory_findings(directory: OpenDirectory) -> list[Finding]:
    """Return what was doubtful when accounts were matched."""
    rows = directory.connection.execute(
        "SELECT code, severity, subject, place, message, remedy FROM finding ORDER BY code, subject, message"
    ).fetchall()
    return [
        Finding(code, Severity(severity), parse_ref(subject) if subject else None, place, message, remedy)
        for code, severity, subject, place, message, remedy in rows
    ]


def write_suggestions(
    root: Path, mapping: MappingFile, source: Snapshots, here: SnapshotInfo, directory: OpenDirectory
) -> Path:
    """Write the decisions file with a row for everybody who is one with another; what was decided stays."""
    path, decisions = decisions_of(mapping, root)
    rows = {row.ref: row for row in suggestions(directory.connection, _people(source, here.number))}
    rows.update(decisions.rows)
    write_decisions(path, [rows[ref] for ref in sorted(rows)])
    return path

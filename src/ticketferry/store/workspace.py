"""workspace.db: what cannot be made again – id map, journal, decisions, phases – and its scripts."""

import os
import queue
import secrets
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from ticketferry.errors import FatalError
from ticketferry.sdk.identity import DeskIdentity
from ticketferry.store.database import Database, disk_errors
from ticketferry.store.touching import STATE_TOKEN, TOUCHED

__all__ = ["BACKUPS", "Workspace", "backups", "only_opened"]

T = TypeVar("T")
CONFIRMED_DAYS = 7
SOON_SECONDS = 0.05
"""How long what `note_soon` wrote waits for the next commit before it is brought to the disk alone."""
BACKUPS = "backups"
KEPT_BACKUPS = 10

_SCRIPTS = (
    """
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE slot(
        seq INTEGER PRIMARY KEY AUTOINCREMENT, ref TEXT NOT NULL, slot TEXT NOT NULL, value TEXT NOT NULL,
        how TEXT NOT NULL, plan TEXT NOT NULL, run TEXT NOT NULL, at TEXT NOT NULL, expires TEXT, ended INTEGER);
    CREATE UNIQUE INDEX slot_live ON slot(ref, slot) WHERE ended IS NULL;
    CREATE INDEX slot_ref ON slot(ref, slot, seq);
    CREATE INDEX slot_value ON slot(value, slot);
    CREATE TABLE applied(
        ref TEXT PRIMARY KEY, wanted TEXT NOT NULL, seen TEXT NOT NULL, inputs TEXT NOT NULL,
        how TEXT NOT NULL, plan TEXT NOT NULL, run TEXT NOT NULL, at TEXT NOT NULL, verified TEXT) WITHOUT ROWID;
    CREATE TABLE before_image(
        plan TEXT NOT NULL, ref TEXT NOT NULL, image BLOB NOT NULL, wanted TEXT, seen TEXT, inputs TEXT,
        how TEXT, owner TEXT, PRIMARY KEY (plan, ref)) WITHOUT ROWID;
    CREATE TABLE waiting(ref TEXT NOT NULL, wants TEXT NOT NULL, PRIMARY KEY (ref, wants)) WITHOUT ROWID;
    CREATE INDEX waiting_wants ON waiting(wants);
    CREATE TABLE membership(ref TEXT PRIMARY KEY, phase TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE plan(
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, phase TEXT NOT NULL, digest TEXT NOT NULL, made TEXT NOT NULL,
        state TEXT NOT NULL, undoes TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
    CREATE TABLE run(
        id TEXT PRIMARY KEY, command TEXT NOT NULL, plan TEXT NOT NULL, began TEXT NOT NULL, ended TEXT,
        state TEXT NOT NULL, figures TEXT NOT NULL DEFAULT '{}') WITHOUT ROWID;
    CREATE TABLE op(
        plan TEXT NOT NULL, seq INTEGER NOT NULL, state TEXT NOT NULL, run TEXT NOT NULL, at TEXT NOT NULL,
        attempts INTEGER NOT NULL, gives TEXT, job TEXT, error TEXT, sent TEXT, PRIMARY KEY (plan, seq)) WITHOUT ROWID;
    CREATE INDEX op_open ON op(plan, state) WHERE state <> 'done';
    CREATE TABLE job(plan TEXT NOT NULL, id TEXT NOT NULL, seqs TEXT NOT NULL, at TEXT NOT NULL, forgotten TEXT,
        done INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (plan, id)) WITHOUT ROWID;
    CREATE TABLE problem(
        plan TEXT NOT NULL, seq INTEGER NOT NULL, ref TEXT NOT NULL, code TEXT NOT NULL, severity TEXT NOT NULL,
        place TEXT NOT NULL, message TEXT NOT NULL, remedy TEXT NOT NULL, run TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (plan, seq)) WITHOUT ROWID;
    CREATE TABLE confirmation(code TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL, until TEXT NOT NULL,
        PRIMARY KEY (code, at)) WITHOUT ROWID
    """,
    "CREATE TABLE waiver(ref TEXT PRIMARY KEY, because TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE desk(
        role TEXT NOT NULL, at TEXT NOT NULL, id TEXT NOT NULL, place TEXT NOT NULL, by TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (role, at)) WITHOUT ROWID;
    ALTER TABLE confirmation ADD COLUMN desk TEXT NOT NULL DEFAULT ''
    """,
    "ALTER TABLE op ADD COLUMN began TEXT; ALTER TABLE op ADD COLUMN lost TEXT; ALTER TABLE op ADD COLUMN sight TEXT",
    "UPDATE applied SET seen = '' WHERE seen = wanted",
    TOUCHED,
    STATE_TOKEN,
    "CREATE INDEX slot_copies ON slot(ref, value) WHERE slot = 'copies' AND ended IS NULL AND value <> ''",
    """
    CREATE TABLE phase_state(
        seq INTEGER PRIMARY KEY AUTOINCREMENT, phase TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL,
        by TEXT NOT NULL, because TEXT NOT NULL, plan TEXT NOT NULL)
    """,
    """
    CREATE TABLE skipped(
        plan TEXT NOT NULL, ref TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, writes INTEGER NOT NULL,
        by TEXT NOT NULL, at TEXT NOT NULL, because TEXT NOT NULL, PRIMARY KEY (plan, ref)) WITHOUT ROWID
    """,
    """
    CREATE TABLE reassigned(plan TEXT NOT NULL, ref TEXT NOT NULL, stands TEXT NOT NULL, PRIMARY KEY (plan, ref)) WITHOUT ROWID;
    CREATE TABLE standing(ref TEXT PRIMARY KEY, survivor TEXT NOT NULL) WITHOUT ROWID
    """,
)


def _of_the_disk(error: Exception) -> bool:
    """Tell whether SQLite failed for the disk's sake: full, or not readable or writable any more."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


def backups(root: Path) -> list[Path]:
    """Return the copies of a folder's workspace.db that were made before each apply, oldest first."""
    return sorted((root / BACKUPS).glob("workspace-*.db"), key=lambda path: (path.stat().st_mtime_ns, path))


def only_opened(path: Path) -> bool:
    """Tell whether a workspace.db holds nothing that somebody did: it was made by a look. False where it cannot be read. Leaves no file beside."""
    untouched = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro{untouched}", uri=True)) as connection:
            return not any(
                connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
                for table in ("plan", "run", "slot", "confirmation")
            )
    except sqlite3.Error:
        return False


_Job = tuple[Callable[[Any], Any], "queue.SimpleQueue[tuple[bool, Any]]", bool]
"""Work, where its answer goes, and whether it has to be on the disk by then."""


class Workspace:
    """The durable database. `commit` runs a piece of work in a transaction that is on disk when it returns, `note_soon` in one that is on
    disk with the next `commit`, and a moment later at the latest.

    One writer thread drains a queue and commits once for all who wait; a failed commit stops all that follows with FatalError.
    """

    def __init__(
        self, path: Path, *, now: Callable[[], datetime], readonly: bool = False, frozen: bool = False
    ) -> None:
        self.database = Database(path, _SCRIPTS, durable=True, readonly=readonly, frozen=frozen)
        self.now = now
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._broken: BaseException | None = None
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        if (
            not self.database.readonly
            and self.database.one("SELECT value FROM meta WHERE key = 'id'") is None
        ):
            with self.database.transaction() as connection:
                connection.execute("INSERT INTO meta VALUES ('id', ?)", (secrets.token_hex(6),))

    @property
    def id(self) -> str:
        """Identity of the workspace, part of every mark's provenance."""
        row = self.database.one("SELECT value FROM meta WHERE key = 'id'")
        return str(row[0]) if row else ""

    @property
    def token(self) -> str:
        """Name of the state of what it says of records and operations: another one as soon as anything of it is another.

        A copy that is put back brings its own. Empty: a file of an older version, for reading only.
        """
        if self.database.one("SELECT 1 FROM sqlite_master WHERE name = 'state_token'") is None:
            return ""
        row = self.database.one("SELECT token FROM state_token")
        return str(row[0]) if row else ""

    def take_id(self, id_: str) -> None:
        """Go on under the identity of a workspace that is lost; the one before stays in `meta`."""
        before = self.id

        def work(connection: Any) -> None:
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('id before', ?)", (before,))
            connection.execute("UPDATE meta SET value = ? WHERE key = 'id'", (id_,))

        self.commit(work)

    def commit(self, work: Callable[[Any], T]) -> T:
        """Run `work(connection)` in a durable transaction, together with whoever waits at the same time."""
        return self._hand_over(work, durable=True)

    def note_soon(self, work: Callable[[Any], T]) -> T:
        """Run `work(connection)`: everybody here sees what it wrote, and no later `commit` is on the disk without it.

        For what a crash may lose, since the next process finds it out: where it is lost, so is all that was written after it.
        """
        return self._hand_over(work, durable=False)

    def _hand_over(self, work: Callable[[Any], T], *, durable: bool) -> T:
        if self._broken is not None:
            raise self._stopped()
        self._start()
        answer: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        self._queue.put((work, answer, durable))
        good, value = answer.get()
        if good:
            result: T = value
            return result
        raise value

    def _start(self) -> None:
        with self._starting:
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
                self._writer.start()

    def _stopped(self) -> FatalError:
        return FatalError(
            f"the journal could not be written ({self._broken})",
            where=str(self.database.path),
            remedy="The run stopped; nothing unacknowledged is lost. Mend the cause, then run the same command again.",
        )

    def _write(self) -> None:
        while (first := self._next()) is not None:
            jobs = [first]
            while len(jobs) < 256 and not self._queue.empty():
                more = self._queue.get()
                if more is None:
                    self._queue.put(None)
                    break
                jobs.append(more)
            self._write_together(jobs)

    def _next(self) -> _Job | None:
        """Wait for the next piece of work; what waits to be brought to the disk waits no longer than a moment."""
        try:
            return self._queue.get(timeout=SOON_SECONDS)
        except queue.Empty:
            try:
                self.database.end_open()
            except BaseException as error:  # noqa: BLE001 -- as below
                self._broken = error
        return self._queue.get()

    def _write_together(self, jobs: list[_Job]) -> None:
        if self._broken is not None:
            for _, answer, _ in jobs:
                answer.put((False, self._stopped()))
            return
        durable = any(durable for *_, durable in jobs)
        try:
            with self.database.transaction(leave_open=not durable) as connection:
                results = []
                for number, (work, *_) in enumerate(jobs):
                    connection.execute(f"SAVEPOINT job{number}")
                    try:
                        results.append((True, work(connection)))
                        connection.execute(f"RELEASE job{number}")
                    except Exception as error:
                        if not connection.in_transaction or _of_the_disk(error):
                            raise  # what cannot be written for one can be written for nobody
                        connection.execute(f"ROLLBACK TO job{number}")
                        connection.execute(f"RELEASE job{number}")
                        results.append((False, error))
        except BaseException as error:  # noqa: BLE001 -- a failed commit stops the run: nobody may go on unjournalled
            self._broken = error
            for _, answer, _ in jobs:
                answer.put((False, error if isinstance(error, FatalError) else self._stopped()))
            return
        for (_, answer, _), result in zip(jobs, results, strict=True):
            answer.put(result)

    def note(self, name: str, value: str) -> None:
        """Keep a fact by its name: what a desk told, for estimates, and at which address it answered."""
        self.commit(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"note:{name}", value)
            )
        )

    def notes(self, prefix: str = "") -> dict[str, str]:
        """Return the facts whose names begin with `prefix`, without it."""
        start = f"note:{prefix}"
        rows = self.database.rows(
            "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ?", (len(start), start)
        )
        return {str(key)[len(start) :]: str(value) for key, value in rows}

    def identity(self, role: str) -> DeskIdentity | None:
        """Return which desk the folder's `source` or `target` is; None before the first contact."""
        if self.database.one("SELECT 1 FROM sqlite_master WHERE name = 'desk'") is None:
            return None  # of an older version, and read only
        row = self.database.one("SELECT id, place FROM desk WHERE role = ? ORDER BY at DESC LIMIT 1", (role,))
        return DeskIdentity(row[0], row[1]) if row else None

    def keep_identity(self, role: str, identity: DeskIdentity, by: str = "") -> None:
        """Keep which desk the folder's `source` or `target` is; `by`: who said that it is the same under another name."""
        self.commit(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO desk VALUES (?, ?, ?, ?, ?)",
                (role, self.now().isoformat(), identity.id, identity.place, by),
            )
        )

    def confirm(self, code: str, by: str, about: str | None = None) -> datetime:
        """Keep a person's confirmation; return until when it holds (7 days). `about`: what was looked at; None: the target as it is known."""
        now = self.now()
        until = now + timedelta(days=CONFIRMED_DAYS)
        row = (code, by, now.isoformat(), until.isoformat(), self._target() if about is None else about)
        self.commit(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO confirmation(code, by, at, until, desk) VALUES (?, ?, ?, ?, ?)", row
            )
        )
        return until

    def end_confirmations(self, code: str) -> None:
        """Let what persons confirmed under a code hold no longer: it was switched back."""
        now = self.now().isoformat()
        self.commit(
            lambda connection: connection.execute(
                "UPDATE confirmation SET until = ? WHERE code = ? AND until > ?", (now, code, now)
            )
        )

    def confirmations(self) -> list[tuple[str, str, str, str]]:
        """Return (code, by, at, until) of all that was ever confirmed, oldest first."""
        rows = self.database.rows("SELECT code, by, at, until FROM confirmation ORDER BY at, code")
        return [(str(a), str(b), str(c), str(d)) for a, b, c, d in rows]

    def confirmed(self, code: str, about: str | None = None) -> tuple[str, str] | None:
        """Return (by, until) of a confirmation that still holds; one that was given for something else does not."""
        row = self.database.one(
            "SELECT by, until FROM confirmation WHERE code = ? AND until > ? AND desk = ? ORDER BY at DESC LIMIT 1",
            (code, self.now().isoformat(), self._target() if about is None else about),
        )
        return (row[0], row[1]) if row else None

    def _target(self) -> str:
        identity = self.identity("target")
        return (identity.id or identity.place) if identity else ""

    def back_up(self, name: str) -> Path:
        """Copy the whole file to `backups/workspace-NAME.db` beside it, as it is on the disk now; the newest ten stay.

        The copy is whole or not there: it gets its name when it is on the disk.
        """
        folder = self.database.path.parent / BACKUPS
        copy = folder / f"workspace-{name}.db"
        partial = copy.with_suffix(".part")
        with disk_errors(copy):
            folder.mkdir(exist_ok=True, mode=0o700)
            partial.unlink(missing_ok=True)
            try:
                partial.touch(mode=0o600)
                connection = self.database.reader()
                try:
                    with closing(sqlite3.connect(partial)) as other:
                        connection.backup(other)
                finally:
                    connection.close()
                with partial.open("rb+") as file:
                    os.fsync(file.fileno())
                partial.replace(copy)
            finally:
                for left in (partial, partial.with_name(f"{partial.name}-journal")):
                    left.unlink(missing_ok=True)
            for old in backups(self.database.path.parent)[:-KEPT_BACKUPS]:
                old.unlink(missing_ok=True)
        return copy

    def close(self) -> None:
        """End the writer and close the file."""
        if self._writer is not None and self._writer.is_alive():
            self._queue.put(None)
            self._writer.join()
        self.database.end_open()
        with disk_errors(self.database.path):
            self.database.close()

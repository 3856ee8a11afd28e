"""One SQLite file of a workspace: opened safely, upgraded by numbered scripts, refused when damaged or newer."""

import errno
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ticketferry.errors import FatalError, WorkspaceError

__all__ = ["FULL_DISK", "Database", "disk_errors", "quoted", "writable"]

BUSY_SECONDS = 30.0
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_NOTADB)
_FULL = ("database or disk is full", "disk i/o error")
FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No room, no quota, or a file larger than the disk or the user may have."""
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's and the disk's own words into one sentence with a next step."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error).lower()
        if any(word in text for word in _FULL):
            raise FatalError(
                f"the disk is full: {path.name} could not be written",
                where=str(path),
                remedy="Nothing half-written was kept. Free some space, then run the same command again; it goes on.",
            ) from error
        if "locked" in text or "busy" in text:
            raise WorkspaceError(
                f"{path.name} is in use by another process",
                where=str(path),
                remedy="Wait for it, or end it, then run the command again.",
            ) from error
        if isinstance(error, sqlite3.OperationalError) and "readonly" in text:
            raise WorkspaceError(
                f"{path.name} cannot be written", where=str(path), remedy="Check its owner and rights."
            ) from error
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_CANTOPEN:
            raise WorkspaceError(
                f"{path.name} cannot be opened",
                where=str(path),
                remedy="Check that it is a file, and the owner and rights of it and of its folder.",
            ) from error
        if code not in _DAMAGE:
            raise
        raise WorkspaceError(
            f"{path.name} is damaged ({error})", where=str(path), remedy=_damaged_remedy(path)
        ) from error
    except OSError as error:
        if error.errno in _FORBIDDEN:
            raise WorkspaceError(
                f"{path.name} cannot be written: {error.strerror}",
                where=str(path),
                remedy="Use a folder that you may write to, or check its owner and rights. What only reads works here too: status,"
                " explain, plan show, verify, report -o FILE.",
            ) from error
        if error.errno in FULL_DISK:
            raise FatalError(
                f"the disk is full: {path} could not be written",
                where=str(path),
                remedy="Nothing half-written was kept. Free some space, then run the same command again; it goes on.",
            ) from error
        raise


def _damaged_remedy(path: Path) -> str:
    if path.name == "workspace.db":
        backups = sorted(path.parent.glob("workspace.db.before-*"))
        newest = f" The newest copy is {backups[-1].name}." if backups else ""
        return f"Put a copy of it back: the id map and the journal cannot be made again.{newest}"
    if path.suffix == ".plan":
        return "Make a new plan: `ticketferry plan`."
    return f"Delete {path.name} and run `ticketferry extract` again: it can be made anew."


class Database:
    """A SQLite file with its scripts; `scripts[i]` upgrades from version i to i + 1.

    `durable`: every commit is on disk before it returns. One connection for writing, guarded by `lock`; `reader()` gives
    further ones. Files are 0600. Raises WorkspaceError for a damaged, foreign or newer file. A file that cannot be written (a copy on a
    medium for reading) is read only, with all that its journal holds; so is one that is `frozen`: another machine holds it, and nobody writes
    into it meanwhile. `page_bytes`: size of the pages of a new file.
    """

    def __init__(
        self,
        path: Path,
        scripts: Sequence[str],
        *,
        durable: bool,
        readonly: bool = False,
        frozen: bool = False,
        page_bytes: int | None = None,
    ) -> None:
        self.path = path
        frozen = path.exists() and (frozen or not writable(path))
        self.readonly = readonly or frozen
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._read_at = self._copy() if frozen else None
        self.lock = threading.RLock()
        self._open = False
        """Whether a transaction that was left open waits for the next one, or for `end_open`."""
        self._scripts = scripts
        if readonly and not path.exists():
            raise WorkspaceError(
                f"there is no {path.name} yet", where=str(path), remedy="Run `ticketferry extract` first."
            )
        with disk_errors(path):
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                path.touch(mode=0o600)
            self.connection = self._connect(readonly=self.readonly)
            try:
                self._prepare(durable=durable, page_bytes=page_bytes)
            except BaseException:
                self.connection.close()
                raise

    def _copy(self) -> Path:
        """Return where a file for reading only is read: itself, or a copy where it left a journal that SQLite could not open there."""
        journal = self.path.with_name(f"{self.path.name}-wal")
        if not journal.exists() or not journal.stat().st_size:
            return self.path
        self._scratch = tempfile.TemporaryDirectory(prefix="ticketferry-")
        copy = Path(self._scratch.name) / self.path.name
        with disk_errors(copy):
            for path in (self.path, journal):
                shutil.copyfile(path, copy.with_name(path.name))
            with closing(sqlite3.connect(copy)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return copy

    def _connect(self, *, readonly: bool) -> sqlite3.Connection:
        if self._read_at is not None:
            uri = f"file:{quoted(self._read_at)}?mode=ro&immutable=1"
        else:
            uri = f"file:{quoted(self.path)}?mode={'ro' if readonly else 'rw'}"
        connection = sqlite3.connect(
            uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    def _prepare(self, *, durable: bool, page_bytes: int | None) -> None:
        execute = self.connection.execute
        version = self._version()
        if self.readonly:
            if version < len(self._scripts):
                raise WorkspaceError(
                    f"{self.path.name} was written by an older ticketferry and cannot be brought up to date here",
                    where=str(self.path),
                    remedy="Run a command where it can be written, then copy the folder again.",
                )
            return
        if not version and page_bytes:
            execute(f"PRAGMA page_size={page_bytes}")
        execute("PRAGMA journal_mode=WAL")
        execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        if version < len(self._scripts):
            self._upgrade()

    def _version(self) -> int:
        """Return the format of the file; raises WorkspaceError where it is none of ours or a newer one."""
        # One statement, so that both are of one moment while another command makes or upgrades the file.
        version, tables = self.connection.execute(
            "SELECT user_version, (SELECT count(*) FROM sqlite_master) FROM pragma_user_version"
        ).fetchone()
        newest = len(self._scripts)
        if version > newest:
            raise WorkspaceError(
                f"{self.path.name} was written by a newer ticketferry (format {version}, this one knows {newest})",
                where=str(self.path),
                remedy="Use that version, or a newer one.",
            )
        if version == 0 and tables and not self.readonly:
            raise WorkspaceError(f"{self.path.name} is not a ticketferry file", where=str(self.path))
        return int(version)

    def _upgrade(self) -> None:
        """Run the scripts that the file has not seen, all in one transaction, with a copy of it as it was.

        Of several commands that open an old file at once one upgrades it; the others wait and take it as it is then.
        """
        with self.transaction() as connection:
            version = self._version()
            if 0 < version < len(self._scripts):
                self._back_up(version)
            for script in self._scripts[version:]:
                for statement in _statements(script):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={len(self._scripts)}")

    def _back_up(self, version: int) -> None:
        copy = self.path.with_name(f"{self.path.name}.before-{version + 1}")
        partial = copy.with_suffix(copy.suffix + ".part")
        partial.unlink(missing_ok=True)
        # A connection of its own: SQLite copies none that holds the lock for writing.
        with closing(self.reader()) as before, closing(sqlite3.connect(partial)) as other:
            before.backup(other)
        partial.chmod(0o600)
        shutil.move(partial, copy)

    def reader(self) -> sqlite3.Connection:
        """Open a further read-only connection, which sees all that was written before; the caller closes it."""
        self.end_open()
        with disk_errors(self.path):
            return self._connect(readonly=True)

    @contextmanager
    def transaction(self, *, leave_open: bool = False) -> Iterator[sqlite3.Connection]:
        """Hold the writing connection for one transaction; all or nothing.

        With `leave_open` it is not ended: what was written is seen by whoever reads here, and comes to the disk with the next transaction,
        which takes it over, or with `end_open`. Nobody else can write to the file until then.
        """
        with self.lock, disk_errors(self.path):
            if not self._open:
                self.connection.execute("BEGIN IMMEDIATE")
            self._open = False
            try:
                yield self.connection
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            self._open = leave_open
            if not leave_open:
                self._commit()

    def end_open(self) -> None:
        """Bring to the disk what a transaction that was left open wrote."""
        with self.lock, disk_errors(self.path):
            if self._open:
                self._open = False
                self._commit()

    def _commit(self) -> None:
        try:
            self.connection.execute("COMMIT")
        except sqlite3.Error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Read all rows of a small result."""
        try:
            with self.lock:
                return self.connection.execute(sql, parameters).fetchall()
        except (sqlite3.Error, OSError):
            with disk_errors(self.path):
                raise

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Read the first row, or None."""
        try:
            with self.lock:
                row: tuple[Any, ...] | None = self.connection.execute(sql, parameters).fetchone()
                return row
        except (sqlite3.Error, OSError):
            with disk_errors(self.path):
                raise

    def settle(self) -> None:
        """Bring all that was written into the file itself, so that it can be read without its journal."""
        if not self.readonly:
            with self.lock, disk_errors(self.path):
                self.end_open()
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def check(self) -> None:
        """Read the whole file; raises WorkspaceError where it is damaged."""
        with disk_errors(self.path):
            answer = self.rows("PRAGMA quick_check(1)")
        if answer != [("ok",)]:
            raise self.damaged(answer[0][0])

    def damaged(self, why: str) -> WorkspaceError:
        """Return the error of a file of which something is broken or missing."""
        return WorkspaceError(
            f"{self.path.name} is damaged ({why})", where=str(self.path), remedy=_damaged_remedy(self.path)
        )

    def close(self) -> None:
        """Close the connection; nothing that was acknowledged is lost without it."""
        with self.lock:
            self.connection.close()
            if self._scratch is not None:
                self._scratch.cleanup()


def writable(path: Path) -> bool:
    """Tell whether a file and its folder can be written: SQLite keeps its journal beside the file."""
    own = os.access in os.supports_effective_ids
    return all(os.access(one, os.W_OK, effective_ids=own) for one in (path, path.parent))


def quoted(path: Path) -> str:
    """Return a path as it stands in a `file:` address."""
    return str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _statements(script: str) -> Iterator[str]:
    """Cut a script at the ends of its statements; a trigger has further ones inside."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            if part.strip():
                yield statement
            statement = ""
    if statement.strip("; \n"):
        yield statement

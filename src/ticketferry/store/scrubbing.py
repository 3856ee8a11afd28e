"""Words taken out of every cell of a database, packed ones too, and off its free pages and its journal."""

import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import zstandard

from ticketferry.schema.forgotten import MARK, Forgotten
from ticketferry.store.database import disk_errors, quoted

__all__ = ["cell_without", "desk_of", "scrub_cells", "scrub_database"]

_ZSTD = b"\x28\xb5\x2f\xfd"
_REFS = ("ref", "root", "subject", "person", "author")
"""Columns that say whose row it is."""
_WORDY = ("title", "because", "message", "remedy", "error", "why")
"""Columns of a row about somebody that go whole."""


def cell_without(forgotten: Forgotten, cell: Any, *, own: bool = False) -> Any:
    """Return what a cell holds without the words on the list; the same object where none is in it."""
    if isinstance(cell, str):
        if cell[:1] in "{[" and cell:
            try:
                told = orjson.loads(cell)
            except ValueError:
                return forgotten.text(cell, own=own)
            left = forgotten.value(told, own=own)
            return cell if left is told else orjson.dumps(left).decode()
        return forgotten.text(cell, own=own)
    if isinstance(cell, bytes):
        return _packed_without(forgotten, cell, own=own)
    return cell


def _packed_without(forgotten: Forgotten, cell: bytes, *, own: bool) -> bytes:
    read, pack = _codec(cell)
    try:
        data = read(cell)
        told = orjson.loads(data)
    except (ValueError, zlib.error, zstandard.ZstdError):
        text = cell.decode("utf-8", "surrogateescape")
        left_text = forgotten.text(text, own=own)
        return cell if left_text is text else left_text.encode("utf-8", "surrogateescape")
    left = forgotten.value(told, own=own)
    return cell if left is told else pack(orjson.dumps(left, option=orjson.OPT_SORT_KEYS))


def _codec(cell: bytes) -> tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]:
    if cell[:4] == _ZSTD:
        return zstandard.ZstdDecompressor().decompress, zstandard.ZstdCompressor(level=6).compress
    if cell[:1] == b"\x78":
        return zlib.decompress, lambda data: zlib.compress(data, 3)
    return bytes, bytes


def scrub_database(
    path: Path,
    forgotten: Forgotten,
    theirs: Collection[str] = (),
    failed: Mapping[str, Collection[int]] = MappingProxyType({}),
    *,
    write: bool,
) -> int:
    """Take the words out of a database that nobody has open; return how many rows held one. `failed`: plan -> operations of theirs.

    Without `write` nothing is changed. Raises FatalError for a full disk: the file is as it was then.
    """
    with (
        disk_errors(path),
        closing(
            sqlite3.connect(
                f"file:{quoted(path)}?mode={'rw' if write else 'ro'}", uri=True, isolation_level=None
            )
        ) as connection,
    ):
        if not write:
            return scrub_cells(connection, forgotten, theirs, failed, write=False)
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("BEGIN IMMEDIATE")
        changed = scrub_cells(connection, forgotten, theirs, failed, write=True)
        if changed and connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'operation'").fetchone():
            # A plan says by this why it does not have its digest any more.
            connection.execute("CREATE TABLE IF NOT EXISTS forgotten(at TEXT)")
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return changed


def scrub_cells(
    connection: sqlite3.Connection,
    forgotten: Forgotten,
    theirs: Collection[str],
    failed: Mapping[str, Collection[int]] = MappingProxyType({}),
    *,
    write: bool,
) -> int:
    """Take the words out of all rows, inside a transaction; return how many rows held one."""
    changed = _hush_errors(connection, failed, write=write)
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    for (table,) in connection.execute(named).fetchall():
        columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        names = [column[1] for column in columns]
        keys = [column[1] for column in sorted(columns, key=lambda column: column[5]) if column[5]]
        listed = ", ".join(f'"{name}"' for name in names)
        where = " AND ".join(f'"{key}" IS ?' for key in keys) if keys else "rowid = ?"
        rowid = "" if keys else "rowid, "
        pending = _changes(
            connection, f'SELECT {rowid}{listed} FROM "{table}"', names, keys, forgotten, theirs
        )
        for key, made in pending:
            changed += 1
            if not write:
                continue
            if made is None:
                connection.execute(f'DELETE FROM "{table}" WHERE {where}', key)
                continue
            sets = ", ".join(f'"{name}" = ?' for name in made)
            connection.execute(
                f'UPDATE OR REPLACE "{table}" SET {sets} WHERE {where}', (*made.values(), *key)
            )
    return changed


def _changes(
    connection: sqlite3.Connection,
    sql: str,
    names: list[str],
    keys: list[str],
    forgotten: Forgotten,
    theirs: Collection[str],
) -> Iterator[tuple[list[Any], dict[str, Any] | None]]:
    """Yield of every row that changes its key and its new cells, None where it goes whole. Read in portions: rows change meanwhile."""
    told: list[tuple[list[Any], dict[str, Any] | None]] = []
    for row in connection.execute(sql):
        cells = dict(zip(names, row[0 if keys else 1 :], strict=True))
        made = _row_without(cells, forgotten, theirs)
        if made is None or made:
            told.append(([cells[key] for key in keys] if keys else [row[0]], made))
    yield from told


def _row_without(
    cells: dict[str, Any], forgotten: Forgotten, theirs: Collection[str]
) -> dict[str, Any] | None:
    about = {str(cells[name]) for name in _REFS if cells.get(name)}
    made: dict[str, Any] = {}
    if about & set(theirs):
        if "image" in cells:
            return None
        made = {name: MARK for name in _WORDY if cells.get(name) and cells[name] != MARK}
        if cells.get("body") is not None:
            made["body"] = None
    own = any(forgotten.root(ref) for ref in about)
    for name, cell in cells.items():
        if name in made or name in _REFS:
            continue
        left = cell_without(forgotten, cell, own=own)
        if left is not cell:
            # What a plan would send is either as it was planned, or not there.
            made[name] = None if name == "body" and "digest" in cells else left
    return made


def _hush_errors(
    connection: sqlite3.Connection, failed: Mapping[str, Collection[int]], *, write: bool
) -> int:
    """Take away what a desk answered about operations of theirs: it may quote any value. That they failed stays."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'op'").fetchone():
        return 0
    changed = 0
    for plan, seqs in failed.items():
        for seq in seqs:
            where = "plan = ? AND seq = ? AND error IS NOT NULL AND error <> ?"
            held = connection.execute(f"SELECT 1 FROM op WHERE {where}", (plan, seq, MARK)).fetchone()
            changed += held is not None
            if held is not None and write:
                connection.execute(f"UPDATE op SET error = ? WHERE {where}", (MARK, plan, seq, MARK))
    return changed


def desk_of(path: Path) -> str | None:
    """Return the key of the desk whose snapshots a database holds; None for one that holds none."""
    with closing(sqlite3.connect(f"file:{quoted(path)}?mode=ro", uri=True)) as connection:
        found = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name IN ('packed', 'dictionary', 'desk')"
        )
        if int(found.fetchone()[0]) < 3:
            return None
        row = connection.execute("SELECT key FROM desk").fetchone()
        return str(row[0]) if row else None

"""The append-only store of a neutral desk: one JSON Lines file a kind, an index id -> offset, one writer at a time."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast
from uuid import uuid4

import orjson
from filelock import FileLock

from ticketferry.sdk import ConfigError, FatalError, Kind, Record
from ticketferry_neutral.lines import RecordLine, dump, place, read_line, read_lines, whole_size

__all__ = ["SCHEMA_VERSION", "Folder", "Writer", "state"]

SCHEMA_VERSION = 1
"""Raised when a folder written by this version could not be read by the one before."""

_FRESH: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "product": "neutral", "catalog": {}}
_CHUNK = 1 << 20


@dataclass(slots=True)
class _Index:
    """What is known of one file: where each record stands, up to byte `size`."""

    size: int = 0
    newest: int = 0
    """Largest number used as an id, tombstones too: an id is never given twice."""
    live: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    parts: dict[str, dict[str, None]] = field(default_factory=dict)
    """Id of the root -> ids of its parts that live."""
    origins: dict[str, list[str]] = field(default_factory=dict)
    """Our own mark -> ids of the records that live and bear it; more than one is a doubt."""
    marked: dict[str, str] = field(default_factory=dict)
    """Id -> the mark of a record that lives."""
    workspaces: set[str] = field(default_factory=set)

    def add(self, line: RecordLine) -> None:
        """Take in one line."""
        if line.id.isascii() and line.id.isdecimal():
            self.newest = max(self.newest, int(line.id))
        mark = self.marked.pop(line.id, None)
        if mark is not None:
            self.origins[mark].remove(line.id)
            if not self.origins[mark]:
                del self.origins[mark]
        if line.gone:
            self.live.pop(line.id, None)
            self.gone[line.id] = line.start
            for parts in [self.parts.get(line.root, {})] if line.root is not None else self.parts.values():
                parts.pop(line.id, None)
        else:
            self.gone.pop(line.id, None)
            self.live[line.id] = line.start
            if line.root is not None:
                self.parts.setdefault(line.root, {})[line.id] = None
            if line.origin is not None:
                self.marked[line.id] = line.origin
                self.origins.setdefault(line.origin, []).append(line.id)
        if line.workspace:
            self.workspaces.add(line.workspace)
        self.size = line.end


class Folder:
    """A desk's folder. Safe for threads of one process; writers of several processes wait for each other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._index: dict[Kind, _Index] = {}

    def file(self, kind: Kind) -> Path:
        """Return the file of a kind."""
        return self.path / f"{kind.value}.jsonl"

    # ---- desk.json -----------------------------------------------------------------------------------------------

    def desk(self) -> dict[str, Any] | None:
        """Read desk.json; None where there is none. Raises ConfigError where it is not what it should be."""
        path = self.path / "desk.json"
        try:
            body = orjson.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except orjson.JSONDecodeError as error:
            raise ConfigError(f"not JSON: {error}", where=str(path), remedy="Mend desk.json.") from error
        if (
            not isinstance(body, dict)
            or body.get("product") != "neutral"
            or not isinstance(body.get("schema_version"), int)
        ):
            raise ConfigError(
                'desk.json says {"schema_version": 1, "product": "neutral", "catalog": {…}}',
                where=str(path),
                remedy="Name the folder of a neutral desk as `folder`.",
            )
        if body["schema_version"] > SCHEMA_VERSION:
            raise ConfigError(
                f"the folder has schema version {body['schema_version']}, this version reads up to {SCHEMA_VERSION}",
                where=str(path),
                remedy="Use a newer ticketferry.",
            )
        return body

    # ---- reading -------------------------------------------------------------------------------------------------

    def lines(self, kind: Kind, start: int = 0) -> Iterator[RecordLine]:
        """Stream checked lines of a kind from byte `start`."""
        return read_lines(self.file(kind), kind, start, check=True)

    def index(self, kind: Kind) -> _Index:
        """Return the index of a kind, brought up to date."""
        with self._lock:
            index = self._index.setdefault(kind, _Index())
            if index.size and self.file(kind).stat().st_size == index.size:
                return index
            for line in read_lines(self.file(kind), kind, index.size):
                index.add(line)
            return index

    def get(self, kind: Kind, id_: str, *, check: bool = False) -> RecordLine | None:
        """Return a record that lives, or None."""
        start = self.index(kind).live.get(id_)
        return None if start is None else read_line(self.file(kind), kind, start, check=check)

    def last(self, kind: Kind, id_: str) -> RecordLine | None:
        """Return the tombstone of a record, or None."""
        start = self.index(kind).gone.get(id_)
        return None if start is None else read_line(self.file(kind), kind, start)

    def refuse_torn(self, kind: Kind) -> None:
        """Raise ConfigError with file:line where the last line of a kind's file is cut off."""
        path = self.file(kind)
        whole = whole_size(path)
        if path.exists() and path.stat().st_size > whole:
            raise ConfigError(
                "the last line is cut off",
                where=place(path, whole),
                remedy="Let whatever writes the file end, or write the line again, or take it out; then run the command again.",
            )

    def parts(self, kind: Kind, root: str) -> list[str]:
        """Return the ids of the parts of a root that live, in order of their first line."""
        with self._lock:
            return list(self.index(kind).parts.get(root, ()))

    def found(self, kind: Kind, origin: str) -> list[str]:
        """Return the ids of the records that bear a mark."""
        with self._lock:
            return list(self.index(kind).origins.get(origin, ()))

    def is_marked(self, kind: Kind, id_: str) -> bool:
        """Tell whether a record bears a mark."""
        with self._lock:
            return id_ in self.index(kind).marked

    def workspaces(self) -> set[str]:
        """Return the workspaces whose marks stand in the folder."""
        return {workspace for kind in Kind for workspace in self.index(kind).workspaces}

    def open(self, checksum: str) -> BinaryIO:
        """Open an attachment's bytes; FileNotFoundError where absent."""
        if len(checksum) != 64 or not checksum.isalnum():
            raise FileNotFoundError(checksum)
        return (self.path / "files" / checksum).open("rb")

    # ---- writing -------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, desk: str) -> "Iterator[Writer]":
        """Hold the folder for one batch: what was written is on the disk when the block ends. Raises FatalError for a full disk."""
        with self._lock:
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                with FileLock(self.path / ".lock", thread_local=False):
                    if not (self.path / "desk.json").exists():
                        _replace(
                            self.path / "desk.json",
                            orjson.dumps(
                                {**_FRESH, "key": desk, "id": uuid4().hex}, option=orjson.OPT_INDENT_2
                            ),
                        )
                    writer = Writer(self)
                    try:
                        yield writer
                    finally:
                        writer.close()
            except OSError as error:
                raise FatalError(f"cannot write: {error.strerror or error}", where=str(self.path)) from error

    def mend(self, kind: Kind) -> None:
        """Cut a torn last line off, and end a whole one that lacks its line end."""
        path = self.file(kind)
        if not path.exists():
            return
        end = whole_size(path)
        with path.open("r+b") as file:
            file.truncate(end)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    file.write(b"\n")


class Writer:
    """Appends lines while the folder is held."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._open: dict[Kind, BinaryIO] = {}

    def next_id(self, kind: Kind) -> str:
        """Return the next free number of a kind."""
        return str(self._folder.index(kind).newest + 1)

    def put(
        self,
        kind: Kind,
        id_: str,
        record: Record,
        *,
        root: tuple[Kind, str] | None = None,
        updated: str | None = None,
        gone: bool = False,
        origin: str | None = None,
        workspace: str = "",
    ) -> None:
        """Append one line and hand it to the system at once; it is on the disk when the batch ends."""
        file = self._open.get(kind)
        if file is None:
            self._folder.mend(kind)
            file = self._open[kind] = self._folder.file(kind).open("ab")
        file.write(
            dump(record, id_=id_, root=root, updated=updated, gone=gone, origin=origin, workspace=workspace)
        )
        file.flush()
        self._folder.index(kind)

    def attach(self, source: BinaryIO, checksum: str) -> bool:
        """Store bytes under their checksum; False where they are not what the checksum says."""
        files = self._folder.path / "files"
        files.mkdir(exist_ok=True)
        final = files / checksum
        if final.exists():
            return True
        total = sha256()
        handle, name = tempfile.mkstemp(dir=files, prefix=".part-")
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                while chunk := source.read(_CHUNK):
                    total.update(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            if total.hexdigest() != checksum:
                return False
            partial.replace(final)
        finally:
            partial.unlink(missing_ok=True)
        return True

    def close(self) -> None:
        """Bring everything to the disk."""
        for file in self._open.values():
            with file:
                file.flush()
                os.fsync(file.fileno())
        self._open.clear()


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def state(folder: Path, *, by_origin: bool = False) -> dict[str, dict[str, Record]]:
    """Return what lives in a folder: kind -> name -> record, sorted. For comparing the folder with itself at another time.

    The name is the id; `by_origin` gives marked records the name of their source record, also where others refer to them, so
    that two folders into which the same was moved are equal whatever numbers they gave.
    """
    desk = Folder(folder)
    names: dict[str, str] = {}
    taken: set[str] = set()
    found: dict[str, dict[str, Record]] = {}
    for kind in Kind:
        index = desk.index(kind)
        for id_ in index.live:
            line = desk.get(kind, id_)
            if line is None:
                continue
            found.setdefault(kind.value, {})[line.record["ref"]] = line.record
            if by_origin and line.origin is not None:
                if line.origin in taken:
                    raise ConfigError(f"{line.origin} stands twice", where=place(desk.file(kind), line.start))
                names[line.record["ref"]] = line.origin
                taken.add(line.origin)
    return {
        kind: {
            names.get(ref, ref if by_origin else ref.split(":", 2)[2]): cast("Record", _named(record, names))
            for ref, record in sorted(records.items(), key=lambda item: names.get(item[0], item[0]))
        }
        for kind, records in found.items()
    }


_Value: TypeAlias = Any


def _named(value: _Value, names: dict[str, str]) -> _Value:
    if isinstance(value, dict):
        return {key: _named(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    if not isinstance(value, str) or ":" not in value:
        return value
    if value in names:
        return names[value]
    if "data-" not in value:
        return value
    for piece in set(value.split('"')):
        if piece in names:
            value = value.replace(f'"{piece}"', f'"{names[piece]}"')
    return value

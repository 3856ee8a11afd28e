"""One JSON Lines file of a desk: its envelope, reading from an offset, and errors that name file and line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import orjson
from pydantic import ValidationError

from ticketferry.sdk import ConfigError, Json, Kind, Record, validate

__all__ = ["PART_OF", "RecordLine", "dump", "place", "read_line", "read_lines", "whole_size"]

PART_OF: dict[Kind, Kind] = {
    Kind.MEMBERSHIP: Kind.PERSON,
    Kind.IDENTITY: Kind.PERSON,
    Kind.COMMENT: Kind.TICKET,
    Kind.EVENT: Kind.TICKET,
    Kind.ATTACHMENT: Kind.TICKET,
    Kind.WORKLOG: Kind.TICKET,
    Kind.SIDE_CONVERSATION: Kind.TICKET,
}
"""Kind of a part -> kind of the record that it belongs to."""

_NOT_IN_IDS = frozenset('[]"\\')


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One line: a state of a record. `start` and `end` are byte offsets; the last line of an id wins.

    `origin`: the source record that our own mark names; `workspace`: whose mark it is.
    A tombstone (`gone`) keeps the last `record`, so that it can be taken back.
    """

    kind: Kind
    id: str
    root: str | None
    updated: datetime | None
    gone: bool
    origin: str | None
    workspace: str
    record: Record
    start: int
    end: int


def place(path: Path, offset: int) -> str:
    """Return `file:line` of a byte offset, counted only when there is something to complain about."""
    number = 1
    with path.open("rb") as file:
        left = offset
        while left > 0 and (chunk := file.read(min(left, 1 << 20))):
            number += chunk.count(b"\n")
            left -= len(chunk)
    return f"{path}:{number}"


def whole_size(path: Path) -> int:
    """Return the size without a torn last line (a crash in the middle of a write); 0 where there is no file."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return 0
    with path.open("rb") as file:
        if size:
            file.seek(size - 1)
            if file.read(1) == b"\n":
                return size
        end = size
        tail = b""
        while end > 0:
            begin = max(0, end - (1 << 16))
            file.seek(begin)
            tail = file.read(end - begin) + tail
            end = begin
            cut = tail.rfind(b"\n")
            if cut >= 0:
                return size if _complete(tail[cut + 1 :]) else end + cut + 1
    return size if _complete(tail) else 0


def _complete(tail: bytes) -> bool:
    """Tell whether a last line without a line end holds a whole object: a hand-written file, or a crash before its very last byte."""
    if not tail.strip():
        return not tail
    try:
        return isinstance(orjson.loads(tail), dict)
    except orjson.JSONDecodeError:
        return False


def read_lines(path: Path, kind: Kind, start: int = 0, *, check: bool = False) -> Iterator[RecordLine]:
    """Stream the lines from byte `start`, without a torn last one. `check` validates records against the neutral schema.

    Raises ConfigError with file:line for a line that is not what it should be, and where the file is shorter than `start`.
    """
    end = whole_size(path)
    if end < start:
        raise ConfigError(
            f"the file is {end} bytes long and was read up to byte {start} before",
            where=str(path),
            remedy="Lines are only ever added to these files. Put the file back, or extract anew in another workspace.",
        )
    if end == start:
        return
    with path.open("rb") as file:
        file.seek(start)
        at = start
        while at < end:
            raw = file.readline(end - at)
            if raw.strip():
                yield _line(path, kind, at, raw, check=check)
            at += len(raw)


def read_line(path: Path, kind: Kind, start: int, *, check: bool = False) -> RecordLine:
    """Read the one line that begins at byte `start`."""
    with path.open("rb") as file:
        file.seek(start)
        return _line(path, kind, start, file.readline(), check=check)


def _line(path: Path, kind: Kind, start: int, raw: bytes, *, check: bool) -> RecordLine:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _wrong(path, start, f"not JSON: {error}") from error
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        raise _wrong(path, start, 'a line is an object with a text "id"')
    id_: str = body["id"]
    if not _NOT_IN_IDS.isdisjoint(id_) or not id_.isprintable():
        raise _wrong(path, start, f"the id {id_!r} holds a bracket, quote, backslash or control character")
    gone = body.get("gone") is True
    record = body.get("record", {})
    if not isinstance(record, dict) or (not record and not gone):
        raise _wrong(path, start, 'a line that is not "gone" holds an object "record"')
    root = _root(path, start, body.get("root"))
    if check and root is None and kind in PART_OF:
        raise _wrong(
            path, start, f'a {kind.value} names its "root": {{"kind": "{PART_OF[kind].value}", "id": …}}'
        )
    if check and not gone:
        _check(path, start, kind, id_, record)
    return RecordLine(
        kind,
        id_,
        root,
        _time(path, start, body.get("updated")),
        gone,
        cast("str | None", body.get("origin") or record.get("origin")),
        str(body.get("workspace") or ""),
        record,
        start,
        start + len(raw),
    )


def _root(path: Path, start: int, root: Any) -> str | None:
    if root is None:
        return None
    if not isinstance(root, dict) or not isinstance(root.get("id"), str) or not root["id"]:
        raise _wrong(path, start, '"root" is {"kind": …, "id": …}')
    return str(root["id"])


def _time(path: Path, start: int, text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise _wrong(path, start, f'"updated" is not a time: {text!r}') from error


def _check(path: Path, start: int, kind: Kind, id_: str, record: Record) -> None:
    parts = str(record.get("ref", "")).split(":", 2)
    if parts[1:] != [kind.value, id_] or not parts[0]:
        raise _wrong(
            path, start, f'"record.ref" must be "DESK:{kind.value}:{id_}", not {record.get("ref")!r}'
        )
    try:
        validate(record)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()[:5]
        )
        raise _wrong(path, start, f"{kind.value} {id_} does not fit the neutral schema: {faults}") from error


def _wrong(path: Path, start: int, message: str) -> ConfigError:
    return ConfigError(message, where=place(path, start), remedy="Mend the line, or take it out.")


def dump(
    record: Record,
    *,
    id_: str,
    root: tuple[Kind, str] | None = None,
    updated: str | None = None,
    gone: bool = False,
    origin: str | None = None,
    workspace: str = "",
) -> bytes:
    """Write one line. Keys that say nothing are left out."""
    body: dict[str, Json] = {"id": id_}
    if root is not None:
        body["root"] = {"kind": root[0].value, "id": root[1]}
    if updated is not None:
        body["updated"] = updated
    if gone:
        body["gone"] = True
    if origin is not None:
        body["origin"] = origin
    if workspace:
        body["workspace"] = workspace
    return orjson.dumps({**body, "record": record}, option=orjson.OPT_APPEND_NEWLINE)

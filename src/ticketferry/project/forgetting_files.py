"""Files of a folder without the words of somebody: texts, tables, archives of them, databases. What cannot be looked into is named."""

import hashlib
import os
import re
import zipfile
from collections.abc import Collection, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson

from ticketferry.project.pack import SUMS
from ticketferry.schema.forgotten import MARK, Forgotten
from ticketferry.schema.forgotten_records import without_sentences
from ticketferry.store.database import disk_errors
from ticketferry.store.scrubbing import scrub_database

__all__ = ["checksum", "file_without", "holds_words", "is_database"]

_DATABASE = b"SQLite format 3\x00"
_ZIP = b"PK\x03\x04"
_REF = re.compile(rb"[\w.-]+:person:[\w.@+-]+")
_SENTENCE = re.compile(r"\"(?:[^\"]|\"\")*\"|[^,;\t\r\n]* [^,;\t\r\n]*")
_LARGEST = 256 * 1024 * 1024
"""Bytes of a text that is not made of lines, or of a file in an archive, that is read at once."""


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def is_database(path: Path) -> bool:
    """Tell whether a file is one of SQLite."""
    return path.is_file() and _begins(path) == _DATABASE


def file_without(
    path: Path,
    forgotten: Forgotten,
    theirs: Collection[str],
    failed: Mapping[str, Collection[int]],
    *,
    write: bool,
) -> int | None:
    """Take the words out of a file; return in how many lines or rows they were, None where it cannot be looked into and holds them,
    or may: it is not changed then.
    """
    begins = _begins(path)
    if begins == _DATABASE:
        return scrub_database(path, forgotten, theirs, failed, write=write)
    if begins[:4] == _ZIP:
        return _archive_without(path, forgotten, theirs, failed, own=True, write=write)
    # What was decided names others by their given names too, and is read again.
    return _text_without(path, forgotten, own="decisions" not in path.parts, write=write)


def holds_words(path: Path, forgotten: Forgotten) -> bool:
    """Tell whether a file that somebody attached holds a name, an address or a number as it stands, or within a ZIP archive."""
    if _begins(path)[:4] == _ZIP:
        try:
            return bool(_archive_without(path, forgotten, (), {}, own=False, write=False))
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
            return False
    with path.open("rb") as file:
        before = b""
        while block := file.read(1 << 20):
            text = (before + block).decode("utf-8", "replace")
            if forgotten.text(text) is not text:
                return True
            before = block[-512:]
    return False


def _replace(path: Path, data: Any) -> None:
    part = path.with_name(f".{path.name}.part")
    with disk_errors(path):
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for block in data:
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def _line(line: bytes, forgotten: Forgotten, *, own: bool) -> bytes:
    """Return a line of a text without the words; one of JSON as JSON. Of a line about an account of theirs no sentence stays."""
    about = any(forgotten.person(ref.decode("utf-8", "replace")) for ref in _REF.findall(line))
    if about and not own:
        return b""  # a decision about somebody who is not there any more
    if line[:1] in b"{[" and line.strip():
        try:
            told = orjson.loads(line)
        except ValueError:
            pass
        else:
            left = forgotten.value(without_sentences(told) if about else told, own=own)
            same = left is told or left == told
            return line if same else orjson.dumps(left) + (b"\n" if line.endswith(b"\n") else b"")
    text = line.decode("utf-8", "surrogateescape")
    found = forgotten.text(_SENTENCE.sub(_of_cell, text) if about else text, own=own)
    return line if found == text else found.encode("utf-8", "surrogateescape")


def _of_cell(match: re.Match[str]) -> str:
    return match[0] if ":person:" in match[0] and " " not in match[0].strip() else MARK


def _page_of(name: str) -> bytes:
    return f"<!doctype html><title>{name}</title><p>Somebody whom this page named was forgotten. `ticketferry report` makes it again.</p>\n".encode()


def _text_without(path: Path, forgotten: Forgotten, *, own: bool, write: bool) -> int | None:
    if path.suffix.lower() == ".json" and path.stat().st_size < _LARGEST:
        data = path.read_bytes()
        try:
            told = orjson.loads(data)
        except ValueError:
            pass
        else:
            left = forgotten.value(told, own=own)
            if left is told:
                return 0
            if write:
                _replace(path, [orjson.dumps(left, option=orjson.OPT_INDENT_2) + b"\n"])
            return 1
    changed = 0
    with path.open("rb") as file:
        for line in file:
            changed += _line(line, forgotten, own=own) is not line
    if changed and _is_binary(path):
        return None
    if changed and write and path.suffix.lower() == ".html":
        _replace(path, [_page_of(path.name)])
    elif changed and write:
        with path.open("rb") as file:
            _replace(path, (_line(line, forgotten, own=own) for line in file))
    return changed


def _is_binary(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\x00" in file.read(1 << 16)


def _archive_without(
    path: Path,
    forgotten: Forgotten,
    theirs: Collection[str],
    failed: Mapping[str, Collection[int]],
    *,
    own: bool,
    write: bool,
) -> int:
    """Take the words out of the files of a ZIP archive, a workbook too; the sums that stand in a pack are made anew."""
    changed = 0
    made: list[tuple[zipfile.ZipInfo, bytes]] = []
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            data = archive.read(info)
            left = _member_without(path, data, forgotten, theirs, failed, own=own)
            if left is not data and info.filename.endswith(".html"):
                left = _page_of(info.filename)
            changed += left is not data
            made.append((info, left))
    if not changed or not write:
        return changed
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        sums = {
            info.filename: hashlib.sha256(data).hexdigest() for info, data in made if info.filename != SUMS
        }
        for info, data in made:
            told = (
                "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
                if info.filename == SUMS
                else data
            )
            entry = zipfile.ZipInfo(info.filename, info.date_time)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = info.external_attr
            archive.writestr(entry, told)
    _replace(path, [out.getvalue()])
    return changed


def _member_without(
    path: Path,
    data: bytes,
    forgotten: Forgotten,
    theirs: Collection[str],
    failed: Mapping[str, Collection[int]],
    *,
    own: bool,
) -> bytes:
    if data[:16] == _DATABASE:
        part = path.with_name(f".{path.name}.member.part")
        try:
            part.write_bytes(data)
            part.chmod(0o600)
            return part.read_bytes() if scrub_database(part, forgotten, theirs, failed, write=True) else data
        finally:
            for left in path.parent.glob(f"{part.name}*"):
                left.unlink()
    lines = data.splitlines(keepends=True)
    made = [_line(line, forgotten, own=own) for line in lines]
    same = all(new is old for new, old in zip(made, lines, strict=True))
    return data if same else b"".join(made)

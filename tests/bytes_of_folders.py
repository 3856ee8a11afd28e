"""Every byte of a folder as somebody could read it who has the libraries alone: files, packed cells of databases, files in archives."""

import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

import zstandard


def pieces(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield where it stands and what it is, of all that a file holds."""
    data = path.read_bytes()
    yield str(path), data
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for name in archive.namelist():
                inside = archive.read(name)
                yield f"{path}!{name}", inside
                if inside[:15] == b"SQLite format 3":
                    with NamedTemporaryFile() as file:
                        file.write(inside)
                        file.flush()
                        for table, cell in cells(Path(file.name)):
                            yield f"{path}!{name}:{table.rpartition(':')[2]}", cell
    if data[:15] == b"SQLite format 3":
        yield from cells(path)


def cells(path: Path) -> Iterator[tuple[str, bytes]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    dictionaries = (
        dict(connection.execute("SELECT id, body FROM dictionary")) if "dictionary" in tables else {}
    )
    for table in tables:
        for row in connection.execute(f'SELECT * FROM "{table}"'):
            for cell in row:
                if isinstance(cell, bytes):
                    yield f"{path}:{table}", unpacked(cell, dictionaries)
                elif isinstance(cell, str):
                    yield f"{path}:{table}", cell.encode("utf-8", "surrogatepass")
    connection.close()


def unpacked(cell: bytes, dictionaries: dict[int, bytes]) -> bytes:
    if cell[:4] == b"\x28\xb5\x2f\xfd":
        number = zstandard.get_frame_parameters(cell).dict_id
        held = zstandard.ZstdCompressionDict(dictionaries[number]) if number else None
        return zstandard.ZstdDecompressor(dict_data=held).decompress(cell)
    try:
        return zlib.decompress(cell) if cell[:1] == b"\x78" else cell
    except zlib.error:  # a digest that begins like it
        return cell


def found_in(root: Path, words_in: Callable[[bytes], set[str]]) -> dict[str, set[str]]:
    """Return which words stand where in a folder."""
    held: dict[str, set[str]] = {}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            for name, data in pieces(path):
                if words := words_in(data):
                    held.setdefault(str(Path(name).relative_to(root)), set()).update(words)
    return held

"""How records are compressed in a snapshot: zstd with dictionaries made of the desk's own records, which stand in the same file.

A frame names the dictionary that it needs. What an older version wrote (zlib, or plain JSON) is read as well.
"""

import threading
import zlib
from collections.abc import Sequence

import zstandard

from ticketferry.store.database import Database

__all__ = ["Packing", "unpack_alone"]

LEVEL = 3
DICTIONARY_BYTES = 65_536
ENOUGH = 512 * 1024
"""Bytes of samples of which a dictionary is made; so many are held."""
AGAIN = 32
"""A dictionary is made anew when this many times as many bytes came as before the last one: the first pages of a desk are its oldest."""
LONGEST_SAMPLE = 64 * 1024
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZLIB = b"\x78"


def unpack_alone(data: bytes) -> bytes:
    """Read what was packed without a dictionary. Raises zstandard.ZstdError where a dictionary is needed."""
    if data[:4] == _ZSTD:
        return zstandard.ZstdDecompressor().decompress(data)
    return zlib.decompress(data) if data[:1] == _ZLIB else bytes(data)


class _Samples:
    """Records spread evenly over all that came, within bounds."""

    def __init__(self, due: int) -> None:
        self.due = due
        self.came = 0
        self._stride = 1
        self._passed = 0
        self._held: list[bytes] = []
        self._size = 0

    def add(self, data: bytes) -> None:
        self.came += len(data)
        self._passed += 1
        if self._passed % self._stride == 0:
            self._held.append(data[:LONGEST_SAMPLE])
            self._size += len(self._held[-1])
        if self._size > ENOUGH * 2:
            self._held = self._held[::2]
            self._stride *= 2
            self._size = sum(map(len, self._held))

    def take(self) -> Sequence[bytes]:
        """Return the samples of a dictionary that is due now, none before."""
        return self._held if self.came >= self.due and self._size >= ENOUGH else ()


class Packing:
    """Packs and unpacks the records of one database; thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._plain = zstandard.ZstdCompressor(level=LEVEL)
        self._unpackers: dict[int, zstandard.ZstdDecompressor] = {0: zstandard.ZstdDecompressor()}
        self._packers: dict[str, zstandard.ZstdCompressor] = {}
        self._samples: dict[str, _Samples] = {}

    def pack(self, kind: str, data: bytes) -> bytes:
        """Compress a record of a kind, inside a transaction: now and then that makes a new dictionary."""
        with self._lock:
            samples = self._samples.get(kind)
            if samples is None:
                samples = self._samples[kind] = self._begin(kind)
            samples.add(data)
            if sample := samples.take():
                self._train(kind, sample)
                self._samples[kind] = _Samples(samples.came * AGAIN)
            return self._packers.get(kind, self._plain).compress(data)

    def unpack(self, data: bytes) -> bytes:
        """Return the bytes that were packed."""
        if data[:4] != _ZSTD:
            return unpack_alone(data)
        with self._lock:
            try:
                number = zstandard.get_frame_parameters(data).dict_id
                unpacker = self._unpackers.get(number)
                if unpacker is None:
                    unpacker = zstandard.ZstdDecompressor(dict_data=self._load(number))
                    self._unpackers[number] = unpacker
                return unpacker.decompress(data)
            except zstandard.ZstdError as error:
                raise self._database.damaged(str(error)) from error

    def forget(self) -> None:
        """Read dictionaries anew: those of a transaction that was taken back are gone."""
        with self._lock:
            self._packers.clear()
            self._samples.clear()
            self._unpackers = {0: zstandard.ZstdDecompressor()}

    def _begin(self, kind: str) -> _Samples:
        newest = self._database.one("SELECT max(id) FROM dictionary WHERE kind = ?", (kind,))
        if newest is None or newest[0] is None:
            return _Samples(ENOUGH)
        self._packers[kind] = zstandard.ZstdCompressor(level=LEVEL, dict_data=self._load(newest[0]))
        return _Samples(ENOUGH * AGAIN)

    def _load(self, number: int) -> zstandard.ZstdCompressionDict:
        row = self._database.one("SELECT body FROM dictionary WHERE id = ?", (number,))
        if row is None:
            raise self._database.damaged(f"dictionary {number} is missing")
        return zstandard.ZstdCompressionDict(row[0])

    def _train(self, kind: str, samples: Sequence[bytes]) -> None:
        row = self._database.one("SELECT coalesce(max(id), 0) + 1 FROM dictionary")
        number = int(row[0]) if row else 1
        try:
            trained = zstandard.train_dictionary(DICTIONARY_BYTES, list(samples), dict_id=number)
        except zstandard.ZstdError:
            return  # the samples have too little in common: packed without one as before
        self._database.connection.execute(
            "INSERT INTO dictionary VALUES (?, ?, ?)", (number, kind, trained.as_bytes())
        )
        self._packers[kind] = zstandard.ZstdCompressor(level=LEVEL, dict_data=trained)

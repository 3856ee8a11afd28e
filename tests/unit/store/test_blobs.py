"""Attachment bytes by content: whole or not at all, each once."""

from hashlib import sha256

import pytest

from ticketferry.errors import FatalError, RejectedError
from ticketferry.store.blobs import Blobs


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "blobs")


def files(blobs) -> list[str]:
    return sorted(path.name for path in blobs.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("data", [b"", b"\x00", b"hello\r\n" * 100_000])
def test_bytes_come_back_as_they_were(blobs, data):
    checksum, size = blobs.put([data[:3], data[3:]], size=len(data))
    assert (checksum, size) == (sha256(data).hexdigest(), len(data))
    assert checksum in blobs
    assert blobs.size(checksum) == len(data)
    with blobs.open(checksum) as file:
        assert file.read() == data
    assert blobs.path(checksum).stat().st_mode & 0o077 == 0


def test_equal_files_are_kept_once(blobs):
    assert blobs.put([b"a", b"b"]) == blobs.put([b"ab"])
    assert len(files(blobs)) == 1


@pytest.mark.parametrize("size", [0, 4, 6])
def test_another_size_than_the_desk_said_is_refused_and_nothing_stays(blobs, size):
    with pytest.raises(RejectedError, match=f"5 bytes came instead of {size}"):
        blobs.put([b"hello"], size=size)
    assert files(blobs) == []


def test_a_transfer_that_breaks_leaves_nothing(blobs):
    def broken():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        blobs.put(broken())
    assert files(blobs) == []


def test_a_full_disk_is_one_sentence(blobs, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FatalError, match="disk is full"):
        blobs.put([b"x"])
    assert files(blobs) == []


def test_what_is_not_there_is_said(blobs):
    assert "0" * 64 not in blobs
    with pytest.raises(FileNotFoundError):
        blobs.open("0" * 64)
    with pytest.raises(FileNotFoundError):
        blobs.size("0" * 64)


def test_a_file_that_sends_more_than_it_declares_is_cut_off_at_once(tmp_path):
    sent = []

    def endless():
        while True:
            sent.append(1)
            yield b"x" * 1_000

    blobs = Blobs(tmp_path / "blobs")
    with pytest.raises(RejectedError, match="1000 bytes came instead of 39"):
        blobs.put(endless(), size=39)
    with pytest.raises(RejectedError, match=r"instead of 5,000, the most"):
        blobs.put(endless(), most=5_000)
    assert len(sent) == 1 + 6
    assert list(blobs.folder.rglob("*")) == []

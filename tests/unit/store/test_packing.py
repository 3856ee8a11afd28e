"""What is packed comes back, with the dictionaries that the file has, and after a transaction that was taken back."""

import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.errors import WorkspaceError
from ticketferry.store import packing as module
from ticketferry.store.database import Database
from ticketferry.store.packing import Packing, unpack_alone
from ticketferry.store.rows import SCRIPTS


@pytest.fixture
def database(tmp_path):
    found = Database(tmp_path / "source.db", SCRIPTS, durable=False)
    yield found
    found.close()


def records(count, word="parcel"):
    return [
        f'{{"ref":"acme:ticket:{n}","subject":"the {word} of customer {n * 7919 % 1000} came back","fields":{{"city":"Köln {n}"}}}}'.encode()
        * 3
        for n in range(count)
    ]


def dictionaries(database):
    return database.rows("SELECT id, kind FROM dictionary ORDER BY id")


def test_a_dictionary_is_made_of_what_came_and_read_by_everybody(database, monkeypatch):
    monkeypatch.setattr(module, "ENOUGH", 60_000)
    packing = Packing(database)
    packed = []
    with database.transaction():
        packed = [packing.pack("ticket", data) for data in records(2_000)]
    assert dictionaries(database) == [(1, "ticket")]
    assert len(packed[-1]) < len(packed[0]) / 2
    for reader in (packing, Packing(database)):
        assert [reader.unpack(data) for data in packed] == records(2_000)
    with database.transaction():
        later = Packing(database).pack("ticket", records(1)[0])
    assert zstandard.get_frame_parameters(later).dict_id == 1, "the next process goes on with it"
    assert zstandard.get_frame_parameters(packing.pack("person", b"x" * 500)).dict_id == 0


def test_a_desk_whose_records_change_gets_another_dictionary(database, monkeypatch):
    monkeypatch.setattr(module, "ENOUGH", 60_000)
    monkeypatch.setattr(module, "AGAIN", 3)
    packing = Packing(database)
    came = records(1_000) + records(3_000, "invoice")
    with database.transaction():
        packed = [packing.pack("ticket", data) for data in came]
    assert len(dictionaries(database)) > 1
    assert len({zstandard.get_frame_parameters(data).dict_id for data in packed}) > 2
    assert [Packing(database).unpack(data) for data in packed] == came


def test_a_dictionary_of_a_transaction_that_was_taken_back_is_not_used(database, monkeypatch):
    monkeypatch.setattr(module, "ENOUGH", 60_000)
    packing = Packing(database)

    def interrupted():
        with database.transaction():
            for data in records(2_000):
                packing.pack("ticket", data)
            assert dictionaries(database) == [(1, "ticket")]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    packing.forget()
    assert dictionaries(database) == []
    with database.transaction():
        packed = [packing.pack("ticket", data) for data in records(3)]
    assert [unpack_alone(data) for data in packed] == records(3)


def test_a_file_that_has_lost_a_dictionary_says_so(database, monkeypatch):
    monkeypatch.setattr(module, "ENOUGH", 60_000)
    packing = Packing(database)
    with database.transaction():
        packed = [packing.pack("ticket", data) for data in records(2_000)][-1]
        database.connection.execute("DELETE FROM dictionary")
    with pytest.raises(WorkspaceError, match=r"source\.db is damaged"):
        Packing(database).unpack(packed)
    with pytest.raises(WorkspaceError, match=r"source\.db is damaged"):
        packing.unpack(packed[:-3])


@given(st.binary(max_size=300))
def test_what_older_versions_wrote_is_read(data):
    assert unpack_alone(zlib.compress(data, 1)) == data
    assert unpack_alone(zstandard.ZstdCompressor().compress(data)) == data
    assert unpack_alone(b"[" + data) == b"[" + data


def test_records_without_anything_in_common_are_packed_without_a_dictionary(database, monkeypatch):
    monkeypatch.setattr(module, "ENOUGH", 1)
    packing = Packing(database)
    with database.transaction():
        packed = packing.pack("ticket", b"x")
    assert packing.unpack(packed) == b"x"
    assert dictionaries(database) == []

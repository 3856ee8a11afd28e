"""A snapshot file that is written anew is the one that reading the changed desk would have made: same digests, earlier snapshots and deletions included."""

import orjson
import pytest
from tests.unit.store.test_snapshots import DESK, row, take

from ticketferry.store.rewriting import bytes_of, forget_files, rewrite
from ticketferry.store.snapshots import Snapshots


def read_desk(path, first):
    """Three readings: a ticket changes, one goes, one comes."""
    snapshots = Snapshots(path, DESK)
    take(snapshots, [row("1", {"v": first}), row("2", {"v": 0})])
    take(snapshots, [row("1", {"v": 1}), row("2", {"v": 2}, gone=True)])
    take(snapshots, [row("1", {"v": 1}), row("3", {"v": 3})])
    return snapshots


def digests(snapshots):
    return [(snapshots.info(number).digest, snapshots.writer.bucket_digest(number)) for number in (1, 2, 3)]


@pytest.mark.parametrize("told", ["as it is", "anew", "another"])
def test_the_digests_are_those_of_what_is_there_now(tmp_path, told):
    def change(stored):
        body = orjson.loads(stored.wire)
        if told == "as it is" or (told == "another" and body != {"v": 7}):
            return True
        body = {"v": 8} if told == "another" else body
        records = [
            {**record, "subject": repr(sorted(body.items()))} for record in orjson.loads(stored.neutral)
        ]
        return body, records, 1

    old = read_desk(tmp_path / "old.db", 7)
    counts = rewrite(old, tmp_path / "new.db", change, lambda _: None)
    wanted = read_desk(tmp_path / "wanted.db", 8) if told == "another" else old
    new = Snapshots(tmp_path / "new.db", DESK)
    assert digests(new) == digests(wanted)
    assert all(one == two for one, two in digests(new))
    assert counts[0] == {"as it is": 0, "another": 1}.get(told, counts[0])
    assert counts[1] == 0
    for each in {old, wanted, new}:
        each.close()


def test_bytes_are_held_until_the_last_attachment_that_has_them_is_forgotten(tmp_path):
    snapshots = Snapshots(tmp_path / "old.db", DESK)
    for attachment, checksum in (("1", "aa"), ("2", "aa"), ("3", "bb")):
        snapshots.store_content(attachment, checksum, 7, "stored")
    assert bytes_of(snapshots, ["1", "3", "9"]) == {"aa", "bb"}
    forget_files(snapshots, ["1", "3", "9"])
    assert [snapshots.holds_bytes(checksum) for checksum in ("aa", "bb")] == [True, False]
    assert bytes_of(snapshots, ["1", "2", "3", "9"]) == {"aa"}
    forget_files(snapshots, ["2"])
    assert not snapshots.holds_bytes("aa")
    snapshots.close()

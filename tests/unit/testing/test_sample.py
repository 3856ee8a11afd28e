"""The sample desk: the same for the same arguments, valid, as large as wanted; and the hostile records in it."""

import orjson
import pytest
from hypothesis import given, settings
from tests.rounds import examples

from ticketferry.schema.records import SCHEMA_VERSION, validate
from ticketferry.schema.refs import Kind
from ticketferry.testing import cases, hostile_records, write_sample
from ticketferry.testing.hostile import FILES, LONG, MemoryBlobs


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    first = write_sample(tmp_path / "a", tickets=40)
    assert first == write_sample(tmp_path / "b", tickets=40)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    write_sample(tmp_path / "c", tickets=40, seed=1)
    assert contents(tmp_path / "a")["ticket.jsonl"] != contents(tmp_path / "c")["ticket.jsonl"]


def test_a_desk_is_not_written_over(tmp_path):
    write_sample(tmp_path, tickets=1)
    with pytest.raises(FileExistsError):
        write_sample(tmp_path, tickets=1)


def test_the_counts_are_those_of_the_files_and_every_record_is_valid(tmp_path):
    counts = write_sample(tmp_path, tickets=60)
    assert counts["ticket"] == 64
    assert write_sample(tmp_path / "plain", tickets=60, hostile=False)["ticket"] == 60
    ids = {}
    for kind, count in counts.items():
        lines = [orjson.loads(line) for line in (tmp_path / f"{kind}.jsonl").read_bytes().splitlines()]
        assert len(lines) == count
        ids[kind] = {line["id"] for line in lines}
        assert len(ids[kind]) == count
        for line in lines:
            validate(line["record"])
    for kind in counts:
        for line in (tmp_path / f"{kind}.jsonl").read_bytes().splitlines():
            for key, value in orjson.loads(line)["record"].items():
                if key in ("ticket", "comment", "author", "requester", "assignee", "group", "organization"):
                    _, of, id_ = value.split(":", 2)
                    assert id_ in ids[of], f"{kind} {key} {value} names nothing"
    assert orjson.loads((tmp_path / "desk.json").read_bytes())["schema_version"] == SCHEMA_VERSION


def test_a_ticket_stands_where_its_history_ends(tmp_path):
    write_sample(tmp_path, tickets=50, hostile=False)
    ends = {}
    for line in (tmp_path / "event.jsonl").read_bytes().splitlines():
        event = orjson.loads(line)["record"]
        if event.get("field") == "status":
            assert event["before"] == ends.get(event["ticket"], "New")
            ends[event["ticket"]] = event["after"]
    for line in (tmp_path / "ticket.jsonl").read_bytes().splitlines():
        ticket = orjson.loads(line)["record"]
        assert ticket["status"] == ends.get(ticket["ref"], "New")


def test_the_hostile_records_are_valid_and_hold_what_they_promise():
    records = {record["ref"]: record for record in hostile_records()}
    for record in records.values():
        validate(record)
    first, second, third = (records[f"acme:ticket:{number}"] for number in (101, 102, 103))
    assert len(LONG.encode()) > 64_000
    assert any(len(letter.encode()) == 4 for letter in first["subject"])
    assert len({event["time"] for event in first["events"]}) < len(first["events"])
    assert records["acme:person:2"]["email"] != records["acme:person:3"]["email"]
    assert records["acme:person:2"]["email"].casefold() == records["acme:person:3"]["email"].casefold()
    names = [attachment["name"] for attachment in second["attachments"]]
    assert names.count("log.txt") == 2
    assert 0 in [attachment.get("size") for attachment in second["attachments"]]
    circle = [record["links"][0]["to"] for record in (first, second, third)]
    assert circle == [second["ref"], third["ref"], first["ref"]]
    assert third["merged_into"] == first["ref"]


def test_blobs_in_memory_hold_the_hostile_files():
    blobs = MemoryBlobs()
    for checksum, data in FILES.items():
        assert blobs.size(checksum) == len(data)
        assert blobs.open(checksum).read() == data
    for ask in (blobs.open, blobs.size):
        with pytest.raises(FileNotFoundError):
            ask("0" * 64)


@given(case=cases())
@settings(max_examples=examples(50))
def test_made_up_cases_are_valid(case):
    validate(case)
    assert case["ref"].split(":")[1] == Kind.TICKET

"""The neutral connector keeps the contract, as source and as target."""

from pathlib import Path

import orjson

from ticketferry.sdk import Kind, Session
from ticketferry.testing import SourceContract, TargetContract, write_sample
from ticketferry_neutral import CONNECTOR
from ticketferry_neutral.options import NeutralOptions
from ticketferry_neutral.source import NeutralSource
from ticketferry_neutral.target import NeutralTarget


def add_line(folder, kind, line):
    with (folder / f"{kind}.jsonl").open("ab") as file:
        file.write(orjson.dumps(line) + b"\n")


class TestNeutralSource(SourceContract):
    connector = CONNECTOR

    def make_source(self, folder: Path) -> NeutralSource:
        write_sample(folder / "desk", tickets=12)
        return NeutralSource(NeutralOptions(folder=folder / "desk", page_size=7), Session("acme"))

    def noting_source(self, folder: Path, note) -> NeutralSource:
        if not (folder / "desk").exists():
            write_sample(folder / "desk", tickets=12)
        return NeutralSource(NeutralOptions(folder=folder / "desk", page_size=7), Session("acme", note=note))

    def other_source(self, folder: Path):
        write_sample(folder / "other", tickets=12)
        yield NeutralSource(NeutralOptions(folder=folder / "other"), Session("acme"))

    def change(self, source):
        folder = source.options.folder
        ticket = source.folder.get(Kind.TICKET, "102").record
        add_line(folder, "ticket", {"id": "102", "record": {**ticket, "subject": "anders"}})
        comment = source.folder.get(Kind.COMMENT, "201").record
        root = {"kind": "ticket", "id": "102"}
        add_line(
            folder, "comment", {"id": "202", "root": root, "record": {**comment, "ref": "acme:comment:202"}}
        )
        return [(Kind.TICKET, "102"), (Kind.COMMENT, "202")]

    def remove(self, source):
        add_line(source.options.folder, "ticket", {"id": "104", "gone": True})
        return Kind.TICKET, "104"

    def remove_part(self, source):
        root = {"kind": "ticket", "id": "102"}
        add_line(source.options.folder, "comment", {"id": "201", "root": root, "gone": True})
        return (Kind.TICKET, "102"), (Kind.COMMENT, "201")


class TestNeutralSourceUnderAnotherKey(TestNeutralSource):
    """The key in migration.yaml counts, not the one that the files were written under."""

    def make_source(self, folder: Path) -> NeutralSource:
        write_sample(folder / "desk", tickets=3, desk="written-as")
        return NeutralSource(NeutralOptions(folder=folder / "desk", page_size=3), Session("acme"))

    def change(self, source):
        return None

    def remove_part(self, source):
        return None

    def test_no_reference_to_the_old_key_is_left(self, source, catalog):
        for wire in self.all_wires(source).values():
            for record in self.finished(source, wire, catalog).records:
                assert b'"written-as:' not in orjson.dumps(record).replace(b"\\", b"")


class TestNeutralTarget(TargetContract):
    connector = CONNECTOR

    def make_target(self, folder: Path, session: Session) -> NeutralTarget:
        return NeutralTarget(NeutralOptions(folder=folder / "desk"), session)

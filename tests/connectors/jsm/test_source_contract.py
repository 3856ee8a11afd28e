"""The contract suite for reading, on an emulated site that holds tickets of people and of an earlier migration."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.connectors.jsm.migrating import (
    AGENT,
    CUSTOMER,
    ORGANIZATION,
    PNG,
    Migration,
    comment,
    migration,
    ticket,
)

from ticketferry.sdk import Kind, Session, Source, Wire
from ticketferry.testing.source_contract import SourceContract
from ticketferry.testing.source_suite import Key
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_jsm import CONNECTOR
from ticketferry_jsm.source import JsmSource


def _fill(site: Migration) -> None:
    site.state.preferences.setdefault(next(iter(site.state.accounts)), {})["user.autowatch.disabled"] = "true"
    site.people()
    image = site.file(55, PNG, "pixel 📎.png", "acme:comment:2", inline=True)
    log = {
        "ref": "acme:worklog:1",
        "author": AGENT,
        "started": "2024-01-02T03:04:05Z",
        "seconds": 90,
        "body": {"html": "<p>looked</p>"},
    }
    for number in range(1, 4):
        site.create(
            ticket(
                number,
                body={"html": "<p>مرحبا 🦀</p>"},
                requester=CUSTOMER,
                organization=ORGANIZATION,
                assignee=AGENT,
                tags=["vip"],
                comments=[comment(number * 10 + 1, "<p>a</p>", public=False), comment(2, "<p>b</p>")]
                if number == 1
                else [],
                attachments=[image] if number == 1 else [],
                worklogs=[log] if number == 1 else [],
                links=[{"type": "Blocks", "to": "acme:ticket:1"}] if number > 1 else [],
                status="Resolved" if number == 2 else "Waiting for support",
                form="Emailed request",
                fields={"Product": ["Ferry", "Plus"], "CSAT comment": "two\n\nlines"},
            )
        )


class TestJsmSource(SourceContract):
    connector = CONNECTOR

    @pytest.fixture(autouse=True)
    def _site(self) -> Iterator[None]:
        with migration() as site:
            _fill(site)
            self.site = site
            yield

    def make_source(self, folder: Path) -> Source:
        return JsmSource(self.site.target.options, Session(desk="old", clock=self.site.emulator.clock))

    def noting_source(self, folder: Path, note: Any) -> Source:
        return JsmSource(
            self.site.target.options, Session(desk="old", clock=self.site.emulator.clock, note=note)
        )

    def other_source(self, folder: Path) -> Iterator[Source]:
        with JsmEmulator(clock=self.site.emulator.clock).serve() as other:
            options = self.site.target.options.model_copy(update={"base_url": other.base_url})
            yield JsmSource(options, Session(desk="old", clock=other.clock))

    def same(self, read: Wire, fetched: Wire) -> bool:
        # The list of a desk's customers says which desk lists them; asking by id does not.
        return _plain(read) == _plain(fetched)

    def change(self, source: Source) -> Iterable[Key]:
        id_ = self.site.driver.slots["acme:ticket:1"]["id"]
        self.site.emulator.clock.advance(3600)
        body: Any = {"fields": {"summary": "changed"}}
        self.site.target.client.write(
            "PUT", f"/rest/api/3/issue/{id_}", endpoint="test", group="read", json=body
        )
        return [(Kind.TICKET, id_)]

    def remove(self, source: Source) -> Key:
        id_ = self.site.driver.slots["acme:ticket:2"]["id"]
        self.site.target.client.write("DELETE", f"/rest/api/3/issue/{id_}", endpoint="test", group="read")
        return (Kind.TICKET, id_)

    def remove_part(self, source: Source) -> tuple[Key, Key]:
        root, part = (self.site.driver.slots[ref]["id"] for ref in ("acme:ticket:1", "acme:comment:2"))
        self.site.emulator.clock.advance(3600)
        path = f"/rest/api/3/issue/{root}/comment/{part}"
        self.site.target.client.write("DELETE", path, endpoint="test", group="read")
        return (Kind.TICKET, root), (Kind.COMMENT, part)


def _plain(wire: Wire) -> dict[str, Any]:
    return {key: value for key, value in dict(wire.body).items() if key != "serviceDeskId"}


def test_a_site_is_read_with_times_in_utc_and_no_mark_of_ours() -> None:
    with migration() as site:
        _fill(site)
        source = JsmSource(site.target.options, Session(desk="old", clock=site.emulator.clock))
        catalog = source.catalog()
        wires = [wire for page in source.read("tickets", None) for wire in page.records]
        records = [record for wire in wires for record in source.translate(wire, catalog).records]
        source.close()
    head = next(record for record in records if record.get("number") == "SUP-1")
    assert head["created"].endswith("Z")
    assert "tf-acme" in head["tags"]
    assert "origin" not in head
    links = [record["links"] for record in records if record.get("number")]
    # A link shows itself on both of its issues, as Jira shows it.
    assert sorted(len(row) for row in links) == [1, 1, 2]
    notes = [record for record in records if ":comment:" in record["ref"]]
    assert [note["public"] for note in notes] == [False, True]
    assert all(note["author"].startswith("old:person:") for note in notes)

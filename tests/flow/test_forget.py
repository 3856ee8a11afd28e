"""Somebody of the sample desk is forgotten after the tickets went from Zendesk to Jira: no byte holds them, the desks do, and work goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.bytes_of_folders import found_in
from tests.flow.desks import Desks, confirm, desks

from ticketferry.project import Project, forgetting, stages
from ticketferry.project.pack import write_pack
from ticketferry.schema.refs import Kind


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(24) as found:
        yield found


def busiest(project: Project) -> tuple[str, set[str]]:
    """Return the customer who asked most, by id, with the words that the desk has of them, as the desk wrote them."""
    source = project.snapshots("source")
    latest = source.latest()
    assert latest is not None
    asked: dict[str, int] = {}
    for _, rows in source.roots(Kind.TICKET, latest.number):
        for row in rows:
            for record in row.records:
                if record.get("requester"):
                    asked[record["requester"]] = asked.get(record["requester"], 0) + 1
    names: dict[str, int] = {}
    people = {}
    for ref, rows in source.roots(Kind.PERSON, latest.number):
        row = next((row for row in rows if row.kind is Kind.PERSON and row.records), None)
        person = row.records[0] if row is not None else {}
        if row is not None and person.get("name"):
            names[person["name"]] = names.get(person["name"], 0) + 1
            people[str(ref)] = (row.body(), person)
    chosen = next(
        ref
        for ref in sorted(asked, key=lambda ref: -asked[ref])
        if ref in people
        and people[ref][1].get("email")
        and names[people[ref][1]["name"]] == 1
        and len(people[ref][1]["name"].split()) > 1
    )
    body, person = people[chosen]
    words = {person["name"], person["email"]} | {
        str(body.get(key) or "") for key in ("phone", "notes", "details")
    }
    words |= {item["value"] for item in person.get("identities") or ()}
    return chosen.split(":", 2)[2], {word.casefold() for word in words if len(word) > 3}


def test_a_customer_is_forgotten_and_the_migration_goes_on(pair: Desks, tmp_path: Path) -> None:
    root = tmp_path / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
        stages.verify(project)
        write_pack(project, plan, root / "audit.zip", personal_data=True)
        id_, words = busiest(project)

        def held() -> dict[str, set[str]]:
            def words_in(data: bytes) -> set[str]:
                small = data.decode("utf-8", "replace").casefold()
                return {word for word in words if word in small}

            return found_in(root, words_in)

        assert {"source.db:packed", "target.db:packed", "audit.zip!report.html"} <= set(held())
        here, there = pair.zendesk.dump(), pair.jira.dump()
        requests = len(pair.zendesk.ledger), len(pair.jira.ledger)
        forgetting.forget(project, id_, "erase", "Ito", "request 17")
        assert held() == {}
        assert (pair.zendesk.dump(), pair.jira.dump()) == (here, there), "the desks are not touched"
        assert (len(pair.zendesk.ledger), len(pair.jira.ledger)) == requests, "they are not even asked"

        pair.clock.advance(3600)
        project.forget_snapshots("source")
        extracted = stages.extract(project)
        assert extracted["source"].held_back[0] == 1
        assert held() == {}
        later = stages.make_plan(project)
        confirm(project, later)
        outcomes = later.outcomes()["ticket"]
        assert outcomes.get("unchanged", 0) > outcomes.get("conflict", 0)
        assert "create" not in outcomes
        assert held() == {}

"""Tickets that a rule archives: told by the plan, written by the apply, read back whole by the neutral connector."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import confirm, desks
from tests.flow.neutral_desks import to_jira

from ticketferry.desired.cases import assemble
from ticketferry.errors import WorkspaceError
from ticketferry.plan.file.changes import reasons
from ticketferry.project import Project, stages
from ticketferry.project.clean_archive import write_archives
from ticketferry.schema.refs import Kind
from ticketferry.sdk.contract import Outcome

CARD = "4111 1111 1111 1111"
CLEAN = """clean:
  - {id: pii, when: always, redact: {patterns: [card]}, because: PCI}
  - {id: old, when: {tag: old}, do: archive, because: retention 7 y}
  - {id: older, when: {tag: older}, do: archive, to: older, because: retention 10 y}
"""


def read_back(folder: Path, base: Path) -> dict[str, dict[str, Any]]:
    """Read an archive as a source of its own; return its tickets by number."""
    root = base / "back"
    root.mkdir()
    (root / "migration.yaml").write_text(
        f"version: 1\nsource: {{connector: neutral, key: acme, folder: '{folder}'}}\n"
        f"target: {{connector: neutral, key: copy, folder: '{base / 'copy'}'}}\nmapping: mapping.yaml\n"
    )
    with Project.load(root) as project:
        stages.extract(project)
        return tickets_of(project)


def tickets_of(project: Project) -> dict[str, dict[str, Any]]:
    snapshots = project.snapshots("source")
    latest = snapshots.latest()
    assert latest is not None
    found = {}
    for ref, rows in snapshots.roots(Kind.TICKET, latest.number):
        case = assemble(ref, rows, snapshots.content)
        assert case is not None
        found[str(case["number"])] = case
    return found


def whole(folder: Path) -> None:
    """Hold a folder against its manifest."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for row in manifest["files"]:
        data = (folder / row["name"]).read_bytes()
        assert (sha256(data).hexdigest(), data.count(b"\n"), len(data)) == (
            row["sha256"],
            row["lines"],
            row["bytes"],
        )
    assert {row["name"] for row in manifest["files"]} == {path.name for path in folder.glob("*.jsonl")}
    assert manifest["attachments"] == len(list((folder / "files").iterdir()))


def test_archived_tickets_are_told_written_and_read_back(tmp_path):
    with to_jira(tmp_path) as ferry:
        path = ferry.root / "mapping.yaml"
        path.write_text(path.read_text() + CLEAN)
        ann = ferry.person(1, "Ann", "ann@one.example")
        ferry.ticket(1, ann, f"My card {CARD} 😀", tags=["old"], fields={"note": "kept"})
        ferry.ticket(2, ann, "Another", tags=["older"])
        ferry.ticket(3, ann, "This one goes")
        data = b"\x00bytes"
        file = {
            "ticket": "acme:ticket:1",
            "name": "a.txt",
            "size": len(data),
            "sha256": ferry.desk.file(data),
            "state": "stored",
        }
        ferry.desk.put("attachment", 1, file, ("ticket", 1))
        with ferry.project() as project:
            plan = ferry.plan(project)
            told = {row[0]: row[1] for row in reasons(plan, Outcome.SKIP)}
            assert (
                told["archived to archive: retention 7 y"] == told["archived to older: retention 10 y"] == 1
            )
            assert not (ferry.root / "archive").exists(), "a plan writes nothing"
            stages.apply(project, plan)
            assert len(ferry.target.state.issues) == 1
            whole(ferry.root / "archive")
            whole(ferry.root / "older")
            manifest = json.loads((ferry.root / "archive" / "manifest.json").read_text())
            assert manifest["because"] == {"archived to archive: retention 7 y": 1}
            before = tickets_of(project)["1"]
        back = read_back(ferry.root / "archive", tmp_path)
        assert list(back) == ["1"]
        assert CARD not in json.dumps(back)
        assert back["1"]["subject"] == "My card [removed] 😀"
        for key in ("fields", "tags", "requester", "created", "status"):
            assert back["1"][key] == before[key], key
        assert [item["state"] for item in back["1"]["attachments"]] == ["stored"]
        assert "[removed]" in back["1"]["comments"][0]["body"]["html"]


def test_an_archive_goes_on_after_a_kill_and_is_not_written_twice(tmp_path):
    with to_jira(tmp_path) as ferry:
        path = ferry.root / "mapping.yaml"
        path.write_text(path.read_text() + CLEAN.replace("  - {id: older", "  - {unused: ok, id: older"))
        ann = ferry.person(1, "Ann", "ann@one.example")
        for number in (1, 2, 3):
            ferry.ticket(number, ann, f"Ticket {number}", tags=["old"])
        with ferry.project() as project:
            plan = ferry.plan(project)
            planning = project.planning_of(plan)
            folder = ferry.root / "archive"
            assert write_archives(project, plan, planning) == 3
            done = {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}
            tickets = folder / "ticket.jsonl"
            tickets.write_bytes(done["ticket.jsonl"][:-20])
            (folder / "manifest.json").unlink()
            assert write_archives(project, plan, planning) == 3
            assert {path.name: path.read_bytes() for path in folder.glob("*.jsonl")} == done
            whole(folder)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    with to_jira(tmp_path) as ferry:
        path = ferry.root / "mapping.yaml"
        path.write_text(path.read_text() + CLEAN.replace("  - {id: older", "  - {unused: ok, id: older"))
        ferry.ticket(1, ferry.person(1, "Ann", "ann@one.example"), "Old", tags=["old"])
        (ferry.root / "archive").mkdir()
        (ferry.root / "archive" / "mine.txt").write_text("mine")
        with ferry.project() as project:
            plan = ferry.plan(project)
            with pytest.raises(WorkspaceError, match="other files"):
                stages.apply(project, plan)
            assert list((ferry.root / "archive").iterdir()) == [ferry.root / "archive" / "mine.txt"]
            assert len(ferry.target.state.issues) == 0


def test_tickets_of_zendesk_are_archived_with_all_their_parts(tmp_path):
    with desks(12) as pair:
        root = pair.project(tmp_path / "mig")
        path = root / "mapping.yaml"
        text = path.read_text()
        rule = "\n  - {id: done, when: {stage: [resolved, closed]}, do: archive, because: retention}"
        path.write_text(
            text.replace("\nclean:", f"\nclean:{rule}") if "\nclean:" in text else f"{text}\nclean:{rule}\n"
        )
        with Project.load(root, clock=pair.clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            confirm(project, plan)
            planning = project.planning_of(plan)
            before = tickets_of(project)
            count = write_archives(project, plan, planning)
        whole(root / "archive")
        back = read_back(root / "archive", tmp_path)
        assert len(back) == count > 0
        for number, case in back.items():
            for part in ("comments", "events", "attachments"):
                assert len(case.get(part) or ()) == len(before[number].get(part) or ()), (number, part)
            assert [row.get("body", {}).get("html") for row in case.get("comments") or ()] == [
                row.get("body", {}).get("html") for row in before[number].get("comments") or ()
            ]


MERGE = "clean:\n  - {id: twice, when: always, merge: {'2': '1'}, because: sent twice}\n"


def test_a_ticket_that_repeats_another_stays_behind_and_says_into_which(tmp_path):
    with to_jira(tmp_path) as ferry:
        path = ferry.root / "mapping.yaml"
        path.write_text(path.read_text() + MERGE)
        ann = ferry.person(1, "Ann", "ann@one.example")
        for number in (1, 2, 3):
            ferry.ticket(number, ann, "The printer is broken")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert {row[0]: row[2] for row in reasons(plan, Outcome.SKIP)} == {
                "merged into #1: sent twice": "acme:ticket:2"
            }
            stages.apply(project, plan)
            assert len(ferry.target.state.issues) == 2


def test_a_ticket_that_repeats_another_is_linked_to_it_where_the_exits_say_so(tmp_path):
    with to_jira(tmp_path) as ferry:
        path = ferry.root / "mapping.yaml"
        path.write_text(path.read_text() + "exits: {merged: {link: Duplicate, to: winner}}\n" + MERGE)
        ann = ferry.person(1, "Ann", "ann@one.example")
        for number in (1, 2):
            ferry.ticket(number, ann, "The printer is broken")
        with ferry.project() as project:
            plan = ferry.plan(project)
            stages.apply(project, plan)
            assert len(ferry.target.state.issues) == 2
            assert len(ferry.target.state.links) == 1
            found = stages.verify(project, witness=True, sample=None)
            assert found.same, found.lines
            assert found.witnessed is not None
            assert found.witnessed.errors == []
            assert stages.make_plan(project).endpoint_counts() == {}

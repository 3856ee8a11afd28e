"""Zendesk to Jira Service Management through Jira's import file: it keeps authors, times and history, and the promises hold."""

import copy
import hashlib
import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.flow.importing import (
    administer,
    extracted,
    files_of,
    manifest_of,
    plan_all,
    planned,
    portal_of,
    until_files,
)
from tests.flow.promises import Killed, Killer
from tests.oracles.editor import editor

from ticketferry.demo.proof import prove_writes
from ticketferry.errors import StalePlanError
from ticketferry.plan.inputs import Inputs, Scope
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry.project.problems import problems
from ticketferry.project.status import status
from ticketferry.schema.refs import ROOTS, parse_ref
from ticketferry.sdk.contract import Compiled, Disposition, Expected
from ticketferry_emulators.jsm.models import importer
from ticketferry_emulators.kit.faults import Fault
from ticketferry_jsm.compile import compile_change, expected_of


@pytest.fixture(scope="module")
def pair():
    with desks(40) as found:
        yield found


@pytest.fixture(scope="module")
def larger():
    """With tickets that link to one another."""
    with desks(60) as found:
        yield found


def problems_of(project: Project) -> Counter:
    return Counter(code for (code,) in project.workspace.database.rows("SELECT code FROM problem"))


def state_of(project: Project, plan) -> str:
    return next(row["state"] for row in project.plan_rows() if row["id"] == plan.id)


def test_tickets_arrive_with_their_authors_times_and_history_and_can_be_taken_back(pair, tmp_path):
    jira = pair.new_jira()
    project, plan = plan_all(pair, tmp_path / "mig")
    with project:
        before = jira.dump()
        assert jira.ledger.writes() == []
        counted = project.snapshots("source").leaves(ROOTS, 1)
        assert sum(plan.dispositions().values()) == counted
        assert plan.dispositions()[Disposition.UNSUPPORTED] == 0, list(plan.rows("SELECT * FROM impossible"))
        tickets = plan.outcomes()["ticket"]["create"]
        error = until_files(project, plan)
        assert (int(error.exit_code), state_of(project, plan)) == (3, "awaiting_import")
        assert "External System Import" in error.remedy
        files = files_of(project, plan)
        assert len(files) == -(-tickets // 8)
        assert not jira.state.issues, "a file was written, nothing else"
        administer(pair, files)
        assert len(jira.state.issues) == tickets
        assert portal_of(pair) == {}, "no customer sees an issue without a request type"
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.left, figures.imported) == (0, 0, tickets)
        assert state_of(project, plan) == "applied"
        assert problems_of(project) == {}
        planning = project.planning(inputs=Inputs.of(plan.header))
        with project.open_target(offline=True) as target:
            proof = prove_writes(
                plan, target.endpoints, project.idmap, jira.ledger.writes(), Planner(planning).render
            )
        assert (proof.strange, proof.unseen, proof.repeated) == ([], [], 0)
        assert proof.matched == sum(plan.endpoint_counts().values()) - tickets, "the files are no requests"
        found = stages.verify(project)
        assert found.same, found.lines
        assert found.counts["="] >= tickets
        _shows_the_source(pair, project, plan)
        again = stages.make_plan(project)
        assert again.endpoint_counts() == {}
        undo = stages.plan_rollback(project, plan.id)
        stages.apply(project, undo)
        after = jira.dump()
        for section in before.keys() - set(jira.residue_sections):
            assert after[section] == before[section], section
    pair.healthy()


def _shows_the_source(pair: Desks, project: Project, plan) -> None:
    """Jira's own fields, not our marks, tell when a ticket was made, who wrote what when, and how it went."""
    state, seen, planning = pair.jira.state, Counter(), project.planning()
    for change in plan.changes("kind = 'ticket' AND outcome = 'create'"):
        issue = state.issues[project.idmap.get(change.root)]
        source = planning.source_record(parse_ref(change.root))
        assert issue.created == _seconds(source["created"])
        seen["changes"] += len(issue.changes)
        by_ref = {comment["ref"]: comment for comment in source["comments"]}
        for comment in issue.comments:
            mark = comment.properties["ticketferry.comment"]
            if mark.get("of") == "description":
                continue
            old = by_ref[mark["ref"]]
            assert abs(comment.created - _seconds(old["created"])) < 0.1
            account = project.idmap.get(old.get("author", ""))
            assert comment.author == (account or issue.creator)
            assert comment.internal is (old["public"] is not True)
            seen["known author"] += account is not None
            seen["internal"] += comment.internal
        for step in issue.changes:
            for item in step.items:
                if item["field"] == "status":
                    assert item["toString"] in {status.name for status in state.statuses.values()}
                    assert state.statuses[item["to"]].name == item["toString"]
                    seen["steps of the status"] += 1
    assert min(seen.values()) > 5, seen
    assert len(seen) == 4


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_what_is_in_a_file_is_named_by_a_manifest_that_only_its_owner_can_read(pair, tmp_path):
    pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        until_files(project, plan)
        folder = project.root / "imports" / plan.id
        manifest = manifest_of(project, plan)
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
        assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700
        assert sorted(manifest["files"]) == [path.name for path in files_of(project, plan)]
        total = 0
        for path in files_of(project, plan):
            entry, data = manifest["files"][path.name], path.read_bytes()
            assert (entry["sha256"], entry["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
            content = json.loads(data)
            assert entry["records"] == sum(len(row["issues"]) for row in content["projects"])
            total += entry["records"]
        assert total == plan.outcomes()["ticket"]["create"]
        assert any("internal" in text for text in manifest["written afterwards"])
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        until_files(project, plan)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_that_is_absent_or_there_in_part_keeps_waiting_and_is_named(pair, tmp_path):
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        until_files(project, plan)
        first, second, *others = files_of(project, plan)
        left_out = [
            row["externalId"] for p in json.loads(second.read_bytes())["projects"] for row in p["issues"]
        ][:2]
        jira.importer.leave_out = lambda issue: issue["externalId"] in left_out
        administer(pair, [first, second])
        error = until_files(project, plan)
        text = str(error)
        assert first.name not in text, "what is there needs nobody"
        assert f"{second.name}  8 tickets, 6 there, missing: " in text
        for ref in left_out:
            assert ref.rsplit(":", 1)[1] in text
        assert all(f"{path.name}  " in text for path in others)
        assert f"Give it {second.name}" not in text, "a file that is there in part must not be imported again"
        bound = {
            row
            for (row,) in project.workspace.database.rows(
                "SELECT ref FROM applied WHERE ref LIKE '%:ticket:%'"
            )
        }
        assert len(bound) == 14, "what is there is finished meanwhile"
        jira.importer.leave_out = lambda issue: False
        administer(pair, others)
        error = until_files(project, plan)
        assert f"apply {plan.id} --imported" in error.remedy
        error = until_files(project, plan, imported=True)
        late = [path for path in files_of(project, plan) if path not in (first, second, *others)]
        assert [path.name for path in late] == ["import-0002-2.json"]
        refs = [
            row["externalId"] for p in json.loads(late[0].read_bytes())["projects"] for row in p["issues"]
        ]
        assert sorted(refs) == sorted(left_out)
        administer(pair, late)
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
    pair.healthy()


def test_a_file_imported_twice_is_bound_once_and_the_copies_can_be_deleted(pair, tmp_path):
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        until_files(project, plan)
        files = files_of(project, plan)
        administer(pair, files)
        administer(pair, files[:1])
        tickets = plan.outcomes()["ticket"]["create"]
        assert len(jira.state.issues) == tickets + 8
        figures = stages.apply(project, plan)
        assert figures.failed == 0
        assert (figures.copies, problems_of(project)) == (8, {})
        (cause,) = problems(project, plan.id)
        assert (cause.code, cause.count, len(cause.records)) == ("TF-COPY", 8, 8)
        found = stages.verify(project, [plan.id])
        assert (found.same, found.counts["-"]) == (False, 8)
        copies = stages.plan_copies(project, plan.id)
        assert copies.endpoint_counts() == {"issue.delete": 8}
        stages.apply(project, copies)
        assert len(jira.state.issues) == tickets
        assert stages.verify(project).same
        assert stages.plan_copies(project, plan.id).endpoint_counts() == {}
        assert stages.make_plan(project).endpoint_counts() == {}
    pair.healthy()


def test_a_file_that_is_imported_again_when_all_is_bound_is_seen_named_and_mended(pair, tmp_path):
    """The whole canary is there, applied and verified; then somebody gives its file to Jira a second time."""
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig", Scope(limit=8))
    with project:
        until_files(project, plan)
        (path,) = files_of(project, plan)
        administer(pair, [path])
        assert stages.apply(project, plan).copies == 0
        assert stages.verify(project).same
        bound = {project.idmap.get(change.root, "key") for change in plan.changes("kind = 'ticket'")}
        assert bound == {issue.key for issue in jira.state.issues.values()}
        administer(pair, [path])
        first = next(iter(jira.state.issues.values()))
        cloned = clone(jira, first, created=pair.clock.time())
        twins = {issue.key for issue in jira.state.issues.values()} - bound - {cloned.key}
        assert len(twins) == 8
        # Whoever looks next sees it: a plan, an apply of what is long done, a verify.
        assert {item.code for item in stages.make_plan(project).findings()} >= {"TF-COPY"}
        assert stages.apply(project, plan, imported=True).copies == 8
        found = stages.verify(project)
        told = {line.message.split(":")[0]: line for line in found.lines}
        assert not found.same
        assert len(told) == found.counts["-"] == 8
        labels = {issue.key: set(issue.values["labels"]) for issue in jira.state.issues.values()}
        for words, line in told.items():
            second, _, of = words.partition(" is a copy of ")
            assert (second in twins, of in bound, line.target) == (True, True, second)
            assert labels[second] == labels[of]
        now = status(project)
        assert (now.settled, now.needs_somebody, dict(now.copies)) == (False, True, {plan.id: 8})
        assert f"ticketferry rollback {plan.id} --copies" in [step.command for step in now.steps]
        (cause,) = problems(project)
        assert (cause.code, cause.count) == ("TF-COPY", 8)
        undo = stages.plan_copies(project, plan.id)
        assert undo.endpoint_counts() == {"issue.delete": 8}
        stages.apply(project, undo)
        assert {issue.key for issue in jira.state.issues.values()} == bound | {cloned.key}
        assert problems(project) == []
        assert stages.verify(project).same
        assert not status(project).copies
    pair.healthy()


def clone(jira, issue, *, created, marked=False):
    """What an agent's "Clone" does: the fields with their labels, now; or, `marked`, what a write does that arrives twice."""
    state = jira.state
    project = next(item for item in state.projects.values() if item.id == issue.project)
    project.last_number += 1
    twin = copy.deepcopy(issue)
    twin.id, twin.number = state.next_id("issue"), project.last_number
    twin.key = f"{project.key}-{twin.number}"
    twin.created = twin.updated = created
    if not marked:
        twin.comments, twin.properties = [], {}
    state.issues[twin.id], state.keys[twin.key] = twin, twin.id
    state.reindex(twin)
    return twin


def test_an_issue_that_a_plan_wrote_twice_over_rest_is_a_copy_and_a_clone_by_hand_is_none(pair, tmp_path):
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig", Scope(limit=4), way="rest")
    with project:
        stages.apply(project, plan)
        first, other, *_ = jira.state.issues.values()
        twin = clone(jira, first, created=first.created + 30, marked=True)
        clone(jira, other, created=pair.clock.time())
        pair.clock.advance(60)
        found = stages.verify(project)
        (line,) = found.lines
        assert (line.sign, line.target) == ("-", twin.key)
        assert line.message.startswith(f"{twin.key} is a copy of {first.key}: ")
        undo = stages.plan_copies(project, plan.id)
        assert undo.endpoint_counts() == {"issue.delete": 1}
        stages.apply(project, undo)
        assert twin.id not in jira.state.issues
        assert first.id in jira.state.issues
        assert stages.verify(project).same
    pair.healthy()


def test_the_customer_of_a_ticket_sees_no_internal_word_whenever_the_run_dies(pair, tmp_path):
    """At the moment of the import the comments are public: only the missing request type keeps them off the portal."""
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig", Scope(limit=8))
    with project:
        until_files(project, plan)
        administer(pair, files_of(project, plan))
        hidden = sum(
            1 for issue in jira.state.issues.values() for comment in issue.comments if comment.internal
        )
        assert hidden == 0
        assert portal_of(pair) == {}
        with pytest.raises(Killed):
            stages.apply(project, plan, workers=1, on_point=Killer(25))
        assert portal_of(pair) == {} or jira.state.leaks() == []
        now = status(project)
        assert now.census["partly"] > 0, "it died between two writes of a ticket"
        assert sum(phase.applied for phase in now.phases) == sum(
            now.census[state] for state in ("applied", "verified", "differs", "changed")
        ), "both tables of the screen count the same"
    with Project.load(tmp_path / "mig", clock=pair.clock) as project:
        jira.faults.add(*(Fault("drop_after", nth=nth, writes_only=True) for nth in range(2, 90, 7)))
        assert stages.apply(project, project.plan(plan.id)).failed == 0
        assert stages.verify(project).same
    internal = [c for issue in jira.state.issues.values() for c in issue.comments if c.internal]
    assert len(internal) == plan.one(
        "SELECT sum(json_extract(facts, '$.internal')) FROM change WHERE kind = 'ticket'"
    )
    assert portal_of(pair), "in the end customers see their tickets"
    pair.healthy()


def test_a_link_to_a_ticket_of_a_file_that_waits_is_left_for_later_and_is_no_failure(larger, tmp_path):
    larger.new_jira()
    project, plan = planned(larger, tmp_path / "mig", issues=1)
    with project:
        links = plan.endpoint_counts()["issue.link"]
        linking = {row.root for row in plan.operations("endpoint = 'issue.link'")}
        until_files(project, plan)
        files = {_ref_in(path): path for path in files_of(project, plan)}
        assert linking <= files.keys()
        administer(larger, [path for ref, path in files.items() if ref in linking])
        until_files(project, plan)
        assert problems_of(project) == {}
        administer(larger, [path for ref, path in files.items() if ref not in linking])
        assert stages.apply(project, plan).failed == 0
        assert len(larger.jira.state.links) == links > 0
        assert stages.verify(project).same
    larger.healthy()


def _ref_in(path: Path) -> str:
    (row,) = [row for project in json.loads(path.read_bytes())["projects"] for row in project["issues"]]
    return str(row["externalId"])


def test_a_ticket_that_the_file_must_not_hold_is_rejected_and_nobody_waits_for_it(larger, tmp_path):
    larger.new_jira()
    root = extracted(larger, tmp_path / "mig")
    mapping = root / "mapping.yaml"
    text = mapping.read_text()
    closed = next(line for line in text.splitlines() if line.strip().startswith("closed:"))
    mapping.write_text(
        text.replace(closed, '  closed: {to: Canceled, when: {priority: urgent}, else: "Waiting for triage"}')
    )
    with Project.load(root, clock=larger.clock) as project:
        plan = stages.make_plan(project)
        rejected = {
            change.root: change.because for change in plan.changes("kind = 'ticket' AND outcome = 'reject'")
        }
        assert rejected
        assert all("has no status 'Waiting for triage'" in why for why in rejected.values())
        assert {item.code for item in plan.findings("subject = ?", (min(rejected),))} >= {"JSM-IMPORT-STATUS"}
        counted = project.snapshots("source").leaves(ROOTS, 1)
        assert sum(plan.dispositions().values()) == counted
        assert plan.endpoint_counts()["import.issue"] == plan.outcomes()["ticket"]["create"]
        confirm(project, plan)
        until_files(project, plan)
        administer(larger, files_of(project, plan))
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
    larger.healthy()


@pytest.mark.parametrize("way", ["rest", "import-file"])
def test_nothing_links_to_a_ticket_that_the_connector_refuses(larger, tmp_path, monkeypatch, way):
    larger.new_jira()
    project, before = planned(larger, tmp_path / "mig", way=way)
    with project:
        (first, *_) = before.operations("endpoint = 'issue.link'")
        refused = json.loads(first.params)["undo"]["other"]["$from"][0]

        def compile_but_one(change, *parts):
            if (change.desired or {}).get("ref") == refused:
                return Compiled((), None, refused="not this one")
            return compile_change(change, *parts)

        def expect_but_one(desired, *parts):
            if desired["ref"] == refused:
                return Expected(None, refused="not this one")
            return expected_of(desired, *parts)

        monkeypatch.setattr("ticketferry_jsm.target.compile_change", compile_but_one)
        monkeypatch.setattr("ticketferry_jsm.target.expected_of", expect_but_one)
        # The last plan knows nothing of what a test puts into the program.
        plan = stages.make_plan(project, whole=True)
        assert plan.change(refused).outcome.value == "reject"
        assert plan.change(refused).because == "not this one"
        named = [row.key for row in plan.operations() if refused in row.params and row.root != refused]
        assert named == []
        assert plan.change(first.root).outcome.value == "create"
        assert "L402" in {item.code for item in plan.findings("subject = ?", (first.root,))}


def test_an_import_that_drops_the_first_step_of_each_history_is_told(pair, tmp_path):
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig", Scope(limit=8))
    with project:
        until_files(project, plan)
        jira.importer.drop_first_change = True
        administer(pair, files_of(project, plan))
        assert stages.apply(project, plan).failed == 0
        assert set(problems_of(project)) == {"JSM-IMPORT-HISTORY"}
        assert stages.verify(project).same
    pair.healthy()


def test_changes_of_a_living_desk_come_over_rest_to_imported_tickets(pair, tmp_path):
    with desks(24) as own:
        project, plan = plan_all(own, tmp_path / "mig")
        with project:
            until_files(project, plan)
            administer(own, files_of(project, plan))
            stages.apply(project, plan)
            life = own.zendesk.state
            open_ = [
                int(change.facts["number"])
                for change in plan.changes("kind = 'ticket' AND outcome = 'create'")
                if change.facts["stage"] not in ("closed", "merged")
            ]
            life.add_comment(open_[0], "<p>late words</p>", public=False)
            life.touch_ticket(open_[1], subject="another subject")
            own.clock.advance(120)
            stages.extract(project, ("source",))
            late = stages.make_plan(project)
            moved = {
                change.root: change.outcome.value
                for change in late.changes("outcome NOT IN ('unchanged', 'skip', 'match')")
            }
            assert moved == {f"acme:ticket:{open_[0]}": "update", f"acme:ticket:{open_[1]}": "update"}
            assert "import.issue" not in late.endpoint_counts()
            assert late.endpoint_counts()["comment.create"] == 1
            stages.apply(project, late)
            assert stages.verify(project).same
            assert stages.make_plan(project).endpoint_counts() == {}
        own.healthy()


def test_a_new_plan_takes_up_what_was_imported_meanwhile_and_withdraws_the_old_files(pair, tmp_path):
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        until_files(project, plan)
        first, *_ = files_of(project, plan)
        administer(pair, [first])
        new = stages.make_plan(project)
        assert new.outcomes()["ticket"]["update"] == 8
        assert new.endpoint_counts()["import.issue"] == plan.outcomes()["ticket"]["create"] - 8
        confirm(project, new)
        until_files(project, new)
        assert state_of(project, plan) == "superseded"
        assert files_of(project, plan) == [], "nobody must import them any more"
        administer(pair, files_of(project, new))
        assert stages.apply(project, new).failed == 0
        assert len(jira.state.issues) == plan.outcomes()["ticket"]["create"]
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
    pair.healthy()


@pytest.mark.parametrize("way", ["rest", "import-file"])
def test_a_plan_made_while_another_one_waited_does_not_bring_the_same_tickets_again(pair, tmp_path, way):
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig", Scope(limit=8), way=way)
    with project:
        if way == "rest":
            with pytest.raises(Killed):
                stages.apply(project, plan, workers=1, on_point=Killer(3))
        else:
            until_files(project, plan)
        other = stages.make_plan(project, Scope(limit=8))
        administer(pair, files_of(project, plan))
        assert stages.apply(project, plan).failed == 0
        count = len(jira.state.issues)
        with pytest.raises(StalePlanError, match="was brought by another plan"):
            stages.apply(project, other)
        assert len(jira.state.issues) == count == 8
        assert stages.make_plan(project, Scope(limit=8)).endpoint_counts() == {}
    pair.healthy()


def test_a_plan_that_waits_can_be_taken_back_and_its_files_are_withdrawn(pair, tmp_path):
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        before = jira.dump()
        until_files(project, plan)
        first, *_ = files_of(project, plan)
        administer(pair, [first])
        undo = stages.plan_rollback(project, plan.id)
        stages.apply(project, undo)
        assert files_of(project, plan) == []
        after = jira.dump()
        for section in before.keys() - set(jira.residue_sections):
            assert after[section] == before[section], section
    pair.healthy()


def test_phases_go_each_their_own_way_and_a_ticket_keeps_the_way_by_which_it_came(pair, tmp_path):
    pair.new_jira()
    root = extracted(pair, tmp_path / "mig", way="rest")
    mapping = root / "mapping.yaml"
    text = mapping.read_text()
    mapping.write_text(
        text.replace(
            "- {name: pilot, where: {group: Billing}}",
            "- {name: pilot, where: {group: Billing}, way: import-file}",
        )
    )
    with Project.load(root, clock=pair.clock) as project:
        plan = stages.make_plan(project)
        confirm(project, plan)
        counts = plan.endpoint_counts()
        assert counts["import.issue"] + counts["issue.create"] == plan.outcomes()["ticket"]["create"]
        assert min(counts["import.issue"], counts["issue.create"]) > 2
        until_files(project, plan)
        administer(pair, files_of(project, plan))
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
        mapping.write_text(text.replace("way: rest", "way: import-file"))
        again = stages.make_plan(project)
        assert again.endpoint_counts() == {}, "how a ticket came does not change with the mapping"
    pair.healthy()


def test_a_canary_is_handed_out_in_a_file_of_its_own(pair, tmp_path):
    pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        until_files(project, plan, canary=2)
        (canary,) = files_of(project, plan)
        assert manifest_of(project, plan)["files"][canary.name]["records"] == 2
        administer(pair, [canary])
        assert stages.apply(project, plan, canary=2).failed == 0
        assert len(pair.jira.state.issues) == 2
        until_files(project, plan)
        administer(pair, [path for path in files_of(project, plan) if path != canary])
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
    pair.healthy()


def test_status_says_what_a_plan_waits_for(pair, tmp_path):
    pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig", Scope(limit=8))
    with project:
        until_files(project, plan)
        found = status(project)
        assert found.needs_somebody
        assert [step.command for step in found.steps][:1] == [f"ticketferry apply {plan.id}"]
        assert f"imports/{plan.id}" in found.steps[0].why


def test_every_leaf_of_an_imported_record_adds_up_to_the_sums_of_the_plan(pair, tmp_path):
    pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        planner = Planner(project.planning(inputs=Inputs.of(plan.header)))
        for root, rows in planner.planning.source.roots(ROOTS[-1], 1):
            mapped = planner.plan(root, rows)
            if mapped is not None and plan.change(str(root)) is not None:
                found, _ = planner.leaf_totals(mapped, rows)
                assert sum(found.values()) == sum(row.leaves for row in rows), root


def test_a_file_whose_writing_was_cut_off_is_written_again_to_the_byte(pair, tmp_path):
    pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig", Scope(limit=8))
    with project:
        points = Killer()
        until_files(project, plan, workers=1, on_point=points)
        (file,) = files_of(project, plan)
        whole = file.read_bytes()
        (file.parent / "manifest.json").unlink()
        file.write_bytes(whole[: len(whole) // 2])
        until_files(project, plan, workers=1)
        assert file.read_bytes() == whole
        assert manifest_of(project, plan)["files"][file.name]["bytes"] == len(whole)
        for damage in (file.unlink, lambda: file.write_bytes(whole[:-9])):
            damage()
            until_files(project, plan, workers=1)
            assert file.read_bytes() == whole


def test_what_atlassians_own_parser_makes_of_the_files_is_what_we_said(pair, tmp_path, monkeypatch):
    """The texts of an import are read by the parser of Jira's editor instead of our own: nothing may differ in the end."""
    with editor() as atlassian:
        monkeypatch.setattr(importer, "_document", atlassian.document)
        jira = pair.new_jira()
        project, plan = planned(pair, tmp_path / "mig")
        with project:
            until_files(project, plan)
            administer(pair, files_of(project, plan))
            figures = stages.apply(project, plan)
            assert (figures.failed, figures.left) == (0, 0)
            found = stages.verify(project)
            assert found.same, found.lines
            assert stages.make_plan(project).endpoint_counts() == {}
            comments = sum(len(issue.comments) for issue in jira.state.issues.values())
            assert 0 < plan.endpoint_counts()["comment.edit"] < comments / 5, "few texts need a second write"
    pair.healthy()

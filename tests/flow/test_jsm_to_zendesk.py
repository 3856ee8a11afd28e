"""A Jira service site into an empty Zendesk account over loopback: the promises of the design on a site with some life in it."""

from collections import Counter

import pytest
from tests.flow.desks import confirm
from tests.flow.promises import apply_through_faults, check_kills, check_whole_way
from tests.flow.service_pair import service_pair
from tests.flow.zendesk_pair import account_of
from tests.rounds import boundaries

from ticketferry.plan.inputs import EVERYTHING, Inputs, Scope
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, drafting, mapping_files, stages
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Disposition, Severity
from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.kit.faults import Fault

KILLED_AT = 7
"""So many points, spread over the run."""


@pytest.fixture(scope="module")
def pair():
    with service_pair() as found:
        yield found


def plan_all(pair, root, scope=EVERYTHING, **options):
    project = Project.load(pair.project(root, **options), clock=pair.clock)
    stages.extract(project)
    return project, stages.make_plan(project, scope)


def planned(pair, root, scope=EVERYTHING):
    """The same for a test that begins with the plan, at an empty account (`beginnings`)."""
    root = pair.beginnings.copied(root, scope, lambda kept: plan_all(pair, kept, scope)[0].close())
    project = Project.load(root, clock=pair.clock)
    return project, project.plan("p-01")


def comments_of(case):
    """The comments of a ticket of the account, ours at the end left out."""
    found = [
        (audit["created_at"], event)
        for audit in case.audits
        for event in audit["events"]
        if event["type"] == "Comment"
    ]
    assert "ticketferry" in found[-1][1]["html_body"]
    assert found[-1][1]["public"] is False
    return found[:-1]


def plain(value):
    """Words without marks: what a reader sees, spaces and the sign that parts braces left out."""
    return "".join(str(value).replace("\u2060", "").split())


def test_the_site_arrives_is_proved_and_taken_back(pair, tmp_path):
    zendesk = pair.new_zendesk()
    before = zendesk.dump()
    project, plan = plan_all(pair, tmp_path / "mig")
    with project:
        assert plan.outcomes()["ticket"] == {"create": len(pair.life.keys)}
        check_whole_way(project, plan, zendesk, before)
    pair.healthy()


def test_every_leaf_of_a_record_adds_up_to_the_sums_of_the_plan(pair, tmp_path):
    pair.new_zendesk()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        planning = project.planning(inputs=Inputs.of(plan.header))
        planner = Planner(planning)
        total: Counter = Counter()
        for root, rows in planning.source.roots(parse_ref("jira:ticket:1").kind, 1):
            mapped = planner.plan(root, rows)
            found, _ = planner.leaf_totals(mapped, rows)
            assert sum(found.values()) == sum(row.leaves for row in rows), root
            for key, count in found.items():
                total[key.kind, key.disposition.value] += count
        said = {
            (kind, disposition): count
            for kind, disposition, count in plan.rows(
                "SELECT kind, disposition, sum(count) FROM sum GROUP BY 1, 2"
            )
        }
        for kind in ("ticket", "comment", "attachment", "worklog", "event"):
            for disposition in Disposition:
                assert total[kind, disposition.value] == said.get((kind, disposition.value), 0), (
                    kind,
                    disposition,
                )


def test_public_stays_public_and_internal_stays_internal(pair, tmp_path):
    """Held against both emulators' own records: words, order, times, authors, and who sees which file."""
    zendesk = pair.new_zendesk()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        stages.apply(project, plan)
        jira, account = pair.jira.state, zendesk.state
        seen: Counter = Counter()
        for key in pair.life.keys:
            issue = jira.issue(key)
            case = account.case(int(project.idmap.get(f"jira:ticket:{issue.id}")))
            there = comments_of(case)
            described = 1 if issue.values.get("description") else 0
            files = [row for row in there if not row[1]["public"] and row[1]["plain_body"] == "(no text)"]
            said = [row for row in there if row not in files]
            assert len(said) == len(issue.comments) + described, key
            for (at, event), comment in zip(said[described:], issue.comments, strict=True):
                assert event["public"] is not comment.internal, key
                assert plain(event["plain_body"]).startswith(plain(adf.plain_text(comment.body))[:40]), key
                assert at[:19] == _time(comment.created), key
                assert event["author_id"] == _account_of(project, comment.author), key
                seen["internal" if comment.internal else "public"] += 1
            if described:
                assert said[0][1]["public"] is True
            _files_hang_where_they_were_seen(issue, jira, there, seen)
        assert min(seen.values()) > 0, seen
        assert len(seen) == 5, seen
        assert seen["internal"] > 40
    pair.healthy()


def _time(seconds):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _account_of(project, account):
    return int(project.idmap.get(f"jira:person:{account}"))


def _files_hang_where_they_were_seen(issue, jira, there, seen):
    """A file that a customer saw hangs on a public comment, every other one on an internal comment; bytes by checksum."""
    public = {
        media
        for document in (
            issue.values.get("description"),
            *(comment.body for comment in issue.comments if not comment.internal),
        )
        for media in adf.media_ids(document or {})
    }
    internal = {
        media for comment in issue.comments if comment.internal for media in adf.media_ids(comment.body)
    }
    wanted: Counter = Counter()
    for id_ in issue.attachments:
        file = jira.attachments[id_]
        theirs = jira.accounts[file.author].kind == "customer"
        open_ = file.media in public or (theirs and file.media not in internal)
        wanted[file.name, file.size, open_] += 1
        seen["file that customers see" if open_ else "file among agents"] += 1
        seen["file in a text"] += file.media in public | internal
    found = Counter(
        (file["file_name"], file["size"], event["public"])
        for _, event in there
        for file in event["attachments"]
    )
    assert found == wanted, issue.key


def test_what_stands_behind_a_level_goes_to_a_private_group_and_is_refused_without_one(pair, tmp_path):
    zendesk = pair.new_zendesk()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        stages.apply(project, plan)
        issue = pair.jira.state.issue(pair.life.secret)
        ticket = zendesk.state.case(int(project.idmap.get(f"jira:ticket:{issue.id}"))).ticket
        group = zendesk.state.lists["groups"][ticket["group_id"]]
        assert (group["name"], group["is_public"], ticket["assignee_id"]) == ("HR-cases", False, None)
        mapping = project.root / "mapping.yaml"
        text = mapping.read_text()
        assert "HR only: {group: HR-cases}" in text
        mapping.write_text(text.replace("HR only: {group: HR-cases}", "HR only: {group: Tier 1}"))
        opened = stages.make_plan(project)
        visible = [
            change.root for change in opened.changes("kind = 'ticket'") if change.facts.get("newly_visible")
        ]
        assert visible == [f"jira:ticket:{issue.id}"]
    pair.healthy()


def test_what_has_no_place_of_its_own_is_told_in_the_last_comment(pair, tmp_path):
    """Work logs, clocks, approvals, the rating, links and the number: readable or in the JSON of the provenance comment."""
    zendesk = pair.new_zendesk()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        stages.apply(project, plan)
        issue = pair.jira.state.issue(pair.life.outage)
        case = zendesk.state.case(int(project.idmap.get(f"jira:ticket:{issue.id}")))
        last = [event for audit in case.audits for event in audit["events"] if event["type"] == "Comment"][-1]
        told = last["html_body"]
        for word in ("approval", "breach_at", "quick!", "https://x.example/1", pair.life.outage):
            assert word in told, word
        assert case.ticket["problem_id"] == int(
            project.idmap.get(f"jira:ticket:{pair.jira.state.issue(pair.life.problem).id}")
        )
        assert f"jira-{pair.life.outage.lower()}" in case.ticket["tags"]
        logged = next(item for item in pair.jira.state.issues.values() if item.worklogs and not item.resolved)
        case = zendesk.state.case(int(project.idmap.get(f"jira:ticket:{logged.id}")))
        last = [event for audit in case.audits for event in audit["events"] if event["type"] == "Comment"][-1]
        assert f'"worklog[{logged.worklogs[0].id}].seconds":{logged.worklogs[0].seconds}' in last["html_body"]


def test_people_are_matched_made_or_stood_for(pair, tmp_path):
    zendesk = pair.new_zendesk()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        stages.apply(project, plan)
        users = {row["id"]: row for row in zendesk.state.lists["users"].values()}
        state = pair.jira.state

        def shown(account):
            user = users[_account_of(project, account)]
            return user["name"], user["role"], user["email"]

        assert shown(pair.life.account("ana.silva"))[1:] == ("admin", "ana.silva@acme.example")
        assert shown(pair.life.customers[0]) == ("Ann Ångström", "end-user", "ann@shop.example")
        name, role, email = shown(pair.life.customers[3])  # the address is hidden
        assert (name, role, email) == ("Dee", "end-user", None), "no address is made up for who has none"
        esra = next(a.id for a in state.accounts.values() if a.email == "esra@acme.example")
        assert state.accounts[esra].hidden_email
        assert shown(esra)[:2] == ("Esra Yildiz (Jira)", "end-user")
        former = next(a.id for a in state.accounts.values() if a.name == "Nils Former")
        assert shown(former)[:2] == ("Nils Former (former agent)", "end-user")
        robot = next(a.id for a in state.accounts.values() if a.kind == "app")
        assert shown(robot)[:2] == ("Automation for Jira (app)", "end-user")
        names = {row["name"] for row in zendesk.state.lists["organizations"].values()}
        assert names == {"Shop & Söhne", "Port"}
        ccs = [case.ticket["email_cc_ids"] for case in map(zendesk.state.case, zendesk.state.heads)]
        assert sum(map(bool, ccs)) >= 5, "participants come along"


@pytest.mark.long(part=1)
@pytest.mark.parametrize("turn", range(4))
def test_lost_answers_of_every_kind_leave_the_same_account(pair, tmp_path, turn):
    pair.new_zendesk()
    project, plan = planned(pair, tmp_path / "whole")
    with project:
        stages.apply(project, plan)
    expected = account_of(pair.zendesk)
    zendesk = pair.new_zendesk()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        for nth in range(2, 60, 3):
            kind = ("drop_after", "drop_before", "status_after", "status_before")[(nth + turn) % 4]
            zendesk.faults.add(Fault(kind, nth=nth, writes_only=True))
        assert apply_through_faults(project, plan) > 0
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
    assert account_of(zendesk) == expected
    pair.healthy()


@pytest.mark.slow
@pytest.mark.long
def test_a_run_killed_at_any_point_of_its_journal_ends_as_an_unbroken_one(pair, tmp_path):
    ids = [pair.jira.state.issue(key).id for key in (pair.life.keys[2], pair.life.outage, pair.life.problem)]
    scope = Scope(only=tuple(f"jira:ticket:{id_}" for id_ in ids))
    pair.new_zendesk()
    project, _ = plan_all(pair, tmp_path / "base", scope)
    project.close()
    check_kills(
        tmp_path,
        pair,
        pair.new_zendesk,
        lambda: account_of(pair.zendesk),
        lambda count: boundaries(count, KILLED_AT, "kills from Jira to Zendesk"),
    )


def test_changes_of_a_living_site_come_as_a_delta_and_are_taken_back(tmp_path):
    """Only what changed is read and written; an internal word of later is internal there."""
    with service_pair() as pair:
        project, plan = plan_all(pair, tmp_path / "mig")
        for row in pair.zendesk.state.lists["triggers"].values():
            row["active"] = False  # a person does that before the first update, or the guard stops it
        with project:
            stages.apply(project, plan)
            first = account_of(pair.zendesk)
            spoken, touched = pair.life.keys[1], pair.life.keys[3]
            pair.life.comment(spoken, "late words among us", public=False)
            pair.life.call("PUT", f"issue/{touched}", {"fields": {"summary": "another subject"}}, "ana.silva")
            pair.clock.advance(120)
            pair.lived()
            stages.extract(project, ("source",))
            late = stages.make_plan(project)
            refs = {key: f"jira:ticket:{pair.jira.state.issue(key).id}" for key in (spoken, touched)}
            moved = {
                item.root: item.outcome.value
                for item in late.changes("outcome NOT IN ('unchanged', 'skip', 'match')")
            }
            assert moved == dict.fromkeys(refs.values(), "update")
            confirm(project, late)
            assert stages.apply(project, late).failed == 0
            assert stages.verify(project).same
            assert stages.make_plan(project).endpoint_counts() == {}
            case = pair.zendesk.state.case(int(project.idmap.get(refs[spoken])))
            said = [
                event
                for audit in case.audits
                for event in audit["events"]
                if event["type"] == "Comment" and "late words" in event["plain_body"]
            ]
            assert [event["public"] for event in said[:1]] == [False]
            assert not any(event["public"] for event in said)
            undo = stages.plan_rollback(project, late.id)
            confirm(project, undo)
            assert stages.apply(project, undo).failed == 0
            after = account_of(pair.zendesk)["tickets"]
            assert {name: one["subject"] for name, one in after.items()} == {
                name: one["subject"] for name, one in first["tickets"].items()
            }
        pair.healthy()


def test_a_draft_for_this_pair_can_be_checked_and_says_what_waits_for_a_person(pair, tmp_path):
    project, _ = plan_all(pair, tmp_path / "mig")
    with project:
        assert mapping_files.check_mapping(project).good
        made = drafting.draft_mapping(project)
        text, waiting = made.text, made.undecided
        (tmp_path / "mig" / "mapping.yaml").write_text(text)
        found = mapping_files.check_mapping(project)
        assert found.problems == ()
        blockers = [item.code for item in found.findings if item.severity is Severity.BLOCKER]
        assert blockers == ["S207"] * waiting, text
        assert waiting > 0
        for line in (
            "Waiting for customer: pending",
            "Incident: incident",
            "Closed: closed",
            'HR only: {group: "?"}',
            "Service request: question",
        ):
            assert line in text, text
